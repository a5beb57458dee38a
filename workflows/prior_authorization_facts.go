package workflows

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/workflows/flow"
)

// admitFact judges what the case is told. It only reads.
func admitFact(f *AuthorizationFile, t domain.Tell) error {
	switch t.What {
	case domain.TellCorrection:
		var body domain.FactsCorrected
		if err := flow.Decode(t.Body, &body); err != nil {
			return err
		}
		if err := domain.Check(body); err != nil {
			return err
		}
		_, _, err := f.Order.With(body.Corrections)
		return err
	case domain.TellServiceDone:
		var body domain.ServiceDone
		if err := flow.Decode(t.Body, &body); err != nil {
			return err
		}
		return domain.Check(body)
	}
	return &domain.Invalid{Fields: []domain.FieldError{{Pointer: "/what", Code: "oneof", Detail: "a prior authorization knows no such fact"}}}
}

// toldFact takes a fact that no stage was waiting for, and says which stage goes on.
func toldFact(_ workflow.Context, c *flow.Case, f *AuthorizationFile, t domain.Tell) (string, error) {
	if t.What == domain.TellServiceDone {
		var done domain.ServiceDone
		if err := json.Unmarshal(t.Body, &done); err != nil {
			return "", err // it was decoded when it was admitted
		}
		f.Done = &done
		c.Say(domain.ToldPeople, t.By, "The service was done on %s, before the payer's decision was used", done.On.Words())
		return "", nil
	}
	var body domain.FactsCorrected
	if err := json.Unmarshal(t.Body, &body); err != nil {
		return "", err // it was decoded when it was admitted
	}
	if err := f.correct(c, t.By, t.Why, body.Corrections); err != nil {
		// It fitted when it was admitted; a fact that changed since no longer lets it.
		c.Say(domain.ToldPeople, t.By, "A correction no longer fits and was not made: %v", err)
	}
	return f.whereItStands(), nil
}

// heardUnasked takes a payer's word that no stage was listening for: told to a person
// before the payer was asked by us, or a second thought.
func heardUnasked(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, a domain.Answer) (string, error) {
	if f.Need == nil { // its terms are needed to go on
		need, err := flow.CheckNeed.Read(ctx, domain.NeedQuestion{Order: f.Order, At: workflow.Now(ctx)})
		if err != nil {
			return "", err
		}
		f.Need = &need
	}
	if !f.Question.Left() {
		about := f.about(a)
		f.askedElsewhere(c, a.At, earliest(a.Received, a.At), a.Channel, a.Reference)
		if about == 0 {
			a.Exchange = f.Question.Request.Exchange
		}
	}
	if f.Question.Receipt.State == domain.UnknownSend && a.Said != domain.NotOnFile && f.about(a) >= 0 { // whoever answers has the request
		if err := c.Arrived(ctx, f.Question, a, "its answer came"); err != nil {
			return "", err
		}
	}
	if c.Stage == domain.StageAppeal {
		if rule, known := domain.AppealRule(f.Order.Coverage, domain.DateOf(a.At, domain.Zone(c.Zone)), "", c.Zone); known && f.Appeal != nil && f.Appeal.Filed != nil {
			return domain.StageClose, f.appealAnswered(c, a, rule)
		}
	}
	f.take(c, a)
	if f.Question.Receipt.State == domain.UnknownSend {
		return domain.StageAskPayer, nil
	}
	return domain.StageAnswerPayer, nil
}

// changesNothing tells a payer's word that says less than is known already: a pend that was
// overtaken on the way, a refusal of an inquiry or of a request that has been made anew.
func changesNothing(f *AuthorizationFile, a domain.Answer) bool {
	about, decided := f.about(a), f.decided() && f.Decision.Meaning != domain.MeansRejected
	switch a.Said {
	case domain.Rejected:
		return about != 0
	case domain.Pended, domain.NotOnFile:
		return decided || about < 0
	case domain.Received:
		return decided || about != 0 || f.Decision.Meaning == domain.MeansPended || f.Decision.Meaning == domain.MeansUnclear
	default: // goes on below
	}
	return false
}

// about compares the question that a payer's word is about with the request that stands:
// less is an earlier request, more an inquiry after this one.
func (f *AuthorizationFile) about(a domain.Answer) int {
	switch {
	case a.Exchange == "":
		return 0
	case f.Question == nil:
		return -1
	}
	return cmp.Compare(a.Exchange.No(), f.Question.Request.Exchange.No())
}

// correct replaces facts recorded wrongly. Both stay in the timeline; what followed from
// them is worked out again.
func (f *AuthorizationFile) correct(c *flow.Case, by domain.Actor, why string, corrections []domain.Correct) error {
	if len(corrections) == 0 {
		return nil
	}
	order, changes, err := f.Order.With(corrections)
	if err != nil {
		return err
	}
	for _, ch := range changes {
		c.Tell(domain.Told{Kind: domain.ToldPeople, By: by, Words: "Corrected " + ch.Pointer, Why: why, Before: ch.Before, After: ch.After})
	}
	f.Order = order
	f.consider(c, changes)
	return nil
}

// consider works out what follows from facts that changed: the clock, whether the
// answer still fits, and whether the payer was told otherwise.
func (f *AuthorizationFile) consider(c *flow.Case, changes []domain.Change) {
	if !f.Question.Left() {
		f.Question = nil // what was never sent is made anew
		return
	}
	if f.Answer != nil && !f.Reviewed {
		meaning, why := f.Answer.Means(f.Order)
		if meaning != f.Decision.Meaning {
			f.Decision.Meaning, f.Decision.Words = meaning, why
		}
	}
	f.startClock(c)
	if slices.ContainsFunc(changes, func(ch domain.Change) bool { return toldToPayer(ch.Pointer) }) && !f.decided() {
		f.Call = "It was told otherwise: tell it what was corrected"
	}
}

