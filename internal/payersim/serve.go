package payersim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// ErrNotLoopback refuses an address that others could reach.
var ErrNotLoopback = errors.New("the address is not a loopback one; this payer believes everybody and keeps what it is told in clear")

// Listen opens an address. One that is not loopback wants remote to be said.
func Listen(ctx context.Context, address string, remote bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if ip := net.ParseIP(host); !remote && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen: %w", ErrNotLoopback)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// Serve answers on the listener until ctx ends. While an outage lasts the listener is
// closed, so that connections are refused, and then opened again at the same address.
func (s *Sim) Serve(ctx context.Context, l net.Listener) error {
	d := &door{sim: s, ctx: ctx, address: l.Addr().String(), listener: l, shut: make(chan struct{})}
	s.mu.Lock()
	s.doors = append(s.doors, d)
	s.mu.Unlock()
	return serve(ctx, s.Handler(), d)
}

// ServeControl serves the same on a listener that no outage closes.
func (s *Sim) ServeControl(ctx context.Context, l net.Listener) error {
	return serve(ctx, s.Handler(), l)
}

func serve(ctx context.Context, h http.Handler, l net.Listener) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // what was held or half sent is lost, as in a crash
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// door is a listener that an outage closes for its time.
type door struct {
	sim     *Sim
	ctx     context.Context // of the whole serving; a listener's methods are given none
	address string
	shut    chan struct{}

	mu       sync.Mutex
	listener net.Listener
	closed   bool
}

// Accept returns the next connection, after the outage if there is one.
func (d *door) Accept() (net.Conn, error) {
	for {
		d.mu.Lock()
		l := d.listener
		d.mu.Unlock()
		conn, err := l.Accept()
		if err == nil {
			return conn, nil
		}
		if !d.reopen() {
			return nil, err
		}
	}
}

// reopen waits for the end of the outage; it returns false once the door is closed for
// good. The address may be another's for a moment, so it is tried again.
func (d *door) reopen() bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-d.shut:
			return false
		case <-tick.C:
		}
		if d.sim.isOut() {
			continue
		}
		l, err := Listen(d.ctx, d.address, true)
		if err != nil {
			d.sim.opts.Log("payersim.listening_again", "error", err)
			continue
		}
		d.mu.Lock()
		if d.closed {
			d.mu.Unlock()
			_ = l.Close() // the door was closed meanwhile
			return false
		}
		d.listener = l
		d.mu.Unlock()
		return true
	}
}

func (d *door) closeForNow() {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.listener.Close() // a second outage finds it closed already
}

// Close closes the door for good.
func (d *door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	close(d.shut)
	return d.listener.Close()
}

// Addr is where the door is.
func (d *door) Addr() net.Addr {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.listener.Addr()
}
