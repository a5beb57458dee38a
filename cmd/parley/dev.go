package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"parley/internal/config"
	"parley/internal/demo"
	"parley/internal/dev"
)

// DevCmd runs the whole stack on this machine.
type DevCmd struct {
	Fresh        bool `help:"Throw away what earlier starts kept, and start over."`
	Port         int  `placeholder:"PORT" help:"Port of the API and the pages (default 8080, or a free one)."`
	PayersimPort int  `placeholder:"PORT" help:"Port of the simulated payers (default 8180, or a free one)."`
	TemporalPort int  `placeholder:"PORT" help:"First of temporald's eight ports, below 32768 (default 7233, or free ones)."`
	PostgresPort int  `placeholder:"PORT" help:"Port of the private PostgreSQL (default 15432, or a free one)."`
}

// Run runs the stack until it is told to stop.
func (d *DevCmd) Run(ctx context.Context, c *config.Config) error {
	// A second Ctrl-C ends it at once, and the kernel its children.
	context.AfterFunc(ctx, func() { signal.Reset(os.Interrupt, syscall.SIGTERM) })
	o := dev.Options{
		Data: c.Data, Fresh: d.Fresh, Namespace: c.Temporal.Namespace, Payers: c.Payers, Out: os.Stdout, Seed: demo.Load,
		Ports: dev.Ports{API: d.Port, Payersim: d.PayersimPort, Temporal: d.TemporalPort, Postgres: d.PostgresPort},
	}
	parley := os.Args[0]
	if c.Data != ".parley" {
		parley += " --data " + c.Data
	}
	o.Try = []string{parley + " case list", parley + " task list", parley + " case show 26-000001"}
	if c.DatabaseURL != "" || c.DatabaseURLFile != "" {
		url, err := c.Database()
		if err != nil {
			return err
		}
		o.DatabaseURL = url
	}
	return dev.Run(ctx, o)
}
