package flow

import (
	"encoding/json"
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

var (
	// Done ends a case: the stage that returns it has closed it.
	Done = errors.New("case closed")
	// Again repeats the stage, as a round of its own: between rounds a run may end.
	Again = errors.New("another round")
	// errNews interrupts a stage.
	errNews = errors.New("news")
)

// goTo continues with another stage than the next.
type goTo struct{ stage string }

func (g goTo) Error() string { return "go to stage " + g.stage }

// GoTo ends a stage and continues with the named one.
func GoTo(stage string) error { return goTo{stage} }

// Part is a stage of a procedure, in the words a coordinator would use.
type Part[F any] struct {
	name string
	do   func(workflow.Context, *Case, *F) error
}

// Stage names a part of a procedure.
func Stage[F any](name string, do func(workflow.Context, *Case, *F) error) Part[F] {
	return Part[F]{name, do}
}

// Procedure is a kind of case: its stages, and what it makes of news. The functions of
// news return the stage that goes on, "" for the one that was interrupted.
type Procedure[F any] struct {
	Stages []Part[F]
	// Admit judges a fact that is told; it only reads.
	Admit func(*F, domain.Tell) error
	// Told takes a fact that no stage was waiting for.
	Told func(workflow.Context, *Case, *F, domain.Tell) (stage string, err error)
	// Heard takes a payer's word that no stage was listening for.
	Heard func(workflow.Context, *Case, *F, domain.Answer) (stage string, err error)
	// Idle tells a payer's word that changes nothing, such as one that was overtaken; it only
	// reads. Nil: each changes something.
	Idle func(*F, domain.Answer) bool
	// Reopened is the stage in which a closed case goes on.
	Reopened func(*F) (stage string)
}

// Remembers is what the file of a kind of case must be able to say of itself.
type Remembers[F any] interface {
	*F
	file() *File
	Facts() (domain.PayerID, domain.Facts)
}

// maxEvents keeps one run's history within a page.
const maxEvents = 200

// Run takes a case through its stages. Between two stages, and only there, a long
// case continues as new: no task of a stage is open and every message has been answered.
func Run[F any, P Remembers[F]](ctx workflow.Context, f F, p Procedure[F]) (F, error) {
	head := P(&f).file()
	c, err := open(ctx, head, kind{
		facts: P(&f).Facts,
		file:  func() json.RawMessage { return snapshot(f) },
		admit: func(t domain.Tell) error { return p.Admit(&f, t) },
		idle:  func(a domain.Answer) bool { return p.Idle != nil && p.Idle(&f, a) },
	})
	if err != nil {
		return f, err
	}
	if head.Stage == "" {
		head.Stage = p.Stages[0].name
	}
	if head.Reopening != nil {
		c.reopen(p.Reopened(&f))
	}
	for i := place(p.Stages, head.Stage); err == nil && i < len(p.Stages); {
		c.fresh = c.fresh || head.Stage != p.Stages[i].name
		head.Stage = p.Stages[i].name
		var next string
		err = p.Stages[i].do(ctx, c, &f)
		for errors.Is(err, errNews) { // taking one may be interrupted by the next
			next, err = p.takeNews(ctx, c, &f)
		}
		var to goTo
		switch {
		case errors.Is(err, Again):
			next, err = p.Stages[i].name, nil
		case errors.As(err, &to):
			next, err = to.stage, nil
		case err == nil && next == "":
			next = p.after(i)
		}
		if err == nil {
			err = c.drop(ctx)
		}
		if err != nil {
			break
		}
		if i = place(p.Stages, next); c.long(ctx) {
			c.fresh, head.Stage = true, p.Stages[i].name
			err = c.continueAsNew(ctx, func() any { return f })
		}
	}
	return f, c.end(ctx, err)
}

// after is the stage that follows; the last one closes the case and is followed by none.
func (p Procedure[F]) after(i int) string {
	if i+1 == len(p.Stages) {
		return p.Stages[i].name
	}
	return p.Stages[i+1].name
}

// takeNews ends the waits of the stage that was interrupted and takes the message.
func (p Procedure[F]) takeNews(ctx workflow.Context, c *Case, f *F) (stage string, err error) {
	if err := c.drop(ctx); err != nil {
		return "", err
	}
	n := c.news[0]
	c.news = c.news[1:]
	c.unhold()
	c.causes = append(c.causes, n.id())
	switch {
	case n.tell != nil:
		stage, err = p.Told(ctx, c, f, *n.tell)
	case n.answer != nil && (c.heard(*n.answer) || c.kind.idle(*n.answer)): // what came before it said as much, or more
		c.Tell(nothingNew(*n.answer))
	case n.answer != nil:
		c.Listened(*n.answer)
		stage, err = p.Heard(ctx, c, f, *n.answer)
	default:
		c.Tell(domain.Told{Kind: domain.ToldPeople, By: n.withdrawal.By, Words: "Withdrawn", Why: n.withdrawal.Reason})
		c.Close(domain.OutcomeWithdrawn, "withdrawn")
		return "", Done
	}
	if stage == "" {
		stage = c.Stage
	}
	return stage, err
}

// reopen wakes a closed case in a stage.
func (c *Case) reopen(stage string) {
	r := c.Reopening
	c.Reopening = nil
	c.Closed, c.Outcome, c.Stage = false, "", stage
	c.causes = append(c.causes, r.ID)
	c.Tell(domain.Told{Kind: domain.ToldPeople, By: r.By, Words: "Opened again", Why: r.Reason})
	c.Emit(domain.Event{Type: domain.CaseOpened})
}

// long reports whether the run has had enough events.
func (c *Case) long(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	return info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > maxEvents
}

// continueAsNew goes on as a new run once every message is answered. One that comes
// meanwhile is answered by a step of this run, so the next stage begins here after all.
// What was said and answers no message is told by the first step of the new run.
func (c *Case) continueAsNew(ctx workflow.Context, file func() any) error {
	if len(c.causes) > 0 {
		if err := c.Record(ctx); err != nil {
			return err
		}
	}
	answered := func() bool { return workflow.AllHandlersFinished(ctx) && len(c.aside) == 0 }
	for {
		// An answer in the inbox is taken by a stage, and only then answered to whoever brought it.
		err := workflow.Await(ctx, func() bool { return len(c.news)+len(c.Inbox) > 0 || answered() })
		if err != nil || len(c.news) > 0 || len(c.causes) > 0 || !answered() && len(c.Inbox) > 0 {
			return err
		}
		if err := c.recording.Lock(ctx); err != nil { // no step of this run may be on its way
			return err
		}
		if answered() && len(c.news) == 0 {
			return workflow.NewContinueAsNewError(ctx, workflow.GetInfo(ctx).WorkflowType.Name, file())
		}
		c.recording.Unlock()
	}
}

// end tells the end of a case and lets whoever still waits know it.
func (c *Case) end(ctx workflow.Context, err error) error {
	var cancelled *temporal.CanceledError
	if errors.As(err, &cancelled) {
		c.Say(domain.ToldAdvance, domain.ByCase, "Cancelled by an operator")
		c.Close(domain.OutcomeWithdrawn, "cancelled by an operator")
		err = Done
	}
	if err != nil && !errors.Is(err, Done) {
		return err
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	if err := c.drop(ctx); err != nil {
		return err
	}
	for _, a := range c.Inbox {
		c.Listened(a)
		c.Tell(domain.Told{Kind: domain.ToldPayer, By: a.By, Exchange: a.Exchange, Words: a.By.String() + " said " + string(a.Said) + "; nobody waited for it any more"})
	}
	c.Inbox = nil
	if err := c.Record(ctx); err != nil {
		return err
	}
	c.over = true // whoever still waits for an answer is told that the case is closed
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func snapshot(f any) json.RawMessage {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // plain data: it cannot fail but by a programming error
	}
	return b
}

// place is where a stage stands in a procedure; an unknown name is the first.
func place[F any](stages []Part[F], name string) int {
	for i := range stages {
		if stages[i].name == name {
			return i
		}
	}
	return 0
}
