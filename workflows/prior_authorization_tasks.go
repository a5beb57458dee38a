package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/workflows/flow"
)

// What people are asked. Titles hold no health data: they are shown in lists, and say the
// verb first.

func (f *AuthorizationFile) priority() domain.Priority {
	if f.Order.Urgency == domain.Expedited {
		return domain.Urgent
	}
	return domain.Normal
}

// soon is a task's due time by our own rule: a working day, four hours where it is urgent.
func soon(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, what string) domain.Deadline {
	if f.Order.Urgency == domain.Expedited {
		return c.Within(ctx, 4*time.Hour, what, "Parley: urgent work within 4 hours")
	}
	zone := domain.Zone(c.Zone)
	now := workflow.Now(ctx)
	day := domain.AddBusinessDays(domain.DateOf(now, zone), 1)
	return domain.Deadline{Name: what, Rule: "Parley: by the end of the next business day", From: now, Due: day.End(zone), Zone: c.Zone, Then: "it is raised to the lead"}
}

func needTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) domain.Task {
	return domain.Task{
		Title:        "Find out whether " + f.payer() + " wants an authorization",
		Instructions: "No rule in the payer's profile says so. Look in its list or portal, or call " + f.Need.Terms.Phone + "; keep the reference: a 'no' is proof against a later denial.",
		Queue:        domain.QueueAuthorizations, Priority: f.priority(), Due: soon(ctx, c, f, "need is decided"),
	}
}

func coverageTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, why string) domain.Task {
	return domain.Task{
		Title:        "Confirm the coverage with " + f.payer(),
		Instructions: why + ". Find out product, who bears the risk (insured, self-funded, government), the state and the dates in force: from the card, the portal or by phone.",
		Queue:        domain.QueueRegistration, Priority: f.priority(), Due: soon(ctx, c, f, "coverage is confirmed"),
	}
}

func byHandTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) domain.Task {
	ways := make([]string, 0, len(f.Need.Terms.ByHand))
	for _, w := range f.Need.Terms.ByHand {
		ways = append(ways, string(w))
	}
	if len(ways) == 0 {
		ways = []string{"portal", "phone", "fax"}
	}
	return domain.Task{
		Title:        "Ask " + f.payer() + " for the authorization by " + strings.Join(ways, " or "),
		Instructions: "This request does not go out electronically. Ask, and take down how, when, with whom, the reference number, and where the proof is kept: the payer's clock runs from it.",
		Queue:        domain.QueueAuthorizations, Priority: f.priority(), Due: soon(ctx, c, f, "request is sent"),
	}
}

func papersTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) domain.Task {
	zone := domain.Zone(c.Zone)
	due := domain.Deadline{
		Name: "papers reach " + f.payer(), Rule: "the payer's date for what it wants", From: workflow.Now(ctx), Zone: c.Zone,
		Due: f.Decision.WantedBy.End(zone), Then: "it is raised to the lead; the payer may deny",
	}
	if f.Decision.WantedBy == "" {
		days := max(f.Need.Terms.PendDays, 1)
		due.Rule = fmt.Sprintf("payer profile: papers within %d calendar days", days)
		due.Due = domain.DateOf(due.From, zone).AddDays(days).End(zone)
	}
	instructions := "The payer decides when it has them. Send only what it wants, and keep the proof of delivery."
	if f.Decision.Words != "" {
		instructions = "Its words: " + f.Decision.Words + ". " + instructions
	}
	return domain.Task{
		Title: "Send " + wantedWords(f.Decision.Wanted) + " to " + f.payer(), Instructions: instructions,
		Queue: domain.QueueClinical, Party: domain.Clinician, Priority: f.priority(), Due: due, Exchange: f.Question.Request.Exchange,
	}
}

func callTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) domain.Task {
	cite := ""
	if f.Question.Receipt.Received != nil {
		if d, known := domain.PayerClock(f.Order.Coverage, f.Order.Urgency, *f.Question.Receipt.Received, c.Zone, f.payer()); known {
			cite = fmt.Sprintf(" Its clock: %s (%s), due %s; it had the request %s.", d.Rule, d.Source,
				d.Due.In(domain.Zone(d.Zone)).Format("2 Jan 2006 15:04 MST"), d.From.In(domain.Zone(d.Zone)).Format("2 Jan 2006 15:04 MST"))
		}
	}
	return domain.Task{
		Title:        "Call " + f.payer() + " about the authorization",
		Instructions: f.Call + "." + cite + " Call " + f.Need.Terms.Phone + ". A decision you are told is recorded as what the payer told you; this task takes whom you spoke to and the call's reference.",
		Queue:        domain.QueueAuthorizations, Priority: domain.High, Due: soon(ctx, c, f, "payer is called"), Exchange: f.Question.Request.Exchange,
	}
}

func correctTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) domain.Task {
	words, queue := f.rejectsWords()
	return domain.Task{
		Title:        "Correct the request " + f.payer() + " would not look at",
		Instructions: words + "\nIt was never reviewed: there is no payer's clock and no appeal. Correct it and send it again.",
		Queue:        queue, Priority: f.priority(), Due: soon(ctx, c, f, "request is corrected"), Exchange: f.Question.Request.Exchange,
	}
}

func reviewTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) domain.Task {
	instructions := "It is neither a plain yes nor a plain no: " + f.Decision.Words + "."
	if reasons := domain.ReasonWords(f.Decision.Reasons); reasons != "" {
		instructions += " The payer's reasons: " + reasons + "."
	}
	if f.Answer != nil && f.Answer.Call != "" {
		instructions += " Call: " + f.Answer.Call + "."
	}
	return domain.Task{
		Title: "Read " + f.payer() + "'s answer", Instructions: instructions + " Say what it means for the order.",
		Queue: domain.QueueAuthorizations, Priority: f.priority(), Due: soon(ctx, c, f, "answer is read"), Exchange: f.Question.Request.Exchange,
	}
}

func appealTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, rule domain.Appeal) domain.Task {
	reasons := domain.ReasonWords(f.Decision.Reasons)
	if reasons == "" {
		reasons = "none given"
	}
	return domain.Task{
		Title: "Decide whether to appeal " + f.payer() + "'s denial",
		Instructions: fmt.Sprintf("Reason: %s. Lane: %s; who may file: %s%s. %s", reasons, rule.Lane, strings.Join(rule.Filer, ", "), consentWords(rule),
			rule.Note),
		Queue: domain.QueueAuthorizations, Priority: domain.High, Due: appealDue(ctx, c, f, rule, "appeal is decided on"), Exchange: f.Question.Request.Exchange,
	}
}

func fileTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, rule domain.Appeal) domain.Task {
	return domain.Task{
		Title: "File the appeal with " + f.payer(),
		Instructions: fmt.Sprintf("%s. Who may file: %s%s. Send to: %s. Keep the proof of delivery.", rule.Lane, strings.Join(rule.Filer, ", "),
			consentWords(rule), f.Need.Terms.AppealAddress),
		Queue: domain.QueueAuthorizations, Priority: domain.High, Due: appealDue(ctx, c, f, rule, "appeal goes out"), Exchange: f.Question.Request.Exchange,
	}
}

// appealDue is earlier than the clock of the appeal: a task that comes due with it is too late.
func appealDue(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, rule domain.Appeal, what string) domain.Deadline {
	d := soon(ctx, c, f, what)
	for range 4 { // a week of work, if the clock of the appeal leaves it
		day := domain.AddBusinessDays(domain.DateOf(d.Due, domain.Zone(c.Zone)), 1)
		if next := day.End(domain.Zone(c.Zone)); next.Before(rule.Deadline.Due) {
			d.Due, d.Rule = next, "Parley: appeals are worked within a week"
		}
	}
	return d
}

func serviceTask(ctx workflow.Context, c *flow.Case, f *AuthorizationFile) domain.Task {
	return domain.Task{
		Title: "Confirm that the service was done", Instructions: "It was planned for " + f.Order.Planned.Words() + ". If it was moved, say to which day.",
		Queue: domain.QueueAuthorizations, Priority: f.priority(), Due: soon(ctx, c, f, "service is confirmed"),
	}
}
