package api_test

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"parley/api"
	"parley/domain"
	"parley/store"
)

func TestStart_an_order_becomes_a_case_and_the_same_order_is_the_same_case(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ehr := w.as(store.RoleIntegrator)
	order := knee()
	var first, second api.Started
	a := ehr.post("/prior-authorizations", order)
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
	a.into(t, &first)
	require.Equal(t, "/api/v1/cases/"+string(first.CaseID), a.header.Get("Location"))
	require.Regexp(t, `^\d{2}-\d{6}$`, first.Number)
	require.Equal(t, domain.Open, first.Status)

	order["urgency"], order["urgencyStatement"] = "expedited", "cannot walk"
	again := ehr.post("/prior-authorizations", order)
	require.Equal(t, http.StatusOK, again.status, "the source's ID decides, not the contents")
	again.into(t, &second)
	require.Equal(t, first.CaseID, second.CaseID)
	require.Equal(t, 1, w.temporal.called("start"), "the projection is asked first")
}

func TestStart_one_order_a_hundred_times_at_once_is_one_case(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ehr := w.as(store.RoleIntegrator)
	order := knee()
	answers := make([]answer, 100)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = ehr.post("/prior-authorizations", order) })
	}
	all.Wait()
	for _, a := range answers {
		require.Contains(t, []int{http.StatusOK, http.StatusCreated}, a.status, "%s", a.body)
	}
	require.Equal(t, 1, w.count(`select count(*) from case_file`))
}

func TestStart_a_case_that_Temporal_has_forgotten_is_not_opened_again(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ehr := w.as(store.RoleIntegrator)
	order := knee()
	var started api.Started
	ehr.post("/prior-authorizations", order).into(t, &started)
	require.Equal(t, http.StatusOK, ehr.post(casePath(started.CaseID, "/withdrawal"), sample("withdrawCase")).status)
	w.temporal.forget(started.CaseID)
	a := ehr.post("/prior-authorizations", order)
	require.Equal(t, http.StatusOK, a.status)
	a.into(t, &started)
	require.Equal(t, domain.Closed, started.Status)
}

func TestStart_an_order_without_a_source_is_opened_once_under_its_key(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	desk := w.as(store.RoleCoordinator)
	order := knee()
	delete(order, "source")
	delete(order, "sourceId")
	var first, second api.Started
	desk.with("a-key-of-my-own").post("/prior-authorizations", order).into(t, &first)
	// As if the program had died before it had kept its answer.
	_, err := w.owner.Exec(t.Context(), `update idempotency_key set status = null, lease_until = now() - interval '1 second'`)
	require.NoError(t, err)
	a := desk.with("a-key-of-my-own").post("/prior-authorizations", order)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	a.into(t, &second)
	require.Equal(t, first.CaseID, second.CaseID)
}

func TestStart_an_order_in_the_middle_brings_what_the_payer_said(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ehr := w.as(store.RoleIntegrator)
	sent := time.Now().AddDate(0, 0, -3).UTC().Truncate(time.Second)
	order := knee()
	order["midway"] = map[string]any{
		"sentAt": sent, "received": sent.Add(time.Hour), "channel": "portal", "reference": "R-1", "unitsUsed": 2,
		"answer": map[string]any{"channel": "phone", "said": "A4", "at": sent.Add(2 * time.Hour), "wanted": []any{map[string]any{"words": "MRI report"}}},
	}
	a := ehr.post("/prior-authorizations", order)
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
	begun := w.temporal.lastStart(t)
	require.Equal(t, sent, begun.Midway.SentAt)
	require.Equal(t, 2, begun.Midway.UnitsUsed)
	require.Equal(t, domain.Pended, begun.Midway.Answer.Said)
	require.NotEmpty(t, begun.Midway.Answer.ID)
	require.Equal(t, domain.Integration, begun.Midway.Answer.By.Kind)
	require.Equal(t, "America/Denver", begun.Zone, "the facility's")
	require.Equal(t, "UN", begun.Order.Services[0].Unit)

	order = knee()
	order["midway"] = map[string]any{
		"sentAt": time.Now().AddDate(0, 0, 3), "received": sent, "channel": "portal", "answer": map[string]any{"channel": "phone", "said": "A4", "at": sent},
	}
	p := ehr.post("/prior-authorizations", order)
	require.Equal(t, http.StatusUnprocessableEntity, p.status)
	require.ElementsMatch(t, []string{"/midway/sentAt in-future", "/midway/received before-sent", "/midway/answer/at before-sent"}, faults(p.problem(t)))
}

// faults is the faults of a problem as 'pointer code'.
func faults(p api.Problem) []string {
	out := []string{}
	for _, f := range p.Errors {
		out = append(out, f.Pointer+" "+f.Code)
	}
	return out
}

