package faults

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/internal/dev"
	"parley/internal/dev/devtest"
	"parley/internal/dev/proc"
)

// hurried is a namespace in which every run is told to continue as new.
const hurried = "hurried"

// shared is the stack that the tests of this package share, with its practice.
var shared struct {
	once sync.Once
	dir  string
	*Practice
	caseworker string
}

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "14"); err != nil { // they wait, most of the time
		panic(err)
	}
	code := m.Run()
	if shared.Practice != nil {
		if broken, err := shared.Settle(context.Background(), 3*time.Minute); err != nil || len(broken) > 0 {
			fmt.Println("what is left broken by all tests:", err, strings.Join(broken, "\n"))
			code = 1
		}
		shared.Close()
		shared.Stack.Stop(context.Background())
	}
	if shared.dir != "" && os.Getenv("KEEP") == "" {
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// practice is the practice on the shared stack, which the first test to ask starts.
func practice(t *testing.T) *Practice {
	t.Helper()
	if testing.Short() {
		t.Skip("kills real programs")
	}
	shared.once.Do(func() {
		p, caseworker, err := begin(t)
		require.NoError(t, err)
		shared.Practice, shared.caseworker = p, caseworker
	})
	require.NotNil(t, shared.Practice, "the stack did not start")
	return shared.Practice
}

func begin(t *testing.T) (*Practice, string, error) {
	bin := devtest.Build(t, "temporald", "parley", "payersim")
	dir, err := os.MkdirTemp("", "parley-faults")
	if err != nil {
		return nil, "", err
	}
	shared.dir = dir
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's user must reach its data
		return nil, "", err
	}
	caseworker := filepath.Join(dir, "caseworker")
	if out, err := exec.Command("go", "build", "-o", caseworker, "./caseworker").CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("build caseworker: %w: %s", err, out)
	}
	payers := filepath.Join(dir, "payers")
	if err := Impatient(payers); err != nil {
		return nil, "", err
	}
	s, err := dev.Start(context.Background(), dev.Options{
		Data: filepath.Join(dir, "data"), Quick: true, Bin: bin, Payers: payers, Hurried: []string{hurried}, Out: os.Stderr,
	})
	if err != nil {
		return nil, "", err
	}
	p, err := Open(context.Background(), s)
	return p, caseworker, err
}

// program is a caseworker of one test.
type program struct {
	*proc.Process
	log string
}

var programs atomic.Int64

// caseworker starts a worker of a queue; env tells it where to die.
func caseworker(t *testing.T, p *Practice, namespace, queue string, env ...string) *program {
	t.Helper()
	c := &program{log: filepath.Join(p.Stack.Env.Data, "log", fmt.Sprintf("caseworker-%d.log", programs.Add(1)))}
	out, err := os.Create(c.log)
	require.NoError(t, err)
	defer func() { require.NoError(t, out.Close()) }()
	all := append(append(os.Environ(), p.Stack.Env.Environ()...), "TEMPORAL_NAMESPACE="+namespace, "QUEUE="+queue)
	c.Process, err = proc.Start(proc.Spec{Path: shared.caseworker, Env: append(all, env...), Out: out})
	require.NoError(t, err)
	t.Cleanup(c.Kill)
	return c
}

// works waits until a program takes work.
func (c *program) works(t *testing.T) {
	t.Helper()
	eventually(t, "the worker takes work", func() bool {
		b, err := os.ReadFile(c.log)
		require.NoError(t, err)
		select {
		case <-c.Gone():
			t.Fatalf("the worker ended before it worked: %s", b)
		default:
		}
		return strings.Contains(string(b), "working\n")
	})
}

// ended waits for a program to kill itself.
func (c *program) ended(t *testing.T) {
	t.Helper()
	select {
	case <-c.Gone():
	case <-time.After(2 * time.Minute):
		t.Fatalf("the worker never came to the place where it was to die; its log is %s", c.log)
	}
}

// stopped waits for a program to stop itself.
func (c *program) stopped(t *testing.T) {
	t.Helper()
	eventually(t, "the worker comes to the place where it is to stop", func() bool {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.PID()))
		require.NoError(t, err)
		_, after, _ := strings.Cut(string(b), ") ")
		return strings.HasPrefix(after, "T")
	})
}

func (c *program) wake(t *testing.T) {
	t.Helper()
	require.NoError(t, c.Signal(syscall.SIGCONT))
}

// eventually waits for something named, with a limit that only a hang exceeds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !cond(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// thorough reports whether every combination is asked for, however long it takes.
func thorough() bool { return os.Getenv("FAULTS") == "all" }
