package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.temporal.io/sdk/client"

	"parley/activities"
	"parley/domain"
	"parley/internal/config"
	"parley/keys"
	"parley/payer"
	"parley/payer/connector"
	"parley/store"
	"parley/worker"
)

// WorkerCmd runs cases and talks to payers.
type WorkerCmd struct {
	Pickup      time.Duration `default:"15s" env:"PARLEY_PICKUP" help:"How often payers' mailboxes are looked into."`
	OutageAfter time.Duration `default:"10m" env:"PARLEY_OUTAGE_AFTER" help:"How long a payer may be out of reach before a lead hears of it."`
	Desk        string        `default:"central" env:"PARLEY_DESK" placeholder:"FACILITY" help:"Facility whose lead hears of trouble that is no single case's."`
	Zone        string        `default:"America/Chicago" env:"PARLEY_ZONE" help:"Time zone of that desk."`
}

// Run works until ctx ends, then lets what is under way finish.
func (cmd WorkerCmd) Run(ctx context.Context, c *config.Config) error {
	log := logger(c)
	url, err := c.Database()
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	db := store.New(pool)
	book, err := loadBook(ctx, db, c)
	if err != nil {
		return err
	}
	variables, err := variablesOf(book, c)
	if err != nil {
		return err
	}
	ring, err := keys.Load(c.KeysFile)
	if err != nil {
		return err
	}
	options, err := c.Temporal.Options()
	if err != nil {
		return err
	}
	temporal, err := client.DialContext(ctx, worker.ClientOptions(options, ring, log))
	if err != nil {
		return fmt.Errorf("reach temporal: %w", err)
	}
	defer temporal.Close()
	current := func() *payer.Book { return book }
	acts := activities.New(activities.Deps{
		Store: db, Book: current, Log: log, OutageAfter: cmd.OutageAfter,
		Wire:  connector.New(current, variables, connector.Options{}),
		Cases: worker.Cases{Client: temporal, Confirm: db.Confirm},
		Desk:  activities.Desk{Facility: domain.FacilityID(cmd.Desk), Zone: cmd.Zone},
	})
	w := worker.New(temporal)
	worker.Register(w, &activities.Recorder{Store: db, Keys: ring}, acts)
	if err := w.Start(); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	if c.MetricsListen != "" {
		go observe(ctx, c.MetricsListen, log)
	}
	log.LogAttrs(ctx, slog.LevelInfo, "working")
	acts.Pickup(ctx, cmd.Pickup)
	w.Stop()
	return nil
}

// loadBook reads the profiles that ship, and those laid over them.
func loadBook(ctx context.Context, db *store.Store, c *config.Config) (*payer.Book, error) {
	return activities.LoadBook(ctx, db, profileFolders(c)...)
}

func observe(ctx context.Context, address string, log *slog.Logger) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.Handler())
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); err != nil && ctx.Err() == nil {
		log.LogAttrs(ctx, slog.LevelError, "metrics", slog.String("error", err.Error()))
	}
}
