package faults

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Parley's database alone refuses connections while a deadline passes and a person
// answers. No case fails, few events are added, and it is over soon.
func TestDatabase_away_costs_a_case_few_events(t *testing.T) {
	t.Parallel()
	p := practice(t)
	for name, most := range map[string]int{"the worker lives": 10, "the worker dies": 15} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calm := newWorld(t, p.Stack.Env.TemporalNamespace)
			calm.worker()
			calm.starts(3*time.Second, 0)
			eventually(t, "its deadline passes", func() bool { steps, _ := calm.shown(); return len(steps) == 4 })
			calm.converged()

			w := newWorld(t, p.Stack.Env.TemporalNamespace)
			door, address := newDoor(t, p.Stack.Env.DatabaseURL)
			w.env = []string{"PARLEY_DATABASE_URL=" + address}
			lives := w.worker()
			w.starts(3*time.Second, 0)
			door.set(true)
			shut := time.Now()
			time.Sleep(8 * time.Second) // the deadline passes meanwhile
			if most > 10 {
				lives.Kill()
				time.Sleep(time.Until(shut.Add(30 * time.Second)))
				door.set(false)
				w.worker()
			} else {
				w.completes("late") // refused, at once or when the database is back
				time.Sleep(time.Until(shut.Add(30 * time.Second)))
				door.set(false)
			}
			back := time.Now()
			eventually(t, "the case goes on", func() bool { steps, _ := w.shown(); return len(steps) == 4 })
			t.Logf("over %.1f s after the database's return", time.Since(back).Seconds())
			w.answered()
			w.converged()
			_, undisturbed := calm.history()
			_, events := w.history()
			t.Logf("%d events, undisturbed %d", len(events), len(undisturbed))
			require.LessOrEqual(t, len(events)-len(undisturbed), most)
			w.finishes()
		})
	}
}
