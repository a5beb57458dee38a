package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/domain"
	"parley/payer"
	"parley/payer/connector"
	"parley/payer/translate"
	"parley/store"
)

// Submit sends one question to a payer and returns what became of it, with the answer if
// it came at once. Temporal may run it again after any failure, so the ledger, not the
// retry policy, decides whether bytes may leave: run twice, the second finds the first's
// row and reports what is known of it. An attempt that finds 'sending' and no answer makes
// it unknown, since another attempt's bytes may have arrived; it never sends.
//
// An error says that nothing has left, or that the ledger could not be asked: a try later
// is right. Cancelling does not cut bytes in the middle: it ends when the send has. To
// abandon a request is to hear what is known of it and to know that it will never leave.
func (a *Activities) Submit(ctx context.Context, req domain.Request) (domain.Receipt, error) {
	defer beating(ctx)()
	p, err := a.profile(ctx, req.Payer, req.Profile)
	if errors.Is(err, domain.ErrNotFound) || err == nil && p.Transport(req.Kind).By == payer.ByHand {
		return domain.Receipt{Submission: req.Submission, ByHand: true}, nil
	}
	if err != nil {
		return domain.Receipt{}, err
	}
	a.crash(beforeLedgerRow)
	sub, err := a.prepare(ctx, p, req)
	var unwritable *translate.Unwritable
	if errors.As(err, &unwritable) {
		return a.unsent(p, req, unwritable), nil
	}
	if err != nil {
		return domain.Receipt{}, err
	}
	if ctx.Err() != nil {
		return domain.Receipt{}, ctx.Err() // nothing has left
	}
	sub, marked, may, err := a.admit(ctx, sub, req)
	if err != nil {
		return domain.Receipt{}, err
	}
	if !may {
		return a.known(ctx, p, sub)
	}
	a.crash(afterSending)
	r, err := a.send(ctx, p, sub, marked)
	if err == nil {
		a.crash(afterCommit)
	}
	return r, err
}

func (a *Activities) prepare(ctx context.Context, p *payer.Profile, req domain.Request) (store.Submission, error) {
	at := a.Now()
	return a.ledger.Prepare(ctx, store.NewSubmission{
		ID: req.Submission, Exchange: req.Exchange, Case: req.Case, Payer: req.Payer, Kind: req.Kind,
		Sender: p.X12.Sender.ID, Receiver: p.X12.Receiver.ID,
	}, func(n store.Numbers) ([]byte, error) {
		return translate.Write(p, req, translate.Numbers{Control: n.Control, Set: n.Set, Trace: n.Trace, At: at})
	})
}

// unsent is the receipt of a request that cannot be written: it reads like a payer's
// reject, since the same people correct it. No row is kept of what was never made.
func (a *Activities) unsent(p *payer.Profile, req domain.Request, why *translate.Unwritable) domain.Receipt {
	answer := domain.Answer{
		Exchange: req.Exchange, Channel: domain.ByX12, Said: domain.Rejected, Rejects: why.Rejects, At: a.Now().UTC(), By: domain.ByCase,
	}
	answer.ID = answerID(req.Submission, answer)
	a.Log.Info("submission.unwritable", "submission", req.Submission, "payer", p.Slug, "faults", len(why.Rejects))
	return domain.Receipt{Submission: req.Submission, State: domain.RejectedSend, Answer: &answer, Trouble: "unwritable"}
}

// admit asks the ledger whether bytes may leave now. Marked is the instant before it said
// so: what has not begun to leave soon after it must not begin.
func (a *Activities) admit(ctx context.Context, sub store.Submission, req domain.Request) (now store.Submission, marked time.Time, may bool, err error) {
	marked = time.Now()
	switch {
	case req.Abandon:
		now, _, err = a.ledger.Abandon(ctx, sub.ID)
		return now, marked, false, err
	case sub.State == domain.Prepared:
		now, may, err = a.ledger.MarkSending(ctx, sub.ID)
		return now, marked, may, err
	case sub.State == domain.UnknownSend && req.Resend:
		return a.resend(ctx, sub.ID)
	}
	return sub, marked, false, nil
}

