package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// Outage is a time in which a payer could not be reached. It begins with the first
// failure after a success; it is told to people only if it lasts.
type Outage struct {
	Payer  string // a slug, or a slug with '/mailbox'
	Since  time.Time
	CaseID domain.CaseID // of the escalation, opened or not
	ToldAt *time.Time
}

const (
	openOutage = `select payer, since, case_id, told_at from payer_outage where payer = @payer and ended_at is null`
	// The unique index one_outage_per_payer makes the first of many failures the one.
	beginOutage = `
		insert into payer_outage (payer, since, case_id) values (@payer, @since, @case)
		on conflict do nothing`
	tellOutage = `
		update payer_outage set told_at = coalesce(told_at, now()) where payer = @payer and since = @since
		returning ended_at is not null`
	endOutage = `
		update payer_outage set ended_at = now()
		where payer = @payer and since = @since and ended_at is null and told_at is not distinct from @told
		returning true`
)

// OpenOutage is a payer's outage that has not ended; none is [domain.ErrNotFound].
func (s *Store) OpenOutage(ctx context.Context, payer string) (Outage, error) {
	o, err := one[Outage](ctx, s, openOutage, pgx.NamedArgs{"payer": payer})
	if err != nil {
		return Outage{}, fmt.Errorf("read outage of %s: %w", payer, err)
	}
	return o, nil
}

// FailedAt notes a failure and returns the outage it belongs to: the first failure after
// a success begins one, all others find it.
func (s *Store) FailedAt(ctx context.Context, payer string, at time.Time, escalation func(since time.Time) domain.CaseID) (Outage, error) {
	at = at.UTC().Truncate(time.Microsecond)
	for {
		_, err := s.pool.Exec(ctx, beginOutage, pgx.NamedArgs{"payer": payer, "since": at, "case": escalation(at)})
		if err != nil {
			return Outage{}, fmt.Errorf("note outage of %s: %w", payer, clean(err))
		}
		o, err := s.OpenOutage(ctx, payer)
		if !errors.Is(err, domain.ErrNotFound) {
			return o, err
		}
		at = at.Add(time.Microsecond) // one of this instant has ended: this failure begins another
	}
}

// OutageTold says that people know of it, and reports whether it has ended meanwhile:
// then they must be told that, too.
func (s *Store) OutageTold(ctx context.Context, o Outage) (ended bool, err error) {
	return s.outage(ctx, tellOutage, o)
}

// OutageEnded says that the payer answers again. It reports false, and changes nothing, if
// the outage has been told to people since o was read, or was ended already.
func (s *Store) OutageEnded(ctx context.Context, o Outage) (ended bool, err error) {
	return s.outage(ctx, endOutage, o)
}

func (s *Store) outage(ctx context.Context, query string, o Outage) (yes bool, err error) {
	err = s.pool.QueryRow(ctx, query, pgx.NamedArgs{"payer": o.Payer, "since": o.Since, "told": o.ToldAt}).Scan(&yes)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("note outage of %s: %w", o.Payer, clean(err))
	}
	return yes, nil
}
