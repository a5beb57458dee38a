package testpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"parley/internal/dev/postgres"
	"parley/internal/dev/proc"
)

const (
	keeperEnv = "PARLEY_TESTPG_KEEPER"
	// idle is how long a server stays for the next test process: longer than it takes to
	// build the next package's tests.
	idle = time.Minute
)

// init turns a test binary that was started as the keeper into it, before it can run any
// test. A keeper of its own is needed because `go test` runs every package in a process
// that ends, in no order known beforehand.
func init() {
	dir := os.Getenv(keeperEnv)
	if dir == "" {
		return
	}
	if err := keep(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// keep runs the server until nobody needs it any more, and leaves nothing of its data.
func keep(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	bin := postgres.Installed()
	if bin == "" {
		return errors.New("no PostgreSQL is installed: install it (Debian: apt-get install postgresql) or set TEST_DATABASE_URL")
	}
	as, err := proc.Unprivileged("postgres", "nobody")
	if err != nil {
		return err
	}
	port, err := postgres.FreePort(0, 0)
	if err != nil {
		return err
	}
	place := filepath.Join(dir, "server")
	c := &postgres.Cluster{
		Bin: bin, Data: filepath.Join(place, "data"), Port: port, Throwaway: true, As: as, Log: filepath.Join(dir, "postgres.log"),
		Settings: map[string]string{"max_connections": "400", "shared_buffers": "128MB"},
	}
	// A dead predecessor's data may have been torn; its server, if it lives, goes with it.
	if err := clear(c, place); err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(place, 0o700), as.Own(place)); err != nil {
		return fmt.Errorf("make the test server's folder: %w", err)
	}
	if !as.Reaches(place) {
		return fmt.Errorf("the user %s cannot reach %s: set TMPDIR to a folder that everybody can enter", as.Name, place)
	}
	if err := c.Start(ctx); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, urlFile), []byte(c.URL("postgres")), 0o600); err != nil {
		return fmt.Errorf("tell where the test server is: %w", err)
	}
	free, err := unneeded(ctx, c, dir)
	defer free()
	gone := os.Remove(filepath.Join(dir, urlFile))
	c.StopImmediate(context.WithoutCancel(ctx))
	return errors.Join(err, gone, os.RemoveAll(place))
}

// unneeded returns when no test process has held a lease for the idle time, the server
// is gone, or the keeper is told to stop. The locks that keep newcomers out meanwhile are
// held until the function it returns is called.
func unneeded(ctx context.Context, c *postgres.Cluster, dir string) (func(), error) {
	since := time.Now()
	for {
		select {
		case <-ctx.Done():
			return func() {}, nil
		case <-c.Process().Gone():
			return func() {}, errors.New("the test server is gone")
		case <-time.After(time.Second):
		}
		free, err := alone(dir)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			since = time.Now()
		case err != nil: // its folder is gone
			return func() {}, err
		case time.Since(since) >= idle:
			return free, nil
		default:
			free()
		}
	}
}

// alone takes both locks, or neither when a test process holds one.
func alone(dir string) (free func(), err error) {
	lock, err := locked(filepath.Join(dir, lockFile), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return nil, err
	}
	lease, err := locked(filepath.Join(dir, leaseFile), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	return func() { _ = lease.Close(); _ = lock.Close() }, nil
}

func clear(c *postgres.Cluster, place string) error {
	if err := c.EndStale(); err != nil {
		return err
	}
	if err := os.RemoveAll(place); err != nil {
		return fmt.Errorf("clear the dead test server: %w", err)
	}
	return nil
}
