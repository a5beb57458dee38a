package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
	"parley/internal/dev"
)

// Options say how long and by which dice.
type Options struct {
	Seed uint64
	For  time.Duration
	Bin  string    // the folder of the programs; "" means beside this one, then PATH
	Out  io.Writer // progress
}

// Report is what a run did and found.
type Report struct {
	Seed      uint64         `json:"seed"`
	For       string         `json:"for"`
	Acts      map[string]int `json:"acts"`   // what people did, and was acknowledged
	GaveUp    int            `json:"gaveUp"` // who was not answered in two minutes, and may try again
	Faults    map[string]int `json:"faults"`
	Broken    []string       `json:"broken"`
	Held      bool           `json:"held"`
	SettledIn string         `json:"settledIn"` // after the last fault
}

// patience is how long all may take to come right after the last fault: a send of which
// nobody knows is asked about after minutes, by the payer's profile.
const patience = 8 * time.Minute

// Run lets people work on a stack of its own while one dice kills, freezes and starves
// it, and then looks whether anything is broken. The same seed throws the same dice; what
// meets what still depends on the machine. The data of a run that broke something is kept.
func Run(ctx context.Context, o Options) (Report, error) {
	r := &run{
		o: o, acknowledged: map[domain.CaseID]bool{}, completed: map[domain.TaskID]bool{},
		doubled: map[domain.TaskID]int{}, reset: map[domain.CaseID]bool{},
	}
	r.say("seed %d, for %v", o.Seed, o.For)
	r.report = Report{Seed: o.Seed, For: o.For.String(), Acts: map[string]int{}, Faults: map[string]int{}, Broken: []string{}}
	dir, err := os.MkdirTemp("", "parley-faults")
	if err != nil {
		return r.report, fmt.Errorf("make a folder: %w", err)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), Impatient(filepath.Join(dir, "payers"))); err != nil { //nolint:gosec // PostgreSQL's user must reach its data
		return r.report, err
	}
	stack, err := dev.Start(ctx, dev.Options{
		Data: filepath.Join(dir, "data"), Quick: true, Bin: o.Bin, Payers: filepath.Join(dir, "payers"), Out: o.Out,
	})
	if err != nil {
		return r.report, err
	}
	defer stack.Stop(context.WithoutCancel(ctx))
	if r.Practice, err = Open(ctx, stack); err != nil {
		return r.report, err
	}
	defer r.Close()
	if err := r.hang(ctx); err != nil {
		return r.report, err
	}
	defer r.door.remove()
	if err := r.work(ctx); err != nil {
		return r.report, err
	}
	r.report.Held = len(r.report.Broken) == 0
	if !r.report.Held {
		r.say("what is broken is kept in %s", dir)
		return r.report, nil
	}
	return r.report, os.RemoveAll(dir)
}

type run struct {
	*Practice
	o Options

	door *door // between the worker and its database

	mu           sync.Mutex
	report       Report
	acknowledged map[domain.CaseID]bool
	completed    map[domain.TaskID]bool
	doubled      map[domain.TaskID]int  // by how many at once, if more than one were told that they did it
	reset        map[domain.CaseID]bool // by an operator: what was said to it may be gone
	members      int
}

// hang puts a door between the worker and its database.
func (r *run) hang(ctx context.Context) error {
	door, address, err := newDoor(r.Stack.Env.DatabaseURL)
	if err != nil {
		return err
	}
	r.door = door
	worker := r.Stack.Process("worker")
	worker.Tell("PARLEY_DATABASE_URL=" + address)
	return worker.Restart(ctx)
}

// say tells progress to whoever listens.
func (r *run) say(format string, args ...any) {
	if r.o.Out != nil {
		_, _ = fmt.Fprintf(r.o.Out, "faults: "+format+"\n", args...) // nobody may be listening
	}
}

func (r *run) note(what func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	what()
}

// dice are of one actor alone, so that what it throws does not depend on the others.
func (r *run) dice(actor uint64) *rand.Rand {
	return rand.New(rand.NewPCG(r.o.Seed, actor)) //nolint:gosec // dice that can be thrown again
}

func (r *run) work(ctx context.Context) error {
	if err := r.crowds(ctx); err != nil {
		return err
	}
	working, over := context.WithTimeout(ctx, r.o.For)
	defer over()
	var people sync.WaitGroup
	for i := range uint64(3) {
		people.Go(func() { r.orders(working, ctx, r.dice(10+i)) })
		people.Go(func() { r.coordinates(working, ctx, r.dice(20+i)) })
	}
	err := r.chaos(working, ctx, r.dice(1))
	people.Wait()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	r.say("the faults are over; looking whether all comes right")
	return r.judge(ctx)
}