func (a *Activities) resend(ctx context.Context, id domain.SubmissionID) (sub store.Submission, marked time.Time, may bool, err error) {
	for until := time.Now().Add(a.ProofPatience); ; {
		marked = time.Now()
		sub, may, err = a.ledger.Resend(ctx, id)
		if err != nil || may || sub.State != domain.UnknownSend || marked.After(until) {
			return sub, marked, may, err
		}
		select {
		case <-ctx.Done():
			return sub, marked, false, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// send lets the bytes go and keeps what became of them. From here on nothing that ends
// the activity may end the send.
func (a *Activities) send(ctx context.Context, p *payer.Profile, sub store.Submission, marked time.Time) (domain.Receipt, error) {
	began := time.Now()
	reply, err := a.Wire.Send(context.WithoutCancel(ctx), payer.Envelope{
		Payer: sub.Payer, Kind: sub.Kind, Bytes: sub.Bytes, Marked: marked, Wrote: a.Crashpoint,
	})
	a.Log.Info("submission.sent", "submission", sub.ID, "payer", sub.Payer, "took", time.Since(began), "trouble", troubleOf(err))
	a.reached(context.WithoutCancel(ctx), p, string(p.Slug), err)
	switch {
	case connector.NothingSent(err):
		released := a.lasting(ctx, func(ctx context.Context) error {
			_, _, err := a.ledger.Release(ctx, sub, connector.CodeOf(err))
			return err
		})
		if released == nil && ctx.Err() != nil {
			return domain.Receipt{}, ctx.Err() // called off, and nothing has left
		}
		return domain.Receipt{}, errors.Join(err, released)
	case err != nil:
		return a.unknown(ctx, sub, connector.CodeOf(err))
	case reply.Refused:
		return a.refused(ctx, p, sub, reply.Status)
	}
	a.crash(afterAnswer)
	var kept store.Inbound
	err = a.lasting(ctx, func(ctx context.Context) error {
		kept, _, err = a.Store.KeepInbound(ctx, sub.Payer, domain.ByX12, sub.ID, a.Now(), reply.Bytes)
		return err
	})
	if err != nil {
		return domain.Receipt{}, err // the next attempt finds 'sending' and asks
	}
	return a.answered(ctx, p, sub, kept)
}

func (a *Activities) unknown(ctx context.Context, sub store.Submission, trouble string) (r domain.Receipt, err error) {
	err = a.lasting(ctx, func(ctx context.Context) error {
		now, _, err := a.ledger.Unknown(ctx, sub.ID, trouble)
		r = now.Receipt()
		return err
	})
	return r, err
}

// refused keeps the payer's word, by its HTTP status, that it took nothing.
func (a *Activities) refused(ctx context.Context, p *payer.Profile, sub store.Submission, status int) (r domain.Receipt, err error) {
	trouble := fmt.Sprintf("http-%d", status)
	err = a.lasting(ctx, func(ctx context.Context) error {
		sub, _, err = a.ledger.Reject(ctx, sub.ID, store.Evidence{
			By: domain.ByPayer(p.Slug, p.Name), Why: "refused at the door", Trouble: trouble, Had: a.Now(),
		})
		return err
	})
	if err != nil {
		return domain.Receipt{}, err
	}
	return receiptOf(sub, a.refusal(p, sub)), nil
}

func (a *Activities) refusal(p *payer.Profile, sub store.Submission) *domain.Answer {
	at := a.Now().UTC()
	if sub.SettledAt != nil {
		at = sub.SettledAt.UTC()
	}
	answer := domain.Answer{
		Exchange: sub.ExchangeID, Channel: domain.ByX12, Said: domain.Rejected, At: at, By: domain.ByPayer(p.Slug, p.Name),
		Rejects: []domain.Reject{{Code: sub.Trouble, Words: p.Name + "'s front door took nothing and said so"}},
	}
	answer.ID = answerID(sub.ID, answer)
	return &answer
}

// known is the receipt of a send that an earlier attempt began, or that must not begin.
// What came back is read again from where it was kept: it says the same as it did then.
func (a *Activities) known(ctx context.Context, p *payer.Profile, sub store.Submission) (domain.Receipt, error) {
	came, err := a.Store.InboundOf(ctx, sub.ID)
	if err != nil {
		return domain.Receipt{}, err
	}
	if sub.State == domain.Sending || sub.State == domain.UnknownSend {
		for _, in := range came {
			if in.State == store.InboundNew {
				return a.answered(ctx, p, sub, in)
			}
		}
	}
	if sub.State == domain.Sending {
		r, err := a.unknown(ctx, sub, "interrupted")
		if err != nil || r.State == domain.UnknownSend {
			return r, err
		}
		// The attempt that sent it lived after all, and has just said what became of it.
		if r.State == domain.Prepared {
			return domain.Receipt{}, fmt.Errorf("submit %s: nothing left, another attempt may: %w", sub.ID, domain.ErrUnavailable)
		}
		if sub, err = a.ledger.Submission(ctx, sub.ID); err != nil {
			return domain.Receipt{}, err
		}
		return a.known(ctx, p, sub)
	}
	if sub.State == domain.RejectedSend && len(came) == 0 {
		return receiptOf(sub, a.refusal(p, sub)), nil
	}
	for _, in := range came {
		if h := a.heard(p, sub, in); h.answer != nil {
			return receiptOf(sub, h.answer), nil
		}
	}
	return receiptOf(sub, nil), nil
}

func receiptOf(sub store.Submission, answer *domain.Answer) domain.Receipt {
	r := sub.Receipt()
	r.Answer = answer
	return r
}

// SettleSend tells the ledger what a case found out about a send of which nobody knew
// whether it had arrived. Told twice, or told what the ledger knows already, it changes
// nothing.
func (a *Activities) SettleSend(ctx context.Context, s domain.Settlement) (struct{}, error) {
	e := store.Evidence{By: s.By, Why: s.Why, Had: a.Now()}
	var err error
	switch s.State {
	case domain.Acknowledged:
		_, _, err = a.ledger.Acknowledge(ctx, s.Submission, e)
	case domain.Accepted:
		_, _, err = a.ledger.Accept(ctx, s.Submission, e)
	case domain.RejectedSend:
		_, _, err = a.ledger.Reject(ctx, s.Submission, e)
	default:
		err = fmt.Errorf("settle submission %s as %s: %w", s.Submission, s.State, domain.ErrInvalid)
	}
	return struct{}{}, err
}

func troubleOf(err error) string {
	if err == nil {
		return ""
	}
	return connector.CodeOf(err)
}
