package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"parley/domain"
	"parley/keys"
)

// Temporal is as much of a Temporal client as cases are reached by.
type Temporal interface {
	NewWithStartWorkflowOperation(client.StartWorkflowOptions, any, ...any) client.WithStartWorkflowOperation
	UpdateWithStartWorkflow(context.Context, client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error)
	UpdateWorkflow(context.Context, client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error)
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error)
}

// projection is as much of the store as keeps the projection honest.
type projection interface {
	Confirm(context.Context, domain.CaseView) error
	Unconfirmed(ctx context.Context, older time.Duration, limit int) ([]domain.Shown, error)
	Completion(context.Context, domain.MessageID) (domain.CaseView, error)
	CaseFile(context.Context, domain.CaseID) (sealed []byte, err error)
}

// Cases reaches cases through Temporal, and keeps the projection honest about them.
type Cases struct {
	Client Temporal
	Store  projection
	Keys   *keys.Ring // seals what cases remember
	Queue  string     // the task queue of cases
	Log    *slog.Logger

	confirming sync.WaitGroup
}

// Wait returns when nothing is under way off the path of a caller.
func (c *Cases) Wait() { c.confirming.Wait() }

// workflowTypes name the workflow of each kind of case.
var workflowTypes = map[domain.CaseKind]string{
	domain.PriorAuthorization: "PriorAuthorization",
	domain.Escalation:         "Escalation",
}

// Open starts a case, or finds it open, and answers when its first step is recorded. A case
// that is closed already is not opened again: serviceerror.WorkflowExecutionAlreadyStarted.
func (c *Cases) Open(ctx context.Context, id domain.CaseID, kind domain.CaseKind, file any) (domain.CaseView, error) {
	return c.open(ctx, id, kind, file, domain.Opened, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
}

// Reopen starts a closed case again with what it remembers, as a new run of the same
// workflow. Asked twice, the second finds it open.
func (c *Cases) Reopen(ctx context.Context, id domain.CaseID, kind domain.CaseKind, why domain.Reopening) (domain.CaseView, error) {
	sealed, err := c.Store.CaseFile(ctx, id)
	if err != nil {
		return domain.CaseView{}, err
	}
	remembered, err := c.Keys.Open(keys.CaseFiles, sealed)
	if err != nil {
		return domain.CaseView{}, fmt.Errorf("open the file of case %s: %w", id, err)
	}
	file := map[string]json.RawMessage{}
	if err := json.Unmarshal(remembered, &file); err != nil {
		return domain.CaseView{}, fmt.Errorf("read the file of case %s: not an object", id)
	}
	if file["reopening"], err = json.Marshal(why); err != nil {
		return domain.CaseView{}, fmt.Errorf("write the reopening of case %s: %w", id, err)
	}
	// The update is named by the reopening: to the name of the first opening, Temporal would
	// give the answer that the closed run gave, and start nothing.
	return c.open(ctx, id, kind, file, why.ID, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
}

func (c *Cases) open(ctx context.Context, id domain.CaseID, kind domain.CaseKind, file any, message domain.MessageID,
	reuse enumspb.WorkflowIdReusePolicy,
) (view domain.CaseView, err error) {
	handle, err := c.Client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: c.Client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
			ID: string(id), TaskQueue: c.Queue,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			WorkflowIDReusePolicy:    reuse,
		}, workflowTypes[kind], file),
		UpdateOptions: client.UpdateWorkflowOptions{
			WorkflowID: string(id), UpdateName: domain.Opened, UpdateID: string(message), WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err == nil {
		err = handle.Get(ctx, &view)
	}
	if err == nil {
		c.confirm(ctx, view)
	}
	view.WaitingOn = some(view.WaitingOn)
	return view, err
}

// errOver: the case runs no more, and the database knows of no such message.
var errOver = refuse(kindConflict, caseDetails[domain.CaseIsClosed])

// Say delivers a message and waits for the step that tells what came of it. The same
// message again has the same answer: from the case, and once Temporal says that the case
// is over, from the database. Not before: what is recorded of a running case may still be
// struck (DESIGN.md, the trap).
func (c *Cases) Say(ctx context.Context, id domain.CaseID, what string, message domain.MessageID, body any) (domain.CaseView, error) {
	view, err := c.update(ctx, id, what, message, body)
	var gone *serviceerror.NotFound
	for tries := 0; errors.As(err, &gone); tries++ {
		running, problem := c.running(ctx, id)
		if problem != nil {
			return view, problem
		}
		if !running {
			return c.repeat(ctx, id, message, errOver)
		}
		if tries == 3 {
			return view, fmt.Errorf("say %s to case %s: %w", what, id, domain.ErrUnavailable)
		}
		// It went on as a new run between the two questions; the new run takes the message.
		view, err = c.update(ctx, id, what, message, body)
	}
	var ended *temporal.ApplicationError
	if errors.As(err, &ended) && ended.Type() == "AcceptedUpdateCompletedWorkflow" {
		// The run took it and ended before it answered. If a step tells it, that step stands:
		// the run is in history to its end.
		return c.repeat(ctx, id, message, domain.ErrUnavailable)
	}
	if err == nil {
		c.confirm(ctx, view)
	}
	return view, err
}

// Complete delivers a person's finished work.
func (c *Cases) Complete(ctx context.Context, id domain.CaseID, done domain.Completion) (domain.CaseView, error) {
	return c.Say(ctx, id, domain.CompleteTask, done.ID, done)
}

func (c *Cases) update(ctx context.Context, id domain.CaseID, what string, message domain.MessageID, body any) (view domain.CaseView, err error) {
	handle, err := c.Client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: string(id), UpdateName: what, UpdateID: string(message), Args: []any{body},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &view)
	}
	view.WaitingOn = some(view.WaitingOn)
	return view, err
}