func TestStart_all_that_is_wrong_is_told_at_once_and_nothing_is_stored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ehr := w.as(store.RoleIntegrator)
	set := func(at map[string]any, name string, value any) { at[name] = value }
	for name, tt := range map[string]struct {
		change func(order map[string]any)
		want   []string
	}{
		"an unknown payer":                       {func(o map[string]any) { set(o["coverage"].(map[string]any), "payer", "nopay") }, []string{"/coverage/payer unknown-payer"}},
		"an unknown facility, and one of others": {func(o map[string]any) { o["facilityId"] = "south" }, []string{"/facilityId unknown-facility"}},
		"impossible dates": {func(o map[string]any) {
			o["plannedDate"] = "2026-02-30"
			set(o["patient"].(map[string]any), "birthDate", "1954-13-01")
		}, []string{"/plannedDate date", "/patient/birthDate date"}},
		"a check digit":                     {func(o map[string]any) { set(o["servicing"].(map[string]any), "npi", "1234567890") }, []string{"/servicing/npi npi"}},
		"a malformed code":                  {func(o map[string]any) { set(o["services"].([]any)[0].(map[string]any), "code", "2744") }, []string{"/services/0/code procedure"}},
		"a code that a complete list lacks": {func(o map[string]any) { set(o["coverage"].(map[string]any), "state", "ZZ") }, []string{"/coverage/state state"}},
		"a planned day before birth":        {func(o map[string]any) { o["plannedDate"] = "1950-01-01" }, []string{"/plannedDate before-birth", "/services/0/from before-birth", "/plannedDate too-late"}},
		"wrong types and unknown fields": {func(o map[string]any) {
			o["place"] = 21
			o["urgent"] = true
			set(o["services"].([]any)[0].(map[string]any), "units", "one")
		}, []string{"/place type", " unknown", "/services/0/units type"}},
		"nearly everything missing": {func(o map[string]any) {
			for _, name := range []string{"patient", "coverage", "services", "diagnoses", "place"} {
				delete(o, name)
			}
		}, []string{
			"/patient/firstName required", "/patient/lastName required", "/patient/birthDate required", "/patient/sex required",
			"/coverage/payer required", "/coverage/memberId required", "/coverage/product required", "/coverage/funding required", "/coverage/relationship required",
			"/coverage/subscriber required_unless",
			"/services required", "/diagnoses required", "/place required",
		}},
	} {
		order := knee()
		tt.change(order)
		a := ehr.post("/prior-authorizations", order)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, "%s: %s", name, a.body)
		p := a.problem(t)
		require.Equal(t, "urn:parley:problem:invalid", p.Type)
		require.Equal(t, a.header.Get("X-Request-Id"), p.RequestID)
		require.ElementsMatch(t, tt.want, faults(p), name)
	}
	require.Zero(t, w.count(`select count(*) from case_file`))
	require.Zero(t, w.count(`select count(*) from idempotency_key`), "a key is not used up by a mistake")
	require.Zero(t, w.temporal.called("start"))
}

func TestStart_what_a_person_should_see_is_a_warning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := knee()
	order["urgency"] = "expedited"
	order["diagnoses"] = []any{"M17.11", "M17.99"} // our list of them is partial
	var out api.Started
	a := w.as(store.RoleIntegrator).post("/prior-authorizations", order)
	require.Equal(t, http.StatusCreated, a.status)
	a.into(t, &out)
	require.ElementsMatch(t, []string{"/urgencyStatement statement", "/diagnoses/1 unlisted-code"}, faults(api.Problem{Errors: out.Warnings}))
}

func TestStart_is_not_answered_while_Temporal_or_the_database_is_away(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ehr := w.as(store.RoleIntegrator)
	order := knee()
	w.temporal.goAway(serviceerror.NewUnavailable("gone"))
	a := ehr.with("the-same-key").post("/prior-authorizations", order)
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.Equal(t, "urn:parley:problem:unavailable", a.problem(t).Type)
	w.temporal.goAway(nil)
	require.Equal(t, http.StatusCreated, ehr.with("the-same-key").post("/prior-authorizations", order).status)

	w.databaseAway()
	a = ehr.post("/prior-authorizations", knee())
	require.Equal(t, http.StatusServiceUnavailable, a.status, "%s", a.body)
}

func TestStart_an_order_that_another_facility_has_is_not_told_of(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := knee()
	require.Equal(t, http.StatusCreated, w.as(store.RoleIntegrator, "north").post("/prior-authorizations", order).status)
	order["facilityId"] = "south"
	a := w.as(store.RoleIntegrator, "south").post("/prior-authorizations", order)
	require.Equal(t, http.StatusConflict, a.status, "%s", a.body)
	require.NotContains(t, string(a.body), "caseId")
	require.Equal(t, http.StatusOK, w.as(store.RoleIntegrator, "north", "south").post("/prior-authorizations", order).status)
}

func TestStart_a_body_of_unknown_length_is_bounded_too(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	endless := w.as(store.RoleIntegrator).but(func(r *http.Request) {
		r.ContentLength, r.Body = -1, io.NopCloser(io.LimitReader(spaces{}, 2<<20))
	})
	require.Equal(t, http.StatusRequestEntityTooLarge, endless.post("/prior-authorizations", knee()).status)
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
