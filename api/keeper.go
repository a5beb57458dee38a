package api

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"parley/domain"
	"parley/store"
)

// Keeper looks after the projection: what a fault has left behind is found and put right
// without anyone asking. One keeper of an installation works at a time; the others wait to
// take its place. Each round can be made by itself, and making it twice does no harm.
type Keeper struct {
	Cases *Cases
	Store *store.Store
	Seals *store.Seals
	Log   *slog.Logger

	metrics *metrics
}

// Keeper is the keeper of a server, which counts in the server's metrics.
func (s *Server) Keeper(seals *store.Seals) *Keeper {
	return &Keeper{Cases: s.Cases, Store: s.Store, Seals: seals, Log: s.Log, metrics: s.metrics}
}

const (
	doubtAfter    = 30 * time.Second // then a step that nobody saw answered is asked about
	describesEach = 20               // cases asked about in a second: people's work goes first
)

// term is how long a keeper keeps its place before it asks for it again: should the
// database connection that holds the place be lost, two keepers work so long, which is
// wasteful and does no harm.
const term = 5 * time.Minute

// Run keeps until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	rounds := []*round{
		{what: "sweep", every: 10 * time.Second, do: func(ctx context.Context) error { return k.Sweep(ctx, doubtAfter) }},
		{what: "reconcile", every: time.Minute, do: k.Reconcile},
		{what: "seal", every: time.Minute, do: k.Seal},
		{what: "check", every: 30 * time.Second, do: k.Check},
		{what: "retention", every: time.Hour, do: k.Retire},
	}
	for ctx.Err() == nil {
		_, err := k.Store.Alone(ctx, "keeper", func(ctx context.Context) error {
			for end := time.Now().Add(term); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, time.Second) {
				for _, r := range rounds {
					k.make(ctx, r)
				}
			}
			return nil
		})
		if err != nil && ctx.Err() == nil {
			k.Log.LogAttrs(ctx, slog.LevelWarn, "keeper", slog.String("why", errorText(err)))
		}
		pause(ctx, 5*time.Second)
	}
}

// round is something to be done every so often.
type round struct {
	what  string
	every time.Duration
	do    func(context.Context) error
	due   time.Time
}

func (k *Keeper) make(ctx context.Context, r *round) {
	if ctx.Err() != nil || time.Now().Before(r.due) {
		return
	}
	err := r.do(ctx)
	if ctx.Err() != nil {
		return
	}
	r.due = time.Now().Add(r.every)
	k.metrics.round(r.what, err)
	if err != nil {
		k.Log.LogAttrs(ctx, slog.LevelWarn, "keeper round", slog.String("what", r.what), slog.String("why", errorText(err)))
	}
}

// Sweep asks every case whose last step was told by an update that nobody has seen
// answered. Such an update may have died with the server before the server had written it
// down: then the database shows a step that the case never took, and nothing else would
// wake the case.
func (k *Keeper) Sweep(ctx context.Context, older time.Duration) error {
	doubtful, err := k.Store.Unconfirmed(ctx, older, 100)
	k.metrics.doubtful.Set(float64(len(doubtful)))
	for _, shown := range doubtful {
		err = errors.Join(err, k.Cases.PutRight(ctx, shown))
	}
	return err
}

// Reconcile compares every case that is open in the database with Temporal. One that goes
// on in another run than the one that recorded last, as after a reset by an operator, is
// told what the database shows. One that does not run at all is reported: nothing will move
// it, and only a person can say why.
func (k *Keeper) Reconcile(ctx context.Context) (err error) {
	lost := 0
	after := domain.CaseID("")
	for {
		open, readErr := k.Store.OpenRuns(ctx, after, 200)
		if readErr != nil {
			return errors.Join(err, readErr)
		}
		for _, c := range open {
			pause(ctx, time.Second/describesEach)
			run, askErr := k.Cases.describe(ctx, c.CaseID)
			switch {
			case askErr != nil:
				// Temporal is away: whatever else is asked now would only be asked in vain.
				return errors.Join(err, askErr)
			case run == "":
				// A list takes its time: a case that closed since it was read is not lost.
				now, readErr := k.Store.Case(ctx, store.Scope{All: true}, string(c.CaseID))
				if readErr != nil {
					return errors.Join(err, readErr)
				}
				if now.Status == domain.Closed {
					break
				}
				lost++
				k.Log.LogAttrs(ctx, slog.LevelError, "case is open and does not run", slog.String("case", string(c.CaseID)))
			case run != c.RunID:
				err = errors.Join(err, k.Cases.PutRight(ctx, c.Shown))
			}
			after = c.CaseID
		}
		if len(open) == 0 {
			k.metrics.lost.Set(float64(lost))
			return err
		}
	}
}

// Seal writes the heads of the audit chains that moved into the file of seals.
func (k *Keeper) Seal(ctx context.Context) error {
	_, err := k.Store.Seal(ctx, k.Seals)
	return err
}

// Check counts what breaks an invariant; the number of cases that wait for nothing (I11)
// is the one that managers see, and must be 0.
func (k *Keeper) Check(ctx context.Context) error {
	broken, err := k.Store.Broken(ctx, store.DefaultGrace)
	if err != nil {
		return err
	}
	stuck := 0
	k.metrics.broken.Reset()
	for _, v := range broken {
		k.metrics.broken.WithLabelValues(v.Invariant, v.Found).Inc()
		if v.Invariant == "I11" {
			stuck++
		}
	}
	k.metrics.stuck.Set(float64(stuck))
	return nil
}

// Retire drops what is kept for a time only: answers to requests that came long ago.
func (k *Keeper) Retire(ctx context.Context) error {
	for {
		n, err := k.Store.SweepRequests(ctx, store.IdempotencyKept)
		if err != nil || n == 0 {
			return err
		}
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
