package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// InboundState is what became of something that came.
type InboundState string

const (
	InboundNew         InboundState = "new"
	InboundMatched     InboundState = "matched"     // its case has heard it
	InboundRepeated    InboundState = "repeated"    // its case had heard the same before
	InboundQuarantined InboundState = "quarantined" // nobody may believe it: a person looks
	InboundSettled     InboundState = "settled"     // a person has looked
)

// Inbound is what came from a payer, whole.
type Inbound struct {
	ID         string
	Payer      domain.PayerID
	Channel    domain.Channel
	CameAt     time.Time
	Bytes      []byte
	Submission *domain.SubmissionID // the send it came back on, or belongs to
	State      InboundState
	CaseID     *domain.CaseID
	ExchangeID *domain.ExchangeID
	Finding    string
}

const inboundColumns = `id, payer, channel, came_at, bytes, submission, state, case_id, exchange_id, finding`

const (
	insertInbound = `
		insert into inbound (id, payer, channel, came_at, bytes, sha256, submission)
		values (@id, @payer, @channel, @at, @bytes, @sha256, nullif(@submission, ''))
		on conflict (payer, sha256) do nothing
		returning ` + inboundColumns
	findInbound = `select ` + inboundColumns + ` from inbound where payer = @payer and sha256 = @sha256`
	// Index: inbound_new. What a working Submit will still judge itself is left to it a while.
	newInbound = `
		select ` + inboundColumns + ` from inbound
		where state = 'new' and (submission is null or came_at < now() - @grace::interval)
		order by came_at limit @limit`
	// Index: inbound_of_submission.
	inboundOf     = `select ` + inboundColumns + ` from inbound where submission = @submission order by came_at`
	settleInbound = `
		update inbound set state = @state, finding = @finding, submission = coalesce(nullif(@submission, ''), submission),
			case_id = nullif(@case, '')::uuid, exchange_id = nullif(@exchange, '')
		where id = @id and state = 'new'`
)

// KeepInbound stores what came before anyone judges it. The same bytes from the same payer
// are one row, however often they come: then it is returned, with false. At is when we had
// it: clocks of payers run from it.
func (s *Store) KeepInbound(ctx context.Context, payer domain.PayerID, channel domain.Channel, submission domain.SubmissionID, at time.Time, bytes []byte) (Inbound, bool, error) {
	sum := sha256.Sum256(bytes)
	args := pgx.NamedArgs{
		"id": uuid.Must(uuid.NewV7()).String(), "payer": payer, "channel": channel, "bytes": bytes, "sha256": sum[:], "submission": submission, "at": at,
	}
	kept, err := one[Inbound](ctx, s, insertInbound, args)
	if errors.Is(err, domain.ErrNotFound) {
		kept, err = one[Inbound](ctx, s, findInbound, args)
		return kept, false, wrapInbound(payer, err)
	}
	return kept, true, wrapInbound(payer, err)
}

func wrapInbound(payer domain.PayerID, err error) error {
	if err != nil {
		return fmt.Errorf("keep what came from %s: %w", payer, err)
	}
	return nil
}

// NewInbound is what nobody has judged yet, oldest first. What came back on a send is
// left out for a while: whoever sent it is at it.
func (s *Store) NewInbound(ctx context.Context, grace time.Duration, limit int) ([]Inbound, error) {
	all, err := collect[Inbound](ctx, s, newInbound, pgx.NamedArgs{"grace": grace, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("read new inbound: %w", err)
	}
	return all, nil
}

// InboundOf is everything that came back on a send or was matched to it.
func (s *Store) InboundOf(ctx context.Context, id domain.SubmissionID) ([]Inbound, error) {
	all, err := collect[Inbound](ctx, s, inboundOf, pgx.NamedArgs{"submission": id})
	if err != nil {
		return nil, fmt.Errorf("read inbound of submission %s: %w", id, err)
	}
	return all, nil
}

// Judged is what was found out about something that came.
type Judged struct {
	State   InboundState
	Of      *Submission // the send it answers, if it was found
	Finding string      // stable code of what is wrong with it
}

// SettleInbound says what became of a new inbound row. Once it is said it stays so.
func (s *Store) SettleInbound(ctx context.Context, id string, j Judged) error {
	args := pgx.NamedArgs{"id": id, "state": j.State, "finding": j.Finding, "submission": "", "case": "", "exchange": ""}
	if j.Of != nil {
		args["submission"], args["case"], args["exchange"] = j.Of.ID, j.Of.CaseID, j.Of.ExchangeID
	}
	if _, err := s.pool.Exec(ctx, settleInbound, args); err != nil {
		return fmt.Errorf("settle inbound %s: %w", id, clean(err))
	}
	return nil
}

// Alone runs do unless another process runs it under the same name, and reports whether
// it did. The lock goes with the connection: a process that is killed holds nothing.
func (s *Store) Alone(ctx context.Context, name string, do func(context.Context) error) (ran bool, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", name, clean(err))
	}
	defer conn.Release()
	const key = `hashtextextended('parley/' || $1, 0)`
	if err := conn.QueryRow(ctx, `select pg_try_advisory_lock(`+key+`)`, name).Scan(&ran); err != nil || !ran {
		return false, clean(err)
	}
	defer func() {
		// A connection that cannot unlock is not given back: closing it unlocks.
		if _, unlocked := conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock(`+key+`)`, name); unlocked != nil {
			err = errors.Join(err, conn.Conn().Close(context.WithoutCancel(ctx)))
		}
	}()
	return true, do(ctx)
}
