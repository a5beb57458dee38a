package store

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// Ledger is the book of sends to payers. It alone decides whether bytes may leave:
//
//	prepared ─► sending ─► acknowledged ─► accepted | rejected
//	   ▲          │  ▲ proved absent            ▲
//	   └ nothing  │  └──────── unknown ─────────┘ an answer, or found by asking
//	     left     └───────────────▲ may have arrived
//
// Every change is one transaction that names the states it may start from; it writes the
// state's row and an audit row with it. Called again, a change finds that it has happened.
type Ledger struct{ s *Store }

// Ledger is the ledger of the store's database.
func (s *Store) Ledger() Ledger { return Ledger{s} }

// Submission is one send as the ledger knows it.
type Submission struct {
	ID           domain.SubmissionID
	ExchangeID   domain.ExchangeID
	CaseID       domain.CaseID
	Payer        domain.PayerID
	Kind         domain.RequestKind
	State        domain.SubmissionState
	Sender       string // ISA06
	Receiver     string // ISA08
	Control      string // ISA13
	GroupControl string // GS06
	SetControl   string // ST02
	Trace        string // TRN02 of a request, BHT03 of all
	Bytes        []byte
	Sends        int // how often bytes may have left
	PreparedAt   time.Time
	SendingAt    *time.Time
	SettledAt    *time.Time
	ReceivedAt   *time.Time
	Trouble      string
}

// Receipt is what a case is told of the send, but for the payer's answer.
func (s Submission) Receipt() domain.Receipt {
	r := domain.Receipt{
		Submission: s.ID, State: s.State, Control: s.Control, Trace: s.Trace, Received: s.ReceivedAt, Trouble: s.Trouble,
	}
	if s.SendingAt != nil {
		r.SentAt = *s.SendingAt
	}
	return r
}

// NewSubmission is a send to be prepared.
type NewSubmission struct {
	ID       domain.SubmissionID
	Exchange domain.ExchangeID
	Case     domain.CaseID
	Payer    domain.PayerID
	Kind     domain.RequestKind
	Sender   string
	Receiver string
}

// Numbers are what a send is known by. They are used once, whatever becomes of it.
type Numbers struct {
	Control int    // of the interchange and of its group
	Set     string // ST02
	Trace   string
}

// lastControl is the highest ISA13: nine digits.
const lastControl = 999_999_999

const submissionColumns = `
	id, exchange_id, case_id, payer, kind, state, sender, receiver, control, group_control, set_control, trace,
	bytes, sends, prepared_at, sending_at, settled_at, received_at, trouble`

const (
	findSubmission = `select ` + submissionColumns + ` from submission where id = @id`
	// Index: the unique key over sender, receiver and control.
	findByControl = `
		select ` + submissionColumns + ` from submission
		where sender = @sender and receiver = @receiver and control = @control`
	nextControl = `
		insert into control_number (sender, receiver, last) values (@sender, @receiver, 1)
		on conflict (sender, receiver) do update set last = control_number.last + 1
		returning last`
	insertExchange = `
		insert into exchange (id, case_id, payer, kind, trace) values (@exchange, @case, @payer, @kind, @trace)
		on conflict (id) do update set trace = excluded.trace`
	insertSubmission = `
		insert into submission (id, exchange_id, case_id, payer, kind, state, sender, receiver, control, group_control,
			set_control, trace, bytes, bytes_sha256)
		values (@id, @exchange, @case, @payer, @kind, 'prepared', @sender, @receiver, @control, @group, @set, @trace, @bytes, @sha256)
		returning ` + submissionColumns
	insertState = `insert into submission_state (submission_id, state, why) values (@id, @state, @why)`
)

// Prepare commits a send's numbers and bytes before any of them may leave. A send that is
// there already is returned as it is, and build is not called: the bytes of a send are
// made once. An error of build is returned as it is and leaves nothing behind.
func (l Ledger) Prepare(ctx context.Context, n NewSubmission, build func(Numbers) ([]byte, error)) (Submission, error) {
	there, err := l.Submission(ctx, n.ID)
	if !errors.Is(err, domain.ErrNotFound) {
		return there, err
	}
	var sub Submission
	err = pgx.BeginFunc(ctx, l.s.pool, func(tx pgx.Tx) error {
		var refused error
		sub, refused = l.prepare(ctx, tx, n, build)
		return refused
	})
	if violates(err, "submission_pkey") { // another attempt was first
		return l.Submission(ctx, n.ID)
	}
	if err != nil {
		return Submission{}, fmt.Errorf("prepare submission %s: %w", n.ID, clean(err))
	}
	return sub, nil
}

