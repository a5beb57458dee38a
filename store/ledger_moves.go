package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/domain"
)

// before lists the states from which each state may be reached without more ado. To
// sending only [Ledger.MarkSending] leads, and from unknown only [Ledger.Resend].
var before = map[domain.SubmissionState][]domain.SubmissionState{
	domain.UnknownSend:  {domain.Sending},
	domain.Acknowledged: {domain.Sending, domain.UnknownSend},
	domain.Accepted:     {domain.Sending, domain.UnknownSend, domain.Acknowledged},
	domain.RejectedSend: {domain.Sending, domain.UnknownSend, domain.Acknowledged},
}

// move is one change of a send's state.
type move struct {
	to      domain.SubmissionState
	why     string // stable words, never a payer's
	trouble string // stable code
	by      domain.Actor
	had     *time.Time // when we had evidence that the payer has it
	sends   int        // by how much it changes how often bytes may have left
}

//go:embed submission_move.sql
var moveSubmission string

//go:embed submission_absent.sql
var provedAbsent string

// MarkSending says that bytes are about to leave. It reports false, with the send as it
// is, if they must not: only one caller ever hears true for a prepared send.
func (l Ledger) MarkSending(ctx context.Context, id domain.SubmissionID) (Submission, bool, error) {
	return l.change(ctx, id, move{to: domain.Sending, why: "bytes may leave", sends: 1},
		func(_ context.Context, _ pgx.Tx, sub Submission) (bool, error) {
			return sub.State == domain.Prepared && sub.Trouble != abandoned, nil
		})
}

// abandoned is the trouble of a prepared send that must never leave.
const abandoned = "abandoned"

// Abandon says that a prepared send must never leave. It reports false, with the send as
// it is, if its bytes may have left or it is abandoned already.
func (l Ledger) Abandon(ctx context.Context, id domain.SubmissionID) (Submission, bool, error) {
	return l.change(ctx, id, move{to: domain.Prepared, why: "never to leave", trouble: abandoned},
		func(_ context.Context, _ pgx.Tx, sub Submission) (bool, error) {
			return sub.State == domain.Prepared && sub.Trouble != abandoned, nil
		})
}

// Resend says that the same bytes are about to leave again. It reports false unless the
// send is unknown and proof that nothing arrived came after its bytes last may have left:
// a payer's 'not on file' by [Ledger.Absent], or a person who found out.
func (l Ledger) Resend(ctx context.Context, id domain.SubmissionID) (Submission, bool, error) {
	return l.change(ctx, id, move{to: domain.Sending, why: "proved absent: the same bytes again", sends: 1},
		func(ctx context.Context, tx pgx.Tx, sub Submission) (bool, error) {
			var proved bool
			err := tx.QueryRow(ctx, provedAbsent, pgx.NamedArgs{
				"id": sub.ID, "case": sub.CaseID, "exchange": sub.ExchangeID, "sending_at": sub.SendingAt,
			}).Scan(&proved)
			return sub.State == domain.UnknownSend && proved, err
		})
}

// Release says that nothing left after all of a send as MarkSending or Resend let it
// through; of a later one its caller knows nothing. A send that had left once before goes
// back to unknown, with the proof it was sent again upon.
func (l Ledger) Release(ctx context.Context, sent Submission, trouble string) (Submission, bool, error) {
	m := move{to: domain.Prepared, why: "nothing left", trouble: trouble, sends: -1}
	if sent.Sends > 1 {
		m = move{to: domain.UnknownSend, why: absentStill, trouble: trouble, sends: -1}
	}
	return l.change(ctx, sent.ID, m, func(_ context.Context, _ pgx.Tx, now Submission) (bool, error) {
		return now.State == domain.Sending && now.Sends == sent.Sends, nil
	})
}

// Unknown says that the send may or may not have arrived.
func (l Ledger) Unknown(ctx context.Context, id domain.SubmissionID, trouble string) (Submission, bool, error) {
	return l.change(ctx, id, move{to: domain.UnknownSend, why: "may have arrived", trouble: trouble}, nil)
}

// Evidence is why we know what became of a send at the payer's.
type Evidence struct {
	By      domain.Actor
	Why     string    // stable words
	Trouble string    // stable code, if something was wrong
	Had     time.Time // when we had it
}

