package dev

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"parley/internal/dev/proc"
)

// Process is one program of a running stack, started again whenever it ends without
// having been asked to. Its methods may be called from any goroutine.
type Process struct {
	program Program
	path    string
	env     Env
	say     *teller

	mu    sync.Mutex
	want  bool
	up    *proc.Process
	ready bool
	// ended counts how often it ended without having been asked to.
	ended int
	extra []string
	// changed is closed, and replaced, when any of the above changes.
	changed chan struct{}
}

func newProcess(p Program, path string, env Env, say *teller) *Process {
	return &Process{program: p, path: path, env: env, say: say, changed: make(chan struct{})}
}

// PID is the process ID, 0 while it is down.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.up == nil {
		return 0
	}
	return p.up.PID()
}

// LogFile is where the process writes.
func (p *Process) LogFile() string {
	return filepath.Join(p.env.Data, "log", p.program.Name+".log")
}

// Signal sends a signal to the process, if it is up.
func (p *Process) Signal(sig syscall.Signal) error {
	if up := p.current(); up != nil {
		return up.Signal(sig)
	}
	return nil
}

// Kill ends the process at once, as SIGKILL does; it is started again.
func (p *Process) Kill() {
	if up := p.current(); up != nil {
		up.Kill()
		p.noticed(up)
	}
}

// Crash ends the process at once and keeps it down until Start.
func (p *Process) Crash() {
	p.set(func() { p.want = false })
	p.Kill()
}

// Stop asks the process to end, waits for it, and keeps it down until Start.
func (p *Process) Stop(ctx context.Context) {
	p.set(func() { p.want = false })
	if up := p.current(); up != nil {
		grace := p.program.Grace
		if grace == 0 {
			grace = 10 * time.Second
		}
		up.Stop(ctx, syscall.SIGTERM, grace)
		p.noticed(up)
	}
}

// Start starts the process if it is down and returns when it is ready. When it ends
// before that, Start fails with the end of its log, and it stays down.
func (p *Process) Start(ctx context.Context) error {
	var before int
	p.set(func() { p.want, before = true, p.ended })
	err := p.wait(ctx, func() bool { return p.ready || p.ended > before })
	if err != nil {
		return fmt.Errorf("%s is not ready: %w; its log is %s", p.program.Name, err, p.LogFile())
	}
	p.mu.Lock()
	failed := p.ended > before
	p.mu.Unlock()
	if failed {
		p.set(func() { p.want = false })
		return fmt.Errorf("%s ended while starting; its log, %s, ends:\n%s", p.program.Name, p.LogFile(), tail(p.LogFile()))
	}
	return nil
}

// Ready waits until the process is up and ready, across restarts.
func (p *Process) Ready(ctx context.Context) error {
	if err := p.wait(ctx, func() bool { return p.ready }); err != nil {
		return fmt.Errorf("%s is not ready: %w", p.program.Name, err)
	}
	return nil
}

// Restart stops the process and starts it again.
func (p *Process) Restart(ctx context.Context) error {
	p.Stop(ctx)
	return p.Start(ctx)
}

// Tell replaces what the process is told beyond its usual environment, from its next
// start on: a test's switches.
func (p *Process) Tell(environ ...string) { p.set(func() { p.extra = environ }) }

func (p *Process) current() *proc.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.up
}

// noticed waits until the supervisor knows that up is gone, so that nobody takes what it
// was for what is.
func (p *Process) noticed(up *proc.Process) {
	_ = p.wait(context.Background(), func() bool { return p.up != up }) // it cannot fail
}

func (p *Process) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	close(p.changed)
	p.changed = make(chan struct{})
}

// wait returns when cond, called under the lock, holds.
func (p *Process) wait(ctx context.Context, cond func() bool) error {
	for {
		p.mu.Lock()
		done, changed := cond(), p.changed
		p.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// supervise keeps the process running while it is wanted, until ctx ends. Whoever ends
// ctx has stopped the process before.
func (p *Process) supervise(ctx context.Context) {
	const first, longest, healthy = 200 * time.Millisecond, 10 * time.Second, 10 * time.Second
	pause := first
	for p.wait(ctx, func() bool { return p.want }) == nil {
		began := time.Now()
		how := p.once(ctx)
		if p.down() || ctx.Err() != nil {
			continue
		}
		if time.Since(began) > healthy {
			pause = first
		}
		p.say.line("%s ended (%v); starting it again in %v", p.program.Name, how, pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, longest)
	}
}

// once starts the process, notices when it is ready, and returns how it ended.
func (p *Process) once(ctx context.Context) error {
	log, err := os.OpenFile(p.LogFile(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	from, err := log.Seek(0, 2)
	if err != nil {
		return err
	}
	up, err := p.launch(log)
	if up == nil {
		return err
	}
	asking, stop := context.WithCancel(ctx)
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		if p.getsReady(asking, from) {
			p.set(func() { p.ready = p.up == up })
		}
	}()
	// Where the kernel does not end orphans, the next start finds it by this.
	note := filepath.Join(p.env.Data, "run", p.program.Name)
	if err := os.WriteFile(note, []byte(strconv.Itoa(up.PID())+" "+p.path), 0o600); err != nil {
		p.say.line("%s cannot be noted: %v", p.program.Name, err)
	}
	<-up.Gone()
	stop()
	<-asked
	_ = os.Remove(note) // gone or not, it names a process that is
	return up.Err()
}

// down notes that the process is down, and reports whether it was asked to be: in one
// step, since whoever asked may want it up again as soon as it is noted.
func (p *Process) down() (asked bool) {
	p.set(func() {
		p.up, p.ready = nil, false
		if asked = !p.want; !asked {
			p.ended++
		}
	})
	return asked
}

// launch starts the process, unless it is not wanted any more: then it returns nil.
func (p *Process) launch(log *os.File) (up *proc.Process, err error) {
	environ := append(os.Environ(), p.env.Environ()...)
	if p.program.Environ != nil {
		environ = append(environ, p.program.Environ(p.env)...)
	}
	var args []string
	if p.program.Args != nil {
		args = p.program.Args(p.env)
	}
	p.set(func() {
		if !p.want {
			return
		}
		up, err = proc.Start(proc.Spec{Path: p.path, Args: args, Env: append(environ, p.extra...), Out: log})
		p.up = up
	})
	return up, err
}

func (p *Process) getsReady(ctx context.Context, from int64) bool {
	ready := func() bool {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return p.program.Ready == nil || p.program.Ready(ctx, p.env) == nil
	}
	for ctx.Err() == nil {
		if said(p.LogFile(), from, p.program.Says) && ready() {
			return ctx.Err() == nil
		}
		select {
		case <-time.After(30 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return false
}

// said reports whether a log has the line, behind the offset.
func said(log string, from int64, line string) bool {
	if line == "" {
		return true
	}
	b, err := os.ReadFile(log)
	if err != nil || int64(len(b)) < from {
		return false
	}
	return bytes.Contains(append([]byte("\n"), b[from:]...), []byte("\n"+line+"\n"))
}

// tail is the end of a log, for an error that a person reads.
func tail(log string) []byte {
	const enough = 2000
	b, err := os.ReadFile(log)
	if err != nil {
		return []byte(err.Error())
	}
	if len(b) > enough {
		b = b[len(b)-enough:]
	}
	return bytes.TrimSpace(b)
}
