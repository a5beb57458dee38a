package store

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

func TestAPIKey_is_found_by_its_secret_until_it_is_revoked_or_expires(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	soon := time.Now().Add(time.Hour)
	key, secret, err := h.CreateAPIKey(ctx, dana, "the EHR", []Role{RoleIntegrator}, []domain.FacilityID{"north"}, &soon)
	require.NoError(t, err)
	require.Regexp(t, `^pk_[A-Za-z0-9_-]{43}$`, secret)

	found, err := h.FindAPIKey(ctx, secret)
	require.NoError(t, err)
	require.Equal(t, key.ID, found.ID)
	require.Equal(t, Scope{
		Subject: domain.Actor{Kind: domain.Integration, ID: key.ID, Name: "the EHR"},
		Roles:   []Role{RoleIntegrator}, Facilities: []domain.FacilityID{"north"},
	}, found.Scope())
	for _, wrong := range []string{"", "pk_", secret[:len(secret)-1], secret + "x", strings.ToUpper(secret), strings.Repeat("pk_x", 1000)} {
		_, err := h.FindAPIKey(ctx, wrong)
		require.ErrorIs(t, err, domain.ErrNotFound)
	}
	h.sql(`update api_key set expires_at = now() - interval '1 second'`)
	_, err = h.FindAPIKey(ctx, secret)
	require.ErrorIs(t, err, domain.ErrNotFound, "expired")
	h.sql(`update api_key set expires_at = null`)
	_, err = h.FindAPIKey(ctx, secret)
	require.NoError(t, err)
	require.NoError(t, h.RevokeAPIKey(ctx, dana, key.ID))
	require.NoError(t, h.RevokeAPIKey(ctx, dana, key.ID), "again")
	_, err = h.FindAPIKey(ctx, secret)
	require.ErrorIs(t, err, domain.ErrNotFound, "revoked")
	require.ErrorIs(t, h.RevokeAPIKey(ctx, dana, string(caseNo(1))), domain.ErrNotFound)
	require.ErrorIs(t, h.RevokeAPIKey(ctx, dana, "x"), domain.ErrNotFound)

	listed, err := h.APIKeys(ctx)
	require.NoError(t, err)
	require.Len(t, listed, 1)
	require.NotNil(t, listed[0].RevokedAt)
	require.NotNil(t, listed[0].UsedAt)
	var kept, audited int
	require.NoError(t, h.owner.QueryRow(ctx, `select count(*) from api_key k where k::text like '%' || $1 || '%'`, secret[3:]).Scan(&kept))
	require.Zero(t, kept, "the secret is kept nowhere")
	require.NoError(t, h.owner.QueryRow(ctx, `select count(*) from audit_row where chain = 'house'`).Scan(&audited))
	require.Equal(t, 2, audited)
}

func TestAPIKey_for_everywhere_and_what_no_key_may_be(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, _, err := h.CreateAPIKey(t.Context(), dana, "reports", []Role{RoleManager}, []domain.FacilityID{"*"}, nil)
	require.NoError(t, err)
	require.True(t, key.Scope().All)
	past := time.Now().Add(-time.Hour)
	roles, places := []Role{RoleLead}, []domain.FacilityID{"north"}
	for name, create := range map[string]func() error{
		"no name": func() error { _, _, err := h.CreateAPIKey(t.Context(), dana, "", roles, places, nil); return err },
		"no role": func() error { _, _, err := h.CreateAPIKey(t.Context(), dana, "x", nil, places, nil); return err },
		"unknown role": func() error {
			_, _, err := h.CreateAPIKey(t.Context(), dana, "x", []Role{"root"}, places, nil)
			return err
		},
		"nowhere": func() error { _, _, err := h.CreateAPIKey(t.Context(), dana, "x", roles, nil, nil); return err },
		"expired": func() error { _, _, err := h.CreateAPIKey(t.Context(), dana, "x", roles, places, &past); return err },
	} {
		require.ErrorIs(t, create(), domain.ErrInvalid, name)
	}
}

func TestRequest_is_served_once_and_its_answer_given_again(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	begin := func(principal, key, route, body string) (Request, error) {
		return h.Begin(ctx, principal, key, route, []byte(body), time.Minute)
	}
	r, err := begin("dana", "k", "POST /cases", "b")
	require.NoError(t, err)
	require.False(t, r.Done)
	_, err = begin("dana", "k", "POST /cases", "b")
	require.ErrorIs(t, err, domain.ErrInFlight)
	_, err = begin("dana", "k", "POST /cases", "other")
	require.ErrorIs(t, err, ErrKeyReused)
	require.ErrorIs(t, err, domain.ErrInvalid)
	_, err = begin("dana", "k", "POST /tasks", "b")
	require.ErrorIs(t, err, ErrKeyReused)
	other, err := begin("eli", "k", "POST /cases", "other")
	require.NoError(t, err, "another principal's key is another key")
	require.NotEqual(t, r.MessageID, other.MessageID)

	require.NoError(t, h.Finish(ctx, r, 201, []byte(`{"caseId":"x"}`), []byte(`{"Location":"/cases/x"}`)))
	require.NoError(t, h.Finish(ctx, r, 500, nil, nil), "the first answer stands")
	again, err := begin("dana", "k", "POST /cases", "b")
	require.NoError(t, err)
	require.True(t, again.Done)
	require.Equal(t, 201, again.Status)
	require.Equal(t, `{"caseId":"x"}`, string(again.Answer))
	require.JSONEq(t, `{"Location":"/cases/x"}`, string(again.Headers))
	require.Equal(t, r.MessageID, again.MessageID)

	var kept int
	require.NoError(t, h.owner.QueryRow(ctx, `select count(*) from idempotency_key where key_hash = 'k'::bytea`).Scan(&kept))
	require.Zero(t, kept, "the key itself is not kept")
}