func (e Evidence) move(to domain.SubmissionState) move {
	return move{to: to, why: e.Why, trouble: e.Trouble, by: e.By, had: &e.Had}
}

// Acknowledge says that the payer has it.
func (l Ledger) Acknowledge(ctx context.Context, id domain.SubmissionID, e Evidence) (Submission, bool, error) {
	return l.change(ctx, id, e.move(domain.Acknowledged), nil)
}

// Accept says that the payer took it up.
func (l Ledger) Accept(ctx context.Context, id domain.SubmissionID, e Evidence) (Submission, bool, error) {
	return l.change(ctx, id, e.move(domain.Accepted), nil)
}

// Reject says that the payer refused it.
func (l Ledger) Reject(ctx context.Context, id domain.SubmissionID, e Evidence) (Submission, bool, error) {
	return l.change(ctx, id, e.move(domain.RejectedSend), nil)
}

// Why a send is unknown and yet proved absent: submission_absent.sql looks for the prefix.
const (
	absentAsked = "absent: not on file, said to "
	absentStill = "absent: it was to be sent again, and nothing left"
)

// Absent keeps a payer's word, asked by an inquiry, that an unknown send is not on file.
// Whether its word is proof is the caller's to know.
func (l Ledger) Absent(ctx context.Context, id, inquiry domain.SubmissionID, by domain.Actor) error {
	_, _, err := l.change(ctx, id, move{to: domain.UnknownSend, why: absentAsked + string(inquiry), by: by},
		func(ctx context.Context, tx pgx.Tx, sub Submission) (bool, error) {
			var asked time.Time
			if err := tx.QueryRow(ctx, `select prepared_at from submission where id = $1`, inquiry).Scan(&asked); err != nil {
				return false, err
			}
			// Asked before the bytes left, it says nothing about them.
			return sub.State == domain.UnknownSend && sub.SendingAt != nil && asked.After(*sub.SendingAt), nil
		})
	return err
}

// change makes a move if the send stands where it may start. The send's row is locked
// first, then its case's: everyone who takes both takes them in this order.
func (l Ledger) change(ctx context.Context, id domain.SubmissionID, m move, may func(context.Context, pgx.Tx, Submission) (bool, error)) (sub Submission, moved bool, err error) {
	err = pgx.BeginFunc(ctx, l.s.pool, func(tx pgx.Tx) error {
		sub, err = submissionIn(ctx, tx, findSubmission+` for no key update`, pgx.NamedArgs{"id": id})
		if errors.Is(err, pgx.ErrNoRows) {
			return domain.ErrNotFound
		}
		if err != nil {
			return err
		}
		if may == nil {
			may = from(before[m.to])
		}
		if moved, err = may(ctx, tx, sub); err != nil || !moved {
			return err
		}
		was := sub.State
		sub, err = submissionIn(ctx, tx, moveSubmission, pgx.NamedArgs{
			"id": id, "state": m.to, "sends": m.sends, "trouble": m.trouble, "had": m.had,
		})
		if err != nil {
			return err
		}
		return told(ctx, tx, sub, was, m)
	})
	if err != nil {
		return Submission{}, false, fmt.Errorf("submission %s to %s: %w", id, m.to, clean(err))
	}
	return sub, moved, nil
}

func from(states []domain.SubmissionState) func(context.Context, pgx.Tx, Submission) (bool, error) {
	return func(_ context.Context, _ pgx.Tx, sub Submission) (bool, error) {
		for _, s := range states {
			if s == sub.State {
				return true, nil
			}
		}
		return false, nil
	}
}

// told writes the row of a state and the audit of it.
func told(ctx context.Context, tx pgx.Tx, sub Submission, was domain.SubmissionState, m move) error {
	_, err := tx.Exec(ctx, insertState, pgx.NamedArgs{"id": sub.ID, "state": m.to, "why": m.why})
	if err != nil {
		return err
	}
	by := m.by
	if by == (domain.Actor{}) {
		by = domain.ByCase
	}
	return auditCase(ctx, tx, sub.CaseID, time.Now(), auditEntry{
		What: "sent", By: by, Why: string(sub.ID) + ": " + m.why, Before: string(was), After: string(m.to),
	})
}

// violates reports whether an error is the breach of a constraint.
func violates(err error, constraint string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.ConstraintName == constraint
}
