package flow

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// timer is the one timer of the engine that a line of a case waits with. Where the next
// wait ends at the same instant it serves on, at no event; where not, it is cancelled. The
// engine's own waits leave theirs running when something else ends them, and each of
// those would wake the case later for nothing, at four events.
type timer struct {
	due    time.Time
	fires  workflow.Future
	cancel workflow.CancelFunc
}

// await returns when came is true, and at the latest at due; without a due, when came is
// true. summary is shown to operators: it holds no health data.
func (t *timer) await(ctx workflow.Context, due time.Time, summary string, came func() bool) error {
	if t.fires != nil && (!t.due.Equal(due) || t.fires.IsReady()) {
		t.cancel()
		t.fires = nil
	}
	if due.IsZero() {
		return workflow.Await(ctx, came)
	}
	if t.fires == nil {
		var running workflow.Context
		running, t.cancel = workflow.WithCancel(ctx)
		t.due = due
		t.fires = workflow.NewTimerWithOptions(running, due.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: summary})
	}
	err := workflow.Await(ctx, func() bool { return came() || t.fires.IsReady() })
	if err == nil && !came() {
		err = ctx.Err() // a cancelled run's timer is over at once
	}
	return err
}
