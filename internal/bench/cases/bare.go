package cases

import (
	"context"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"
)

// say is the update of a bare workflow.
const say = "say"

// bare is the engine's floor: a workflow that answers updates and does nothing else. Its
// first answer leaves as many marks in history as it is told, so that it has as many
// events as a case then has.
func bare(ctx workflow.Context, marks int) error {
	err := workflow.SetUpdateHandler(ctx, say, func(ctx workflow.Context) (int, error) {
		for range marks {
			workflow.SideEffect(ctx, func(workflow.Context) any { return 0 })
		}
		marks = 0
		return 0, nil
	})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

// startBare starts a bare workflow and waits for the answer to its first update.
func (b *bench) startBare(ctx context.Context, marks int) (id string, err error) {
	id = "bare-" + uuid.NewString()
	handle, err := b.bare.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: b.bare.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
			ID: id, TaskQueue: b.queue + "-bare", WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		}, bare, marks),
		UpdateOptions: client.UpdateWorkflowOptions{WorkflowID: id, UpdateName: say, WaitForStage: client.WorkflowUpdateStageCompleted},
	})
	if err != nil {
		return id, err
	}
	return id, handle.Get(ctx, nil)
}

// sayBare sends a bare workflow one more update and waits for its answer.
func (b *bench) sayBare(ctx context.Context, id string) error {
	handle, err := b.bare.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: say, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return err
	}
	return handle.Get(ctx, nil)
}
