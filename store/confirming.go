package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// Confirm notes that the update which told a step has been answered: the server has it,
// and whatever else that workflow task told.
func (s *Store) Confirm(ctx context.Context, seen domain.CaseView) error {
	_, err := s.pool.Exec(ctx, `
		update case_file c set confirmed = true from step s
		where c.id = $1 and not c.confirmed and s.case_id = c.id and s.no = $2 and s.struck_at is null and s.fence = c.fence`,
		seen.CaseID, seen.Step)
	if err != nil {
		return fmt.Errorf("confirm step %d of case %s: %w", seen.Step, seen.CaseID, clean(err))
	}
	return nil
}

// Unconfirmed lists cases whose last step was told by an update that nobody has seen
// answered for some time. Index: case_unconfirmed.
func (s *Store) Unconfirmed(ctx context.Context, older time.Duration, limit int) ([]domain.Shown, error) {
	all, err := collect[domain.Shown](ctx, s, `
		select id as case_id, step, digest from case_file
		where not confirmed and changed_at < now() - @older::interval order by changed_at limit @limit`,
		pgx.NamedArgs{"older": older, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("read doubtful cases: %w", err)
	}
	return all, nil
}

// CaseFile is what a case remembers, sealed as the step recorded it.
func (s *Store) CaseFile(ctx context.Context, id domain.CaseID) ([]byte, error) {
	type row struct{ File []byte }
	r, err := one[row](ctx, s, `select file from case_file where id = @id and file is not null`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("read the file of case %s: %w", id, err)
	}
	return r.File, nil
}

// PayerKnown reports whether there is a profile of a payer.
func (s *Store) PayerKnown(ctx context.Context, id domain.PayerID) (known bool, err error) {
	err = s.pool.QueryRow(ctx, `select exists (select from payer_profile where slug = $1)`, id).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("look for payer: %w", clean(err))
	}
	return known, nil
}
