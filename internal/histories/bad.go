package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/workflows/flow"
)

// strangers are procedures as somebody could have written them yesterday, and changed
// without a version: a replayer that accepts their histories proves nothing.
var strangers = map[string]func(workflow.Context, map[string]any) error{
	"waited-first": func(ctx workflow.Context, _ map[string]any) error { return workflow.Sleep(ctx, time.Hour) },
	"asked-first": func(ctx workflow.Context, _ map[string]any) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Hour, TaskQueue: "nobody"})
		return workflow.ExecuteActivity(ctx, string(flow.Submit), domain.Request{}).Get(ctx, nil)
	},
	"opened-a-child-first": func(ctx workflow.Context, _ map[string]any) error {
		ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{TaskQueue: "nobody"})
		return workflow.ExecuteChildWorkflow(ctx, "Escalation").Get(ctx, nil)
	},
}

func (w *world) bad(ctx context.Context, folder string) error {
	for name, stranger := range strangers {
		path := filepath.Join(folder, string(domain.PriorAuthorization)+"_"+name+".json")
		if _, err := os.Stat(path); err == nil {
			continue // it has landed
		}
		queue := "stranger-" + name
		k := worker.New(w.c, queue, worker.Options{})
		k.RegisterWorkflowWithOptions(stranger, workflow.RegisterOptions{Name: "PriorAuthorization"})
		if err := k.Start(); err != nil {
			return err
		}
		start := situation{kind: domain.PriorAuthorization, name: "bad-" + name, order: order()}
		_, err := w.c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: string(start.id()), TaskQueue: queue}, "PriorAuthorization", start.start())
		if err != nil {
			return err
		}
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			d, err := w.c.DescribeWorkflowExecution(ctx, string(start.id()), "")
			if err == nil && d.GetWorkflowExecutionInfo().GetHistoryLength() >= 5 {
				break
			}
			if time.Now().After(end) {
				return fmt.Errorf("%s does not begin", name)
			}
		}
		k.Stop()
		if err := w.write(ctx, start.id(), "", path); err != nil {
			return err
		}
	}
	return nil
}
