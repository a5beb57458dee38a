package flow

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

// Question is one question to a payer as a case remembers it: what was asked, and what
// became of it. It is kept in the file, so that an interrupted stage goes on with what
// was sent and never sends again.
type Question struct {
	Request domain.Request `json:"request"`
	Receipt domain.Receipt `json:"receipt"`
	Asked   int            `json:"asked,omitempty"` // how often the payer was asked whether it has it
}

// Left reports whether the question may have reached the payer.
func (q *Question) Left() bool {
	return q != nil && q.Receipt.State != "" && q.Receipt.State != domain.Prepared
}

// NewQuestion makes the next question of a case. Nothing is sent yet.
func (c *Case) NewQuestion(r domain.Request) *Question {
	c.Exchanges++
	r.Case, r.Exchange = c.CaseID, c.CaseID.Exchange(c.Exchanges)
	r.Submission = r.Exchange.Submission(1)
	return &Question{Request: r}
}

// Exchange asks a question and returns when its receipt says more than 'unknown'. A send
// that may or may not have arrived is settled by asking: the payer on its schedule, then
// a person; the same bytes go again only when it is proved that they never came.
// Interrupted, and called again with the same question, it goes on where it was.
func (c *Case) Exchange(ctx workflow.Context, q *Question, t domain.Terms) error {
	if !q.Left() {
		if err := c.send(ctx, q, t); err != nil {
			return err
		}
	}
	for q.Receipt.State == domain.UnknownSend {
		if err := c.settle(ctx, q, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *Case) send(ctx workflow.Context, q *Question, t domain.Terms) error {
	c.Stand("asking %s", t.Name)
	sent := c.Send(ctx, q.Request, &q.Receipt)
	if err := c.First(ctx, sent); err != nil {
		return err
	}
	if err := sent.result(ctx); err != nil {
		return err
	}
	switch q.Receipt.State {
	case domain.UnknownSend:
		c.Tell(domain.Told{
			Kind: domain.ToldPayer, By: domain.ByCase, Exchange: q.Request.Exchange, Why: q.Receipt.Trouble,
			Words: "We do not know whether " + t.Name + " has the request. It is not sent again; we ask.",
		})
		c.Emit(domain.Event{Type: domain.ExchangeUnknown, Exchange: q.Request.Exchange, Code: q.Receipt.Trouble})
	case domain.Prepared:
	default:
		c.Emit(domain.Event{Type: domain.ExchangeSent, Exchange: q.Request.Exchange, Code: string(q.Receipt.State)})
	}
	return nil
}

// settle takes one more try at finding out whether a send has arrived.
func (c *Case) settle(ctx workflow.Context, q *Question, t domain.Terms) error {
	if q.Asked >= len(t.UnknownWaits) || t.StatusByHand {
		return c.findOut(ctx, q, t)
	}
	wait := domain.Deadline{
		Name: "ask " + t.Name + " whether it has the request", Rule: "payer profile, unknown sends", Zone: c.Zone,
		From: workflow.Now(ctx), Due: workflow.Now(ctx).Add(t.UnknownWaits[q.Asked]), Then: "ask again, then a person",
	}
	c.Stand("finding out whether %s has the request", t.Name)
	listening, again := c.Hear(q.Request.Exchange), c.Until(wait)
	if err := c.First(ctx, listening, again); err != nil {
		return err
	}
	if listening.Answer != nil {
		if listening.Answer.Said == domain.NotOnFile {
			q.Asked = len(t.UnknownWaits) // told, not asked by us: a person settles it
			c.absent(*listening.Answer, t)
			return nil
		}
		return c.Arrived(ctx, q, *listening.Answer, "its answer came")
	}
	c.unhear(listening)
	q.Asked++
	inquiry := c.Inquire(ctx, q)
	if err := c.First(ctx, inquiry); err != nil {
		return err
	}
	a, err := inquiry.Word(ctx, q)
	switch {
	case err != nil || a == nil: // no word on the word: ask again
		return err
	case a.Said == domain.ContactPayer:
		q.Asked = len(t.UnknownWaits)
		c.Say(domain.ToldPayer, a.By, "%s cannot say whether it has the request: a person finds out", t.Name)
		return nil
	case a.Said != domain.NotOnFile:
		return c.Arrived(ctx, q, *a, "inquiry found it")
	case t.AbsenceIsProof:
		c.Say(domain.ToldPayer, a.By, "%s has no such request: the same bytes are sent again", t.Name)
		return c.resend(ctx, q, t)
	}
	c.absent(*a, t)
	return nil
}

func (c *Case) absent(a domain.Answer, t domain.Terms) {
	c.Say(domain.ToldPayer, a.By, "%s finds no such request; that proves nothing yet", t.Name)
}

// Inquire asks where a request stands. It may take as long as the payer is out of reach:
// a stage that has other waits goes on with them.
func (c *Case) Inquire(ctx workflow.Context, q *Question) *Sent {
	r := q.Request
	r.Kind, r.Trace, r.Number = domain.AskStatus, q.Receipt.Trace, ""
	if q.Receipt.Answer != nil {
		r.Number = q.Receipt.Answer.Reference
	}
	inquiry := c.NewQuestion(r)
	return c.Send(ctx, inquiry.Request, &inquiry.Receipt)
}

// Word is what an inquiry that is done says about the request; nil where no answer could
// be had. An inquiry that was refused says nothing about the request.
func (s *Sent) Word(ctx workflow.Context, q *Question) (*domain.Answer, error) {
	if err := s.result(ctx); err != nil {
		return nil, err
	}
	a := s.receipt.Answer
	if a == nil || a.Said == domain.Rejected {
		return nil, nil //nolint:nilnil // no word is a result
	}
	a.Exchange = q.Request.Exchange
	return a, nil
}

// findOut puts it before a person, who alone can prove that nothing came.
func (c *Case) findOut(ctx workflow.Context, q *Question, t domain.Terms) error {
	task := Ask[domain.FoundOut](c, domain.Task{
		Title: "Find out whether " + t.Name + " has our request",
		Instructions: "The request may or may not have arrived, and asking electronically did not settle it. Call " + t.Name + " " + t.Phone +
			" or look in its portal. Do not send it again: if the payer has it, that would be a second request.",
		Queue: domain.QueueAuthorizations, Priority: domain.High, Exchange: q.Request.Exchange,
		Due: c.Within(ctx, 4*time.Hour, "unknown send is settled", "Parley: an unknown send is settled within 4 hours"),
	})
	c.Stand("nobody knows whether %s has the request", t.Name)
	listening := c.Hear(q.Request.Exchange)
	if err := c.First(ctx, task, listening); err != nil {
		return err
	}
	defer c.unhear(listening)
	if listening.Answer != nil {
		task.Drop(c)
		if listening.Answer.Said == domain.NotOnFile {
			c.absent(*listening.Answer, t)
			return nil
		}
		return c.Arrived(ctx, q, *listening.Answer, "its answer came")
	}
	if task.Result.Arrived == "no" {
		c.Say(domain.ToldPeople, task.By, "%s has no such request, says %s: the same bytes are sent again", t.Name, task.Result.With)
		return c.resend(ctx, q, t)
	}
	at := workflow.Now(ctx)
	return c.Arrived(ctx, q, domain.Answer{
		Exchange: q.Request.Exchange, Channel: domain.ByPhone, Said: domain.Received, Reference: task.Result.Reference,
		Received: &at, At: at, By: task.By, With: task.Result.With,
	}, "a person found out")
}

// Arrived notes that the payer has the request after all.
func (c *Case) Arrived(ctx workflow.Context, q *Question, a domain.Answer, why string) error {
	if _, err := SettleSend.do(ctx, domain.Settlement{Submission: q.Request.Submission, State: domain.Acknowledged, By: a.By, Why: why}); err != nil {
		return err
	}
	q.Receipt.State, q.Receipt.Trouble = domain.Acknowledged, ""
	q.Receipt.Received = a.Received
	if a.Received == nil {
		q.Receipt.Received = &a.At
	}
	if a.Said != domain.Received {
		q.Receipt.Answer = &a
	}
	return nil
}

func (c *Case) resend(ctx workflow.Context, q *Question, t domain.Terms) error {
	q.Asked, q.Request.Resend = 0, true
	q.Receipt = domain.Receipt{}
	return c.send(ctx, q, t)
}

// Within is a task's due time by a rule of ours: that long from now.
func (c *Case) Within(ctx workflow.Context, d time.Duration, name, rule string) domain.Deadline {
	now := workflow.Now(ctx)
	return domain.Deadline{Name: name, Rule: rule, From: now, Due: now.Add(d), Zone: c.Zone, Then: "it is raised to the lead"}
}
