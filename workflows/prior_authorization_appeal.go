package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/workflows/flow"
)

const appealDecided = "appeal is decided"

// armAppeal arms the clock under which an appeal must be filed. It reports false where
// the coverage is not known well enough to say which; a day the letter prints holds even then.
func (f *AuthorizationFile) armAppeal(ctx workflow.Context, c *flow.Case) (domain.Appeal, bool) {
	notice := f.Decision.Noticed
	if notice == "" {
		at := workflow.Now(ctx)
		if f.Answer != nil {
			at = f.Answer.At
		}
		notice = domain.DateOf(at, domain.Zone(c.Zone))
	}
	rule, known := domain.AppealRule(f.Order.Coverage, notice, f.Decision.AppealBy, c.Zone)
	d := rule.Deadline
	if d.Due.IsZero() || f.Appeal != nil && f.Appeal.Filed != nil {
		return rule, known
	}
	if was, armed := c.Armed(d.Name); armed && was.Due.Equal(d.Due) || !workflow.Now(ctx).Before(d.Due) {
		return rule, known
	}
	c.Arm(d)
	c.Tell(domain.Told{
		Kind: domain.ToldClock, By: domain.ByCase, Why: d.Source,
		Words: fmt.Sprintf("An appeal must be filed by %s: %s", d.Due.In(domain.Zone(d.Zone)).Format("2 Jan 2006 15:04 MST"), d.Rule),
	})
	return rule, known
}

// findFunding has a person find out what the coverage is, where a rule hangs on it.
func findFunding(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, why string) error {
	task := flow.Ask[domain.CoverageConfirmed](c, coverageTask(ctx, c, f, why))
	c.Stand("denied; nobody knows yet which appeal holds")
	printed := f.appealClock(c)
	if err := c.First(ctx, task, printed); err != nil {
		return err
	}
	if !task.Done {
		return f.appealLapsed(c)
	}
	f.confirm(c, task.By, task.Result)
	return flow.Again
}

func decideAppeal(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, rule domain.Appeal) error {
	task := flow.Ask[domain.AppealDecided](c, appealTask(ctx, c, f, rule))
	c.Stand("denied; appeal or accept?")
	lapse := f.appealClock(c)
	if err := c.First(ctx, task, lapse); err != nil {
		return err
	}
	switch {
	case !task.Done:
		return f.appealLapsed(c)
	case task.Result.Appeal == "accept":
		c.Tell(domain.Told{Kind: domain.ToldPeople, By: task.By, Words: "The denial is accepted", Why: task.Result.Reason})
		return flow.GoTo(domain.StageClose)
	}
	f.Appeal = &appealing{Decided: true}
	c.Tell(domain.Told{Kind: domain.ToldPeople, By: task.By, Words: "The denial is appealed: " + rule.Lane, Why: task.Result.Reason})
	return flow.Again
}

func fileAppeal(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, rule domain.Appeal) error {
	task := flow.Ask[domain.AppealFiled](c, fileTask(ctx, c, f, rule)).Judge(func(r domain.AppealFiled) error {
		if rule.MayFile(r.Filer, r.Consent, f.Order.Urgency) {
			return nil
		}
		return &domain.Invalid{Fields: []domain.FieldError{{
			Pointer: "/filer", Code: "may-file", Detail: "in this lane " + strings.Join(rule.Filer, ", ") + " may file" + consentWords(rule),
		}}}
	})
	c.Stand("the appeal is to be filed")
	lapse := f.appealClock(c)
	if err := c.First(ctx, task, lapse); err != nil {
		return err
	}
	if !task.Done {
		return f.appealLapsed(c)
	}
	r := task.Result
	f.Appeal.Filed = &r
	f.Heard = nil // the same words are now an answer to the appeal
	c.Disarm(domain.AppealName)
	c.Say(domain.ToldPeople, task.By, "Appeal filed by %s on %s", r.Channel, r.On.Words())
	length := rule.Standard
	if f.Order.Urgency == domain.Expedited && rule.Expedited.N > 0 {
		length = rule.Expedited
	}
	if length.N > 0 {
		zone := domain.Zone(c.Zone)
		from := r.On.In(zone)
		c.Arm(domain.Deadline{
			Name: appealDecided, Rule: rule.Lane + ", " + length.Words(), Source: rule.Source, From: from, Due: length.After(from, zone),
			Zone: c.Zone, Warn: length.Warn(), Then: "the payer is called",
		})
	}
	return flow.Again
}

// awaitAppeal waits for the decision, which comes by letter, portal or phone.
func awaitAppeal(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, rule domain.Appeal) error {
	heard := c.Hear(f.Question.Request.Exchange)
	var due *flow.Clock
	if d, armed := c.Armed(appealDecided); armed {
		due = c.Until(d)
	}
	var call *flow.Asked[domain.PayerCalled]
	if f.Call != "" || due == nil {
		f.Call = "The appeal should be decided by now"
		call = flow.Ask[domain.PayerCalled](c, callTask(ctx, c, f))
	}
	c.Stand("%s has the appeal", f.payer())
	if err := c.First(ctx, heard, due, call); err != nil {
		return err
	}
	switch {
	case heard.Answer != nil:
		return f.appealAnswered(c, *heard.Answer, rule)
	case call != nil && call.Done:
		f.called(c, call.By, call.Result)
		f.Call = ""
		again := c.Within(ctx, callAgain, appealDecided, "Parley: a payer that is late is called again after 3 days")
		c.Arm(again)
	default:
		f.isLate(c)
	}
	return flow.Again
}

// appealAnswered takes the decision on the appeal: overturned goes on as any approval,
// upheld ends here, with what remains said.
func (f *AuthorizationFile) appealAnswered(c *flow.Case, a domain.Answer, rule domain.Appeal) error {
	c.Disarm(appealDecided)
	f.take(c, a)
	if f.Decision.Meaning == domain.MeansDenied {
		c.Tell(domain.Told{Kind: domain.ToldAdvance, By: domain.ByCase, Words: "The denial was upheld", Why: rule.Next})
		return flow.GoTo(domain.StageClose)
	}
	return flow.GoTo(domain.StageAnswerPayer)
}

func (f *AuthorizationFile) appealClock(c *flow.Case) *flow.Clock {
	if d, armed := c.Armed(domain.AppealName); armed {
		return c.Until(d)
	}
	return nil
}

func (f *AuthorizationFile) appealLapsed(c *flow.Case) error {
	c.Say(domain.ToldClock, domain.ByCase, "The time to appeal has passed")
	return flow.GoTo(domain.StageClose)
}

func consentWords(rule domain.Appeal) string {
	if rule.Consent {
		return ", with the patient's written consent"
	}
	return ""
}
