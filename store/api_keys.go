package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// keyPrefix lets people and secret scanners recognise an API key.
const keyPrefix = "pk_"

// APIKey is a program's sign-in, without its secret.
type APIKey struct {
	ID         string              `json:"id"`
	Name       string              `json:"name"`
	Roles      []Role              `json:"roles"`
	Facilities []domain.FacilityID `json:"facilities"` // *: all
	CreatedAt  time.Time           `json:"createdAt"`
	CreatedBy  string              `json:"createdBy"`
	ExpiresAt  *time.Time          `json:"expiresAt,omitempty"`
	RevokedAt  *time.Time          `json:"revokedAt,omitempty"`
	UsedAt     *time.Time          `json:"usedAt,omitempty"` // to the minute
}

// everywhere stands for all facilities, those to come too.
const everywhere domain.FacilityID = "*"

// Scope is what the key's holder may see.
func (k APIKey) Scope() Scope {
	sc := Scope{Subject: domain.Actor{Kind: domain.Integration, ID: k.ID, Name: k.Name}, Roles: k.Roles}
	if slices.Contains(k.Facilities, everywhere) {
		sc.All = true
		return sc
	}
	sc.Facilities = k.Facilities
	return sc
}

const keyColumns = `id::text as id, name, roles, facilities, created_at, created_by, expires_at, revoked_at, used_at`

// CreateAPIKey makes a key and returns its secret, which is kept nowhere: only its
// SHA-256 is. The facility * is every facility.
func (s *Store) CreateAPIKey(ctx context.Context, by domain.Actor, name string, roles []Role, facilities []domain.FacilityID, expires *time.Time) (APIKey, string, error) {
	if err := keyFits(name, roles, facilities, expires); err != nil {
		return APIKey{}, "", err
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	secret := keyPrefix + base64.RawURLEncoding.EncodeToString(b)
	var key APIKey
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		id := uuid.Must(uuid.NewV7()).String()
		rows, err := tx.Query(ctx, `
			insert into api_key (id, name, hash, roles, facilities, created_by, expires_at)
			values (@id, @name, @hash, @roles, @facilities, @by, @expires) returning `+keyColumns, pgx.NamedArgs{
			"id": id, "name": name, "hash": hashed(secret), "roles": roles, "facilities": facilities, "by": by.ID, "expires": expires,
		})
		if err != nil {
			return err
		}
		if key, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[APIKey]); err != nil {
			return err
		}
		return auditChain(ctx, tx, houseChain, time.Now(), auditEntry{
			What: "key created", By: by, Why: name, After: fmt.Sprintf("%s %v %v", id, roles, facilities),
		})
	})
	if err != nil {
		return APIKey{}, "", fmt.Errorf("create API key: %w", clean(err))
	}
	return key, secret, nil
}

func keyFits(name string, roles []Role, facilities []domain.FacilityID, expires *time.Time) error {
	if err := worded("/name", name, 120); err != nil {
		return err
	}
	if len(roles) == 0 {
		return invalid("/roles", "required", "is needed")
	}
	for i, r := range roles {
		if !slices.Contains(Roles, r) {
			return invalid(fmt.Sprintf("/roles/%d", i), "oneof", "is not a role")
		}
	}
	if len(facilities) == 0 {
		return invalid("/facilities", "required", "is needed; * is every facility")
	}
	if expires != nil && !expires.After(time.Now()) {
		return invalid("/expiresAt", "future", "must lie in the future")
	}
	return nil
}

// FindAPIKey is the key of a secret: ErrNotFound if there is none, or it is revoked or
// expired. Rows are found by the hash of 32 random bytes, so that how long it takes tells
// nothing of a secret; the comparison is in constant time all the same.
func (s *Store) FindAPIKey(ctx context.Context, secret string) (APIKey, error) {
	if !strings.HasPrefix(secret, keyPrefix) || len(secret) > 100 {
		return APIKey{}, fmt.Errorf("find API key: %w", domain.ErrNotFound)
	}
	type row struct {
		APIKey
		Hash []byte
	}
	hash := hashed(secret)
	k, err := one[row](ctx, s, `select `+keyColumns+`, hash from api_key
		where hash = @hash and revoked_at is null and (expires_at is null or expires_at > now())`, pgx.NamedArgs{"hash": hash})
	if err == nil && subtle.ConstantTimeCompare(k.Hash, hash) != 1 {
		err = domain.ErrNotFound
	}
	if err != nil {
		return APIKey{}, fmt.Errorf("find API key: %w", err)
	}
	// To the minute: a busy key does not write at every call.
	_, err = s.pool.Exec(ctx, `
		update api_key set used_at = now()
		where id = $1 and (used_at is null or used_at < now() - interval '1 minute')`, k.ID)
	if err != nil {
		return APIKey{}, fmt.Errorf("note the use of API key %s: %w", k.ID, clean(err))
	}
	return k.APIKey, nil
}

// APIKeys lists all keys, the revoked and expired too, newest first.
func (s *Store) APIKeys(ctx context.Context) ([]APIKey, error) {
	all, err := collect[APIKey](ctx, s, `select `+keyColumns+` from api_key order by created_at desc, id`, pgx.NamedArgs{})
	if err != nil {
		return nil, fmt.Errorf("read API keys: %w", err)
	}
	return all, nil
}

// RevokeAPIKey ends a key at once. Done twice, the first time counts.
func (s *Store) RevokeAPIKey(ctx context.Context, by domain.Actor, id string) error {
	if uuid.Validate(id) != nil || len(id) != 36 {
		return fmt.Errorf("revoke API key: %w", domain.ErrNotFound)
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var name string
		var already bool
		err := tx.QueryRow(ctx, `select name, revoked_at is not null from api_key where id = $1 for update`, id).Scan(&name, &already)
		if errors.Is(err, pgx.ErrNoRows) {
			return domain.ErrNotFound
		}
		if err != nil || already {
			return err
		}
		if _, err := tx.Exec(ctx, `update api_key set revoked_at = now() where id = $1`, id); err != nil {
			return err
		}
		return auditChain(ctx, tx, houseChain, time.Now(), auditEntry{What: "key revoked", By: by, Why: name, Before: id})
	})
	if err != nil {
		return fmt.Errorf("revoke API key %s: %w", id, clean(err))
	}
	return nil
}

func hashed(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
