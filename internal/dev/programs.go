package dev

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// Program is one process of the stack.
type Program struct {
	// Name is how it is called in the stack; its log is named after it.
	Name string
	// Path is the file to run: absolute, or looked for where Options.Bin says.
	Path string
	Args func(Env) []string
	// Environ is what it is told beyond Env.Environ.
	Environ func(Env) []string
	// Says is the line by which it tells that it is ready.
	Says string
	// Ready is asked again until it returns nil, after Says was said.
	Ready func(context.Context, Env) error
	// Grace is how long it may take to stop; 0 is ten seconds.
	Grace time.Duration
}

// Temporald is the Temporal server.
func Temporald() Program {
	return Program{
		Name: "temporald", Path: "temporald", Says: "ready", Grace: 20 * time.Second,
		Args: func(e Env) []string {
			args := []string{"--port", strconv.Itoa(e.temporalPort), "--namespace", e.TemporalNamespace}
			for _, name := range e.hurried {
				args = append(args, "--hurried-namespace", name)
			}
			return args
		},
		Environ: func(e Env) []string {
			return []string{"TEMPORALD_POSTGRES_URL=" + e.ServerURL, "TEMPORALD_POSTGRES_URL_FILE="}
		},
	}
}

// Payersim is the simulated payers.
func Payersim() Program {
	return Program{
		Name: "payersim", Path: "payersim",
		Environ: func(e Env) []string {
			return []string{
				"PAYERSIM_LISTEN=" + e.PayersimListen, "PAYERSIM_CONTROL=" + e.PayersimControl,
				"PAYERSIM_LEDGER=" + filepath.Join(e.Data, "payersim", "ledger.jsonl"),
			}
		},
		Ready: func(ctx context.Context, e Env) error { return dial(ctx, e.PayersimListen) },
	}
}

// Worker runs the cases.
func Worker() Program {
	return Program{
		Name: "worker", Path: "parley", Args: func(Env) []string { return []string{"worker"} }, Grace: 20 * time.Second,
		Environ: func(e Env) []string { return []string{"PARLEY_METRICS_LISTEN=" + e.WorkerListen} },
		// It shows its health once it takes work.
		Ready: func(ctx context.Context, e Env) error { return get(ctx, "http://"+e.WorkerListen+"/livez") },
	}
}

// API serves REST and pages.
func API() Program {
	return Program{
		Name: "api", Path: "parley", Args: func(Env) []string { return []string{"api"} },
		Ready: func(ctx context.Context, e Env) error { return get(ctx, e.API+"/readyz") },
	}
}

// Programs is the whole product but its database.
func Programs() []Program { return []Program{Temporald(), Payersim(), Worker(), API()} }

// find is the file of a program: in bin, else beside this program, else in PATH.
func find(bin, name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	if bin == "" {
		self, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find %s: %w", name, err)
		}
		bin = filepath.Dir(self)
	}
	beside, err := filepath.Abs(filepath.Join(bin, name))
	if err != nil {
		return "", fmt.Errorf("find %s: %w", name, err)
	}
	if _, err := os.Stat(beside); err == nil {
		return beside, nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is neither in %s nor in PATH; `make build` builds it", name, bin)
	}
	return path, nil
}

func dial(ctx context.Context, addr string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

func get(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d", url, res.StatusCode)
	}
	return nil
}
