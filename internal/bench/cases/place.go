package cases

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"parley/activities"
	"parley/api"
	"parley/internal/dev"
	"parley/keys"
	"parley/payer"
	"parley/payer/connector"
	"parley/store"
	"parley/worker"
	"parley/workflows/flow"
)

// Place is where a bench runs: a database, a Temporal server and simulated payers.
type Place struct {
	DatabaseURL string
	Temporal    client.Options // its converters are the bench's
	Payersim    string
	Ring        *keys.Ring
}

// Own starts a stack of the bench's own. Whoever is done with it calls end.
func Own(ctx context.Context, o Options) (p Place, end func() error, err error) {
	dir, err := os.MkdirTemp("", "parley-bench")
	if err != nil {
		return p, nil, fmt.Errorf("make a folder: %w", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's user must reach its data
		return p, nil, fmt.Errorf("make a folder: %w", err)
	}
	// Ports far from the usual ones; but commits reach the disk, as they do in production.
	stack, err := dev.Start(ctx, dev.Options{
		Data: filepath.Join(dir, "data"), Bin: o.Bin, Programs: []dev.Program{dev.Temporald(), dev.Payersim()}, Out: o.Out,
		Ports: dev.Ports{Postgres: 25432, Temporal: 25440, Payersim: 25450, Worker: 25460, API: 25461},
	})
	if err != nil {
		return p, nil, errors.Join(err, os.RemoveAll(dir))
	}
	end = func() error {
		stack.Stop(context.WithoutCancel(ctx))
		return os.RemoveAll(dir)
	}
	ring, err := keys.Load(stack.Env.KeysFile)
	if err != nil {
		return p, nil, errors.Join(err, end())
	}
	return Place{
		DatabaseURL: stack.Env.DatabaseURL, Payersim: stack.Env.Payersim, Ring: ring,
		Temporal: client.Options{HostPort: stack.Env.TemporalAddress, Namespace: stack.Env.TemporalNamespace},
	}, end, nil
}

// bench is a place with a worker of its own in this process: of cases, over a database
// whose statements are counted, and of bare workflows, with nothing of Parley's.
type bench struct {
	Options
	queue string
	pool  *pgxpool.Pool // for looking
	sql   counter       // of the steps' pool
	cases *api.Cases
	ours  client.Client
	bare  client.Client
	close []func()
}

func open(ctx context.Context, p Place, o Options) (_ *bench, err error) {
	b := &bench{Options: o, queue: "bench-" + uuid.NewString()}
	defer func() {
		if err != nil {
			b.end()
		}
	}()
	steps, err := b.connect(ctx, p.DatabaseURL, &b.sql)
	if err != nil {
		return nil, err
	}
	if b.pool, err = b.connect(ctx, p.DatabaseURL, nil); err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	plain := p.Temporal
	plain.Logger = temporallog.NewStructuredLogger(quiet)
	if b.bare, err = b.dial(ctx, plain); err != nil {
		return nil, err
	}
	sealed := plain
	sealed.DataConverter = p.Ring.DataConverter()
	sealed.FailureConverter = keys.FailureConverter(sealed.DataConverter)
	if b.ours, err = b.dial(ctx, sealed); err != nil {
		return nil, err
	}
	engine, err := b.dial(ctx, worker.ClientOptions(p.Temporal, p.Ring, quiet))
	if err != nil {
		return nil, err
	}
	db := store.New(b.pool)
	b.cases = &api.Cases{Client: b.ours, Store: db, Keys: p.Ring, Queue: b.queue, Log: quiet}
	b.close = append(b.close, b.cases.Wait)
	book, err := activities.LoadBook(ctx, db, payer.Shipped())
	if err != nil {
		return nil, err
	}
	current := func() *payer.Book { return book }
	recorder := &activities.Recorder{Store: store.New(steps), Keys: p.Ring}
	acts := activities.New(activities.Deps{
		Store: db, Book: current, Log: quiet, Desk: activities.Desk{Facility: facility, Zone: zone},
		Wire:  connector.New(current, map[string]string{"PAYERSIM_URL": p.Payersim}, connector.Options{}),
		Cases: worker.Cases{Client: engine, Confirm: db.Confirm},
	})
	real := sdk.New(engine, b.queue, sdk.Options{WorkflowPanicPolicy: sdk.BlockWorkflow})
	worker.Register(real, recorder, acts)
	pieces := sdk.New(engine, b.queue+"-pieces", sdk.Options{WorkflowPanicPolicy: sdk.BlockWorkflow})
	pieces.RegisterWorkflowWithOptions(vocabulary, workflow.RegisterOptions{Name: "PriorAuthorization"})
	worker.Bind(pieces, flow.RecordStep, recorder.RecordStep)
	worker.Bind(pieces, flow.Submit, answersAtOnce)
	floor := sdk.New(b.bare, b.queue+"-bare", sdk.Options{})
	floor.RegisterWorkflow(bare)
	for _, w := range []sdk.Worker{real, pieces, floor} {
		if err := w.Start(); err != nil {
			return nil, fmt.Errorf("start worker: %w", err)
		}
		b.close = append(b.close, w.Stop)
	}
	return b, nil
}

func (b *bench) connect(ctx context.Context, url string, count *counter) (*pgxpool.Pool, error) {
	cfg, err := store.Config(url)
	if err != nil {
		return nil, err
	}
	if count != nil {
		cfg.ConnConfig.Tracer = count
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	b.close = append(b.close, pool.Close)
	return pool, nil
}

func (b *bench) dial(ctx context.Context, o client.Options) (client.Client, error) {
	c, err := client.DialContext(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("reach temporal: %w", err)
	}
	b.close = append(b.close, c.Close)
	return c, nil
}

// end lets go of everything, the last first: workers before what they work with.
func (b *bench) end() {
	for i := len(b.close) - 1; i >= 0; i-- {
		b.close[i]()
	}
}

// tell says progress to whoever listens.
func (b *bench) tell(format string, args ...any) {
	if b.Out != nil {
		_, _ = fmt.Fprintf(b.Out, "bench: "+format+"\n", args...) // nobody may be listening
	}
}

// until asks again until something is so.
func until(ctx context.Context, what string, so func() (bool, error)) error {
	for end := time.Now().Add(time.Minute); ; {
		ok, err := so()
		if err != nil || ok {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s: not within a minute", what)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
