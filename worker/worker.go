package worker

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	temporallog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"parley/activities"
	"parley/domain"
	"parley/keys"
	"parley/workflows"
	"parley/workflows/flow"
)

// Register makes kinds of case and their effects known to a worker.
func Register(r worker.Registry, rec *activities.Recorder, a *activities.Activities) {
	workflows.Register(r)
	Bind(r, flow.RecordStep, rec.RecordStep)
	Bind(r, flow.CheckNeed, a.CheckNeed)
	Bind(r, flow.Submit, a.Submit)
	Bind(r, flow.SettleSend, a.SettleSend)
	Bind(r, flow.OpenCase, a.OpenCase)
}

// Bind fails to compile when an effect and its activity disagree on their types.
func Bind[In, Out any](r worker.ActivityRegistry, e flow.Effect[In, Out], do func(context.Context, In) (Out, error)) {
	r.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: string(e)})
}

// New is a worker of cases. A payload it cannot open, or code that disagrees with a
// history, stops a case where it stands until that is mended; it never fails it.
func New(c client.Client, interceptors ...interceptor.WorkerInterceptor) worker.Worker {
	return worker.New(c, domain.TaskQueue, worker.Options{
		WorkflowPanicPolicy: worker.BlockWorkflow,
		Interceptors:        interceptors,
	})
}

// ClientOptions adds to a client's options what every worker needs: sealed payloads and
// failures, and a log.
func ClientOptions(o client.Options, ring *keys.Ring, log *slog.Logger) client.Options {
	o.DataConverter = ring.WorkerDataConverter()
	o.FailureConverter = keys.FailureConverter(o.DataConverter)
	o.Logger = temporallog.NewStructuredLogger(log)
	return o
}
