package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/workflows/flow"
)

// EscalationFile is what an escalation remembers.
type EscalationFile struct {
	flow.File
	Payer   domain.PayerID     `json:"payer"`
	Name    string             `json:"name"`
	Trouble domain.TroubleKind `json:"trouble"`
	Since   time.Time          `json:"since"`
	Subject string             `json:"subject,omitempty"`
	Finding string             `json:"finding,omitempty"`
}

// Facts is what lists show of it.
func (f *EscalationFile) Facts() (domain.PayerID, domain.Facts) {
	return f.Payer, domain.Facts{Title: f.title(), Source: "parley", SourceID: f.Subject}
}

// Escalation puts trouble that is no single case's before a lead: a payer out of reach,
// however many cases wait for it; an answer that fits no case.
func Escalation(ctx workflow.Context, f EscalationFile) (EscalationFile, error) {
	return flow.Run(ctx, f, flow.Procedure[EscalationFile]{
		Stages: []flow.Part[EscalationFile]{flow.Stage(domain.StageSettle, settleTrouble)},
		Admit: func(_ *EscalationFile, t domain.Tell) error {
			if t.What != domain.TellReachable {
				return &domain.Invalid{Fields: []domain.FieldError{{Pointer: "/what", Code: "oneof", Detail: "an escalation knows no such fact"}}}
			}
			return nil
		},
		Told: func(workflow.Context, *flow.Case, *EscalationFile, domain.Tell) (string, error) {
			return domain.StageSettle, nil // it came before the stage listened: the payer may be away again
		},
		Heard: func(workflow.Context, *flow.Case, *EscalationFile, domain.Answer) (string, error) {
			return domain.StageSettle, nil
		},
		Reopened: func(*EscalationFile) string { return domain.StageSettle },
	})
}

func settleTrouble(ctx workflow.Context, c *flow.Case, f *EscalationFile) error {
	if f.StepNo == 0 {
		c.Say(domain.ToldAdvance, domain.ByCase, "%s, since %s", f.title(), f.Since.In(domain.Zone(f.Zone)).Format("2 Jan 2006 15:04 MST"))
	}
	task := flow.Ask[domain.TroubleSettled](c, domain.Task{
		Title: f.title(), Instructions: f.instructions(), Queue: domain.QueueLead, Priority: domain.High,
		Due: c.Within(ctx, 4*time.Hour, "trouble is settled", "Parley: trouble with a payer is looked at within 4 hours"),
	})
	back := c.Expect(domain.TellReachable)
	c.Stand("%s", f.title())
	if err := c.First(ctx, back, task); err != nil {
		return err
	}
	if back.Tell != nil {
		c.Say(domain.ToldPayer, back.Tell.By, "%s answers again", f.Name)
		c.Close(domain.OutcomeResolved, "%s answers again", f.Name)
		return flow.Done
	}
	c.Say(domain.ToldPeople, task.By, "Settled: %s", task.Result.Note)
	c.Close(domain.OutcomeResolved, "settled by a person")
	return flow.Done
}

func (f *EscalationFile) title() string {
	switch f.Trouble {
	case domain.PayerUnreachable:
		return f.Name + " is out of reach"
	case domain.AnswerUnmatched:
		return "An answer of " + f.Name + " fits no open question"
	case domain.AnswerUnreadable:
		return "An answer of " + f.Name + " cannot be read"
	}
	return "Trouble with " + f.Name
}

func (f *EscalationFile) instructions() string {
	switch f.Trouble {
	case domain.PayerUnreachable:
		return "Nothing has been sent that did not arrive: requests wait, and go out by themselves when the payer answers again. " +
			"Call the payer or the clearinghouse; ask urgent ones by hand. This task ends by itself when the payer is back."
	case domain.AnswerUnmatched, domain.AnswerUnreadable:
		return fmt.Sprintf("It is kept whole as inbound file %s (%s) and was applied to no case. If it is about another patient, "+
			"report it to the payer and to privacy; if it belongs to a case, record what it says there.", f.Subject, f.Finding)
	}
	return ""
}
