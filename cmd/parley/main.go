// Command parley is the product: every way to run, start and look after it is one of its
// commands. A command's file holds its flags and its wiring, nothing else.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"parley/internal/config"
)

// version is set by the release build.
var version = "development"

// CLI is the command line. A command group is one file with a struct whose Run method, or
// whose commands' Run methods, may ask for context.Context, *config.Config and
// *kong.Context.
type CLI struct {
	config.Config `embed:""`

	Version kong.VersionFlag `help:"Print the version."`

	Dev      DevCmd      `cmd:"" help:"Run the whole stack on this machine, with a demonstration practice."`
	API      APICmd      `cmd:"" name:"api" help:"Serve the REST API, and keep the database in step with the cases."`
	Worker   WorkerCmd   `cmd:"" help:"Run cases, and talk to payers."`
	Migrate  MigrateCmd  `cmd:"" help:"Bring the database up to this version's schema, or show where it is."`
	Show     ConfigCmd   `cmd:"" name:"config" help:"Show the configuration in effect and where each value comes from."`
	Case     CaseCmd     `cmd:"" help:"Work on cases."`
	Task     TaskCmd     `cmd:"" help:"Work on tasks."`
	Key      KeyCmd      `cmd:"" help:"Make, list and end API keys."`
	Facility FacilityCmd `cmd:"" help:"Make and list facilities."`
	Payer    PayerCmd    `cmd:"" help:"Check payer profiles."`
	Audit    AuditCmd    `cmd:"" help:"Verify the audit."`
	Faults   FaultsCmd   `cmd:"" help:"Kill and starve a stack of its own while people work on it, and see what breaks."`
	Bench    BenchCmd    `cmd:"" help:"Measure, and fail unless the figures are what they must be."`
	Import   ImportCmd   `cmd:"" help:"Load what a practice has when it begins with Parley."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "parley:", err)
		os.Exit(exitCode(err))
	}
}

func run(ctx context.Context, args []string) error {
	fromFile, err := config.FromFile(args)
	if err != nil {
		return err
	}
	var cli CLI
	k, err := kong.New(&cli, fromFile, kong.Name("parley"), kong.Vars{"version": version},
		kong.Description("Durable case management for insurance coordinators."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		return err
	}
	parsed, err := k.Parse(args)
	if err != nil {
		return err
	}
	return parsed.Run(&cli.Config, parsed)
}
