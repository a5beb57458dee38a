package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// OpenRun is a case that is open in the database, and the run that recorded last.
type OpenRun struct {
	domain.Shown
	RunID string
}

// OpenRuns lists cases that are not closed, by ID, after one. Index: case_not_closed.
func (s *Store) OpenRuns(ctx context.Context, after domain.CaseID, limit int) ([]OpenRun, error) {
	if after == "" {
		after = domain.CaseID(uuid.Nil.String())
	}
	all, err := collect[OpenRun](ctx, s, `
		select id as case_id, step, digest, run_id from case_file
		where status <> 'closed' and id > @after::uuid order by id limit @limit`,
		pgx.NamedArgs{"after": after, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("read open cases: %w", err)
	}
	return all, nil
}

// PayerRow is a payer of which there is a profile.
type PayerRow struct {
	ID       domain.PayerID `json:"id"`
	Version  int            `json:"version"` // of its profile
	LoadedAt time.Time      `json:"loadedAt"`
}

// Payers lists the payers that have a profile, each at its newest version.
func (s *Store) Payers(ctx context.Context) ([]PayerRow, error) {
	all, err := collect[PayerRow](ctx, s, `
		select distinct on (slug) slug as id, version, loaded_at from payer_profile order by slug, version desc`, pgx.NamedArgs{})
	if err != nil {
		return nil, fmt.Errorf("read payers: %w", err)
	}
	return all, nil
}

// AuditRow is a link of a case's audit chain, as people read it.
type AuditRow struct {
	Seq    int              `json:"seq"`
	At     time.Time        `json:"at"`
	What   string           `json:"what"`
	Step   int              `json:"step"`
	ByKind domain.ActorKind `json:"byKind"`
	ByID   string           `json:"byId"`
	Why    string           `json:"why,omitempty"`
	Before string           `json:"before,omitempty"`
	After  string           `json:"after,omitempty"`
}

// CaseAudit is the audit chain of a case, oldest first. Index: the primary key.
func (s *Store) CaseAudit(ctx context.Context, sc Scope, id domain.CaseID, cursor string, limit int) (Page[AuditRow], error) {
	seq, _, err := after[int32](cursor, id)
	if err != nil {
		return Page[AuditRow]{}, err
	}
	if err := s.within(ctx, sc, id); err != nil {
		return Page[AuditRow]{}, fmt.Errorf("read audit of case %s: %w", id, err)
	}
	limit = limited(limit)
	rows, err := collect[AuditRow](ctx, s, `
		select seq, at, what, step, by_kind, by_id, why, before, after from audit_row
		where chain = @chain and seq > @seq order by seq limit @limit`,
		pgx.NamedArgs{"chain": caseChain(id), "seq": seq, "limit": limit + 1})
	if err != nil {
		return Page[AuditRow]{}, fmt.Errorf("read audit of case %s: %w", id, err)
	}
	return page(rows, limit, id, func(r AuditRow) int32 { return int32(r.Seq) }), nil //nolint:gosec // an int of PostgreSQL
}
