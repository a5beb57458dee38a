package connector

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

var errTooLate = errors.New("too late to write")

// guard watches one send: whether a byte of the request has been given to the network,
// and whether it may still be. A process can be frozen between the ledger's mark and its
// first write, and thawed when others have long judged the send: it must then not write.
type guard struct {
	mu     sync.Mutex
	marked time.Time
	within time.Duration // for the first write after the mark
	until  time.Duration // for the last
	wrote  func(point string)
	begun  bool
	late   bool
}

// age is how long ago the ledger was told, by whichever clock says more: the monotonic
// one stands still with a suspended machine, the wall can be set back.
func (g *guard) age() time.Duration {
	now := time.Now()
	return max(now.Sub(g.marked), now.Round(0).Sub(g.marked.Round(0)))
}

// permit notes that bytes are about to be given to the network, or refuses it. Once a
// write is permitted, bytes may have left, whatever the write then returns.
func (g *guard) permit() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := g.within
	if g.begun {
		limit = g.until
	}
	if g.age() > limit {
		g.late = true
		return errTooLate
	}
	g.begun = true
	return nil
}

// state is whether bytes may have left, and whether a write was refused.
func (g *guard) state() (begun, late bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.begun, g.late
}

// guarded is a connection that has been made, TLS and all: what is written to it from
// here on is the request itself.
type guarded struct {
	net.Conn
	guard *guard
	told  sync.Once
}

// Write gets the whole request at once: the transport's buffer holds it.
func (c *guarded) Write(b []byte) (n int, err error) {
	if err := c.guard.permit(); err != nil {
		return 0, err
	}
	if c.guard.wrote == nil || len(b) < 2 {
		return c.Conn.Write(b)
	}
	c.told.Do(func() {
		if n, err = c.Conn.Write(b[:1]); err != nil {
			return
		}
		c.guard.wrote("after-first-byte")
		var more int
		if more, err = c.Conn.Write(b[1:]); err == nil {
			c.guard.wrote("after-last-byte")
		}
		n += more
	})
	if n > 0 || err != nil {
		return n, err
	}
	return c.Conn.Write(b)
}

// dialers of a send: both do everything up to the first byte of the request, so that
// what fails in them has sent nothing.
func (g *guard) dial(d *net.Dialer) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &guarded{Conn: c, guard: g}, nil
	}
}

func (g *guard) dialTLS(d *net.Dialer, config *tls.Config) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&tls.Dialer{NetDialer: d, Config: config}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &guarded{Conn: c, guard: g}, nil
	}
}
