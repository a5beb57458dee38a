// Package race is a kind of case made of races, for fault tests alone: it asks a person,
// listens to a payer, asks again, closes. Each way out of a wait records another number of
// steps, so that a dead attempt and its successor disagree about all that follow.
package race

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/workflows/flow"
)

// Kind is the slug of this kind of case.
const Kind domain.CaseKind = "race"

// File is what a race remembers. A HearWithin of zero listens to no payer.
type File struct {
	flow.File
	AskWithin  time.Duration `json:"askWithin"`
	HearWithin time.Duration `json:"hearWithin"`
}

// Facts is what lists show of it.
func (f *File) Facts() (domain.PayerID, domain.Facts) {
	return "larkfield", domain.Facts{Title: "A race"}
}

// Race runs a case of races.
func Race(ctx workflow.Context, f File) (File, error) {
	return flow.Run(ctx, f, flow.Procedure[File]{
		Stages: []flow.Part[File]{
			flow.Stage("ask", ask), flow.Stage("hear", hear), flow.Stage("ask again", askAgain), flow.Stage("close", end),
		},
		Admit: func(*File, domain.Tell) error {
			return &domain.Invalid{Fields: []domain.FieldError{{Pointer: "/what", Code: "oneof", Detail: "a race knows no facts"}}}
		},
		Heard: func(_ workflow.Context, c *flow.Case, _ *File, a domain.Answer) (string, error) {
			c.Say(domain.ToldPayer, a.By, "The payer spoke, and nobody listened")
			return "", nil
		},
	})
}

func ask(ctx workflow.Context, c *flow.Case, f *File) error {
	work, late := flow.Ask[domain.DocumentsSent](c, task(ctx, "Send documents")), c.Until(within(ctx, "documents are sent", f.AskWithin))
	c.Stand("documents are wanted")
	if err := c.First(ctx, work, late); err != nil || work.Done {
		return err
	}
	work.Drop(c)
	for _, what := range []string{"a letter is written", "the manager is told"} {
		c.Stand("%s", what)
		c.Say(domain.ToldClock, domain.ByCase, "Too late: %s", what)
		if err := c.Record(ctx); err != nil {
			return err
		}
	}
	return nil
}

func hear(ctx workflow.Context, c *flow.Case, f *File) error {
	if f.HearWithin == 0 {
		return nil
	}
	answer, late := c.Hear(c.CaseID.Exchange(1)), c.Until(within(ctx, "the payer answers", f.HearWithin))
	c.Stand("listening")
	if err := c.First(ctx, answer, late); err != nil {
		return err
	}
	if answer.Answer != nil {
		c.Say(domain.ToldPayer, answer.Answer.By, "The payer answered")
		return nil
	}
	c.Stand("the payer is silent")
	c.Say(domain.ToldClock, domain.ByCase, "The payer is silent")
	return c.Record(ctx)
}

func askAgain(ctx workflow.Context, c *flow.Case, _ *File) error {
	work := flow.Ask[domain.DocumentsSent](c, task(ctx, "Send documents again"))
	c.Stand("documents are wanted again")
	return c.First(ctx, work)
}

func end(_ workflow.Context, c *flow.Case, _ *File) error {
	c.Close(domain.OutcomeResolved, "over")
	return flow.Done
}

func task(ctx workflow.Context, title string) domain.Task {
	return domain.Task{Title: title, Queue: domain.QueueClinical, Due: within(ctx, title, 24*time.Hour)}
}

func within(ctx workflow.Context, name string, d time.Duration) domain.Deadline {
	now := workflow.Now(ctx)
	return domain.Deadline{Name: name, Rule: "a test's", Zone: "UTC", From: now, Due: now.Add(d)}
}
