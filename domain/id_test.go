package domain_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"parley/domain"
)

const (
	goldenCase  = "0f364fc0-6340-8630-923e-c267192424f3"
	goldenChild = "0e3ddb24-3d51-8eab-a106-3dd1bf87459c"
)

func TestThe_same_trigger_names_the_same_case_and_no_other(t *testing.T) {
	t.Parallel()
	secret := []byte("of this installation")
	id := domain.CaseIDFor(secret, "ehr", "order-7", domain.PriorAuthorization)
	require.Equal(t, id, domain.CaseIDFor(secret, "ehr", "order-7", domain.PriorAuthorization))
	for name, other := range map[string]domain.CaseID{
		"another order":        domain.CaseIDFor(secret, "ehr", "order-8", domain.PriorAuthorization),
		"another source":       domain.CaseIDFor(secret, "lab", "order-7", domain.PriorAuthorization),
		"another kind":         domain.CaseIDFor(secret, "ehr", "order-7", domain.Escalation),
		"another installation": domain.CaseIDFor([]byte("of that one"), "ehr", "order-7", domain.PriorAuthorization),
		"parts cut elsewhere":  domain.CaseIDFor(secret, "ehro", "rder-7", domain.PriorAuthorization),
	} {
		require.NotEqual(t, id, other, name)
	}
	u, err := uuid.Parse(string(id))
	require.NoError(t, err)
	require.Equal(t, uuid.Version(8), u.Version(), "RFC 9562, 5.8: made of a digest")
	require.Equal(t, uuid.RFC4122, u.Variant())
}

func TestIDs_of_a_committed_secret_stay_what_they_are(t *testing.T) {
	t.Parallel()
	// A case opened by an earlier version must be found by a later one.
	require.Equal(t, domain.CaseID(goldenCase), domain.CaseIDFor([]byte("secret"), "ehr", "order-7", domain.PriorAuthorization))
	require.Equal(t, domain.CaseID(goldenChild), domain.ChildID(goldenCase, "appeal"))
}

func TestA_child_is_named_by_its_parent_and_its_name(t *testing.T) {
	t.Parallel()
	parent := domain.NewCaseID()
	require.Equal(t, domain.ChildID(parent, "appeal"), domain.ChildID(parent, "appeal"))
	require.NotEqual(t, domain.ChildID(parent, "appeal"), domain.ChildID(parent, "appeal 2"))
	require.NotEqual(t, domain.ChildID(parent, "appeal"), domain.ChildID(domain.NewCaseID(), "appeal"))
}

func TestTasks_and_exchanges_know_their_case(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := domain.CaseIDFor([]byte("secret"), "ehr", rapid.String().Draw(t, "order"), domain.PriorAuthorization)
		step, n := rapid.IntRange(1, 5000).Draw(t, "step"), rapid.IntRange(0, 3).Draw(t, "n")
		task := domain.NewTaskID(id, step, "send documents", n)
		require.Equal(t, id, task.Case())
		require.Equal(t, id, id.Exchange(n).Case())
		require.Equal(t, id, domain.TaskID(id.Exchange(n).Submission(1)).Case())
		require.NotEqual(t, task, domain.NewTaskID(id, step, "send documents", n+1))
		require.NotEqual(t, task, domain.NewTaskID(id, step+1, "send documents", n))
		require.NotEqual(t, task, domain.NewTaskID(id, step, "call payer", n))
	})
	require.Empty(t, domain.TaskID("short").Case())
	require.Equal(t, domain.TaskID(goldenCase+"-4-call-payer-2"), domain.NewTaskID(goldenCase, 4, "call payer", 1))
	require.Equal(t, domain.SubmissionID(goldenCase+"-x2-s3"), domain.CaseID(goldenCase).Exchange(2).Submission(3))
}

func TestA_new_case_or_message_has_an_ID_of_its_own_that_sorts_by_time(t *testing.T) {
	t.Parallel()
	first, second := domain.NewCaseID(), domain.NewCaseID()
	require.Less(t, first, second)
	require.Less(t, domain.NewMessageID(), domain.NewMessageID())
	require.Equal(t, uuid.Version(7), uuid.MustParse(string(first)).Version())
}

func TestA_date_that_does_not_exist_has_no_instant_and_a_machines_own_zone_is_UTC(t *testing.T) {
	t.Parallel()
	require.True(t, domain.Date("2026-02-30").End(time.UTC).IsZero())
	require.True(t, domain.Date("").In(time.UTC).IsZero())
	require.Equal(t, time.UTC, domain.Zone("Local"))
	require.Equal(t, time.UTC, domain.Zone(""))
	require.Equal(t, time.UTC, domain.Zone("America/Nowhere"))
	require.Equal(t, "America/Denver", domain.Zone("America/Denver").String())
}

func TestDates_go_to_X12_and_back(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := domain.Date("1900-01-01").AddDays(rapid.IntRange(0, 100000).Draw(t, "days"))
		back, err := domain.ParseCompact(d.Compact())
		require.NoError(t, err)
		require.Equal(t, d, back)
		require.Equal(t, d, domain.DateOf(d.End(time.UTC), time.UTC))
	})
	_, err := domain.ParseCompact("20260230")
	require.EqualError(t, err, "read date: not CCYYMMDD")
	require.Equal(t, "12 Mar 2026", domain.Date("2026-03-12").Words())
}
