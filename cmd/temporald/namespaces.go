package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// probe is the workflow that is started to see whether one can be, and deleted.
const probe = "temporald-ready"

// register registers the namespaces and returns when a workflow can be started in each:
// a new namespace takes the server some seconds to believe in.
func register(ctx context.Context, f *Flags) error {
	addr := fmt.Sprintf("%s:%d", self, f.Port)
	c, err := client.NewNamespaceClient(client.Options{HostPort: addr, Logger: silent{}})
	if err != nil {
		return fmt.Errorf("reach the server: %w", err)
	}
	defer c.Close()
	names := append(append([]string{}, f.Namespace...), f.Hurried...)
	for _, name := range names {
		if err := until(ctx, func() error { return namespace(ctx, c, name, f.Retention) }); err != nil {
			return fmt.Errorf("register namespace %s: %w", name, err)
		}
	}
	for _, name := range names {
		if err := until(ctx, func() error { return startable(ctx, addr, name) }); err != nil {
			return fmt.Errorf("start a workflow in namespace %s: %w", name, err)
		}
	}
	return nil
}

func namespace(ctx context.Context, c client.NamespaceClient, name string, retention time.Duration) error {
	keep := durationpb.New(retention)
	is, err := c.Describe(ctx, name)
	var unknown *serviceerror.NamespaceNotFound
	if errors.As(err, &unknown) {
		return c.Register(ctx, &workflowservice.RegisterNamespaceRequest{Namespace: name, WorkflowExecutionRetentionPeriod: keep})
	}
	if err != nil || is.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() == retention {
		return err
	}
	return c.Update(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: name, Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: keep},
	})
}

func startable(ctx context.Context, addr, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	c, err := client.DialContext(ctx, client.Options{HostPort: addr, Namespace: namespace, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	started, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: probe, TaskQueue: probe, WorkflowExecutionTimeout: time.Minute,
	}, probe)
	if err != nil {
		return err
	}
	_, err = c.WorkflowService().DeleteWorkflowExecution(ctx, &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: probe, RunId: started.GetRunID()},
	})
	return err
}

// until tries again until it works or ctx ends.
func until(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// silent keeps the client's complaints about a server that is still starting to itself.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
