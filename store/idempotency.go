package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// ErrKeyReused: an idempotency key came again with another request. It is a
// domain.ErrInvalid.
var ErrKeyReused = fmt.Errorf("idempotency key was used for another request: %w", domain.ErrInvalid)

// Request is a request that carried an idempotency key.
type Request struct {
	Principal string           // who sent it: keys of two principals never meet
	Key       string           // as it came; only its hash is kept
	MessageID domain.MessageID // what it says to a case: the same whenever it is tried again
	Done      bool
	Status    int // of the answer, once done
	Answer    []byte
	Headers   json.RawMessage
	lease     time.Time
}

// Begin takes up a request. One never seen, or left by a program that died, is the
// caller's to serve, alone, until the lease ends; one that was answered comes back Done.
// ErrInFlight: someone is at it. ErrKeyReused: the key stood for another request.
func (s *Store) Begin(ctx context.Context, principal, key, route string, bodyHash []byte, lease time.Duration) (Request, error) {
	args := pgx.NamedArgs{
		"principal": principal, "key": hashed(key), "route": route, "body": append([]byte{}, bodyHash...), // none is no null
		"message": domain.NewMessageID(), "lease": lease,
	}
	// A row can go between the two statements, when whoever held it forgets it: then again.
	for range 5 {
		r, err := s.take(ctx, args)
		if errors.Is(err, pgx.ErrNoRows) {
			r, err = s.taken(ctx, args)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return Request{}, fmt.Errorf("begin request: %w", clean(err))
		}
		r.Principal, r.Key = principal, key
		return r, nil
	}
	return Request{}, fmt.Errorf("begin request: %w", domain.ErrInFlight)
}

func (s *Store) take(ctx context.Context, args pgx.NamedArgs) (r Request, err error) {
	err = s.pool.QueryRow(ctx, `
		insert into idempotency_key as k (principal, key_hash, route, body_hash, message_id, lease_until)
		values (@principal, @key, @route, @body, @message, clock_timestamp() + @lease::interval)
		on conflict (principal, key_hash) do update set lease_until = clock_timestamp() + @lease::interval
			where k.status is null and k.lease_until <= clock_timestamp() and k.route = excluded.route and k.body_hash = excluded.body_hash
		returning message_id, lease_until`, args).Scan(&r.MessageID, &r.lease)
	return r, err
}

// taken is a row that could not be taken up: answered, at work, or another request's.
func (s *Store) taken(ctx context.Context, args pgx.NamedArgs) (r Request, err error) {
	var same bool
	var status *int
	err = s.pool.QueryRow(ctx, `
		select route = @route and body_hash = @body, message_id, status, answer, headers
		from idempotency_key where principal = @principal and key_hash = @key`, args).Scan(&same, &r.MessageID, &status, &r.Answer, &r.Headers)
	switch {
	case err != nil:
		return r, err
	case !same:
		return r, ErrKeyReused
	case status == nil:
		return r, domain.ErrInFlight
	}
	r.Done, r.Status = true, *status
	return r, nil
}

// Finish keeps the answer to a request, for whenever it comes again. The first answer
// stands; whoever comes later said the same to the case, with the same message.
func (s *Store) Finish(ctx context.Context, r Request, status int, answer []byte, headers json.RawMessage) error {
	_, err := s.pool.Exec(ctx, `
		update idempotency_key set status = @status, answer = @answer, headers = @headers
		where principal = @principal and key_hash = @key and message_id = @message and status is null`, pgx.NamedArgs{
		"principal": r.Principal, "key": hashed(r.Key), "message": r.MessageID, "status": status, "answer": answer, "headers": headers,
	})
	if err != nil {
		return fmt.Errorf("finish request %s: %w", r.MessageID, clean(err))
	}
	return nil
}

// LetGo ends the caller's lease on a request whose effect is not known: it may be tried
// again at once, with the same message, so that it counts once.
func (s *Store) LetGo(ctx context.Context, r Request) error {
	return s.giveUp(ctx, r, "let go of", `
		update idempotency_key set lease_until = clock_timestamp()
		where principal = @principal and key_hash = @key and status is null and lease_until = @lease`)
}

// Forget drops a request that has certainly changed nothing: its key may come again with
// another body, as a form does that was corrected. Whoever lost the lease drops nothing.
func (s *Store) Forget(ctx context.Context, r Request) error {
	return s.giveUp(ctx, r, "forget", `
		delete from idempotency_key
		where principal = @principal and key_hash = @key and status is null and lease_until = @lease`)
}

func (s *Store) giveUp(ctx context.Context, r Request, what, query string) error {
	_, err := s.pool.Exec(ctx, query, pgx.NamedArgs{"principal": r.Principal, "key": hashed(r.Key), "lease": r.lease})
	if err != nil {
		return fmt.Errorf("%s request %s: %w", what, r.MessageID, clean(err))
	}
	return nil
}

// IdempotencyKept is how long an answer is given again.
const IdempotencyKept = 48 * time.Hour

// SweepRequests drops requests older than that, a bounded number at a time, and returns
// how many. Index: idempotency_by_age.
func (s *Store) SweepRequests(ctx context.Context, older time.Duration) (int, error) {
	tag, err := s.pool.Exec(ctx, `
		delete from idempotency_key k using (
			select principal, key_hash from idempotency_key where made_at < now() - $1::interval order by made_at limit 10000) old
		where k.principal = old.principal and k.key_hash = old.key_hash`, older)
	if err != nil {
		return 0, fmt.Errorf("sweep requests: %w", clean(err))
	}
	return int(tag.RowsAffected()), nil
}
