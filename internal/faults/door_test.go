package faults

import (
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// door is the way to the database for one worker. Shut, it refuses as a stopped server
// does.
type door struct {
	net.Listener
	to string

	mu     sync.Mutex
	shut   bool
	inside map[net.Conn]bool
}

// newDoor is an open door to the database of an address, and its own address.
func newDoor(t *testing.T, database string) (*door, string) {
	t.Helper()
	u, err := url.Parse(database)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d := &door{Listener: l, to: u.Host, inside: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); d.set(true) })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go d.serve(in)
		}
	}()
	u.Host = l.Addr().String()
	return d, u.String()
}

func (d *door) set(shut bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = shut
	for c := range d.inside {
		_ = c.Close()
		delete(d.inside, c)
	}
}

// enter notes connections that a shutting door must break, unless it is shut.
func (d *door) enter(all ...net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range all {
		d.inside[c] = true
	}
	return !d.shut
}

func (d *door) serve(in net.Conn) {
	defer func() { _ = in.Close() }()
	if !d.enter(in) {
		return
	}
	out, err := net.Dial("tcp", d.to)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	if !d.enter(out) {
		return
	}
	go pump(in, out)
	pump(out, in)
}

func pump(to, from net.Conn) {
	defer func() { _ = to.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
