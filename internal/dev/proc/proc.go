package proc

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Spec says what to start.
type Spec struct {
	Path string
	Args []string
	// Env is the whole environment of the child; nil is the parent's.
	Env []string
	Dir string
	// Out receives what the child writes to both its streams. An *os.File is handed to
	// the child itself, so that its last words are kept when the parent dies first.
	Out io.Writer
	// As is the user to run as; nil is the parent's.
	As *User
	// Orphaned is the signal that the child gets when its parent dies; 0 is SIGKILL.
	Orphaned syscall.Signal
}

// Process is a child that was started. Its methods may be called from any goroutine.
type Process struct {
	cmd  *exec.Cmd
	gone chan struct{}
	err  error
}

// Start starts a child. The kernel ties the child's life to the thread that started it,
// not to the process, so that thread is kept until the child has ended.
func Start(s Spec) (*Process, error) {
	cmd := exec.Command(s.Path, s.Args...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = s.Env, s.Dir, s.Out, s.Out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if s.As != nil {
		cmd.SysProcAttr.Credential = s.As.credential()
	}
	if s.Orphaned == 0 {
		s.Orphaned = syscall.SIGKILL
	}
	tie(cmd.SysProcAttr, s.Orphaned)
	p := &Process{cmd: cmd, gone: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.err = cmd.Wait()
		close(p.gone)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Path, err)
	}
	return p, nil
}

// PID is the process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Gone is closed when the child has ended and was waited for.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Err is how the child ended; only to be read once Gone is closed.
func (p *Process) Err() error { return p.err }

// Signal sends sig to the child. A child that has ended is not an error.
func (p *Process) Signal(sig syscall.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && err != os.ErrProcessDone {
		return fmt.Errorf("signal process %d: %w", p.PID(), err)
	}
	return nil
}

// Kill ends the child at once and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.gone
}

// Stop asks the child to end with sig, wakes it in case it was frozen, and kills it
// when it is still there after the grace or when ctx ends. It returns once it is gone.
func (p *Process) Stop(ctx context.Context, sig syscall.Signal, grace time.Duration) {
	_ = p.Signal(sig)
	_ = p.Signal(syscall.SIGCONT)
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-p.gone:
	case <-late.C:
		p.Kill()
	case <-ctx.Done():
		p.Kill()
	}
}
