package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"parley/domain"
	"parley/internal/dev"
	"parley/keys"
	"parley/payer"
	"parley/store"
	"parley/worker"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "histories: needs the folder of testdata and the folder of programs")
		os.Exit(2)
	}
	if err := export(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "histories:", err)
		os.Exit(1)
	}
}

// world is the stack on which the situations are brought about.
type world struct {
	stack *dev.Stack
	c     client.Client
	cases worker.Cases
	pool  *pgxpool.Pool
	store *store.Store
	ring  *keys.Ring
}

func export(ctx context.Context, testdata, bin string) (err error) {
	data, err := os.MkdirTemp("", "histories")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	if err := os.Chmod(data, 0o755); err != nil { //nolint:gosec // PostgreSQL's user must reach its data
		return err
	}
	w, err := begin(ctx, data, testdata, bin)
	if err != nil {
		return err
	}
	defer w.stack.Stop(ctx)
	defer w.c.Close()
	defer w.pool.Close()
	for _, s := range situations {
		path := filepath.Join(testdata, "histories", string(s.kind), s.name+".json")
		if _, err := os.Stat(path); err == nil {
			continue // it has landed
		}
		if err := w.bring(ctx, s); err != nil {
			return fmt.Errorf("%s/%s: %w", s.kind, s.name, err)
		}
		run := "" // the last one
		if s.first {
			if run, err = w.firstRun(ctx, s.id()); err != nil {
				return fmt.Errorf("%s/%s: %w", s.kind, s.name, err)
			}
		}
		if err := w.write(ctx, s.id(), run, path); err != nil {
			return fmt.Errorf("%s/%s: %w", s.kind, s.name, err)
		}
		fmt.Fprintln(os.Stderr, "histories: wrote", s.kind, s.name)
	}
	return w.bad(ctx, filepath.Join(testdata, "histories", "bad"))
}

func begin(ctx context.Context, data, testdata, bin string) (*world, error) {
	ring, err := keys.Load(filepath.Join(testdata, "keys.yaml"))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(testdata, "keys.yaml"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(data, "keys.yaml"), text, 0o600); err != nil {
		return nil, err
	}
	payers := filepath.Join(data, "payers")
	if err := impatient(payers); err != nil {
		return nil, err
	}
	stack, err := dev.Start(ctx, dev.Options{
		Data: data, Quick: true, Bin: bin, Payers: payers, Programs: []dev.Program{dev.Temporald(), dev.Payersim(), dev.Worker()}, Out: os.Stderr,
	})
	if err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	c, err := client.DialContext(ctx, worker.ClientOptions(client.Options{HostPort: stack.Env.TemporalAddress, Namespace: stack.Env.TemporalNamespace}, ring, quiet))
	if err != nil {
		return nil, err
	}
	cfg, err := store.Config(stack.Env.DatabaseURL)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	db := store.New(pool)
	return &world{stack: stack, c: c, cases: worker.Cases{Client: c, Confirm: db.Confirm}, pool: pool, store: db, ring: ring}, nil
}

// impatient lays a Northmoor over the shipped one that is asked after a minute: about a send
// of which nobody knows, and where a request stands.
func impatient(folder string) error {
	text, err := fs.ReadFile(payer.Shipped(), "northmoor.yaml")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	quick := strings.NewReplacer("unknownWaits: [10m, 2h, 24h]", "unknownWaits: [1m]", "statusEvery: [48h]", "statusEvery: [1m, 48h]").Replace(string(text))
	return os.WriteFile(filepath.Join(folder, "northmoor.yaml"), []byte(quick), 0o600)
}

// bring brings a situation about and returns when the case stands there.
func (w *world) bring(ctx context.Context, s situation) error {
	// Rules have names of their own in each situation: by them the payer counts how often one was used.
	if err := w.script(ctx, strings.ReplaceAll(s.script, "{name: ", "{name: "+s.name+"-")); err != nil {
		return err
	}
	if _, err := w.cases.Open(ctx, s.id(), s.kind, s.start()); err != nil {
		return err
	}
	for _, a := range s.acts {
		if err := w.comes(ctx, s.id(), `position($2 in now_words) > 0`, a.when); err != nil {
			return err
		}
		if err := a.do(ctx, w, s.id()); err != nil {
			return err
		}
	}
	if s.asking {
		if err := w.comes(ctx, s.id(), `(select count(*) > 1 from exchange x where x.case_id = c.id) and cardinality(exchanges) > 0`); err != nil {
			return err
		}
	}
	return w.comes(ctx, s.id(), `now_words = $2`, s.now)
}

// comes waits until something is so of a case in the database, the longest for what the
// impatient payer is asked after a minute.
func (w *world) comes(ctx context.Context, id domain.CaseID, so string, args ...any) error {
	var now string
	var is bool
	for end := time.Now().Add(100 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		err := w.pool.QueryRow(ctx, `select now_words, `+so+` from case_file c where id = $1`, append([]any{id}, args...)...).Scan(&now, &is)
		if err == nil && is {
			return nil
		}
	}
	return fmt.Errorf("it stands at %q and never: %s %q", now, so, args)
}

// firstRun is the ID of the run a case began with.
func (w *world) firstRun(ctx context.Context, id domain.CaseID) (string, error) {
	d, err := w.c.DescribeWorkflowExecution(ctx, string(id), "")
	if err != nil {
		return "", err
	}
	return d.GetWorkflowExecutionInfo().GetFirstRunId(), nil
}

// write keeps the history of a run; an empty run is the last one.
func (w *world) write(ctx context.Context, id domain.CaseID, run, path string) error {
	h := &historypb.History{}
	for events := w.c.GetWorkflowHistory(ctx, string(id), run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			return err
		}
		h.Events = append(h.Events, e)
	}
	b, err := protojson.MarshalOptions{Indent: " "}.Marshal(h)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
