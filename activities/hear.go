package activities

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"parley/domain"
	"parley/payer"
	"parley/payer/translate"
	"parley/store"
)

// hearing is what something that came says to one send.
type hearing struct {
	answer  *domain.Answer  // a decision, a pend, a reject; the first if there are several
	more    []domain.Answer // and those after it
	has     *domain.Answer  // the mere word that the payer has it: TA1, 999
	finding string          // why some of it was not believed
}

// heard translates everything in an inbound row that is about a send. It depends on the
// two rows alone: heard again, it says the same.
func (a *Activities) heard(p *payer.Profile, sub store.Submission, in store.Inbound) (h hearing) {
	defer func() {
		if recover() != nil { // whatever a payer sends must not end the worker
			a.Log.Error("inbound.panicked", "inbound", in.ID)
			h = hearing{finding: findingOf(translate.ErrUnreadable)}
		}
	}()
	parts, err := translate.Open(in.Bytes)
	if err != nil {
		return hearing{finding: findingOf(err)}
	}
	q, err := translate.Asked(sub.Bytes)
	if err != nil {
		return hearing{finding: findingOf(err)}
	}
	for _, part := range parts {
		h.take(a.hear(p, sub, in, q, part))
	}
	return h
}

// hear is what one part says.
func (a *Activities) hear(p *payer.Profile, sub store.Submission, in store.Inbound, q *translate.Question, part translate.Part) (domain.Answer, error) {
	answer, err := part.Answer(q, in.CameAt)
	if err != nil {
		return domain.Answer{}, err
	}
	answer.Exchange, answer.By = sub.ExchangeID, domain.ByPayer(p.Slug, p.Name)
	answer.ID = answerID(sub.ID, answer)
	return answer, nil
}

func (h *hearing) take(answer domain.Answer, err error) {
	switch {
	case err != nil:
		if h.finding == "" {
			h.finding = findingOf(err)
		}
	case answer.Said == domain.Received && !answer.MoreFollows:
		h.has = &answer
	case h.answer == nil:
		h.answer = &answer
	case !slices.ContainsFunc(h.all(), func(had domain.Answer) bool { return had.ID == answer.ID }):
		h.more = append(h.more, answer)
	}
}

// all are the answers but for the mere word that the payer has it.
func (h *hearing) all() []domain.Answer {
	if h.answer == nil {
		return nil
	}
	return append([]domain.Answer{*h.answer}, h.more...)
}

// answerID names an answer by the send it answers and by what it says: the same told at
// once and again through the mailbox is one message.
func answerID(sub domain.SubmissionID, a domain.Answer) domain.MessageID {
	a.ID, a.At = "", time.Time{}
	said, err := json.Marshal(a)
	if err != nil {
		panic(err) // plain data
	}
	return messageID(string(sub), string(said))
}

var findings = []error{
	translate.ErrUnreadable, translate.ErrOtherPatient, translate.ErrOtherTrace, translate.ErrOtherUsage, translate.ErrOtherKind,
}

// findingOf is the stable code of why something is not believed.
func findingOf(err error) string {
	for _, f := range findings {
		if errors.Is(err, f) {
			return f.Error()
		}
	}
	return translate.ErrUnreadable.Error()
}

// answered makes of an inbound row, kept already, the receipt of the send it came back
// on. What cannot be believed leaves the send unknown and goes to people.
func (a *Activities) answered(ctx context.Context, p *payer.Profile, sub store.Submission, in store.Inbound) (domain.Receipt, error) {
	h := a.heard(p, sub, in)
	var err error
	switch {
	case h.answer != nil:
		sub, err = a.settled(ctx, p, sub, *h.answer, h.finding)
	case h.has != nil:
		sub, err = a.settled(ctx, p, sub, *h.has, h.finding)
	default:
		if _, err = a.unknown(ctx, sub, h.finding); err == nil {
			sub, err = a.ledger.Submission(ctx, sub.ID)
		}
	}
	if err != nil {
		return domain.Receipt{}, err
	}
	if ctx.Err() != nil {
		// Nobody waits for this attempt any more: its receipt is lost. The row stays new,
		// and the pickup tells the case.
		return receiptOf(sub, h.answer), nil
	}
	for _, more := range h.more {
		if err := a.Cases.Hear(ctx, sub.CaseID, more); err != nil {
			a.Log.Warn("inbound.left", "inbound", in.ID, "submission", sub.ID)
			return receiptOf(sub, h.answer), nil
		}
	}
	if err := a.judged(ctx, in, verdict{payer: p, of: &sub, finding: h.finding}); err != nil {
		a.Log.Warn("inbound.left", "inbound", in.ID, "submission", sub.ID) // the pickup judges it
	}
	return receiptOf(sub, h.answer), nil
}

// settled tells the ledger what an answer means for its send, and for the send it was
// asked after if it answers an inquiry. Told again, the ledger finds it so.
func (a *Activities) settled(ctx context.Context, p *payer.Profile, sub store.Submission, answer domain.Answer, finding string) (now store.Submission, err error) {
	e := store.Evidence{By: answer.By, Why: "answered: " + string(answer.Said), Trouble: finding, Had: answer.At}
	move := a.ledger.Accept
	switch answer.Said {
	case domain.Rejected:
		move = a.ledger.Reject
	case domain.Received:
		if !answer.MoreFollows {
			move = a.ledger.Acknowledge
		}
	default: // the same for every decision
	}
	err = a.lasting(ctx, func(ctx context.Context) error {
		if now, _, err = move(ctx, sub.ID, e); err != nil || sub.Kind != domain.AskStatus {
			return err
		}
		return a.askedAfter(ctx, p, sub, answer)
	})
	return now, err
}

// askedAfter tells the ledger what an inquiry found out about the send it asked after.
func (a *Activities) askedAfter(ctx context.Context, p *payer.Profile, inquiry store.Submission, answer domain.Answer) error {
	q, err := translate.Asked(inquiry.Bytes)
	if err != nil {
		return err
	}
	control, ok := store.ControlOf(inquiry.Sender, inquiry.Receiver, q.About)
	if !ok {
		return nil // asked by the payer's number alone: no send of ours is in doubt
	}
	sub, err := a.ledger.ByControl(ctx, inquiry.Sender, inquiry.Receiver, control)
	if errors.Is(err, domain.ErrNotFound) || err == nil && sub.CaseID != inquiry.CaseID {
		return nil
	}
	if err != nil {
		return err
	}
	switch answer.Said {
	case domain.NotOnFile:
		if p.Terms.AbsenceIsProof {
			return a.ledger.Absent(ctx, sub.ID, inquiry.ID, answer.By)
		}
		return nil
	case domain.Rejected, domain.ContactPayer, domain.Received:
		return nil // about the inquiry, or about nothing certain
	default: // the same for every decision
	}
	_, _, err = a.ledger.Acknowledge(ctx, sub.ID, store.Evidence{By: answer.By, Why: "found by asking", Had: answer.At})
	return err
}
