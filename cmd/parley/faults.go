package main

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"time"

	"parley/internal/faults"
)

// FaultsCmd kills, freezes and starves a stack of its own while people work on it.
type FaultsCmd struct {
	Seed uint64        `placeholder:"N" help:"Of the dice; the same seed throws the same (default: another each time)."`
	For  time.Duration `default:"10m" help:"How long faults go on; then it is seen whether all comes right."`
}

// Run prints what it did and found as the last line, and fails if anything was broken.
func (f *FaultsCmd) Run(ctx context.Context) error {
	if f.Seed == 0 {
		f.Seed = rand.Uint64()
	}
	report, err := faults.Run(ctx, faults.Options{Seed: f.Seed, For: f.For, Out: os.Stderr})
	if err := errors.Join(err, json.NewEncoder(os.Stdout).Encode(report)); err != nil {
		return err
	}
	if !report.Held {
		return errors.New("something was broken: see the last line")
	}
	return nil
}
