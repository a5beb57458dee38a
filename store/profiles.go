package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

const (
	lockProfiles = `select pg_advisory_xact_lock(hashtextextended('parley/profile/' || $1, 0))`
	findProfile  = `select version from payer_profile where slug = @slug and sha256 = @sha256`
	keepProfile  = `
		insert into payer_profile (slug, version, sha256, body)
		select @slug, coalesce(max(version), 0) + 1, @sha256, @body from payer_profile where slug = @slug
		returning version`
	profileBody = `select body from payer_profile where slug = @slug and version = @version`
)

// KeepProfile keeps a payer's profile and returns its version. The same bytes are the
// same version, whenever they come; a version never changes.
func (s *Store) KeepProfile(ctx context.Context, slug domain.PayerID, sum [32]byte, body []byte) (version int, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockProfiles, slug); err != nil {
			return err
		}
		args := pgx.NamedArgs{"slug": slug, "sha256": sum[:], "body": string(body)}
		err := tx.QueryRow(ctx, findProfile, args).Scan(&version)
		if errors.Is(err, pgx.ErrNoRows) {
			err = tx.QueryRow(ctx, keepProfile, args).Scan(&version)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("keep profile %s: %w", slug, clean(err))
	}
	return version, nil
}

// ProfileBody is a payer's profile at a version, as it was read; none is [domain.ErrNotFound].
func (s *Store) ProfileBody(ctx context.Context, slug domain.PayerID, version int) ([]byte, error) {
	var body string
	err := s.pool.QueryRow(ctx, profileBody, pgx.NamedArgs{"slug": slug, "version": version}).Scan(&body)
	if errors.Is(err, pgx.ErrNoRows) {
		err = domain.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read profile %s version %d: %w", slug, version, clean(err))
	}
	return []byte(body), nil
}
