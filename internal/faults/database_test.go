package faults

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Parley's database alone is away for a minute, while a deadline passes and a person
// answers. No case fails, few events are added, and it is over soon.
func TestDatabase_away_costs_a_case_few_events(t *testing.T) {
	t.Parallel()
	p := practice(t)
	for name, away := range map[string]struct {
		state doorState
		dies  bool
		most  int // events added
	}{
		"it refuses":                           {doorShut, false, 10},
		"it refuses, and the worker dies":      {doorShut, true, 15},
		"it says nothing":                      {doorFrozen, false, 10},
		"it says nothing, and the worker dies": {doorFrozen, true, 15},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calm := newWorld(t, p.Stack.Env.TemporalNamespace)
			calm.worker()
			calm.starts(3*time.Second, 0)
			eventually(t, "its deadline passes", func() bool { steps, _ := calm.shown(); return len(steps) == 4 })
			calm.converged()

			w := newWorld(t, p.Stack.Env.TemporalNamespace)
			door, address, err := newDoor(p.Stack.Env.DatabaseURL)
			require.NoError(t, err)
			t.Cleanup(door.remove)
			w.env = []string{"PARLEY_DATABASE_URL=" + address}
			lives := w.worker()
			w.starts(3*time.Second, 0)
			door.set(away.state)
			shut := time.Now()
			time.Sleep(8 * time.Second) // the deadline passes meanwhile
			if away.dies {
				lives.Kill()
				w.begins() // it waits for the database
			}
			w.completes("late") // refused, at once or when the database is back
			time.Sleep(time.Until(shut.Add(time.Minute)))
			door.set(doorOpen)
			back := time.Now()
			eventually(t, "the case goes on", func() bool { _, open := w.shown(); return !slices.Contains(open, string(w.first())) })
			took := time.Since(back)
			w.answered()
			w.converged()
			_, undisturbed := calm.history()
			_, events := w.history()
			t.Logf("over %.1f s after the database's return; %d events, undisturbed %d", took.Seconds(), len(events), len(undisturbed))
			require.LessOrEqual(t, len(events)-len(undisturbed), away.most)
			require.Less(t, took, 15*time.Second)
			w.finishes()
		})
	}
}
