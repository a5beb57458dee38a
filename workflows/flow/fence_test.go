package flow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

// A worker stopped in the middle of a workflow task, and woken when its successor has gone
// on, finds a clock that ran on: what it still decides is as old as the task it decides in.
func TestFence_is_the_beginning_of_the_workflow_task_however_far_the_clock_runs(t *testing.T) {
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.SetCurrentHistoryLength(10)
	env.RegisterDelayedCallback(func() { env.SetCurrentHistoryLength(20) }, 90*time.Minute)
	env.ExecuteWorkflow(func(ctx workflow.Context) (fences []domain.Fence, err error) {
		var f fence
		for range 3 {
			fences = append(fences, f.now(ctx))
			if err := workflow.Sleep(ctx, time.Hour); err != nil {
				return nil, err
			}
		}
		return fences, nil
	})
	require.NoError(t, env.GetWorkflowError())
	var fences []domain.Fence
	require.NoError(t, env.GetWorkflowResult(&fences))
	require.Equal(t, fences[0], fences[1], "the same workflow task")
	require.Equal(t, fences[0]+domain.Fence(2*time.Hour), fences[2], "the next")
}
