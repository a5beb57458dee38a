package faults

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
)

// door is the way to the database for one worker.
type door struct {
	net.Listener
	to string

	mu     sync.Mutex
	state  doorState
	moved  *sync.Cond // the state has changed
	inside map[net.Conn]bool
}

type doorState string

const (
	doorOpen   doorState = "open"
	doorShut   doorState = "shut"   // it refuses, as a stopped server does
	doorFrozen doorState = "frozen" // it takes what is sent and says nothing
)

// newDoor is an open door to the database of an address, and its own address.
func newDoor(database string) (*door, string, error) {
	u, err := url.Parse(database)
	if err != nil {
		return nil, "", errors.New("make a door: the database's address cannot be read")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("make a door: %w", err)
	}
	d := &door{Listener: l, to: u.Host, state: doorOpen, inside: map[net.Conn]bool{}}
	d.moved = sync.NewCond(&d.mu)
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
	return d, u.String(), nil
}

// remove takes the door away; nobody comes through any more.
func (d *door) remove() {
	_ = d.Close() // nobody else has closed it
	d.set(doorShut)
}

// set moves the door. What came through before is cut, but by freezing.
func (d *door) set(state doorState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = state
	d.moved.Broadcast()
	if state == doorFrozen {
		return
	}
	for c := range d.inside {
		_ = c.Close() // that is the point
		delete(d.inside, c)
	}
}

// enter notes connections that a moving door cuts, unless it is shut.
func (d *door) enter(all ...net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range all {
		d.inside[c] = true
	}
	return d.state != doorShut
}

// thaw returns when the door is not frozen.
func (d *door) thaw() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.state == doorFrozen {
		d.moved.Wait()
	}
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
	go d.pump(in, out)
	d.pump(out, in)
}

func (d *door) pump(to, from net.Conn) {
	defer func() { _ = to.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		d.thaw()
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
