package workflows

import (
	"encoding/json"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/workflows/flow"
)

// AuthorizationFile is what a prior authorization remembers.
type AuthorizationFile struct {
	flow.File
	Order     domain.Order        `json:"order"`
	Midway    *domain.Midway      `json:"midway,omitempty"`    // where it stood when it came to us
	Need      *domain.Need        `json:"need,omitempty"`      // what the payer's profile says
	Doubted   bool                `json:"doubted,omitempty"`   // opened again: a person says whether it is needed, no rule
	ByHand    bool                `json:"byHand,omitempty"`    // asked by portal, phone or fax
	Question  *flow.Question      `json:"question,omitempty"`  // the request, and what became of it
	Answer    *domain.Answer      `json:"answer,omitempty"`    // the payer's last word
	Decision  domain.Decision     `json:"decision"`            // what it means
	Reviewed  bool                `json:"reviewed,omitempty"`  // a person said what it means
	Documents bool                `json:"documents,omitempty"` // what the payer wanted was sent
	Call      string              `json:"call,omitempty"`      // why the payer must be called
	Asked     int                 `json:"asked,omitempty"`     // rounds of asking where it stands
	Appeal    *appealing          `json:"appeal,omitempty"`
	Done      *domain.ServiceDone `json:"done,omitempty"` // the service took place
	UnitsUsed int                 `json:"unitsUsed,omitempty"`
	AskedDone int                 `json:"askedDone,omitempty"` // how often it was asked whether the service took place
}

// appealing is how far an appeal has come.
type appealing struct {
	Decided bool                `json:"decided,omitempty"`
	Filed   *domain.AppealFiled `json:"filed,omitempty"`
}

// Facts is what lists show of it.
func (f *AuthorizationFile) Facts() (domain.PayerID, domain.Facts) {
	detail, err := json.Marshal(struct {
		Order    domain.Order    `json:"order"`
		Decision domain.Decision `json:"decision"`
		Need     *domain.Need    `json:"need,omitempty"`
	}{f.Order, f.Decision, f.Need})
	if err != nil {
		panic(err) // plain data: it cannot fail but by a programming error
	}
	o := f.Order
	return o.Coverage.Payer, domain.Facts{
		Title: o.Title(), Patient: o.Patient, Member: o.Coverage.MemberID, Planned: o.Planned, Urgent: o.Urgency == domain.Expedited,
		Source: o.Source, SourceID: o.SourceID, Number: f.Decision.Number, Detail: detail,
	}
}

// PriorAuthorization gets a payer's consent to a planned service before the visit, and
// keeps it usable until then.
func PriorAuthorization(ctx workflow.Context, f AuthorizationFile) (AuthorizationFile, error) {
	return flow.Run(ctx, f, flow.Procedure[AuthorizationFile]{
		Stages: []flow.Part[AuthorizationFile]{
			flow.Stage(domain.StageCheckNeed, checkNeed),
			flow.Stage(domain.StageConfirmCoverage, confirmCoverage),
			flow.Stage(domain.StageAskPayer, askPayer),
			flow.Stage(domain.StageAnswerPayer, answerPayer),
			flow.Stage(domain.StageAppeal, appealDenial),
			flow.Stage(domain.StageKeepUsable, keepUsable),
			flow.Stage(domain.StageClose, closeAuthorization),
		},
		Admit:    admitFact,
		Told:     toldFact,
		Heard:    heardUnasked,
		Idle:     changesNothing,
		Reopened: reopened,
	})
}

// checkNeed asks the payer's profile whether this service needs an authorization, and a
// person where it cannot tell.
func checkNeed(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	need, err := flow.CheckNeed.Read(ctx, domain.NeedQuestion{Order: f.Order, At: workflow.Now(ctx)})
	if err != nil {
		return err
	}
	f.Need = &need
	if f.StepNo == 0 {
		c.Say(domain.ToldAdvance, f.By, "Ordered: %s, planned for %s", f.Order.Title(), f.Order.Planned.Words())
		if f.Midway != nil {
			return f.takeUp(c)
		}
	}
	if f.Doubted {
		need.Needed = domain.NeededUnknown
	}
	switch need.Needed {
	case domain.NeededNo:
		c.Tell(domain.Told{Kind: domain.ToldAdvance, By: domain.ByCase, Words: "No authorization is needed: " + need.Rule, Why: need.Source})
		f.Decision = domain.Decision{Meaning: domain.MeansNotRequired, Words: need.Rule, By: domain.ByCase}
		return flow.GoTo(domain.StageClose)
	case domain.NeededYes:
		c.Tell(domain.Told{Kind: domain.ToldAdvance, By: domain.ByCase, Words: "Authorization is needed: " + need.Rule, Why: need.Source})
		return nil
	default: // goes on below
	}
	task := flow.Ask[domain.NeedDecided](c, needTask(ctx, c, f))
	c.Stand("nobody knows yet whether authorization is needed")
	if err := c.First(ctx, task); err != nil {
		return err
	}
	f.Doubted = false
	if task.Result.Needed == "no" {
		c.Say(domain.ToldPeople, task.By, "No authorization is needed: %s", task.Result.Reference)
		f.Decision = domain.Decision{Meaning: domain.MeansNotRequired, Number: task.Result.Reference, By: task.By}
		return flow.GoTo(domain.StageClose)
	}
	c.Say(domain.ToldPeople, task.By, "Authorization is needed")
	return nil
}

