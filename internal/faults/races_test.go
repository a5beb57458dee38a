package faults

import (
	"fmt"
	"strconv"
	"testing"
	"time"
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
func every(t *testing.T, places []string, do func(w *world, r rivalry, fault ...string)) {
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

func (w *world) begins(r rivalry) {
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
	every(t, places, func(w *world, r rivalry, fault ...string) {
		dies := w.worker(append(fault, "FAULT=kill")...)
		w.begins(r)
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
	every(t, places[:4], func(w *world, r rivalry, fault ...string) {
		sleeps := w.worker(append(fault, "FAULT=stop")...)
		w.begins(r)
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
