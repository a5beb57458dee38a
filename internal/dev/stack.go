package dev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"parley/internal/dev/postgres"
	"parley/schema"
)

// startPatience bounds each program's first start on a busy machine.
const startPatience = 2 * time.Minute

// Stack is a running stack.
type Stack struct {
	Env Env
	// Postgres is the private server, nil when an existing database is used.
	Postgres *Postgres

	say       *teller
	lock      *os.File
	processes []*Process
	watching  sync.WaitGroup
	unwatch   context.CancelFunc
}

// Start starts a stack and returns when all of it is ready; ctx bounds the start only.
// What it started is stopped again when it fails.
func Start(ctx context.Context, o Options) (*Stack, error) {
	s := &Stack{say: &teller{out: o.Out}}
	var err error
	if o.Data, err = filepath.Abs(o.Data); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if o.Fresh && o.DatabaseURL != "" {
		return nil, errors.New("a fresh start is refused on an existing database (DATABASE_URL): empty it yourself, if you mean it")
	}
	if s.lock, err = takeFolder(o.Data); err != nil {
		return nil, err
	}
	watch, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	s.unwatch = unwatch
	if err := s.start(ctx, watch, &o); err != nil {
		s.Stop(context.WithoutCancel(ctx))
		return nil, err
	}
	return s, nil
}

func (s *Stack) start(ctx, watch context.Context, o *Options) error {
	if err := endOrphans(o.Data, s.say); err != nil {
		return err
	}
	if o.Fresh {
		if err := forget(o.Data); err != nil {
			return err
		}
	}
	for _, dir := range []string{"log", "run"} {
		if err := os.MkdirAll(filepath.Join(o.Data, dir), 0o700); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
	}
	if err := trimLogs(o.Data); err != nil {
		return err
	}
	// Before anything runs: a program that is missing is better known at once.
	if o.Programs == nil {
		o.Programs = Programs()
	}
	paths := make([]string, len(o.Programs))
	for i, p := range o.Programs {
		var err error
		if paths[i], err = find(o.Bin, p.Path); err != nil {
			return err
		}
	}
	if err := s.settle(o); err != nil {
		return err
	}
	if err := s.openDatabase(ctx, watch, o); err != nil {
		return err
	}
	for i, program := range o.Programs {
		p := newProcess(program, paths[i], s.Env, s.say)
		s.processes = append(s.processes, p)
		s.watching.Go(func() { p.supervise(watch) })
		err := s.say.step("starting "+program.Name, func() error {
			ctx, cancel := context.WithTimeout(ctx, startPatience)
			defer cancel()
			return p.Start(ctx)
		})
		if err != nil {
			return err
		}
	}
	if o.Seed == nil {
		return nil
	}
	return s.say.step("loading the demonstration practice", func() error { return o.Seed(ctx, s.Env) })
}

// settle decides ports, secrets and what follows from them.
func (s *Stack) settle(o *Options) error {
	ports, err := choosePorts(o, s.say)
	if err != nil {
		return err
	}
	keys, secret, err := secrets(o.Data)
	if err != nil {
		return err
	}
	at := func(port int) string { return postgres.Loopback + ":" + strconv.Itoa(port) }
	s.Env = Env{
		DatabaseURL: o.DatabaseURL, ServerURL: o.DatabaseURL,
		TemporalAddress: at(ports.Temporal), TemporalNamespace: o.Namespace, temporalPort: ports.Temporal, hurried: o.Hurried,
		Listen: at(ports.API), API: "http://" + at(ports.API),
		WorkerListen:   at(ports.Worker),
		PayersimListen: at(ports.Payersim), Payersim: "http://" + at(ports.Payersim), PayersimControl: at(ports.Payersim + 1),
		Data: o.Data, KeysFile: keys, SecretFile: secret, APIKeyFile: filepath.Join(o.Data, "api-key"), Payers: o.Payers,
	}
	if s.Env.TemporalNamespace == "" {
		s.Env.TemporalNamespace = "parley"
	}
	note := filepath.Join(o.Data, "database-url")
	if o.DatabaseURL != "" {
		// Whoever gave it has it; one left here by a private PostgreSQL would mislead.
		if err := os.Remove(note); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if s.Postgres, err = newPostgres(o, ports.Postgres, s.say); err != nil {
		return err
	}
	s.Env.DatabaseURL, s.Env.ServerURL = s.Postgres.cluster.URL(database), s.Postgres.cluster.URL("postgres")
	if err := os.WriteFile(note, []byte(s.Env.DatabaseURL+"\n"), 0o600); err != nil {
		return fmt.Errorf("note the database's address: %w", err)
	}
	return nil
}

func (s *Stack) openDatabase(ctx, watch context.Context, o *Options) error {
	if s.Postgres == nil {
		v, err := version(ctx, o.DatabaseURL)
		if err != nil {
			return err
		}
		s.say.line("PostgreSQL %s is the one of DATABASE_URL", v)
	} else {
		err := s.say.step("starting PostgreSQL", func() error {
			ctx, cancel := context.WithTimeout(ctx, startPatience)
			defer cancel()
			if err := s.Postgres.Start(ctx); err != nil {
				return err
			}
			return s.Postgres.open(ctx)
		})
		if err != nil {
			return err
		}
		s.watching.Go(func() { s.Postgres.supervise(watch) })
	}
	return s.say.step("migrating", func() error { return schema.Migrate(ctx, s.Env.DatabaseURL) })
}

// Process is the process of that name; asking for one that the stack has not is a
// mistake in the asking code.
func (s *Stack) Process(name string) *Process {
	for _, p := range s.processes {
		if p.program.Name == name {
			return p
		}
	}
	panic("no process " + name + " in this stack")
}

// Processes are all processes in the order of their start, without PostgreSQL.
func (s *Stack) Processes() []*Process { return append([]*Process(nil), s.processes...) }

// Stop ends everything in reverse order. What has not ended by itself after its grace,
// or when ctx ends, is killed.
func (s *Stack) Stop(ctx context.Context) {
	for i := len(s.processes) - 1; i >= 0; i-- {
		s.processes[i].Stop(ctx)
	}
	s.unwatch()
	if s.Postgres != nil {
		s.Postgres.setWant(false)
	}
	s.watching.Wait()
	if s.Postgres != nil {
		s.Postgres.Stop(ctx)
	}
	_ = s.lock.Close() // and with it the lock
}

// forget removes what an earlier stack made.
func forget(data string) error {
	home, _, err := privateHome(data, &teller{})
	if err != nil {
		return err
	}
	if err := endPostgres(home); err != nil {
		return err
	}
	paths, err := madeIn(data)
	if err != nil {
		return err
	}
	for _, path := range append(paths, home) {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("start over: %w", err)
		}
	}
	return nil
}

// endPostgres ends a server of a killed stack before its data is removed.
func endPostgres(home string) error {
	c := postgres.Cluster{Data: filepath.Join(home, "data")}
	return c.EndStale()
}
