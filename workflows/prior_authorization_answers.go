package workflows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/workflows/flow"
)

// awaitAnswer waits for the payer's word, and meanwhile does all that the word hangs on:
// sends the papers it wants, asks on schedule where the request stands, holds the payer
// to its clock, finds out which clock that is.
func awaitAnswer(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	heard := c.Hear(f.Question.Request.Exchange)
	var papers *flow.Asked[domain.DocumentsSent]
	if f.Decision.Meaning == domain.MeansPended && len(f.Decision.Wanted) > 0 && !f.Documents {
		papers = flow.Ask[domain.DocumentsSent](c, papersTask(ctx, c, f))
	}
	var funding *flow.Asked[domain.CoverageConfirmed]
	if !f.Order.Coverage.Known() {
		funding = flow.Ask[domain.CoverageConfirmed](c, coverageTask(ctx, c, f, "Which clock binds the payer depends on who bears the risk"))
	}
	var call *flow.Asked[domain.PayerCalled]
	var inquiry *flow.Sent
	late := f.payerClock(c)
	for {
		if f.Call != "" && call == nil {
			call = flow.Ask[domain.PayerCalled](c, callTask(ctx, c, f))
		}
		c.Stand("%s", f.waitingWords())
		var next *flow.Clock
		if inquiry == nil {
			next = c.Until(f.askWhereItStands(ctx, c))
		}
		if err := c.First(ctx, heard, papers, funding, call, late, inquiry, next); err != nil {
			return err
		}
		switch {
		case heard.Answer != nil:
			f.take(c, *heard.Answer)
			return flow.Again
		case papers != nil && papers.Done:
			f.Documents, papers = true, nil
		case funding != nil && funding.Done:
			f.confirm(c, funding.By, funding.Result)
			funding, late = nil, f.payerClock(c)
		case call != nil && call.Done:
			f.called(c, call.By, call.Result)
			call, f.Call = nil, ""
		case late.Passed(ctx):
			late = nil
			f.isLate(c)
		case inquiry != nil && inquiry.Done:
			if decided, err := statusHeard(ctx, c, f, inquiry); err != nil || decided {
				return err
			}
			inquiry = nil
		default:
			inquiry = askStatus(ctx, c, f)
		}
		if papers == nil && funding == nil && call == nil && inquiry == nil && f.Call == "" {
			return flow.Again // nobody holds a task: a run may end here
		}
	}
}

// askStatus asks where the request stands; by hand, where the payer takes no inquiry.
func askStatus(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) *flow.Sent {
	f.Asked++
	c.Disarm(f.statusName())
	if f.ByHand || f.Need.Terms.StatusByHand {
		f.Call = "Ask where the request stands"
		return nil
	}
	return c.Inquire(ctx, f.Question)
}

// statusHeard looks at the answer to an inquiry, and reports whether it is new; then the
// round is over.
func statusHeard(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, inquiry *flow.Sent) (answered bool, err error) {
	a, err := inquiry.Word(ctx, f.Question)
	switch {
	case err != nil:
		return false, err
	case a == nil:
		c.Say(domain.ToldPayer, domain.ByCase, "Asked where the request stands; no answer could be had")
	case a.Said == domain.NotOnFile:
		c.Say(domain.ToldPayer, a.By, "%s does not find the request", f.payer())
		f.Call = callNotFound
	case a.Said == f.lastSaid() && !f.wantsOther(*a):
		c.Say(domain.ToldPayer, a.By, "Asked where the request stands: still %s", saidWords(*a))
	default:
		c.Listened(*a)
		f.take(c, *a)
		return true, flow.Again
	}
	return false, nil
}

