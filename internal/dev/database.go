package dev

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/internal/dev/postgres"
	"parley/internal/dev/proc"
)

// database is Parley's own in a private PostgreSQL.
const database = "parley"

// Postgres is the stack's private PostgreSQL, started again when it ends without having
// been asked to. Its methods may be called from any goroutine.
type Postgres struct {
	cluster *postgres.Cluster
	say     *teller

	mu   sync.Mutex
	want bool
}

// privateHome is the folder for PostgreSQL's data and programs, and the user to run it
// as. Root's own folders are often shut to that user; then the data goes elsewhere.
func privateHome(data string, say *teller) (string, *proc.User, error) {
	as, err := proc.Unprivileged("postgres", "nobody")
	if err != nil {
		return "", nil, err
	}
	home := filepath.Join(data, "postgres")
	if !as.Reaches(data) {
		sum := sha256.Sum256([]byte(data))
		home = filepath.Join("/var/lib/parley", hex.EncodeToString(sum[:6]))
		say.line("PostgreSQL runs as user %s, who cannot reach %s: its data is in %s", as.Name, data, home)
	}
	return home, as, nil
}

func newPostgres(o *Options, port int, say *teller) (*Postgres, error) {
	home, as, err := privateHome(o.Data, say)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.MkdirAll(home, 0o711), as.Own(home)); err != nil {
		return nil, fmt.Errorf("make PostgreSQL's folder: %w", err)
	}
	bin := postgres.Installed()
	if bin == "" {
		err := say.step("fetching PostgreSQL, since none is installed", func() error {
			bin, err = postgres.Fetch(postgres.Download{Dir: filepath.Join(home, "programs"), Repository: o.Repository, Log: o.Out})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	secret := filepath.Join(o.Data, "postgres.password")
	if err := once(secret, func(b []byte) string { return hex.EncodeToString(b) }); err != nil {
		return nil, err
	}
	password, err := os.ReadFile(secret)
	if err != nil {
		return nil, fmt.Errorf("read PostgreSQL's password: %w", err)
	}
	say.line("PostgreSQL is %s, its data is in %s", bin, home)
	return &Postgres{say: say, cluster: &postgres.Cluster{
		Bin: bin, Data: filepath.Join(home, "data"), Port: port, Password: string(password), Throwaway: o.Quick, As: as,
		Log: filepath.Join(o.Data, "log", "postgres.log"), Settings: map[string]string{"max_connections": "200"},
	}}, nil
}

// PID is the process ID of the postmaster, 0 while it is down.
func (p *Postgres) PID() int {
	if up := p.cluster.Process(); up != nil {
		return up.PID()
	}
	return 0
}

// Start starts the server if it is down, and returns when it answers.
func (p *Postgres) Start(ctx context.Context) error {
	p.setWant(true)
	return p.cluster.Start(ctx)
}

// Signal sends a signal to the postmaster, if it is up.
func (p *Postgres) Signal(sig syscall.Signal) error {
	if up := p.cluster.Process(); up != nil {
		return up.Signal(sig)
	}
	return nil
}

// Stop ends the server in order and keeps it down until Start.
func (p *Postgres) Stop(ctx context.Context) {
	p.setWant(false)
	p.cluster.Stop(ctx)
}

// StopImmediate ends the server as a crash would and keeps it down until Start.
func (p *Postgres) StopImmediate(ctx context.Context) {
	p.setWant(false)
	p.cluster.StopImmediate(ctx)
}

func (p *Postgres) setWant(want bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.want = want
}

func (p *Postgres) wanted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.want
}

// supervise starts the server again when it ends by itself, until ctx ends.
func (p *Postgres) supervise(ctx context.Context) {
	for {
		var gone <-chan struct{}
		if up := p.cluster.Process(); up != nil {
			gone = up.Gone()
		}
		select {
		case <-ctx.Done():
			return
		case <-gone:
		case <-time.After(time.Second): // one that was stopped may have been started since
			continue
		}
		if p.wanted() && ctx.Err() == nil {
			p.say.line("PostgreSQL ended; starting it again")
			if err := p.cluster.Start(ctx); err != nil {
				p.say.line("%v", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second): // it may need its dead children gone first
		}
	}
}

// open makes Parley's database in the private server, if it is not there.
func (p *Postgres) open(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, p.cluster.URL("postgres"))
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", database).Scan(&there); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, "create database "+database); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return nil
}

// version is what an existing server says it is, for the person who named it.
func version(ctx context.Context, url string) (string, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		// pgx's own text names user and host, which helps, and never the password.
		return "", fmt.Errorf("connect to DATABASE_URL: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var v string
	if err := conn.QueryRow(ctx, "show server_version").Scan(&v); err != nil {
		return "", fmt.Errorf("ask DATABASE_URL for its version: %w", err)
	}
	v, _, _ = strings.Cut(v, " ")
	return v, nil
}
