package postgres

import (
	"fmt"
	"net"
	"strconv"
)

// Loopback is the only address that private servers listen on.
const Loopback = "127.0.0.1"

// FreePort is a port on loopback that nobody listens on now: first wanted, if it is free;
// else from 'from' upwards; from 0 means any.
func FreePort(wanted, from int) (int, error) {
	if wanted != 0 && free(wanted) {
		return wanted, nil
	}
	if from == 0 {
		l, err := net.Listen("tcp", net.JoinHostPort(Loopback, "0"))
		if err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		defer func() { _ = l.Close() }()
		return l.Addr().(*net.TCPAddr).Port, nil
	}
	for port := from; port < from+1000; port++ {
		if free(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", from, from+1000)
}

func free(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(Loopback, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
