package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/temporal"

	"parley/domain"
	"parley/keys"
	"parley/store"
)

// temporal stands in for Temporal and a worker: it keeps cases that have one task, record
// their steps as the worker does, and answer messages as the kernel promises to.
type temporal struct {
	store *store.Store
	ring  *keys.Ring

	mu    sync.Mutex
	away  error // what every call answers, if it is set
	cases map[domain.CaseID]*fakeCase
	calls map[string]int
	// started is the argument of the last start.
	started *domain.NewAuthorization
	// before is called once with the next update, and may answer in the case's place.
	before func(update string) error
	// describing is called before each answer of where a case runs.
	describing func()
}

type fakeCase struct {
	step    domain.Step
	running bool
	opening string                     // ID of the update that opened the last run
	opened  domain.CaseView            // and its answer
	applied map[string]domain.CaseView // by message, across runs
}

func newTemporal(s *store.Store, ring *keys.Ring) *temporal {
	return &temporal{store: s, ring: ring, cases: map[domain.CaseID]*fakeCase{}, calls: map[string]int{}}
}

func (f *temporal) goAway(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = err
}

func (f *temporal) called(what string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[what]
}

type startOperation struct {
	options  client.StartWorkflowOptions
	workflow any
	args     []any
}

func (*startOperation) Get(context.Context) (client.WorkflowRun, error) {
	return nil, errors.New("not asked for")
}

func (f *temporal) NewWithStartWorkflowOperation(o client.StartWorkflowOptions, workflow any, args ...any) client.WithStartWorkflowOperation {
	return &startOperation{o, workflow, args}
}

type handle struct{ view domain.CaseView }

func (handle) WorkflowID() string { return "" }
func (handle) RunID() string      { return "" }
func (handle) UpdateID() string   { return "" }
func (h handle) Get(_ context.Context, to any) error {
	*to.(*domain.CaseView) = h.view
	return nil
}

func (f *temporal) UpdateWithStartWorkflow(ctx context.Context, o client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls["start"]++
	if f.away != nil {
		return nil, f.away
	}
	op := o.StartWorkflowOperation.(*startOperation)
	id := domain.CaseID(op.options.ID)
	c := f.cases[id]
	switch {
	case c != nil && c.running:
		return handle{view(c.step)}, nil
	case c != nil && c.opening == o.UpdateOptions.UpdateID:
		return handle{c.opened}, nil // as the server does: the closed run's answer to that very update
	case c != nil && op.options.WorkflowIDReusePolicy == enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE:
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already", "", "")
	case c == nil:
		c = &fakeCase{applied: map[string]domain.CaseView{}}
		f.cases[id] = c
		var begun domain.NewAuthorization
		raw, err := json.Marshal(op.args[0])
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, &begun); err != nil {
			return nil, err
		}
		f.started = &begun
		c.step = opening(id, begun)
	default:
		var again struct {
			Reopening domain.Reopening `json:"reopening"`
		}
		raw, err := json.Marshal(op.args[0])
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, &again); err != nil {
			return nil, err
		}
		c.step.Status, c.step.Outcome, c.step.Causes = domain.Open, "", []domain.MessageID{again.Reopening.ID}
		c.step.Tasks = []domain.Task{documents(id, c.step.No+1)}
	}
	c.running, c.opening, c.step.RunID = true, o.UpdateOptions.UpdateID, "run-"+time.Now().Format(time.RFC3339Nano)
	h, err := f.record(ctx, c)
	c.opened = view(c.step)
	return h, err
}

// record writes the next step of a case, as its worker does.
func (f *temporal) record(ctx context.Context, c *fakeCase) (client.WorkflowUpdateHandle, error) {
	c.step.No++
	c.step.Fence = domain.Fence(time.Now().UnixNano())
	c.step.At = time.Now().UTC()
	c.step.Digest = c.step.Sum()
	file, err := json.Marshal(map[string]any{"caseId": c.step.CaseID})
	if err != nil {
		return nil, err
	}
	if err := f.store.RecordStep(ctx, c.step, f.ring.Seal(keys.CaseFiles, file)); err != nil {
		return nil, err
	}
	return handle{view(c.step)}, nil
}

func opening(id domain.CaseID, begun domain.NewAuthorization) domain.Step {
	o := begun.Order
	return domain.Step{
		CaseID: id,
		Visible: domain.Visible{
			Kind: begun.Kind, Facility: begun.Facility, Payer: o.Coverage.Payer, Stage: "answer payer", Status: domain.Open,
			WaitingOn: []domain.Party{domain.Coordinator}, Now: "waits for documents",
			Tasks: []domain.Task{documents(id, 1)}, Exchanges: []domain.ExchangeID{},
			Facts: domain.Facts{
				Title: o.Title(), Patient: o.Patient, Member: o.Coverage.MemberID, Planned: o.Planned, Source: o.Source, SourceID: o.SourceID,
			},
		},
		Told: []domain.Told{{Words: "Started for " + o.Patient.Name(), By: begun.By, Kind: domain.ToldPeople}},
	}
}

