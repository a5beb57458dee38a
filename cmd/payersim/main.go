// Command payersim is a simulated payer and clearinghouse; see internal/payersim.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"parley/internal/payersim"
)

type flags struct {
	Listen      string `default:"127.0.0.1:7278" env:"PAYERSIM_LISTEN" help:"Address of /x12, /mailbox and /control."`
	Control     string `env:"PAYERSIM_CONTROL" help:"A second address, which outages do not close."`
	Ledger      string `default:".parley/payersim/ledger.jsonl" env:"PAYERSIM_LEDGER" help:"The ledger's file; it is made if missing. Empty keeps it in memory."`
	Script      string `env:"PAYERSIM_SCRIPT" type:"existingfile" help:"How the payer behaves (YAML or JSON); the demonstration's script if not given."`
	PrintScript bool   `help:"Print the demonstration's script and end."`
	AllowRemote bool   `help:"Listen on an address that others can reach. Everything told to this payer is kept in clear."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("payersim"), kong.Description("A simulated payer and clearinghouse: X12 authorization requests over HTTP."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, f)
	stop()
	if err != nil {
		slog.Error("payersim.ended", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f flags) (err error) {
	if f.PrintScript {
		_, err := os.Stdout.Write(payersim.DemoScript())
		return err
	}
	opts := payersim.Options{LedgerPath: f.Ledger, Log: slog.Info}
	if f.Script != "" {
		b, err := os.ReadFile(f.Script)
		if err != nil {
			return fmt.Errorf("read script: %w", err)
		}
		script, err := payersim.ReadScript(b)
		if err != nil {
			return err
		}
		opts.Script = &script
	}
	sim, err := payersim.New(opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sim.Close()) }()
	listener, err := payersim.Listen(ctx, f.Listen, f.AllowRemote)
	if err != nil {
		return err
	}
	serving, ctx := errgroup.WithContext(ctx)
	if f.Control != "" {
		control, err := payersim.Listen(ctx, f.Control, f.AllowRemote)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		slog.Info("payersim.control", "address", control.Addr().String())
		serving.Go(func() error { return sim.ServeControl(ctx, control) })
	}
	slog.Info("payersim.listening", "address", listener.Addr().String())
	serving.Go(func() error { return sim.Serve(ctx, listener) })
	return serving.Wait()
}