// confirmCoverage sees that the policy is in force when the service is planned.
func confirmCoverage(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	if f.Order.Covered() {
		return nil
	}
	task := flow.Ask[domain.CoverageConfirmed](c, coverageTask(ctx, c, f, "Coverage is not in force on the planned date"))
	c.Stand("coverage is not in force on the planned date")
	if err := c.First(ctx, task); err != nil {
		return err
	}
	f.confirm(c, task.By, task.Result)
	return flow.Again
}

// askPayer sends the request, once. A payer that takes no X12 is asked by hand.
func askPayer(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	if f.ByHand || len(f.Need.Terms.ByHand) > 0 {
		return askByHand(ctx, c, f)
	}
	if f.Question == nil || f.Question.Receipt.State == domain.Prepared { // what was called off before it left is made anew
		f.Question = c.NewQuestion(domain.Request{Kind: domain.AskAuthorization, Payer: f.Need.Terms.Payer, Profile: f.Need.Terms.Version, Order: f.Order})
	}
	if err := c.Exchange(ctx, f.Question, f.Need.Terms); err != nil {
		return err
	}
	receipt := f.Question.Receipt
	if receipt.ByHand {
		f.ByHand = true
		return flow.Again
	}
	c.Tell(domain.Told{Kind: domain.ToldPayer, By: domain.ByCase, Exchange: f.Question.Request.Exchange, Words: f.sentWords()})
	if receipt.Answer != nil {
		c.Listened(*receipt.Answer)
		f.take(c, *receipt.Answer)
	}
	f.startClock(c)
	return nil
}

// askByHand has a person ask, and takes down when, how and under which reference.
func askByHand(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	if f.Question.Left() {
		return nil // asked before this stage was interrupted
	}
	task := flow.Ask[domain.SentByHand](c, byHandTask(ctx, c, f))
	c.Stand("to be asked by hand")
	if err := c.First(ctx, task); err != nil {
		return err
	}
	f.askedElsewhere(c, task.Result.At, &task.Result.At, task.Result.Channel, task.Result.Reference)
	c.Say(domain.ToldPeople, task.By, "Asked %s by %s, reference %s", f.payer(), task.Result.Channel, task.Result.Reference)
	f.startClock(c)
	return nil
}

// answerPayer takes the payer's word and does what it asks for, until it has decided.
func answerPayer(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	switch f.Decision.Meaning {
	case domain.MeansApproved:
		return flow.GoTo(domain.StageKeepUsable)
	case domain.MeansDenied:
		return nil
	case domain.MeansNotRequired, domain.MeansCancelled:
		return flow.GoTo(domain.StageClose)
	case domain.MeansRejected:
		return correctRequest(ctx, c, f)
	case domain.MeansUnclear:
		return reviewAnswer(ctx, c, f)
	default: // goes on below
	}
	return awaitAnswer(ctx, c, f)
}

// appealDenial has a person decide whether a denial is fought, inside the clock of the
// coverage, and follows the appeal to the payer's answer.
func appealDenial(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	rule, known := f.armAppeal(ctx, c)
	if !known {
		return findFunding(ctx, c, f, "Which appeal holds depends on who bears the risk")
	}
	if f.Appeal == nil || !f.Appeal.Decided {
		return decideAppeal(ctx, c, f, rule)
	}
	if f.Appeal.Filed == nil {
		return fileAppeal(ctx, c, f, rule)
	}
	return awaitAppeal(ctx, c, f, rule)
}

// keepUsable watches an approval until the service is done under it, or it expires.
func keepUsable(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	if f.Done != nil {
		return nil
	}
	expiry := f.armExpiry(c)
	done, ask := c.Expect(domain.TellServiceDone), c.Until(f.askDoneAt(ctx))
	c.Stand("approved, until the service is done")
	if err := c.First(ctx, done, expiry, ask); err != nil {
		return err
	}
	switch {
	case done.Tell != nil:
		return f.serviceDone(c, *done.Tell)
	case expiry.Passed(ctx):
		c.Say(domain.ToldClock, domain.ByCase, "The last day to use the authorization is over")
		return nil
	}
	return confirmService(ctx, c, f, done, expiry)
}

// closeAuthorization ends the case and says how.
func closeAuthorization(_ workflow.Context, c *flow.Case, f *AuthorizationFile) error {
	outcome, words := f.ending()
	c.Say(domain.ToldAdvance, domain.ByCase, "Closed: %s", words)
	c.Close(outcome, "%s", words)
	return flow.Done
}
