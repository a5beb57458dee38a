package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/domain"
	"parley/payer"
	"parley/payer/translate"
	"parley/store"
)

const (
	pickupGrace = time.Minute // what came back on a send is its sender's to judge first
	pickupBatch = 200

	// hearPatience is for one case to take a message: one that cannot now keeps no other.
	hearPatience = 30 * time.Second
)

// Pickup fetches what payers leave in their mailboxes and judges everything that came and
// that nobody has judged. Of all workers one does it at a time; any number may run it. It
// returns when ctx ends. Interrupted anywhere, the next round finds what is left: an item
// is cleared only when it is kept, and a case hears the same answer once.
func (a *Activities) Pickup(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := a.Store.Alone(ctx, "pickup", a.PickupRound); err != nil && ctx.Err() == nil {
			a.Log.Warn("pickup.failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// PickupRound is one round of Pickup. A payer whose mailbox cannot be read, and a letter
// that cannot be judged now, keep no other from its turn.
func (a *Activities) PickupRound(ctx context.Context) error {
	var failed error
	for _, p := range a.Book().Profiles() {
		if p.Mailbox == nil {
			continue
		}
		if err := a.fetchAll(ctx, p); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	fresh, err := a.Store.NewInbound(ctx, pickupGrace, pickupBatch)
	if err != nil {
		return errors.Join(failed, err)
	}
	for _, in := range fresh {
		if err := a.judge(ctx, in); err != nil {
			failed = errors.Join(failed, fmt.Errorf("judge inbound %s: %w", in.ID, err))
		}
	}
	return failed
}

func (a *Activities) fetchAll(ctx context.Context, p *payer.Profile) error {
	items, err := a.Wire.Waiting(ctx, p.Slug)
	a.reached(ctx, p, string(p.Slug)+"/mailbox", err)
	if err != nil {
		return err
	}
	for _, item := range items {
		bytes, err := a.Wire.Fetch(ctx, p.Slug, item)
		if err != nil {
			return err
		}
		in, fresh, err := a.Store.KeepInbound(ctx, p.Slug, domain.ByX12, "", a.Now(), bytes)
		if err != nil {
			return err
		}
		a.Log.Info("inbound.kept", "inbound", in.ID, "payer", p.Slug, "bytes", len(bytes), "new", fresh)
		if err := a.Wire.Clear(ctx, p.Slug, item); err != nil {
			return err // it comes again, and is the same row
		}
	}
	return nil
}

// verdict is what was found out about something that came.
type verdict struct {
	payer    *payer.Profile
	of       *store.Submission
	repeated bool
	finding  string
}

// Findings that are not about bytes.
const (
	unmatched  = "unmatched"    // it names no send of ours to this payer
	caseIsOver = "case-is-over" // nobody is left to hear it
	notTaken   = "not-taken"    // no case can take it as it is
)

// judge finds whom something that came is for and tells them. An error leaves it for the
// next round.
func (a *Activities) judge(ctx context.Context, in store.Inbound) error {
	p, err := a.profile(ctx, in.Payer, 0)
	if errors.Is(err, domain.ErrNotFound) {
		p, err = &payer.Profile{Slug: in.Payer, Name: string(in.Payer)}, nil
	}
	if err != nil {
		return err
	}
	v := verdict{payer: p}
	parts, err := a.open(in)
	if err != nil {
		v.finding = findingOf(err)
		return a.judged(ctx, in, v)
	}
	v.repeated = true
	for _, part := range parts {
		of, repeated, finding, err := a.deliver(ctx, p, in, part)
		if err != nil {
			return err
		}
		if of != nil {
			v.of = of
		}
		v.repeated = v.repeated && repeated
		if finding != "" {
			v.finding = finding
		}
	}
	return a.judged(ctx, in, v)
}

func (a *Activities) open(in store.Inbound) (parts []translate.Part, err error) {
	defer func() {
		if recover() != nil {
			a.Log.Error("inbound.panicked", "inbound", in.ID)
			err = translate.ErrUnreadable
		}
	}()
	return translate.Open(in.Bytes)
}

// deliver gives one part to the case it is for. The finding says why it was not.
func (a *Activities) deliver(ctx context.Context, p *payer.Profile, in store.Inbound, part translate.Part) (of *store.Submission, repeated bool, finding string, err error) {
	sub, err := a.sendOf(ctx, in, part)
	if errors.Is(err, domain.ErrNotFound) {
		return nil, false, unmatched, nil
	}
	if err != nil {
		return nil, false, "", err
	}
	answer, why := a.hearSafely(p, sub, in, part)
	if why != "" {
		return &sub, false, why, nil
	}
	if repeated, err = a.heardBefore(ctx, p, sub, in, answer.ID); err != nil {
		return nil, false, "", err
	}
	was := sub.State
	now, err := a.settled(ctx, p, sub, answer, "")
	if err != nil {
		return nil, false, "", err
	}
	if repeated || answer.Said == domain.Received && !answer.MoreFollows && now.State == was && was != domain.Acknowledged {
		return &now, repeated, "", nil // the case knows it, or knows more
	}
	if domain.Check(answer) != nil {
		return &now, false, notTaken, nil
	}
	ctx, cancel := context.WithTimeout(ctx, hearPatience)
	defer cancel()
	switch err := a.Cases.Hear(ctx, sub.CaseID, answer); {
	case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrConflict):
		return &now, false, caseIsOver, nil
	case err != nil:
		return nil, false, "", err
	}
	return &now, false, "", nil
}

func (a *Activities) hearSafely(p *payer.Profile, sub store.Submission, in store.Inbound, part translate.Part) (answer domain.Answer, finding string) {
	defer func() {
		if recover() != nil {
			a.Log.Error("inbound.panicked", "inbound", in.ID)
			finding = findingOf(translate.ErrUnreadable)
		}
	}()
	q, err := translate.Asked(sub.Bytes)
	if err == nil {
		answer, err = a.hear(p, sub, in, q, part)
	}
	if err != nil {
		return domain.Answer{}, findingOf(err)
	}
	return answer, ""
}

// sendOf finds the send a part is about, by the numbers of ours that it carries; what
// carries none is about the send it came back on. A send to another payer is none.
func (a *Activities) sendOf(ctx context.Context, in store.Inbound, part translate.Part) (store.Submission, error) {
	controls := make([]string, 0, 3)
	if part.Control != "" {
		controls = append(controls, part.Control)
	}
	for _, trace := range part.Traces {
		if control, ok := store.ControlOf(part.Sender, part.Receiver, trace); ok {
			controls = append(controls, control)
		}
	}
	for _, control := range controls {
		sub, err := a.ledger.ByControl(ctx, part.Sender, part.Receiver, control)
		if err == nil && sub.Payer != in.Payer {
			continue
		}
		if !errors.Is(err, domain.ErrNotFound) {
			return sub, err
		}
	}
	if in.Submission != nil {
		return a.ledger.Submission(ctx, *in.Submission)
	}
	return store.Submission{}, domain.ErrNotFound
}

// heardBefore reports whether an answer stands in an earlier row of the same send that
// its case has heard.
func (a *Activities) heardBefore(ctx context.Context, p *payer.Profile, sub store.Submission, in store.Inbound, id domain.MessageID) (bool, error) {
	rows, err := a.Store.InboundOf(ctx, sub.ID)
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		if row.ID == in.ID || row.State != store.InboundMatched {
			continue
		}
		h := a.heard(p, sub, row)
		for _, had := range h.all() {
			if had.ID == id {
				return true, nil
			}
		}
	}
	return false, nil
}

// judged keeps a verdict. What is not believed first becomes a person's: the row leaves
// 'new' only when its escalation is there.
func (a *Activities) judged(ctx context.Context, in store.Inbound, v verdict) error {
	j := store.Judged{State: store.InboundMatched, Of: v.of, Finding: v.finding}
	switch {
	case v.finding != "":
		j.State = store.InboundQuarantined
		if err := a.escalate(ctx, in, v); err != nil {
			return err
		}
	case v.repeated:
		j.State = store.InboundRepeated
	}
	a.Log.Info("inbound.judged", "inbound", in.ID, "payer", in.Payer, "state", j.State, "finding", v.finding)
	return a.Store.SettleInbound(ctx, in.ID, j)
}

// escalate opens the one escalation of an inbound row. Its ID follows from the row's.
func (a *Activities) escalate(ctx context.Context, in store.Inbound, v verdict) error {
	trouble := domain.AnswerUnmatched
	if v.finding == findingOf(translate.ErrUnreadable) || v.finding == findingOf(translate.ErrOtherKind) {
		trouble = domain.AnswerUnreadable
	}
	start := a.escalation(domain.ChildID("inbound", in.ID), v.payer, trouble, in.CameAt)
	start.Subject, start.Finding = in.ID, v.finding
	if v.of != nil {
		start.Related = []domain.CaseID{v.of.CaseID}
	}
	return a.openOnce(ctx, start)
}

func (a *Activities) escalation(id domain.CaseID, p *payer.Profile, trouble domain.TroubleKind, since time.Time) domain.NewEscalation {
	return domain.NewEscalation{
		Opening: domain.Opening{
			CaseID: id, Kind: domain.Escalation, By: domain.ByCase, At: a.Now().UTC(), Facility: a.Desk.Facility, Zone: a.Desk.Zone,
		},
		Payer: p.Slug, Name: p.Name, Trouble: trouble, Since: since.UTC(),
	}
}

// openOnce opens an escalation; one that is over already was opened before.
func (a *Activities) openOnce(ctx context.Context, start domain.NewEscalation) error {
	ctx, cancel := context.WithTimeout(ctx, hearPatience)
	defer cancel()
	_, err := a.Cases.Open(ctx, start.CaseID, domain.Escalation, start)
	if errors.Is(err, domain.ErrConflict) {
		return nil
	}
	return err
}
