// Package store is the projection of cases in PostgreSQL, the ledger of sends, and the
// audit. It must not know how a case is run, nor how anything is shown.
package store

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Store reads and writes Parley's database.
type Store struct{ pool *pgxpool.Pool }

// New is a store over a pool.
func New(pool *pgxpool.Pool) *Store { return &Store{pool} }

// Config is a pool for url.
func Config(url string) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database address is not valid")
	}
	cfg.ConnConfig.RuntimeParams["role"] = "parley_app"
	return cfg, nil
}
