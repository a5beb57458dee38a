package faults

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/activities"
	"parley/domain"
)

// A worker is killed at each of six places around a submission, of real prior
// authorizations: each is approved in the end, and the payer has each request once.
func TestSubmission_a_worker_killed_around_it_sends_nothing_twice(t *testing.T) {
	t.Parallel()
	p := practice(t)
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
			var sends int
			err = p.Pool.QueryRow(t.Context(), `
					select count(*) from submission where case_id = $1 and kind = 'authorization'`, w.id).Scan(&sends)
			require.NoError(t, err)
			require.Equal(t, 1, sends)
		})
	}
}
