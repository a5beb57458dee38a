// Command caseworker is a worker that meets its end where its environment says, once:
// FAULT=kill|stop AT=decided|before-commit|after-commit|before-answer|after-answer STEP=n
// at a recorded step; CRASH=<one of activities.CrashPoints> around a submission. With
// SLOW=3s every write takes so long, and the place after it is at-return; CACHE=0 begins
// every workflow task with a replay. QUEUE is the task queue it works on. It is told the
// rest as `parley worker` is.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"

	"parley/activities"
	"parley/domain"
	"parley/internal/faults/race"
	"parley/keys"
	"parley/payer"
	"parley/payer/connector"
	"parley/store"
	"parley/worker"
	"parley/workflows"
	"parley/workflows/flow"
)

func main() {
	if err := run(context.Background()); err != nil {
		slog.Error("caseworker.ended", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	f := newFault()
	cfg, err := store.Config(os.Getenv("PARLEY_DATABASE_URL"))
	if err != nil {
		return err
	}
	cfg.ConnConfig.Tracer = f
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return err
	}
	ring, err := keys.Load(os.Getenv("PARLEY_KEYS_FILE"))
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	c, err := client.DialContext(ctx, worker.ClientOptions(client.Options{
		HostPort: os.Getenv("TEMPORAL_ADDRESS"), Namespace: os.Getenv("TEMPORAL_NAMESPACE"),
		ConnectionOptions: client.ConnectionOptions{DialOptions: []grpc.DialOption{grpc.WithUnaryInterceptor(f.answer)}},
	}, ring, log))
	if err != nil {
		return err
	}
	db := store.New(pool)
	book, err := activities.LoadBook(ctx, db, payer.Shipped(), os.DirFS(os.Getenv("PARLEY_PAYERS")))
	if err != nil {
		return err
	}
	current := func() *payer.Book { return book }
	a := activities.New(activities.Deps{
		Store: db, Book: current, Log: log, Crashpoint: crash,
		Wire:  connector.New(current, map[string]string{"PAYERSIM_URL": os.Getenv("PAYERSIM_URL")}, connector.Options{}),
		Cases: worker.Cases{Client: c, Confirm: db.Confirm}, Desk: activities.Desk{Facility: "north", Zone: "America/Denver"},
	})
	if n, err := strconv.Atoi(os.Getenv("CACHE")); err == nil {
		sdk.SetStickyWorkflowCacheSize(n)
	}
	w := sdk.New(c, os.Getenv("QUEUE"), sdk.Options{
		WorkflowPanicPolicy:      sdk.BlockWorkflow,
		Interceptors:             []interceptor.WorkerInterceptor{f},
		DeadlockDetectionTimeout: time.Minute, // it would end a worker that was stopped while deciding
	})
	register(w, f, &activities.Recorder{Store: db, Keys: ring}, a)
	if err := w.Start(); err != nil {
		return err
	}
	fmt.Println("working")
	<-sdk.InterruptCh()
	w.Stop()
	return nil
}

// register is worker.Register, with a place to die at the end of a recorded step.
func register(w sdk.Worker, f *fault, r *activities.Recorder, a *activities.Activities) {
	workflows.Register(w)
	w.RegisterWorkflow(race.Race)
	worker.Bind(w, flow.RecordStep, func(ctx context.Context, s domain.Step) (struct{}, error) {
		defer f.recorded(s.No)
		return r.RecordStep(context.WithValue(ctx, stepNo{}, s.No), s)
	})
	worker.Bind(w, flow.CheckNeed, a.CheckNeed)
	worker.Bind(w, flow.Submit, a.Submit)
	worker.Bind(w, flow.SettleSend, a.SettleSend)
	worker.Bind(w, flow.OpenCase, a.OpenCase)
}

func crash(point string) {
	if point == os.Getenv("CRASH") {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // it cannot fail
		select {}
	}
}

type stepNo struct{}

// fault happens once.
type fault struct {
	interceptor.WorkerInterceptorBase
	signal   syscall.Signal
	at       string
	step     int
	reached  atomic.Bool
	happened atomic.Bool
	slow     time.Duration
}

func newFault() *fault {
	f := &fault{at: os.Getenv("AT"), signal: syscall.SIGKILL}
	if os.Getenv("FAULT") == "stop" {
		f.signal = syscall.SIGSTOP
	}
	f.step, _ = strconv.Atoi(os.Getenv("STEP"))       // 0 is no step
	f.slow, _ = time.ParseDuration(os.Getenv("SLOW")) // 0 is not slow
	return f
}

func (f *fault) come(at string) {
	if f.at == at && f.happened.CompareAndSwap(false, true) {
		_ = syscall.Kill(os.Getpid(), f.signal) // it cannot fail
	}
}

// InterceptWorkflow lets a step be seen when it is decided.
func (f *fault) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &inbound{fault: f}
	i.Next = next
	return i
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	fault *fault
}

func (i *inbound) Init(out interceptor.WorkflowOutboundInterceptor) error {
	o := &outbound{fault: i.fault}
	o.Next = out
	return i.Next.Init(o)
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	fault *fault
}

// ExecuteLocalActivity is where a step is decided and nothing of it has been done.
func (o *outbound) ExecuteLocalActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	if s, ok := args[0].(domain.Step); ok && s.No == o.fault.step && !workflow.IsReplaying(ctx) {
		o.fault.come("decided")
	}
	return o.Next.ExecuteLocalActivity(ctx, name, args...)
}

func (f *fault) recorded(no int) {
	if no == f.step {
		f.reached.Store(true)
		f.come("at-return")
	}
}

type committing struct{}

// TraceQueryStart sees the commit of a step's transaction come.
func (f *fault) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if q.SQL != "commit" {
		return ctx
	}
	if no, _ := ctx.Value(stepNo{}).(int); no == f.step {
		f.come("before-commit")
	}
	return context.WithValue(ctx, committing{}, true)
}

// TraceQueryEnd sees it done.
func (f *fault) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	no, _ := ctx.Value(stepNo{}).(int)
	now, _ := ctx.Value(committing{}).(bool)
	if now && no == f.step {
		f.come("after-commit")
	}
	if now && no > 0 {
		time.Sleep(f.slow)
	}
}

func (f *fault) answer(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if method != "/temporal.api.workflowservice.v1.WorkflowService/RespondWorkflowTaskCompleted" || !f.reached.Load() {
		return invoke(ctx, method, req, reply, cc, opts...)
	}
	f.come("before-answer")
	err := invoke(ctx, method, req, reply, cc, opts...)
	f.come("after-answer")
	return err
}
