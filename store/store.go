// Package store is the projection of cases in PostgreSQL, the ledger of sends, and the
// audit. It must not know how a case is run, nor how anything is shown.
package store

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Store reads and writes Parley's database.
type Store struct{ pool *pgxpool.Pool }

// New is a store over a pool.
func New(pool *pgxpool.Pool) *Store { return &Store{pool} }

// Config is a pool for url that serves as the role of the product, and whose connections
// let go of a case when their program is stopped in the middle of a step: its successor
// waits for the row.
func Config(url string) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database address is not valid")
	}
	cfg.ConnConfig.RuntimeParams["role"] = "parley_app"
	cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "5s"
	cfg.ConnConfig.RuntimeParams["lock_timeout"] = "4s"
	if cfg.ConnConfig.ConnectTimeout == 0 || cfg.ConnConfig.ConnectTimeout > 2*time.Second {
		cfg.ConnConfig.ConnectTimeout = 2 * time.Second
	}
	return cfg, nil
}