// correctRequest has a person put right what the payer would not look at, and asks anew:
// a rejected request was never reviewed, so this is no second one.
func correctRequest(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	task := flow.Ask[domain.RequestCorrected](c, correctTask(ctx, c, f)).Judge(func(r domain.RequestCorrected) error {
		_, _, err := f.Order.With(r.Corrections)
		return err
	})
	c.Stand("rejected, to be corrected")
	heard := c.Hear(f.Question.Request.Exchange)
	if err := c.First(ctx, heard, task); err != nil {
		return err
	}
	if heard.Answer != nil {
		f.take(c, *heard.Answer)
		return flow.Again
	}
	r := task.Result
	if r.Action == "stop" {
		f.Decision.Words = r.Note
		return flow.GoTo(domain.StageClose)
	}
	if err := f.correct(c, task.By, "the payer rejected the request", r.Corrections); err != nil {
		return err
	}
	f.ByHand = r.Action == "ask-by-hand"
	f.askAnew()
	return flow.GoTo(domain.StageCheckNeed)
}

// reviewAnswer has a person say what an answer means that no rule may interpret.
func reviewAnswer(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	task := flow.Ask[domain.AnswerReviewed](c, reviewTask(ctx, c, f))
	heard, late := c.Hear(f.Question.Request.Exchange), f.payerClock(c)
	c.Stand("%s answered; a person must read it", f.payer())
	if err := c.First(ctx, heard, task, late); err != nil {
		return err
	}
	switch {
	case heard.Answer != nil:
		f.take(c, *heard.Answer)
	case task.Done:
		f.review(c, task.By, task.Result)
	default:
		f.isLate(c)
	}
	return flow.Again
}

const callNotFound = "It does not find our request: find out why"

// take makes the payer's word the case's, and says what it means.
func (f *AuthorizationFile) take(c *flow.Case, a domain.Answer) {
	if a.Said == domain.NotOnFile { // it takes nothing back that the payer has said
		c.Tell(domain.Told{Kind: domain.ToldPayer, By: a.By, Exchange: a.Exchange, Words: f.payer() + " does not find the request", Why: proofWords(a)})
		if f.Question.Receipt.State != domain.UnknownSend {
			f.Call = callNotFound
		}
		return
	}
	meaning, why := a.Means(f.Order)
	switch {
	case f.about(a) < 0:
		meaning, why = domain.MeansUnclear, "it answers an earlier request"
	case meaning == domain.MeansRejected && f.decided() && f.Decision.Meaning != domain.MeansRejected:
		meaning, why = domain.MeansUnclear, "it refuses a request that it had decided"
	}
	if f.Question != nil && f.Question.Receipt.Received == nil && a.Said != domain.Rejected && a.Said != domain.NotOnFile {
		f.Question.Receipt.Received = earliest(a.Received, a.At) // its word is evidence that it has it
		f.startClock(c)
	}
	was := f.Decision
	f.Answer, f.Reviewed = &a, false
	f.Decision = a.Decide(meaning)
	switch {
	case meaning != domain.MeansPended:
	case was.Meaning != domain.MeansPended || len(a.Wanted) > 0 && !slices.Equal(a.Wanted, was.Wanted):
		f.Documents = false
	default: // pended on: what was wanted still is
		f.Decision.Wanted, f.Decision.WantedBy = was.Wanted, cmp.Or(a.WantedBy, was.WantedBy)
	}
	if why != "" {
		f.Decision.Words = why
	}
	f.endClocks(c)
	c.Tell(domain.Told{Kind: domain.ToldPayer, By: a.By, Exchange: a.Exchange, Words: f.answerWords(a, why), Why: proofWords(a)})
}

// wantsOther reports whether a pend asks for papers that no pend has asked for yet.
func (f *AuthorizationFile) wantsOther(a domain.Answer) bool {
	return len(a.Wanted) > 0 && !slices.Equal(a.Wanted, f.Decision.Wanted)
}