// repeat answers a message again from what is recorded, or with otherwise.
func (c *Cases) repeat(ctx context.Context, id domain.CaseID, message domain.MessageID, otherwise error) (domain.CaseView, error) {
	view, err := c.Store.Completion(ctx, message)
	if errors.Is(err, domain.ErrNotFound) || err == nil && view.CaseID != id {
		return domain.CaseView{}, otherwise
	}
	view.WaitingOn = some(view.WaitingOn)
	return view, err
}

func (c *Cases) running(ctx context.Context, id domain.CaseID) (bool, error) {
	run, err := c.describe(ctx, id)
	return run != "", err
}

// describe is the ID of the run of a case, and empty if it has none.
func (c *Cases) describe(ctx context.Context, id domain.CaseID) (run string, err error) {
	d, err := c.Client.DescribeWorkflowExecution(ctx, string(id), "")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("describe case %s: %w", id, err)
	}
	if d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return "", nil
	}
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId(), nil
}

// confirm says that a step told by an update has been seen answered. It is off the
// caller's path: without it the sweep asks the case, which is as right.
func (c *Cases) confirm(ctx context.Context, view domain.CaseView) {
	ctx = context.WithoutCancel(ctx)
	c.confirming.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := c.Store.Confirm(ctx, view); err != nil {
			c.Log.LogAttrs(ctx, slog.LevelWarn, "confirm", slog.String("case", string(view.CaseID)), slog.Int("step", view.Step))
		}
	})
}

// agreed notes that a case is as the database shows it.
func (c *Cases) agreed(ctx context.Context, shown domain.Shown) error {
	return c.Store.Confirm(ctx, domain.CaseView{CaseID: shown.CaseID, Step: shown.Step})
}

// PutRight tells a case what the database shows of it. A case that agrees refuses, which
// leaves no trace in its history; one that does not tells its state again. For Sweep, and
// after every reset of a case by an operator.
func (c *Cases) PutRight(ctx context.Context, shown domain.Shown) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // a case whose worker is away must not hold up the others
	defer cancel()
	view, err := c.update(ctx, shown.CaseID, domain.PutRight, "", shown)
	var refused *temporal.ApplicationError
	var gone *serviceerror.NotFound
	switch {
	case err == nil:
		return c.Store.Confirm(ctx, view)
	case errors.As(err, &refused) && refused.Type() == domain.AsRecorded:
		return c.agreed(ctx, shown)
	case errors.As(err, &gone):
		// Over, or starting its next run just now: the next round asks again.
		running, problem := c.running(ctx, shown.CaseID)
		if problem != nil || running {
			return problem
		}
		return c.agreed(ctx, shown)
	}
	return fmt.Errorf("put case %s right: %w", shown.CaseID, err)
}
