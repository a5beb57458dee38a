package flow

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

// Effect is an activity as a workflow sees it: a name and its types. Package
// worker binds each to its implementation, and the compiler checks that they agree.
type Effect[In, Out any] string

const (
	RecordStep Effect[domain.Step, struct{}]             = "RecordStep"
	CheckNeed  Effect[domain.NeedQuestion, domain.Need]  = "CheckNeed"
	Submit     Effect[domain.Request, domain.Receipt]    = "Submit"
	SettleSend Effect[domain.Settlement, struct{}]       = "SettleSend"
	OpenCase   Effect[domain.ChildCase, domain.CaseView] = "OpenCase"
)

// start begins an effect on the world outside. It is tried until it succeeds or is
// cancelled; whoever cancels it waits until it has ended. An attempt that falls silent is
// given up after the heartbeat's time, and the ledger tells the next what it did.
func (e Effect[In, Out]) start(ctx workflow.Context, in In) workflow.Future {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 2 * time.Minute,
		HeartbeatTimeout:    20 * time.Second,
		WaitForCancellation: true,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
	return workflow.ExecuteActivity(ctx, string(e), in)
}

// do begins an effect and waits for its end.
func (e Effect[In, Out]) do(ctx workflow.Context, in In) (out Out, err error) {
	err = e.start(ctx, in).Get(ctx, &out)
	return out, err
}

// write is for what a later step can strike or say again, in our own database only. It
// tries where it stands, and within 5 s, which is before the workflow task would have to
// be kept alive at three events each time; then it hands the write to an activity that
// tries for ever and costs no events while it does.
func (e Effect[In, Out]) write(ctx workflow.Context, in In) (out Out, err error) {
	here := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: 5 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, MaximumInterval: time.Second},
	})
	err = workflow.ExecuteLocalActivity(here, string(e), in).Get(ctx, &out)
	if err == nil || isStale(err) {
		return out, err
	}
	there := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: 5 * time.Second},
	})
	err = workflow.ExecuteActivity(there, string(e), in).Get(ctx, &out)
	return out, err
}

// Read asks our own database or profiles. What it returns is in history: a replay sees
// the same.
func (e Effect[In, Out]) Read(ctx workflow.Context, in In) (Out, error) { return e.write(ctx, in) }

func isStale(err error) bool {
	var refused *temporal.ApplicationError
	return errors.As(err, &refused) && refused.Type() == domain.Stale
}
