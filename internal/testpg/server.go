package testpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// A test process that needs the private server holds a shared lock on its lease file
// until it ends, however it ends. The server's keeper (keeper.go) ends when nobody has
// held one for a while. Whoever looks for the server, starts it or ends it holds the
// lock file alone meanwhile.
const (
	lockFile  = "lock"
	leaseFile = "lease"
	urlFile   = "url"
)

// lease is kept open, and with it the shared lock, until the process ends.
var lease *os.File

// home is the folder of the private server, one per user.
func home() string {
	return filepath.Join(os.TempDir(), "parley-testpg-"+strconv.Itoa(os.Getuid()))
}

func findServer() (string, error) {
	for _, name := range []string{"TEST_DATABASE_URL", "DATABASE_URL"} {
		if u := os.Getenv(name); u != "" {
			return u, nil
		}
	}
	dir := home()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the test server's folder: %w", err)
	}
	lock, err := locked(filepath.Join(dir, lockFile), syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }()
	if lease, err = locked(filepath.Join(dir, leaseFile), syscall.LOCK_SH); err != nil {
		return "", err
	}
	if u := answering(dir); u != "" {
		return u, nil
	}
	return startKeeper(dir)
}

// answering is the address of the server in dir if it answers, else "".
func answering(dir string) string {
	b, err := os.ReadFile(filepath.Join(dir, urlFile))
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, string(b))
	if err != nil {
		return ""
	}
	_ = conn.Close(ctx)
	return string(b)
}

// startKeeper starts this test binary again as the keeper. It must not hold this
// process's streams, for which `go test` would wait.
func startKeeper(dir string) (string, error) {
	if err := os.Remove(filepath.Join(dir, urlFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("forget the dead test server: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("start the test server: %w", err)
	}
	logName := filepath.Join(dir, "keeper.log")
	log, err := os.Create(logName)
	if err != nil {
		return "", fmt.Errorf("start the test server: %w", err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), keeperEnv+"="+dir)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start the test server: %w", err)
	}
	gone := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its log says why
		close(gone)
	}()
	timeout := time.After(patience)
	for {
		if u := answering(dir); u != "" {
			return u, nil
		}
		select {
		case <-gone:
			b, _ := os.ReadFile(logName) // whatever there is
			return "", fmt.Errorf("the test server did not start: %s", strings.TrimSpace(string(b)))
		case <-timeout:
			return "", fmt.Errorf("the test server does not answer; see %s", logName)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// locked opens a file and takes a lock on it, waiting for it unless how has LOCK_NB. The
// lock goes when the file is closed or the process ends.
func locked(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the test server: %w", err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			_ = f.Close()
			return nil, fmt.Errorf("lock the test server: %w", err)
		}
	}
}
