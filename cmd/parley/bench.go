package main

import (
	"context"
	"errors"
	"os"

	"parley/internal/bench"
	"parley/internal/bench/cases"
	"parley/internal/config"
	"parley/keys"
)

// BenchCmd measures. Every bench ends with one line of JSON, the last of standard output,
// and fails unless its figures are what they must be.
type BenchCmd struct {
	Cases BenchCasesCmd `cmd:"" help:"What starting and working cases costs against a bare Temporal workflow."`
}

// BenchCasesCmd measures the kernel of cases.
type BenchCasesCmd struct {
	Rounds int  `default:"60" help:"How often a task is completed; starts are thirty times as many."`
	Here   bool `help:"On the configured database, Temporal and simulated payers instead of a stack of its own. It leaves its cases there, which no worker runs: not for a place where people work."`
}

// Run measures and prints the report.
func (b *BenchCasesCmd) Run(ctx context.Context, c *config.Config) error {
	return bench.Run("cases", cases.Musts, os.Stdout, func(r *bench.Report) (err error) {
		o := cases.Options{Rounds: max(b.Rounds, 1), Out: os.Stderr}
		var place cases.Place
		if b.Here {
			place, err = here(c)
		} else {
			var end func() error
			if place, end, err = cases.Own(ctx, o); err == nil {
				defer func() { err = errors.Join(err, end()) }()
			}
		}
		if err != nil {
			return err
		}
		return cases.Measure(ctx, place, o, r)
	})
}

// here is the place that is configured.
func here(c *config.Config) (p cases.Place, err error) {
	if p.DatabaseURL, err = c.Database(); err != nil {
		return p, err
	}
	if p.Temporal, err = c.Temporal.Options(); err != nil {
		return p, err
	}
	p.Payersim = c.PayersimURL
	p.Ring, err = keys.Load(c.KeysFile)
	return p, err
}
