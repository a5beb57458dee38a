package faults

import (
	"context"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/internal/faults/race"
	"parley/keys"
	"parley/workflows"
)

// history is the case as its final history tells it: every run replayed by today's code,
// the recorded steps taken down as the code asks for them.
func (w *world) history() (steps []domain.Step, events []*historypb.HistoryEvent) {
	w.t.Helper()
	ctx := w.t.Context()
	d, err := w.c.DescribeWorkflowExecution(ctx, string(w.id), "")
	require.NoError(w.t, err)
	for run := d.GetWorkflowExecutionInfo().GetExecution().GetRunId(); run != ""; {
		h := w.eventsOf(ctx, run)
		steps, events = append(w.replay(run, h), steps...), append(h.Events, events...)
		run = h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId()
	}
	return steps, events
}

func (w *world) eventsOf(ctx context.Context, run string) *historypb.History {
	w.t.Helper()
	h := &historypb.History{}
	for it := w.c.GetWorkflowHistory(ctx, string(w.id), run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		e, err := it.Next()
		require.NoError(w.t, err)
		h.Events = append(h.Events, e)
	}
	return h
}

func (w *world) replay(run string, h *historypb.History) []domain.Step {
	w.t.Helper()
	if len(h.Events) <= 3 { // a run that has not had its first workflow task
		return nil
	}
	told := &scribe{}
	o := sdk.WorkflowReplayerOptions{DataConverter: w.p.Ring.WorkerDataConverter(), Interceptors: []interceptor.WorkerInterceptor{told}}
	o.FailureConverter = keys.FailureConverter(o.DataConverter)
	r, err := sdk.NewWorkflowReplayerWithOptions(o)
	require.NoError(w.t, err)
	r.RegisterWorkflow(race.Race)
	workflows.Register(r)
	err = r.ReplayWorkflowHistoryWithOptions(silent{}, h, sdk.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: string(w.id), RunID: run},
	})
	require.NoError(w.t, err)
	return told.steps
}

// scribe takes down each step the workflow asks to record; asked again for the same number
// (handed from the local activity to the other, or refused), it keeps the last.
type scribe struct {
	interceptor.WorkerInterceptorBase
	steps []domain.Step
}

func (s *scribe) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &scribeIn{scribe: s}
	i.Next = next
	return i
}

type scribeIn struct {
	interceptor.WorkflowInboundInterceptorBase
	scribe *scribe
}

func (i *scribeIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	o := &scribeOut{scribe: i.scribe}
	o.Next = out
	return i.Next.Init(o)
}

type scribeOut struct {
	interceptor.WorkflowOutboundInterceptorBase
	scribe *scribe
}

func (o *scribeOut) ExecuteLocalActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	o.scribe.take(args)
	return o.Next.ExecuteLocalActivity(ctx, name, args...)
}

func (o *scribeOut) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	o.scribe.take(args)
	return o.Next.ExecuteActivity(ctx, name, args...)
}

func (s *scribe) take(args []any) {
	step, ok := args[0].(domain.Step)
	if !ok {
		return
	}
	if n := len(s.steps); n > 0 && s.steps[n-1].No == step.No {
		s.steps = s.steps[:n-1]
	}
	s.steps = append(s.steps, step)
}
