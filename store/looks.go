package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// Looked notes that someone was shown health data: what they looked at, and of which
// cases. A list is one row, however long; one that showed nothing is noted too.
func (s *Store) Looked(ctx context.Context, by domain.Actor, what string, cases ...domain.CaseID) error {
	ids := make([]string, len(cases))
	for i, id := range cases {
		ids[i] = string(id)
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		return auditChain(ctx, tx, accessChain(by.ID), time.Now(), auditEntry{
			What: "looked", By: by, Why: what, After: strings.Join(ids, " "),
		})
	})
	if err != nil {
		return fmt.Errorf("note a look of %s: %w", by.ID, clean(err))
	}
	return nil
}