func TestRequest_left_by_a_dead_program_is_tried_again_with_the_same_message(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	dead, err := h.Begin(ctx, "dana", "k", "r", nil, -time.Second)
	require.NoError(t, err)
	_, err = h.Begin(ctx, "dana", "k", "r", []byte("other"), time.Minute)
	require.ErrorIs(t, err, ErrKeyReused, "it may have been said already")
	next, err := h.Begin(ctx, "dana", "k", "r", nil, time.Minute)
	require.NoError(t, err)
	require.Equal(t, dead.MessageID, next.MessageID)
	require.NoError(t, h.Forget(ctx, dead))
	require.NoError(t, h.LetGo(ctx, dead))
	_, err = h.Begin(ctx, "dana", "k", "r", nil, time.Minute)
	require.ErrorIs(t, err, domain.ErrInFlight, "whoever lost the lease ends nobody else's")

	require.NoError(t, h.LetGo(ctx, next))
	again, err := h.Begin(ctx, "dana", "k", "r", nil, time.Minute)
	require.NoError(t, err)
	require.Equal(t, dead.MessageID, again.MessageID)
	require.NoError(t, h.Forget(ctx, again))
	fresh, err := h.Begin(ctx, "dana", "k", "r", []byte("corrected"), time.Minute)
	require.NoError(t, err, "a form that was corrected")
	require.NotEqual(t, dead.MessageID, fresh.MessageID)
}

func TestRequest_sent_a_hundred_times_at_once_is_served_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var mine, busy atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			r, err := h.Begin(t.Context(), "dana", "k", "r", nil, time.Minute)
			switch {
			case err == nil && !r.Done:
				mine.Add(1)
			case errors.Is(err, domain.ErrInFlight):
				busy.Add(1)
			}
		})
	}
	all.Wait()
	require.Equal(t, int32(1), mine.Load())
	require.Equal(t, int32(99), busy.Load())
}

func TestSweepRequests_drops_only_what_is_old(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	for _, key := range []string{"old", "new"} {
		_, err := h.Begin(ctx, "dana", key, "r", nil, time.Minute)
		require.NoError(t, err)
	}
	h.sql(`update idempotency_key set made_at = now() - interval '49 hours' where key_hash = $1`, hashed("old"))
	n, err := h.SweepRequests(ctx, IdempotencyKept)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = h.Begin(ctx, "dana", "new", "r", nil, time.Minute)
	require.ErrorIs(t, err, domain.ErrInFlight)
}

func TestFacility_is_saved_once_audited_and_seen_in_scope(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	one := Facility{ID: "north", Name: "North Clinic", Zone: "America/Chicago"}
	require.NoError(t, h.SaveFacility(ctx, dana, one))
	require.NoError(t, h.SaveFacility(ctx, dana, one), "as it is")
	require.NoError(t, h.SaveFacility(ctx, dana, Facility{ID: "south", Name: "A South Clinic", Zone: "UTC"}))
	one.Name = "North"
	require.NoError(t, h.SaveFacility(ctx, dana, one))
	got, err := h.Facility(ctx, north, "north")
	require.NoError(t, err)
	require.Equal(t, one, got)
	_, err = h.Facility(ctx, north, "south")
	require.ErrorIs(t, err, domain.ErrNotFound)
	list, err := h.Facilities(ctx, all)
	require.NoError(t, err)
	require.Equal(t, []domain.FacilityID{"south", "north"}, []domain.FacilityID{list[0].ID, list[1].ID})
	list, err = h.Facilities(ctx, north)
	require.NoError(t, err)
	require.Len(t, list, 1)
	var audited int
	require.NoError(t, h.owner.QueryRow(ctx, `select count(*) from audit_row where chain = 'house'`).Scan(&audited))
	require.Equal(t, 3, audited)
	for _, bad := range []Facility{{"", "x", "UTC"}, {"*", "x", "UTC"}, {"x", "", "UTC"}, {"x", "x", ""}, {"x", "x", "Mars"}, {"x", "x", "Local"}} {
		require.ErrorIs(t, h.SaveFacility(ctx, dana, bad), domain.ErrInvalid)
	}
}
