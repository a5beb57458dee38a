package dev

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"parley/internal/dev/postgres"
)

// Ports are where the parts listen, on loopback.
type Ports struct {
	API int `json:"api"`
	// Worker is where the worker shows its health and figures.
	Worker int `json:"worker"`
	// Payersim is the payers', and the next one their control's.
	Payersim int `json:"payersim"`
	// Temporal is the first of eight in a row, below 32768.
	Temporal int `json:"temporal"`
	Postgres int `json:"postgres"`
}

// usual lie below what systems hand out to outgoing connections, so that a port that is
// free now is not taken by chance while its program is being started again.
var usual = Ports{API: 8080, Worker: 8090, Payersim: 8180, Temporal: 7233, Postgres: 15432}

const (
	temporalRow = 8
	payersimRow = 2
)

// choosePorts finds ports: those wanted, else those of the last start, else the usual
// ones, each replaced by the next free one when it is taken.
func choosePorts(o *Options, say *teller) (Ports, error) {
	file := filepath.Join(o.Data, "ports.json")
	var last, got Ports
	if b, err := os.ReadFile(file); err == nil {
		if err := json.Unmarshal(b, &last); err != nil {
			say.line("%s is damaged, ports are chosen anew", file)
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return got, fmt.Errorf("read the ports of the last start: %w", err)
	}
	from := usual
	if o.Quick { // many stacks at once
		base := 10_000 + 40*rand.IntN(500)
		from = Ports{API: base, Worker: base + 5, Payersim: base + 10, Postgres: base + 20, Temporal: base + 30}
	}
	for _, p := range []struct {
		name                     string
		wanted, last, from, rows int
		to                       *int
	}{
		{"PostgreSQL", o.Ports.Postgres, last.Postgres, from.Postgres, 1, &got.Postgres},
		{"temporald", o.Ports.Temporal, last.Temporal, from.Temporal, temporalRow, &got.Temporal},
		{"payersim", o.Ports.Payersim, last.Payersim, from.Payersim, payersimRow, &got.Payersim},
		{"worker", o.Ports.Worker, last.Worker, from.Worker, 1, &got.Worker},
		{"api", o.Ports.API, last.API, from.API, 1, &got.API},
	} {
		first := p.wanted
		if first == 0 {
			first = p.last
		}
		if first == 0 {
			first = p.from
		}
		port, err := row(first, p.rows, got)
		if err != nil {
			return got, fmt.Errorf("%s: %w", p.name, err)
		}
		if port != first && !o.Quick {
			say.line("port %d is taken, %s gets %d", first, p.name, port)
		}
		*p.to = port
	}
	b, err := json.Marshal(got)
	if err != nil {
		return got, err
	}
	return got, os.WriteFile(file, b, 0o600)
}

// row is the first of n free ports in a row, from first upwards, clear of those chosen
// already and below the 32768 that temporald needs.
func row(first, n int, chosen Ports) (int, error) {
	taken := func(port int) bool {
		for _, c := range [][2]int{{chosen.Postgres, 1}, {chosen.Worker, 1}, {chosen.Payersim, payersimRow}, {chosen.Temporal, temporalRow}} {
			if port >= c[0] && port < c[0]+c[1] {
				return true
			}
		}
		got, err := postgres.FreePort(port, 0)
		return err != nil || got != port
	}
next:
	for port := first; port+n <= 32768 || n == 1 && port < 65536; port++ {
		for i := range n {
			if taken(port + i) {
				continue next
			}
		}
		return port, nil
	}
	return 0, fmt.Errorf("no free port from %d on", first)
}