// review makes a decision of what a person read.
func (f *AuthorizationFile) review(c *flow.Case, by domain.Actor, r domain.AnswerReviewed) {
	f.Reviewed = true
	f.Decision.Meaning, f.Decision.By, f.Decision.Words = r.Meaning, by, r.Note
	if r.Number != "" {
		f.Decision.Number = r.Number
	}
	if r.Units > 0 {
		f.Decision.Units = r.Units
	}
	if r.From != "" {
		f.Decision.From = r.From
	}
	if r.Through != "" {
		f.Decision.Through = r.Through
	}
	f.endClocks(c)
	c.Tell(domain.Told{Kind: domain.ToldPeople, By: by, Words: "Read as " + string(r.Meaning), Why: r.Note})
}

// endClocks ends what a decision leaves no reason for: asking, and the clocks of the
// decision that stood before.
func (f *AuthorizationFile) endClocks(c *flow.Case) {
	if !f.decided() {
		return
	}
	c.Disarm(f.clockName())
	c.Disarm(f.statusName())
	f.Call = ""
	if f.Decision.Meaning != domain.MeansApproved {
		c.Disarm(expiryName)
	}
	if f.Decision.Meaning != domain.MeansDenied {
		c.Disarm(domain.AppealName)
		c.Disarm(appealDecided)
	}
}

func (f *AuthorizationFile) decided() bool {
	switch f.Decision.Meaning {
	case domain.MeansApproved, domain.MeansDenied, domain.MeansNotRequired, domain.MeansCancelled, domain.MeansRejected:
		return true
	default: // goes on below
	}
	return false
}

// undecided reports whether the payer still owes a decision. An answer for a person to
// read may be one, or only the word that it goes on.
func (f *AuthorizationFile) undecided() bool {
	switch f.Decision.Meaning {
	case "", domain.MeansPended, domain.MeansReceived, domain.MeansNotOnFile:
		return true
	case domain.MeansUnclear:
		return f.Answer != nil && (f.Answer.Said == domain.ContactPayer || f.Answer.Raw != "" || f.Answer.MoreFollows)
	default: // goes on below
	}
	return false
}

func (f *AuthorizationFile) lastSaid() domain.Certification {
	if f.Answer == nil {
		return domain.Received
	}
	return f.Answer.Said
}

// called notes what a call brought; a decision is recorded as what the payer told.
func (f *AuthorizationFile) called(c *flow.Case, by domain.Actor, r domain.PayerCalled) {
	words := fmt.Sprintf("Called %s, spoke to %s, reference %s", f.payer(), r.With, r.Reference)
	if r.Promised != "" {
		words += ": promised by " + r.Promised.Words()
	}
	c.Tell(domain.Told{Kind: domain.ToldPeople, By: by, Words: words, Why: r.Note})
}

// isLate says that the payer has missed its clock. That is never an approval: it is called.
func (f *AuthorizationFile) isLate(c *flow.Case) {
	f.Call = "It is late"
	c.Say(domain.ToldClock, domain.ByCase, "%s is late with its answer", f.payer())
}

// startClock arms the payer's clock from the evidence that it has the request. Where the
// coverage is not known well enough there is no clock, and a task to find out.
func (f *AuthorizationFile) startClock(c *flow.Case) {
	if f.Question == nil || f.Question.Receipt.Received == nil || !f.undecided() {
		return
	}
	d, known := domain.PayerClock(f.Order.Coverage, f.Order.Urgency, *f.Question.Receipt.Received, c.Zone, f.payer())
	if !known {
		c.Disarm(f.clockName())
		return
	}
	if was, armed := c.Armed(d.Name); armed && was.Due.Equal(d.Due) && was.Rule == d.Rule {
		return
	}
	c.Arm(d)
	c.Tell(domain.Told{
		Kind: domain.ToldClock, By: domain.ByCase, Why: d.Source,
		Words: fmt.Sprintf("%s must answer by %s: %s", f.payer(), d.Due.In(domain.Zone(d.Zone)).Format("2 Jan 2006 15:04 MST"), d.Rule),
	})
}

func (f *AuthorizationFile) clockName() string { return f.payer() + " answers" }

