package faults

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"parley/activities"
	"parley/domain"
	"parley/store"
)

// A worker is killed at each of six places around a submission, of real prior
// authorizations: each is approved in the end, and the payer has each request once. What
// may or may not have arrived is asked about; the same bytes go again only where asking
// proved that they never came.
func TestSubmission_a_worker_killed_around_it_sends_nothing_twice(t *testing.T) {
	t.Parallel()
	p := practice(t)
	sent, asked := []string{"prepared", "sending", "accepted"}, []string{"prepared", "sending", "unknown", "acknowledged"}
	again := []string{"prepared", "sending", "unknown", "unknown", "sending", "accepted"} // the second time with the proof
	states := map[string][]string{
		"before-ledger-row": sent, "after-sending": again, "after-first-byte": again,
		"after-last-byte": asked, "after-answer": asked, "after-commit": sent,
	}
	require.Len(t, states, len(activities.CrashPoints))
	for _, point := range activities.CrashPoints {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, p.Stack.Env.TemporalNamespace)
			dies := w.worker("CRASH=" + point)
			order := Order(string(w.id), 0, "LK"+string(w.id)[24:])
			order.Zone = "America/Denver"
			_, err := w.cases.Open(t.Context(), w.id, domain.PriorAuthorization, domain.NewAuthorization{
				Opening: domain.Opening{
					CaseID: w.id, Kind: domain.PriorAuthorization, By: dana, At: time.Now(), Facility: facility, Zone: order.Zone,
				},
				Order: order,
			})
			require.NoError(t, err)
			dies.ended(t)
			w.worker()
			approved(t, p, w.id)
			require.Equal(t, states[point], p.states(t, w.id))
			require.Equal(t, 1, count(t, p, `select count(*) from submission where case_id = $1 and kind = 'authorization'`, w.id))
			w.sound()
			require.Empty(t, p.untrue(t, w.id))
		})
	}
}

// Payers that are silent, answer with an error, a page, half an answer or twice, take a
// pend back to front or answer for another patient: each request is taken up once, and
// each case has its approval in the end.
func TestPayer_misbehaving_is_asked_and_believed_only_about_its_own(t *testing.T) {
	t.Parallel()
	p := practice(t)
	for manner, what := range map[string]struct {
		name    string
		unknown bool // whether the payer has it
		strange int  // answers that are kept from the case and put before a lead
	}{
		"Z01": {"silent", true, 0},
		"Z02": {"503 before it looks", true, 0},
		"Z03": {"500 after it has looked", true, 0},
		"Z04": {"garbage", true, 1},
		"Z05": {"truncated", true, 1},
		"Z06": {"cut off", true, 0},
		"Z07": {"twice", false, 0},
		"Z08": {"out of order", false, 0},
		"Z09": {"another patient's answer", false, 1},
		"Z10": {"another request's answer", false, 1},
	} {
		t.Run(what.name, func(t *testing.T) {
			t.Parallel()
			started, _, err := p.Start(t.Context(), "", Order("manners", int(manner[1])<<8+int(manner[2]), "LK95"+manner))
			require.NoError(t, err)
			id := started.CaseID
			if what.strange > 0 && !what.unknown { // it has the request: it said so before it spoke of another's
				eventually(t, "the payer has it", func() bool { return slices.Contains(p.states(t, id), "acknowledged") })
				require.NoError(t, p.Payers.Push(t.Context(), p.trace(t, id)))
			}
			approved(t, p, id)
			require.Equal(t, what.unknown, slices.Contains(p.states(t, id), "unknown"), "%v", p.states(t, id))
			if manner == "Z07" || manner == "Z08" {
				eventually(t, "the second answer is picked up", func() bool {
					return count(t, p, `select count(*) from inbound where case_id = $1`, id) == 2
				})
			}
			inbound := func(state string) int {
				return count(t, p, `
					select count(*) from inbound i join submission s on s.id = i.submission where s.case_id = $1 and i.state = $2`, id, state)
			}
			eventually(t, "all that came is judged", func() bool { return inbound("new") == 0 })
			require.Equal(t, what.strange, inbound("quarantined"))
			require.Equal(t, what.strange, count(t, p, `
				select count(*) from case_file e join inbound i on i.id::text = e.source_id join submission s on s.id = i.submission
				where e.kind = 'escalation' and s.case_id = $1`, id), "escalations")
			require.Equal(t, 1, count(t, p, `select count(*) from submission where case_id = $1 and kind = 'authorization'`, id))
			approved(t, p, id)
			require.Empty(t, p.untrue(t, id))
		})
	}
}

// trace is what the payer knows a case's request by.
func (p *Practice) trace(t *testing.T, id domain.CaseID) (trace string) {
	t.Helper()
	err := p.Pool.QueryRow(t.Context(), `select trace from submission where case_id = $1 and kind = 'authorization'`, id).Scan(&trace)
	require.NoError(t, err)
	return trace
}

// states lists what a case's request has been through, by the ledger.
func (p *Practice) states(t *testing.T, id domain.CaseID) []string {
	t.Helper()
	rows, err := p.Pool.Query(t.Context(), `
		select st.state from submission_state st join submission s on s.id = st.submission_id
		where s.case_id = $1 and s.kind = 'authorization' order by st.ord`, id)
	require.NoError(t, err)
	states, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return states
}

// untrue says where the database still differs from the case's history once it is at rest.
func (p *Practice) untrue(t *testing.T, id domain.CaseID) (untrue map[domain.CaseID]string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(300 * time.Millisecond) {
		var err error
		untrue, err = p.Untrue(t.Context(), []domain.CaseID{id})
		require.NoError(t, err)
		if len(untrue) == 0 || time.Now().After(end) {
			return untrue
		}
	}
}

// sound waits until no invariant is broken by the case, and says what is if one stays so.
func (w *world) sound() {
	w.t.Helper()
	var broken []store.Violation
	for end := time.Now().Add(time.Minute); ; time.Sleep(500 * time.Millisecond) {
		var err error
		broken, err = w.p.Store.Broken(w.t.Context(), settled)
		require.NoError(w.t, err)
		broken = slices.DeleteFunc(broken, func(v store.Violation) bool { return v.Case != w.id })
		if len(broken) == 0 || time.Now().After(end) {
			break
		}
	}
	require.Empty(w.t, broken)
}