// crowds are before the faults: one trigger a hundred times, a thousand tasks with four
// completers each.
func (r *run) crowds(ctx context.Context) error {
	r.say("one trigger a hundred times at once, then %d tasks with four completers each", crowded)
	id, wrong, err := r.trigger(ctx, Order("trigger", 0, "LK9100001"), 100)
	if err != nil {
		return err
	}
	r.acknowledged[id] = true
	r.report.Broken = append(r.report.Broken, wrong...)
	r.report.Acts["start at once"] = 100
	wrong, err = r.crowd(ctx, "crowd", crowded)
	r.report.Broken = append(r.report.Broken, wrong...)
	r.report.Acts["task with four completers"] = crowded
	return err
}

const crowded = 1000

// judge waits until all has come right, and reports what has not.
func (r *run) judge(ctx context.Context) error {
	began := time.Now()
	broken, err := r.Settle(ctx, patience)
	if err != nil {
		return err
	}
	untrue, err := r.untruths(ctx, began.Add(patience))
	if err != nil {
		return err
	}
	r.report.SettledIn = time.Since(began).Round(time.Second).String()
	lost, err := r.Lost(ctx, r.acknowledged)
	if err != nil {
		return err
	}
	for task := range r.completed {
		if r.reset[task.Case()] {
			delete(r.completed, task)
		}
	}
	unapplied, err := r.Unapplied(ctx, r.completed)
	for task, n := range r.doubled {
		if !r.reset[task.Case()] {
			unapplied = append(unapplied, fmt.Sprintf("I4 %d were told that they completed it: task %s", n, task))
		}
	}
	for _, found := range [][]string{broken, untrue, lost, unapplied} {
		r.report.Broken = append(r.report.Broken, found...)
	}
	return err
}

// untruths compares every case with a replay of its history, until all agree or the time
// is up: a case that an operator reset is put right by the keeper, in its turn.
func (r *run) untruths(ctx context.Context, end time.Time) ([]string, error) {
	rows, err := r.Pool.Query(ctx, `select id from case_file where step > 0 order by id`)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[domain.CaseID])
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	r.say("replaying the histories of %d cases", len(all))
	r.report.Acts["case replayed"] = len(all)
	for {
		untrue, err := r.Untrue(ctx, all)
		if err != nil || len(untrue) == 0 || time.Now().After(end) {
			return slices.Sorted(maps.Values(untrue)), err
		}
		all = slices.Collect(maps.Keys(untrue))
		pause(ctx, time.Second)
	}
}

// chaos throws one fault after another until the time is up, and leaves all running.
func (r *run) chaos(working, ctx context.Context, dice *rand.Rand) error {
	faults := []struct {
		what string
		do   func() error
	}{
		{"worker killed", func() error { r.Stack.Process("worker").Kill(); return nil }},
		{"worker frozen", func() error { return r.freeze(working, "worker", time.Duration(3+dice.IntN(15))*time.Second) }},
		{"api killed", func() error { r.Stack.Process("api").Kill(); return nil }},
		{"temporald killed", func() error { r.Stack.Process("temporald").Kill(); return nil }},
		{"worker and temporald killed", func() error {
			r.Stack.Process("temporald").Kill()
			r.Stack.Process("worker").Kill()
			return nil
		}},
		{"postgresql stopped", func() error {
			r.Stack.Postgres.StopImmediate(ctx)
			pause(working, time.Duration(dice.IntN(5000))*time.Millisecond)
			return r.Stack.Postgres.Start(ctx)
		}},
		{"payers away", func() error { return r.Payers.Outage(ctx, time.Duration(1+dice.IntN(8))*time.Second) }},
		{"database refused the worker", func() error {
			r.door.set(doorShut)
			pause(working, time.Duration(1+dice.IntN(20))*time.Second)
			r.door.set(doorOpen)
			return nil
		}},
		{"case reset", func() error { return r.resets(ctx, dice) }},
		{"payers killed", func() error { r.Stack.Process("payersim").Kill(); return nil }},
	}
	for {
		pause(working, time.Duration(1000+dice.IntN(6000))*time.Millisecond)
		if working.Err() != nil {
			break
		}
		f := faults[dice.IntN(len(faults))]
		r.note(func() { r.report.Faults[f.what]++ })
		r.say("%s", f.what)
		if err := f.do(); err != nil {
			r.say("%s: %v", f.what, err) // a process that is down already
		}
	}
	if err := r.Stack.Postgres.Start(ctx); err != nil {
		return err
	}
	for _, p := range r.Stack.Processes() {
		ready, cancel := context.WithTimeout(ctx, 3*time.Minute)
		err := p.Ready(ready)
		cancel()
		if err != nil {
			return fmt.Errorf("after the faults: %w", err)
		}
	}
	return r.Payers.Outage(ctx, 0)
}