func (f *AuthorizationFile) payerClock(c *flow.Case) *flow.Clock {
	if d, armed := c.Armed(f.clockName()); armed {
		return c.Until(d)
	}
	return nil
}

// askWhereItStands is when the payer is asked next. The clock is the case's: rounds and
// new runs do not set it back.
func (f *AuthorizationFile) askWhereItStands(ctx workflow.Context, c *flow.Case) domain.Deadline {
	if d, armed := c.Armed(f.statusName()); armed {
		return d
	}
	every := f.Need.Terms.StatusEvery
	if len(every) == 0 {
		every = []time.Duration{3 * 24 * time.Hour}
	}
	now := workflow.Now(ctx)
	d := domain.Deadline{
		Name: f.statusName(), Rule: "payer profile, status schedule", From: now, Zone: f.Zone,
		Due: now.Add(every[min(f.Asked, len(every)-1)]), Then: "the payer is asked again",
	}
	c.Arm(d)
	return d
}

func (f *AuthorizationFile) statusName() string { return "ask " + f.payer() + " where it stands" }

func (f *AuthorizationFile) payer() string { return f.Need.Terms.Name }

func (f *AuthorizationFile) waitingWords() string {
	if f.Decision.Meaning == domain.MeansPended {
		return f.payer() + " pended the request"
	}
	return "waiting for " + f.payer()
}

func (f *AuthorizationFile) sentWords() string {
	switch f.Question.Receipt.State {
	case domain.RejectedSend:
		return f.payer() + " refused the request"
	case domain.Accepted:
		return f.payer() + " has taken up the request"
	default: // goes on below
	}
	return f.payer() + " has the request"
}

func saidWords(a domain.Answer) string {
	switch a.Said {
	case domain.CertifiedInTotal:
		return "approved"
	case domain.NotCertified:
		return "denied"
	case domain.Pended:
		return "pended"
	case domain.Rejected:
		return "rejected"
	case domain.Received:
		return "in work"
	default: // goes on below
	}
	return "answered " + string(a.Said)
}

// answerWords is what the payer said, as a coordinator reads it.
func (f *AuthorizationFile) answerWords(a domain.Answer, why string) string {
	words := f.payer() + " " + saidWords(a)
	if a.Said != domain.Received {
		words += " the request"
	}
	switch f.Decision.Meaning {
	case domain.MeansApproved:
		words += ", number " + f.Decision.Number
		if f.Decision.Through != "" {
			words += ", valid through " + f.Decision.Through.Words()
		}
	case domain.MeansPended:
		if len(a.Wanted) > 0 {
			words += ": " + wantedWords(a.Wanted) + " wanted"
			if a.WantedBy != "" {
				words += " by " + a.WantedBy.Words()
			}
		}
	case domain.MeansRejected:
		var said []string
		for _, r := range a.Rejects {
			w, _, _ := domain.RejectWords(r, f.Order)
			said = append(said, w)
		}
		words += ": " + strings.Join(said, "; ")
	default: // goes on below
	}
	if reasons := domain.ReasonWords(f.Decision.Reasons); reasons != "" {
		words += ": " + reasons
	}
	if why != "" {
		words += " (" + why + ")"
	}
	return words
}

func wantedWords(wanted []domain.DocumentWanted) string {
	var out []string
	for _, w := range wanted {
		out = append(out, w.Words)
	}
	return strings.Join(out, ", ")
}

func proofWords(a domain.Answer) string {
	var out []string
	if a.Channel != domain.ByX12 {
		out = append(out, "told by "+string(a.Channel))
	}
	if a.With != "" {
		out = append(out, "with "+a.With)
	}
	if a.Reference != "" {
		out = append(out, "reference "+a.Reference)
	}
	if a.Proof != "" {
		out = append(out, "proof: "+a.Proof)
	}
	return strings.Join(out, ", ")
}

func earliest(stamp *time.Time, at time.Time) *time.Time {
	if stamp != nil && stamp.Before(at) {
		return stamp
	}
	return &at
}
