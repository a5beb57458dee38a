package bench

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// TurnAbout does two things in the order a b b a, so often: what a machine grows slower or
// faster in meanwhile falls on both alike.
func TurnAbout(times int, a, b func() error) error {
	for range times {
		for _, do := range []func() error{a, b, b, a} {
			if err := do(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Tally counts what was done, and how long it took.
type Tally struct {
	Done int
	Took time.Duration
}

// Rate is how much was done in a second.
func (t Tally) Rate() float64 { return float64(t.Done) / t.Took.Seconds() }

// Plus is what was done in two tallies.
func (t Tally) Plus(o Tally) Tally { return Tally{t.Done + o.Done, t.Took + o.Took} }

// Lanes does something n times in each of so many lanes at once, and adds it to the tally.
// The first error ends all lanes.
func (t *Tally) Lanes(ctx context.Context, lanes, n int, do func(context.Context) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range lanes {
		all.Go(func() {
			for range n {
				if ctx.Err() != nil {
					return
				}
				if err := do(ctx); err != nil {
					stop(err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	t.Took += time.Since(began)
	t.Done += int(done.Load())
	return context.Cause(ctx)
}

// Median is the middle of some figures, the mean of two where two are; not a number if
// there is none.
func Median(figures []float64) float64 {
	if len(figures) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(figures))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Times are how long something took, each time.
type Times []time.Duration

// Of does something once and notes how long it took, unless it fails.
func (t *Times) Of(do func() error) error {
	began := time.Now()
	if err := do(); err != nil {
		return err
	}
	*t = append(*t, time.Since(began))
	return nil
}

// Milliseconds is the time that so many percent of them did not pass; not a number if
// there is none.
func (t Times) Milliseconds(percent int) float64 {
	if len(t) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(t))
	at := min(len(sorted)*percent/100, len(sorted)-1)
	return float64(sorted[at].Microseconds()) / 1000
}