func (l Ledger) prepare(ctx context.Context, tx pgx.Tx, n NewSubmission, build func(Numbers) ([]byte, error)) (Submission, error) {
	args := pgx.NamedArgs{
		"id": n.ID, "exchange": n.Exchange, "case": n.Case, "payer": n.Payer, "kind": n.Kind,
		"sender": n.Sender, "receiver": n.Receiver,
	}
	numbers := Numbers{Set: "0001"}
	if err := tx.QueryRow(ctx, nextControl, args).Scan(&numbers.Control); err != nil {
		return Submission{}, err
	}
	if numbers.Control > lastControl {
		return Submission{}, fmt.Errorf("control numbers of %s to %s are used up", n.Sender, n.Receiver)
	}
	numbers.Trace = TraceOf(n.Sender, n.Receiver, numbers.Control)
	bytes, err := build(numbers)
	if err != nil {
		return Submission{}, err
	}
	sum := sha256.Sum256(bytes)
	args["control"], args["group"] = fmt.Sprintf("%09d", numbers.Control), fmt.Sprint(numbers.Control)
	args["set"], args["trace"], args["bytes"], args["sha256"] = numbers.Set, numbers.Trace, bytes, sum[:]
	if _, err := tx.Exec(ctx, insertExchange, args); err != nil {
		return Submission{}, err
	}
	sub, err := submissionIn(ctx, tx, insertSubmission, args)
	if err != nil {
		return Submission{}, err
	}
	return sub, told(ctx, tx, sub, "", move{to: domain.Prepared, why: "numbers and bytes are kept"})
}

// traceLead begins the traces of ours to one receiver: four characters of a digest tell
// apart what goes to several payers behind one clearinghouse.
func traceLead(sender, receiver string) string {
	sum := sha256.Sum256([]byte(sender + "\x00" + receiver))
	return "P" + base32.StdEncoding.EncodeToString(sum[:])[:4]
}

// TraceOf is the trace number of the send from sender to receiver with a control number.
func TraceOf(sender, receiver string, control int) string {
	return fmt.Sprintf("%s%09d", traceLead(sender, receiver), control)
}

// ControlOf is the inverse of [TraceOf], as ISA13 has it: what answers carry leads back
// to one row without an index of its own.
func ControlOf(sender, receiver, trace string) (control string, ok bool) {
	control, ok = strings.CutPrefix(trace, traceLead(sender, receiver))
	if !ok || len(control) != 9 || strings.Trim(control, "0123456789") != "" {
		return "", false
	}
	return control, true
}

// Submission reads a send; none is [domain.ErrNotFound].
func (l Ledger) Submission(ctx context.Context, id domain.SubmissionID) (Submission, error) {
	sub, err := one[Submission](ctx, l.s, findSubmission, pgx.NamedArgs{"id": id})
	if err != nil {
		return Submission{}, fmt.Errorf("read submission %s: %w", id, err)
	}
	return sub, nil
}

// ByControl reads the send that went from sender to receiver under a control number.
func (l Ledger) ByControl(ctx context.Context, sender, receiver, control string) (Submission, error) {
	sub, err := one[Submission](ctx, l.s, findByControl, pgx.NamedArgs{"sender": sender, "receiver": receiver, "control": control})
	if err != nil {
		return Submission{}, fmt.Errorf("read submission by control number: %w", err)
	}
	return sub, nil
}

// submissionIn runs a statement that returns a send, in a transaction.
func submissionIn(ctx context.Context, tx pgx.Tx, query string, args pgx.NamedArgs) (Submission, error) {
	rows, err := tx.Query(ctx, query, args)
	if err != nil {
		return Submission{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Submission])
}
