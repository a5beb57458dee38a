package faults

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rivalry is a race brought to a decision at a step, and what comes up against it.
type rivalry struct {
	name      string
	ask, hear time.Duration
	step      int          // that decides: the worker dies around it
	hurried   int          // the same where each stage has a run of its own
	first     func(*world) // leads to the decision that dies
	rival     func(*world) // comes while nobody is there to see it
}

var races = []rivalry{
	{"deadline then completion", 3 * time.Second, 0, 2, 2, nil, func(w *world) { w.completes("c1") }},
	{"deadline then completion, the second of three steps", 3 * time.Second, 0, 3, 3, nil, func(w *world) { w.completes("c1") }},
	{"deadline then withdrawal, the last of three steps", 3 * time.Second, 0, 4, 4, nil, func(w *world) { w.withdraws("w1") }},
	{"completion then withdrawal", time.Hour, 0, 2, 2, func(w *world) { w.completes("c1") }, func(w *world) { w.withdraws("w1") }},
	{"withdrawal then completion", time.Hour, 0, 2, 2, func(w *world) { w.withdraws("w1") }, func(w *world) { w.completes("c1") }},
	{
		"silence then the payer's answer", time.Hour, 3 * time.Second, 3, 4,
		func(w *world) { w.completes("c1") },
		func(w *world) { w.payerAnswers("p1") },
	},
	{
		"the payer's answer then withdrawal", time.Hour, time.Hour, 3, 4,
		func(w *world) { w.completes("c1"); w.answered(); w.payerAnswers("p1") },
		func(w *world) { w.withdraws("w1") },
	},
}

var places = []string{"decided", "before-commit", "after-commit", "before-answer", "after-answer"}

// every runs each race in each place, in one run and in a new run after each stage, turn
// about: FAULTS=all runs all of them in both.
func every(t *testing.T, races []rivalry, places []string, do func(w *world, r rivalry, fault ...string)) {
	for i, r := range races {
		for j, at := range places {
			for k, ns := range []string{"parley", hurried} {
				if !thorough() && (i+j+k)%2 == 1 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", r.name, at, ns), func(t *testing.T) {
					t.Parallel()
					step := r.step
					if ns == hurried {
						step = r.hurried
					}
					do(newWorld(t, ns), r, "AT="+at, "STEP="+strconv.Itoa(step))
				})
			}
		}
	}
}

func (w *world) opens(r rivalry) {
	w.t.Helper()
	w.starts(r.ask, r.hear)
	if r.first != nil {
		r.first(w)
	}
}

func (w *world) ends() {
	w.t.Helper()
	w.answered()
	w.converged()
	w.finishes()
}

// A worker is killed between a recorded step and the end of its workflow task, and its
// successor sees what came meanwhile (DESIGN.md, the trap).
func TestTrap_a_killed_workers_step_gives_way_to_the_truth(t *testing.T) {
	t.Parallel()
	practice(t)
	every(t, races, places, func(w *world, r rivalry, fault ...string) {
		dies := w.worker(append(fault, "FAULT=kill")...)
		w.opens(r)
		dies.ended(w.t)
		r.rival(w)
		w.worker()
		w.ends()
	})
}

// A stopped worker wakes after its successor has gone on, and does what it was about to do.
func TestTrap_a_stopped_workers_step_comes_too_late(t *testing.T) {
	t.Parallel()
	practice(t)
	every(t, races, places[:4], func(w *world, r rivalry, fault ...string) {
		sleeps := w.worker(append(fault, "FAULT=stop")...)
		w.opens(r)
		sleeps.stopped(w.t)
		r.rival(w)
		w.worker()
		w.answered()
		w.converged()
		sleeps.wake(w.t)
		time.Sleep(2 * time.Second) // for it to try
		w.converged()
		w.finishes()
	})
}

// some are the races that one more way to die is tried on, unless all are asked for.
func some() []rivalry {
	if thorough() {
		return races
	}
	return []rivalry{races[0], races[3], races[5]}
}

// The successor dies as well.
func TestTrap_two_workers_killed_one_after_the_other(t *testing.T) {
	t.Parallel()
	practice(t)
	every(t, some(), places[1:3], func(w *world, r rivalry, fault ...string) {
		dies := w.worker(append(fault, "FAULT=kill")...)
		w.opens(r)
		dies.ended(w.t)
		dies = w.worker("FAULT=kill", "AT=before-answer", fault[1])
		dies.ended(w.t)
		r.rival(w)
		w.worker()
		w.ends()
	})
}

// Without a cache every workflow task begins with a replay.
func TestTrap_a_worker_without_a_cache_is_killed(t *testing.T) {
	t.Parallel()
	practice(t)
	every(t, some(), places[1:3], func(w *world, r rivalry, fault ...string) {
		w.env = []string{"CACHE=0"}
		dies := w.worker(append(fault, "FAULT=kill")...)
		w.opens(r)
		dies.ended(w.t)
		r.rival(w)
		w.worker()
		w.ends()
	})
}

// slow is a race whose writes take so long that the worker asks for another workflow task
// in the middle of the third.
var slow = rivalry{"deadline then withdrawal", 10 * time.Second, 0, 0, 0, nil, func(w *world) { w.withdraws("w1") }}

// The worker is stopped inside the workflow task it has asked for. Its clock runs on: what
// it records when it wakes must still carry the time at which that task began.
func TestTrap_a_worker_stopped_after_a_heartbeat_comes_too_late(t *testing.T) {
	t.Parallel()
	w := newWorld(t, practice(t).Stack.Env.TemporalNamespace)
	sleeps := w.worker("FAULT=stop", "AT=at-return", "SLOW=3s", "STEP=4")
	w.opens(slow)
	sleeps.stopped(t)
	slow.rival(w)
	w.worker()
	w.answered()
	w.converged()
	sleeps.wake(t)
	time.Sleep(6 * time.Second) // for it to try, slowly
	w.converged()
	w.finishes()
}

// The successor writes the third step under the fence of the first task, where it was
// decided, and the dead attempt's fourth stands in its way. A refusal is not the end.
func TestTrap_a_worker_killed_after_a_heartbeat_leaves_a_step_in_the_way(t *testing.T) {
	t.Parallel()
	w := newWorld(t, practice(t).Stack.Env.TemporalNamespace)
	dies := w.worker("FAULT=kill", "AT=after-commit", "SLOW=3s", "STEP=4")
	w.opens(slow)
	dies.ended(t)
	slow.rival(w)
	w.worker()
	w.ends()
}

// The server's clock is set back: what is recorded seems to come from the future.
func TestTrap_a_clock_set_back_is_waited_out(t *testing.T) {
	t.Parallel()
	w := newWorld(t, practice(t).Stack.Env.TemporalNamespace)
	w.worker()
	w.starts(time.Hour, 0)
	_, err := w.p.Pool.Exec(t.Context(), `update case_file set fence = fence + 10e9 where id = $1`, w.id)
	require.NoError(t, err)
	w.completes("c1")
	w.ends()
}
