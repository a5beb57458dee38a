package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"parley/api"
	"parley/domain"
	"parley/internal/config"
	"parley/keys"
	"parley/schema"
	"parley/store"
)

// APICmd serves HTTP, and keeps the projection honest.
type APICmd struct{}

// grace is how long requests under way have when the program is told to stop.
const grace = 25 * time.Second

// Run serves until ctx ends.
func (APICmd) Run(ctx context.Context, c *config.Config) error {
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
	ring, temporal, err := dialTemporal(c, log)
	if err != nil {
		return err
	}
	defer temporal.Close()
	secret, err := installationSecret(c)
	if err != nil {
		return err
	}
	db := store.New(pool)
	cases := &api.Cases{Client: temporal, Store: db, Keys: ring, Queue: domain.TaskQueue, Log: log}
	server := api.New(db, cases, secret, log, func(ctx context.Context) (int64, int64, error) { return schema.Level(ctx, url) })

	if err := os.MkdirAll(filepath.Join(c.Data, "audit"), 0o700); err != nil {
		return fmt.Errorf("make the folder of audit seals: %w", err)
	}
	keeping, stopKeeping := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		server.Keeper(store.OpenSeals(sealsPath(c))).Run(keeping)
	}()
	err = serve(ctx, c, server.Handler(), log)
	stopKeeping()
	<-kept
	cases.Wait()
	return err
}

func sealsPath(c *config.Config) string { return filepath.Join(c.Data, "audit", "seals.jsonl") }

func serve(ctx context.Context, c *config.Config, h http.Handler, log *slog.Logger) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	// Where the command line of this machine finds it.
	at := filepath.Join(c.Data, "url")
	if err := os.WriteFile(at, []byte("http://"+listener.Addr().String()+"\n"), 0o600); err != nil {
		return errors.Join(fmt.Errorf("note the address: %w", err), listener.Close())
	}
	log.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("address", listener.Addr().String()))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return server.Shutdown(stopping)
}

func openPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := store.Config(url)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, errors.New("the database address is not usable")
	}
	return pool, nil
}

// dialTemporal makes a client that connects when it is first used, so that Temporal may
// come up later than this program.
func dialTemporal(c *config.Config, log *slog.Logger) (*keys.Ring, client.Client, error) {
	if c.KeysFile == "" {
		return nil, nil, errors.New("keys-file is not set: it holds the keys that encrypt what Temporal stores")
	}
	ring, err := keys.Load(c.KeysFile)
	if err != nil {
		return nil, nil, err
	}
	options, err := c.Temporal.Options()
	if err != nil {
		return nil, nil, err
	}
	options.DataConverter = ring.DataConverter()
	options.FailureConverter = keys.FailureConverter(options.DataConverter)
	options.Logger = temporallog.NewStructuredLogger(log)
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		return nil, nil, fmt.Errorf("temporal client: %w", err)
	}
	return ring, temporal, nil
}

func installationSecret(c *config.Config) ([]byte, error) {
	if c.SecretFile == "" {
		return nil, errors.New("secret-file is not set: case IDs are derived from the installation's secret")
	}
	b, err := os.ReadFile(c.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("secret-file: %w", err)
	}
	secret := strings.TrimSpace(string(b))
	if len(secret) < 32 {
		return nil, errors.New("secret-file holds fewer than 32 characters")
	}
	return []byte(secret), nil
}

func logger(c *config.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // one of an enumeration
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
