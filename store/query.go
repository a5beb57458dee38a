package store

import (
	"context"
	_ "embed"
	"errors"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

//go:embed exchanges_of_case.sql
var exchangesOfCase string

// collect reads all rows of a query whose columns are the fields of T.
func collect[T any](ctx context.Context, s *Store, query string, args pgx.NamedArgs) ([]T, error) {
	rows, err := s.pool.Query(ctx, query, args)
	if err != nil {
		return nil, clean(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, clean(err)
	}
	return all, nil
}

// one reads the row of a query that has one or none; none is ErrNotFound.
func one[T any](ctx context.Context, s *Store, query string, args pgx.NamedArgs) (T, error) {
	var none T
	rows, err := s.pool.Query(ctx, query, args)
	if err != nil {
		return none, clean(err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	if errors.Is(err, pgx.ErrNoRows) {
		return none, domain.ErrNotFound
	}
	if err != nil {
		return none, clean(err)
	}
	return row, nil
}
