package worker

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"parley/domain"
)

// Cases reaches cases through the engine, for activities: what a payer said by itself,
// and escalations.
type Cases struct {
	Client client.Client
	// Confirm notes that the answer to a message was seen; without it a sweep asks the case.
	Confirm func(context.Context, domain.CaseView) error
}

// workflowType is the engine's name of a kind of case.
func workflowType(kind domain.CaseKind) string {
	switch kind {
	case domain.PriorAuthorization:
		return "PriorAuthorization"
	case domain.Escalation:
		return "Escalation"
	}
	return ""
}

// Open starts a case or finds it open. One that is closed already is [domain.ErrConflict].
func (c Cases) Open(ctx context.Context, id domain.CaseID, kind domain.CaseKind, start any) (view domain.CaseView, err error) {
	handle, err := c.Client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: c.Client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
			ID: string(id), TaskQueue: domain.TaskQueue,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		}, workflowType(kind), start),
		UpdateOptions: client.UpdateWorkflowOptions{
			WorkflowID: string(id), UpdateName: domain.Opened, UpdateID: domain.Opened, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err == nil {
		err = handle.Get(ctx, &view)
	}
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &started) {
		return view, fmt.Errorf("open case %s: closed already: %w", id, domain.ErrConflict)
	}
	return view, err
}

// Hear gives a case a payer's answer; the same answer ID is heard once.
func (c Cases) Hear(ctx context.Context, id domain.CaseID, a domain.Answer) error {
	return c.say(ctx, id, domain.HearAnswer, a.ID, a)
}

// Tell gives a case a fact.
func (c Cases) Tell(ctx context.Context, id domain.CaseID, t domain.Tell) error {
	return c.say(ctx, id, domain.TellCase, t.ID, t)
}

func (c Cases) say(ctx context.Context, id domain.CaseID, what string, message domain.MessageID, body any) error {
	var view domain.CaseView
	handle, err := c.Client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: string(id), UpdateName: what, UpdateID: string(message), Args: []any{body}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &view)
	}
	var gone *serviceerror.NotFound
	var refused *temporal.ApplicationError
	switch {
	case err == nil:
		return c.Confirm(ctx, view)
	case errors.As(err, &gone):
		return c.absent(ctx, id)
	case errors.As(err, &refused) && refused.Type() == domain.CaseIsClosed:
		return fmt.Errorf("say %s to case %s: closed: %w", what, id, domain.ErrConflict)
	}
	return fmt.Errorf("say %s to case %s: %w", what, id, err)
}

// absent tells a case that is over from one that never was, and from one that is just
// going on as a new run.
func (c Cases) absent(ctx context.Context, id domain.CaseID) error {
	d, err := c.Client.DescribeWorkflowExecution(ctx, string(id), "")
	var gone *serviceerror.NotFound
	switch {
	case errors.As(err, &gone):
		return fmt.Errorf("case %s: %w", id, domain.ErrNotFound)
	case err != nil:
		return fmt.Errorf("describe case %s: %w", id, err)
	case d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return fmt.Errorf("case %s is between two runs: %w", id, domain.ErrUnavailable)
	}
	return fmt.Errorf("case %s is closed: %w", id, domain.ErrConflict)
}
