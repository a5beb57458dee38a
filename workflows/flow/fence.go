package flow

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

// fence knows when the workflow task being decided began, by the server's clock. Every
// later attempt begins later: a retry, the next run, a run reset by an operator.
type fence struct {
	events int
	start  time.Time
}

// keep looks at the beginning of every workflow task, before anything else can move the
// workflow's clock: the clock runs on with each local activity, so that a worker stopped
// in the middle of one and woken much later would find a time after its successor's.
func (f *fence) keep(ctx workflow.Context) {
	workflow.Go(ctx, func(ctx workflow.Context) {
		_ = workflow.Await(ctx, func() bool { f.now(ctx); return false })
	})
}

func (f *fence) now(ctx workflow.Context) domain.Fence {
	if n := workflow.GetInfo(ctx).GetCurrentHistoryLength(); n != f.events || f.start.IsZero() { // a new workflow task
		f.events, f.start = n, workflow.Now(ctx)
	}
	return domain.Fence(f.start.UnixNano())
}
