package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/internal/dev/proc"
)

// superuser owns a private cluster.
const superuser = "postgres"

// Cluster is a private PostgreSQL server: its data folder and, between Start and Stop,
// its process. Fields are set before Start.
type Cluster struct {
	// Bin is the folder of the programs (Installed, Fetch).
	Bin string
	// Data is the data folder; made if it is not there.
	Data string
	Port int
	// Password of the superuser, for a cluster that is made; "" trusts everybody who
	// reaches loopback.
	Password string
	// Throwaway trades safety for speed: nothing is synced to disk, which a crash of the
	// machine shows, and one of the server does not.
	Throwaway bool
	// Settings are further server settings, such as max_connections.
	Settings map[string]string
	// As is the user to run as; see proc.Unprivileged.
	As *proc.User
	// Log is the file that the server writes to; it is opened for each start.
	Log string

	mu      sync.Mutex
	process *proc.Process
}

// Start makes the cluster if it is not there, ends what an earlier, killed parent left
// running on it, starts the server and returns once it answers. One that runs is left alone.
func (c *Cluster) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil {
		select {
		case <-c.process.Gone():
		default:
			return nil
		}
	}
	if err := c.make(ctx); err != nil {
		return err
	}
	if err := c.EndStale(); err != nil {
		return err
	}
	log, err := os.OpenFile(c.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	// An orphan shuts down at once, which its next start recovers from, and takes its
	// own children and shared memory with it, as SIGKILL would not.
	p, err := proc.Start(proc.Spec{
		Path: filepath.Join(c.Bin, "postgres"), Args: c.args(), Dir: c.Data, Env: c.env(),
		Out: log, As: c.As, Orphaned: syscall.SIGQUIT,
	})
	if err != nil {
		return err
	}
	c.process = p
	return c.answers(ctx, p)
}

// Stop ends the server as an operator would: sessions are cut, data is written.
func (c *Cluster) Stop(ctx context.Context) { c.end(ctx, syscall.SIGINT) }

// StopImmediate ends the server as a crash would: nothing is written, the next start
// recovers from the log.
func (c *Cluster) StopImmediate(ctx context.Context) { c.end(ctx, syscall.SIGQUIT) }

// Process is the running server, or nil.
func (c *Cluster) Process() *proc.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.process
}

// URL is how to reach a database of the cluster.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: "sslmode=disable",
		Host: net.JoinHostPort(Loopback, strconv.Itoa(c.Port)),
	}
	if c.Password != "" {
		u.User = url.UserPassword(superuser, c.Password)
	}
	return u.String()
}

func (c *Cluster) end(ctx context.Context, sig syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil {
		return
	}
	c.process.Stop(ctx, sig, 30*time.Second)
	c.process = nil
}

// make runs initdb into a folder beside the data folder and renames it, so that one that
// was killed half way is not mistaken for a cluster.
func (c *Cluster) make(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.Data, "PG_VERSION")); err == nil {
		return nil
	}
	half := c.Data + ".making"
	if err := errors.Join(os.RemoveAll(half), os.MkdirAll(half, 0o700), c.As.Own(half)); err != nil {
		return fmt.Errorf("make PostgreSQL's data folder: %w", err)
	}
	args := []string{"--pgdata=" + half, "--username=" + superuser, "--encoding=UTF8", "--locale=C.UTF-8"}
	if c.Throwaway {
		args = append(args, "--no-sync")
	}
	if c.Password == "" {
		args = append(args, "--auth=trust")
	} else {
		secret := half + ".password"
		if err := errors.Join(os.WriteFile(secret, []byte(c.Password), 0o600), c.As.Own(secret)); err != nil {
			return fmt.Errorf("write PostgreSQL's password: %w", err)
		}
		defer func() { _ = os.Remove(secret) }()
		args = append(args, "--auth=scram-sha-256", "--pwfile="+secret)
	}
	var said bytes.Buffer
	p, err := proc.Start(proc.Spec{Path: filepath.Join(c.Bin, "initdb"), Args: args, Dir: half, Env: c.env(), Out: &said, As: c.As})
	if err != nil {
		return err
	}
	select {
	case <-p.Gone():
	case <-ctx.Done():
		p.Kill()
		return ctx.Err()
	}
	if p.Err() != nil {
		return fmt.Errorf("initdb: %w: %s", p.Err(), strings.TrimSpace(said.String()))
	}
	if err := os.Rename(half, c.Data); err != nil {
		return fmt.Errorf("make PostgreSQL's data folder: %w", err)
	}
	return nil
}

// EndStale ends a server that an earlier parent left on the data folder and removes its
// lock. A lock whose process ID belongs to somebody else by now would make PostgreSQL
// refuse to start. Start does it by itself.
func (c *Cluster) EndStale() error {
	lock := filepath.Join(c.Data, "postmaster.pid")
	b, err := os.ReadFile(lock)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read PostgreSQL's lock: %w", err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first)) // 0, which nobody has, for a torn file
	if err := proc.EndStale(pid, c.Data, syscall.SIGQUIT, 10*time.Second); err != nil {
		return err
	}
	if err := os.Remove(lock); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove PostgreSQL's stale lock: %w", err)
	}
	return nil
}

func (c *Cluster) args() []string {
	args := []string{"-D", c.Data, "-h", Loopback, "-p", strconv.Itoa(c.Port), "-k", "", "-c", "log_parameter_max_length=0", "-c", "log_parameter_max_length_on_error=0"}
	if c.Throwaway {
		// Commits still reach the operating system, so that a crash of the server alone
		// loses none: fault tests count on it.
		args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
	for name, value := range c.Settings {
		args = append(args, "-c", name+"="+value)
	}
	return args
}

// env is the little that the programs need: nothing of the caller's secrets or PG*.
func (c *Cluster) env() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
}

// answers waits until the server takes a session; it may have a log to recover first.
func (c *Cluster) answers(ctx context.Context, p *proc.Process) error {
	ask := func() error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	}
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-p.Gone():
			return fmt.Errorf("PostgreSQL ended while starting (%w); its log is %s", p.Err(), c.Log)
		case <-ctx.Done():
			p.Kill()
			return fmt.Errorf("PostgreSQL does not answer: %w; its log is %s", err, c.Log)
		case <-time.After(30 * time.Millisecond):
		}
	}
}