func documents(id domain.CaseID, step int) domain.Task {
	return domain.Task{
		ID: domain.NewTaskID(id, step, "send documents", 0), Kind: "send documents", Title: "Send documents", Instructions: "The payer wants them.",
		Queue: domain.QueueClinical, Party: domain.Coordinator, Priority: domain.Normal,
		Due: domain.Deadline{Name: "documents", Rule: "pend window", Due: time.Now().AddDate(0, 0, 7).UTC(), Zone: "America/Denver", From: time.Now().UTC()},
	}
}

func view(s domain.Step) domain.CaseView {
	return domain.CaseView{
		CaseID: s.CaseID, Step: s.No, Status: s.Status, Stage: s.Stage, WaitingOn: s.WaitingOn, Outcome: s.Outcome, Now: s.Now,
	}
}

func (f *temporal) UpdateWorkflow(ctx context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[o.UpdateName]++
	if f.away != nil {
		return nil, f.away
	}
	if before := f.before; before != nil {
		f.before = nil
		if err := before(o.UpdateName); err != nil {
			return nil, err
		}
	}
	c := f.cases[domain.CaseID(o.WorkflowID)]
	if c == nil || !c.running {
		return nil, serviceerror.NewNotFound("workflow execution already completed")
	}
	if v, ok := c.applied[o.UpdateID]; ok && o.UpdateID != "" {
		return handle{v}, nil
	}
	if o.UpdateName == domain.PutRight {
		if shown := o.Args[0].(domain.Shown); shown.Digest == c.step.Digest && shown.Step == c.step.No {
			return nil, sdk.NewNonRetryableApplicationError("as recorded", domain.AsRecorded, nil)
		}
		return f.record(ctx, c)
	}
	if err := hear(c, o.UpdateName, o.Args[0]); err != nil {
		return nil, err
	}
	c.step.Causes = []domain.MessageID{domain.MessageID(o.UpdateID)}
	h, err := f.record(ctx, c)
	if err == nil {
		c.applied[o.UpdateID] = view(c.step)
		c.running = c.step.Status != domain.Closed
	}
	return h, err
}

// hear changes a case as a message says, or refuses it as the kernel does.
func hear(c *fakeCase, what string, body any) error {
	c.step.Done = nil
	c.step.Told = []domain.Told{{Words: what, By: lena, Kind: domain.ToldPeople}}
	switch what {
	case domain.CompleteTask:
		done := body.(domain.Completion)
		if len(c.step.Tasks) == 0 || c.step.Tasks[0].ID != done.TaskID {
			return sdk.NewNonRetryableApplicationError("Ruth Hale's task is closed", domain.TaskClosed, nil)
		}
		var result domain.DocumentsSent
		if err := json.Unmarshal(done.Result, &result); err != nil || domain.Check(result) != nil {
			return sdk.NewNonRetryableApplicationError("no", domain.ResultInvalid, nil,
				[]domain.FieldError{{Pointer: "/documents", Code: "required", Detail: "is needed"}})
		}
		c.step.Done, c.step.Tasks = []domain.Completion{done}, nil
		c.step.WaitingOn = []domain.Party{domain.Payer}
		c.step.Deadlines = []domain.Deadline{{Name: "payer answers", Rule: "7 days", Due: time.Now().AddDate(0, 0, 7).UTC(), Zone: "UTC", From: time.Now().UTC()}}
	case domain.WithdrawCase:
		c.step.Status, c.step.Outcome, c.step.Tasks, c.step.Deadlines = domain.Closed, domain.OutcomeWithdrawn, nil, nil
		c.step.WaitingOn = []domain.Party{}
	case domain.HoldCase:
		if c.step.Status == domain.Held {
			return sdk.NewNonRetryableApplicationError("held", domain.Refused, nil)
		}
		c.step.Status = domain.Held
	case domain.ResumeCase:
		if c.step.Status != domain.Held {
			return sdk.NewNonRetryableApplicationError("not held", domain.Refused, nil)
		}
		c.step.Status = domain.Open
	}
	return nil
}

func (f *temporal) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls["describe"]++
	if f.describing != nil {
		f.describing()
	}
	if f.away != nil {
		return nil, f.away
	}
	c := f.cases[domain.CaseID(id)]
	if c == nil {
		return nil, serviceerror.NewNotFound("no such workflow")
	}
	status := enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	if c.running {
		status = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Status: status, Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: c.step.RunID},
	}}, nil
}

func (f *temporal) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &client.CheckHealthResponse{}, f.away
}

// forget is retention: a closed case is gone.
func (f *temporal) forget(id domain.CaseID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.cases, id)
}

// lastStart is the argument of the last start.
func (f *temporal) lastStart(t testing.TB) domain.NewAuthorization {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	require.NotNil(t, f.started)
	return *f.started
}

// meanwhile runs do before the next update is heard, and lets it answer in the case's place.
func (f *temporal) meanwhile(do func(update string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = do
}
