package faults

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/internal/faults/race"
	"parley/keys"
	"parley/workflows"
)

// told is a step as both the database and the history can tell it.
type told struct {
	No    int
	Stage string
	Now   string
	Cause []string
	Tasks []string
}

func (s told) String() string {
	return fmt.Sprintf("%d %s: %s, told by %v, open %v", s.No, s.Stage, s.Now, s.Cause, s.Tasks)
}

// shown lists the steps of a case that stand, as the database shows them.
func (p *Practice) shown(ctx context.Context, id domain.CaseID) ([]told, error) {
	rows, err := p.Pool.Query(ctx, `
		select no, stage, now_words as now, causes as cause, tasks from step
		where case_id = $1 and struck_at is null order by no`, id)
	if err != nil {
		return nil, fmt.Errorf("read steps of case %s: %w", id, err)
	}
	steps, err := pgx.CollectRows(rows, pgx.RowToStructByName[told])
	if err != nil {
		return nil, fmt.Errorf("read steps of case %s: %w", id, err)
	}
	return steps, nil
}

// history is a case as its final history tells it: every run replayed by today's code,
// the recorded steps taken down as the code asks for them.
func (p *Practice) history(ctx context.Context, c client.Client, id domain.CaseID) (steps []domain.Step, events []*historypb.HistoryEvent, err error) {
	d, err := c.DescribeWorkflowExecution(ctx, string(id), "")
	if err != nil {
		return nil, nil, fmt.Errorf("describe case %s: %w", id, err)
	}
	for run := d.GetWorkflowExecutionInfo().GetExecution().GetRunId(); run != ""; {
		h, err := eventsOf(ctx, c, id, run)
		if err != nil {
			return nil, nil, err
		}
		before, err := p.replay(id, run, h)
		if err != nil {
			return nil, nil, err
		}
		steps, events = append(before, steps...), append(h.Events, events...)
		run = h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId()
	}
	return steps, events, nil
}

func eventsOf(ctx context.Context, c client.Client, id domain.CaseID, run string) (*historypb.History, error) {
	h := &historypb.History{}
	for it := c.GetWorkflowHistory(ctx, string(id), run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		e, err := it.Next()
		if err != nil {
			return nil, fmt.Errorf("read history of case %s: %w", id, err)
		}
		h.Events = append(h.Events, e)
	}
	return h, nil
}

func (p *Practice) replay(id domain.CaseID, run string, h *historypb.History) ([]domain.Step, error) {
	if len(h.Events) <= 3 { // a run that has not had its first workflow task
		return nil, nil
	}
	told := &scribe{}
	o := sdk.WorkflowReplayerOptions{DataConverter: p.Ring.WorkerDataConverter(), Interceptors: []interceptor.WorkerInterceptor{told}}
	o.FailureConverter = keys.FailureConverter(o.DataConverter)
	r, err := sdk.NewWorkflowReplayerWithOptions(o)
	if err != nil {
		return nil, fmt.Errorf("replay case %s: %w", id, err)
	}
	r.RegisterWorkflow(race.Race)
	workflows.Register(r)
	err = r.ReplayWorkflowHistoryWithOptions(silent{}, h, sdk.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: string(id), RunID: run},
	})
	if err != nil {
		return nil, fmt.Errorf("replay case %s: %w", id, err)
	}
	return told.steps, nil
}

// Untrue finds the cases of which the database shows something else than a replay of
// their final history tells. What is on its way is untrue for a moment.
func (p *Practice) Untrue(ctx context.Context, all []domain.CaseID) (map[domain.CaseID]string, error) {
	untrue := map[domain.CaseID]string{}
	for _, id := range all {
		truth, _, err := p.history(ctx, p.Temporal, id)
		if err != nil {
			return nil, err
		}
		steps, err := p.shown(ctx, id)
		if err != nil {
			return nil, err
		}
		if want, got := lines(heard(truth)), lines(steps); want != got {
			untrue[id] = fmt.Sprintf("the trap: case %s shows\n%s\nand its history tells\n%s", id, got, want)
		}
	}
	return untrue, nil
}

func heard(steps []domain.Step) []told {
	all := []told{}
	for _, s := range steps {
		causes := []string{}
		for _, id := range s.Causes {
			causes = append(causes, string(id))
		}
		all = append(all, told{s.No, s.Stage, s.Now, causes, ids(s.Tasks)})
	}
	return all
}

func ids(tasks []domain.Task) []string {
	all := []string{}
	for _, t := range tasks {
		all = append(all, string(t.ID))
	}
	return all
}

func lines(steps []told) string {
	all := []string{}
	for _, s := range steps {
		all = append(all, s.String())
	}
	return strings.Join(all, "\n")
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