// toldToPayer reports whether a request carries a field.
func toldToPayer(pointer string) bool {
	for _, ours := range []string{"/coverage/product", "/coverage/funding", "/coverage/state", "/coverage/effective", "/coverage/term", "/zone", "/patient/recordNumber"} {
		if pointer == ours {
			return false
		}
	}
	return true
}

// confirm takes what a person found out about the coverage.
func (f *AuthorizationFile) confirm(c *flow.Case, by domain.Actor, r domain.CoverageConfirmed) {
	var changes []domain.Change
	set := func(pointer string, was *string, now string) {
		if now != "" && *was != now {
			changes = append(changes, domain.Change{Pointer: pointer, Before: *was, After: now})
			*was = now
		}
	}
	cov := &f.Order.Coverage
	set("/coverage/product", (*string)(&cov.Product), string(r.Product))
	set("/coverage/funding", (*string)(&cov.Funding), string(r.Funding))
	set("/coverage/state", &cov.State, r.State)
	set("/coverage/effective", (*string)(&cov.Effective), string(r.Effective))
	set("/coverage/term", (*string)(&cov.Term), string(r.Term))
	for _, ch := range changes {
		c.Tell(domain.Told{Kind: domain.ToldPeople, By: by, Words: "Confirmed " + ch.Pointer, Why: r.Note, Before: ch.Before, After: ch.After})
	}
	f.consider(c, changes)
}

// askedElsewhere makes the question of a request that did not go by our own wires.
func (f *AuthorizationFile) askedElsewhere(c *flow.Case, at time.Time, received *time.Time, by domain.Channel, reference string) {
	f.ByHand = by != domain.ByX12
	f.Question = c.NewQuestion(domain.Request{Kind: domain.AskAuthorization, Payer: f.Need.Terms.Payer, Profile: f.Need.Terms.Version, Order: f.Order})
	f.Question.Receipt = domain.Receipt{
		Submission: f.Question.Request.Submission, State: domain.Acknowledged, SentAt: at, Received: received, ByHand: f.ByHand, Trace: reference,
	}
}

// askAnew forgets a request that was rejected: it was never reviewed.
func (f *AuthorizationFile) askAnew() {
	f.Question, f.Answer, f.Decision, f.Reviewed, f.Asked, f.Documents = nil, nil, domain.Decision{}, false, 0, false
}

// takeUp goes on where the case stood when it came to us, its clocks right from the start.
func (f *AuthorizationFile) takeUp(c *flow.Case) error {
	m := f.Midway
	received := m.Received
	if received == nil && m.Channel != domain.ByX12 {
		received = &m.SentAt // by hand, the sending is the evidence
	}
	f.askedElsewhere(c, m.SentAt, received, m.Channel, m.Reference)
	f.UnitsUsed = m.UnitsUsed
	c.Say(domain.ToldAdvance, f.By, "Taken over: asked by %s on %s", m.Channel, domain.DateOf(m.SentAt, domain.Zone(c.Zone)).Words())
	if m.Answer != nil {
		f.take(c, *m.Answer)
	}
	f.startClock(c)
	return flow.GoTo(domain.StageAnswerPayer)
}

// reopened arms again the payer's clock, which ended with the case, and says where it goes on.
func reopened(f *AuthorizationFile) string {
	if f.Question.Left() && f.Question.Receipt.Received != nil && f.undecided() {
		if d, known := domain.PayerClock(f.Order.Coverage, f.Order.Urgency, *f.Question.Receipt.Received, f.Zone, f.payer()); known {
			f.Arm(d)
		}
	}
	switch f.Decision.Meaning {
	case domain.MeansNotRequired:
		f.Decision, f.Doubted = domain.Decision{}, true
	case domain.MeansApproved, domain.MeansCancelled:
		// It had ended: what the payer's word is worth now is for a person to say.
		f.Done, f.Reviewed = nil, false
		f.Decision.Meaning, f.Decision.Words = domain.MeansUnclear, "the case had ended and was opened again"
	default: // it goes on where it stood
	}
	return f.whereItStands()
}

// whereItStands is the stage a case belongs in, from what it knows.
func (f *AuthorizationFile) whereItStands() string {
	switch {
	case !f.Question.Left():
		return domain.StageCheckNeed
	case f.Question.Receipt.State == domain.UnknownSend, f.Question.Receipt.Answer != nil && f.Answer == nil:
		return domain.StageAskPayer // to be settled; or answered, and not yet looked at
	case f.Decision.Meaning == domain.MeansDenied:
		return domain.StageAppeal
	case f.Decision.Meaning == domain.MeansApproved:
		return domain.StageKeepUsable
	}
	return domain.StageAnswerPayer
}

// rejectsWords says what the payer refused, what it means and what to do, a line each.
func (f *AuthorizationFile) rejectsWords() (words string, queue domain.Queue) {
	queue = domain.QueueAuthorizations
	if f.Answer == nil || len(f.Answer.Rejects) == 0 {
		return "The payer refused to look at the request and did not say why.", domain.QueueIntegration
	}
	var lines []string
	for i, r := range f.Answer.Rejects {
		w, field, q := domain.RejectWords(r, f.Order)
		if field != "" {
			w += fmt.Sprintf(" [%s]", field)
		}
		lines = append(lines, w)
		if i == 0 {
			queue = q
		}
	}
	return strings.Join(lines, "\n"), queue
}
