package flow

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

// A Wait is something that may come: a person's work, a payer's answer, a clock. A nil
// one never comes, so that a stage can list what it waits for now and then.
type Wait interface {
	came(now time.Time) bool
	take(*Case, time.Time) // looked at once, by the First that returns it
}

// First waits until one of waits has come, and marks it as taken. It returns an error
// that a stage hands up as it is: the case is interrupted by news no wait takes.
//
// Before it waits it records what was said and what the case now waits for. Tasks that
// fall due are raised to the lead, armed clocks nobody listens for are told when they
// pass; neither ends the wait.
func (c *Case) First(ctx workflow.Context, waits ...Wait) error {
	c.clocks = nil
	for _, w := range waits {
		if k, ok := w.(*Clock); ok && k != nil {
			c.clocks = append(c.clocks, k)
		}
	}
	defer func() { c.clocks = nil }()
	for {
		now := workflow.Now(ctx)
		for _, w := range waits {
			// Look at what came, never at which was first: at a deadline two can be true.
			if w.came(now) {
				c.unhold()
				w.take(c, now)
				return nil
			}
		}
		c.openInbox()
		if len(c.news) > 0 {
			return errNews
		}
		c.raiseOverdue(now)
		c.tellPassed(now)
		if c.untold() {
			if err := c.Record(ctx); err != nil {
				return err
			}
			continue // something may have come meanwhile
		}
		if err := c.await(ctx, waits); err != nil {
			return err
		}
	}
}

// openInbox makes news of what payers said while a question was on its way, once it has
// arrived and nobody listens for its answer.
func (c *Case) openInbox() {
	var kept []domain.Answer
	for _, a := range c.Inbox {
		switch {
		case c.sending(a.Exchange), slices.ContainsFunc(c.hears, func(h *Heard) bool { return h.matches(a) }):
			kept = append(kept, a)
		default:
			c.news = append(c.news, news{answer: &a})
		}
	}
	c.Inbox = kept
}

// sending reports whether a question is on its way.
func (c *Case) sending(x domain.ExchangeID) bool {
	return slices.ContainsFunc(c.sends, func(s *Sent) bool { return s.request.Exchange == x })
}

// await returns when something came, or the nearest clock passes.
func (c *Case) await(ctx workflow.Context, waits []Wait) error {
	came := func() bool {
		now := workflow.Now(ctx)
		return len(c.news) > 0 || slices.ContainsFunc(waits, func(w Wait) bool { return w.came(now) })
	}
	next := c.nearest()
	return c.timer.await(ctx, next.Due, next.Rule, came)
}

// nearest is the deadline that passes next, of a clock or of a task not yet raised; one
// without a due time if there is none.
func (c *Case) nearest() (next domain.Deadline) {
	earlier := func(d domain.Deadline) {
		if next.Due.IsZero() || d.Due.Before(next.Due) {
			next = d
		}
	}
	for _, d := range c.deadlines() {
		earlier(d)
	}
	for _, a := range c.asks {
		if !a.task.Escalated && !a.task.Due.Due.IsZero() {
			earlier(a.task.Due)
		}
	}
	return next
}

// raiseOverdue brings a task that nobody has done in time before the lead. It stays open.
func (c *Case) raiseOverdue(now time.Time) {
	for _, a := range c.asks {
		if a.task.Escalated || a.task.Due.Due.IsZero() || now.Before(a.task.Due.Due) {
			continue
		}
		a.task.Escalated, a.task.Queue = true, domain.QueueLead
		if a.task.Priority > domain.High {
			a.task.Priority = domain.High
		}
		c.Tell(domain.Told{Kind: domain.ToldClock, By: domain.ByCase, Task: a.task.ID, Words: "Overdue, raised to the lead: " + a.task.Title, Why: a.task.Due.Rule})
		c.Emit(domain.Event{Type: domain.DeadlinePassed, Task: a.task.ID, Code: a.task.Due.Rule})
	}
}

// tellPassed tells of armed clocks that pass while the case waits for something else.
func (c *Case) tellPassed(now time.Time) {
	for _, d := range slices.Clone(c.Clocks) {
		if now.Before(d.Due) {
			continue
		}
		c.Disarm(d.Name)
		c.Tell(domain.Told{Kind: domain.ToldClock, By: domain.ByCase, Words: "The time is up: " + d.Name, Why: d.Rule})
		c.Emit(domain.Event{Type: domain.DeadlinePassed, Code: d.Rule})
	}
}

// unhold ends a hold because something happened.
func (c *Case) unhold() {
	if c.Hold != nil {
		c.Hold = nil
		c.Say(domain.ToldAdvance, domain.ByCase, "No longer on hold: something happened")
	}
}

// drop ends every wait of a stage. An answer that was admitted and never looked at is
// refused to whoever gave it; a send under way is stopped, or heard out if bytes may
// have left.
func (c *Case) drop(ctx workflow.Context) error {
	for _, a := range c.asks {
		a.over = true
		c.Emit(domain.Event{Type: domain.TaskWithdrawn, Task: a.task.ID, Code: string(a.task.Kind)})
	}
	for _, h := range slices.Clone(c.hears) {
		c.unhear(h)
	}
	for _, e := range c.expects {
		if e.tell != nil {
			c.news = append(c.news, news{tell: e.tell})
		}
	}
	c.asks, c.expects = nil, nil
	for len(c.sends) > 0 {
		if err := c.sends[0].stop(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// ask is a task waiting for a person.
type ask struct {
	task   domain.Task
	check  func(json.RawMessage) error
	answer *domain.Completion
	over   bool // decided: no answer is accepted any more
}

// Asked is a task before a person, and its result once it is done.
type Asked[R domain.Result] struct {
	*ask
	Result R
	By     domain.Actor
	Done   bool
}

// Ask puts a task before a person. Its kind is its result's; the ID is the step's that
// will show it, so that an attempt that decides otherwise opens another task.
func Ask[R domain.Result](c *Case, t domain.Task) *Asked[R] {
	var r R
	t.Kind = r.Task()
	same := 0
	for _, a := range c.asks {
		if a.task.Kind == t.Kind {
			same++
		}
	}
	t.ID = domain.NewTaskID(c.CaseID, c.StepNo+1, t.Kind, same)
	if t.Party == "" {
		t.Party = domain.Coordinator
	}
	if t.Priority == 0 {
		t.Priority = domain.Normal
	}
	a := &ask{task: t, check: check[R]}
	c.asks = append(c.asks, a)
	c.Emit(domain.Event{Type: domain.TaskOpened, Task: t.ID, Code: string(t.Kind)})
	return &Asked[R]{ask: a}
}

// Judge adds what the result's own tags cannot say: whether it fits this case. It only
// reads, and is asked when the result is handed in, never again.
func (a *Asked[R]) Judge(fits func(R) error) *Asked[R] {
	byTags := a.check
	a.check = func(raw json.RawMessage) error {
		if err := byTags(raw); err != nil {
			return err
		}
		var result R
		if err := json.Unmarshal(raw, &result); err != nil {
			return err
		}
		return fits(result)
	}
	return a
}

func (a *Asked[R]) came(time.Time) bool { return a != nil && a.answer != nil && !a.over }

func (a *Asked[R]) take(c *Case, _ time.Time) {
	a.over, a.Done, a.By = true, true, a.answer.By
	// Not judged again: on replay, an answer accepted under yesterday's rules must still be accepted.
	if err := json.Unmarshal(a.answer.Result, &a.Result); err != nil {
		panic(err) // it was decoded when it was admitted
	}
	c.asks = slices.DeleteFunc(c.asks, func(o *ask) bool { return o == a.ask })
	c.finish(a.task, *a.answer)
}

// finish notes that a person did a task.
func (c *Case) finish(t domain.Task, done domain.Completion) {
	c.Untold.Done, c.causes = append(c.Untold.Done, done), append(c.causes, done.ID)
	c.Tell(domain.Told{Kind: domain.ToldPeople, By: done.By, Task: t.ID, Words: "Done: " + t.Title})
	c.Emit(domain.Event{Type: domain.TaskCompleted, Task: t.ID, Code: string(t.Kind)})
}

// Drop withdraws a task that is no longer needed.
func (a *Asked[R]) Drop(c *Case) {
	if a == nil || a.over {
		return
	}
	a.over = true
	c.asks = slices.DeleteFunc(c.asks, func(o *ask) bool { return o == a.ask })
	c.Emit(domain.Event{Type: domain.TaskWithdrawn, Task: a.task.ID, Code: string(a.task.Kind)})
}

// check judges a result by its tags, as today's rules have them.
func check[R domain.Result](raw json.RawMessage) error {
	var result R
	if err := Decode(raw, &result); err != nil {
		return err
	}
	return domain.Check(result)
}

// Decode reads JSON strictly: a field that nobody knows is a mistake of whoever sent it.
func Decode(raw json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// Clock is a deadline that is waited for.
type Clock struct{ deadline domain.Deadline }

// Until waits for a deadline. One that is armed is disarmed when it comes; the stage says
// what that means.
func (c *Case) Until(d domain.Deadline) *Clock { return &Clock{d} }

func (k *Clock) came(now time.Time) bool { return k != nil && !now.Before(k.deadline.Due) }

func (k *Clock) take(c *Case, _ time.Time) {
	c.Disarm(k.deadline.Name)
	c.Emit(domain.Event{Type: domain.DeadlinePassed, Code: k.deadline.Rule})
}

// Passed reports whether a clock has come.
func (k *Clock) Passed(ctx workflow.Context) bool { return k.came(workflow.Now(ctx)) }

// Heard is a payer's own word, and whatever a person was told by it.
type Heard struct {
	exchange domain.ExchangeID
	answer   *domain.Answer
	Answer   *domain.Answer // once it is taken
}

// Hear listens for a payer's word on an exchange. One that came early is there at once.
func (c *Case) Hear(x domain.ExchangeID) *Heard {
	h := &Heard{exchange: x}
	for i, early := range c.Inbox {
		if h.matches(early) {
			h.answer, c.Inbox = &early, slices.Delete(c.Inbox, i, i+1)
			break
		}
	}
	c.hears = append(c.hears, h)
	return h
}

func (h *Heard) matches(a domain.Answer) bool { return a.Exchange == "" || a.Exchange == h.exchange }

func (h *Heard) came(time.Time) bool { return h != nil && h.answer != nil }

func (h *Heard) take(c *Case, _ time.Time) {
	h.Answer, h.answer = h.answer, nil
	c.hears = slices.DeleteFunc(c.hears, func(o *Heard) bool { return o == h })
	c.causes = append(c.causes, h.Answer.ID)
	c.Listened(*h.Answer)
}

// unhear ends a wait for a payer's word; one that has come and was not looked at is kept
// for whoever listens next.
func (c *Case) unhear(h *Heard) {
	c.hears = slices.DeleteFunc(c.hears, func(o *Heard) bool { return o == h })
	if h.answer != nil {
		c.Inbox = append(c.Inbox, *h.answer)
	}
}

// Listened notes that an answer was taken. One that no message brought, but the send
// itself, is told by the next step all the same: brought again, it is answered with it.
func (c *Case) Listened(a domain.Answer) {
	if a.ID != "" && !c.pending(a.ID) {
		c.apply(a.ID, c.StepNo+1)
	}
	if c.heard(a) { // a wait took it, and its stage tells of it
		return
	}
	c.hear(a)
	c.Emit(domain.Event{Type: domain.ExchangeAnswered, Exchange: a.Exchange, Code: string(a.Said)})
}

// Expected is a fact that a stage waits to be told.
type Expected struct {
	what string
	tell *domain.Tell
	Tell *domain.Tell // once it is taken
}

// Expect waits to be told a fact.
func (c *Case) Expect(what string) *Expected {
	e := &Expected{what: what}
	c.expects = append(c.expects, e)
	return e
}

func (e *Expected) came(time.Time) bool { return e != nil && e.tell != nil }

func (e *Expected) take(c *Case, _ time.Time) {
	e.Tell, e.tell = e.tell, nil
	c.expects = slices.DeleteFunc(c.expects, func(o *Expected) bool { return o == e })
	c.causes = append(c.causes, e.Tell.ID)
}

// Sent is a question on its way to a payer.
type Sent struct {
	request domain.Request
	future  workflow.Future
	cancel  workflow.CancelFunc
	receipt *domain.Receipt // where the case keeps what became of it
	Done    bool
}

// Send puts a question to a payer, once: the ledger decides whether bytes may leave. What
// became of it is written to receipt, also where the wait for it is interrupted.
func (c *Case) Send(ctx workflow.Context, r domain.Request, receipt *domain.Receipt) *Sent {
	ctx, cancel := workflow.WithCancel(ctx)
	s := &Sent{request: r, cancel: cancel, receipt: receipt, future: Submit.start(ctx, r)}
	c.sends = append(c.sends, s)
	return s
}

func (s *Sent) came(time.Time) bool { return s != nil && s.future.IsReady() }

func (s *Sent) take(c *Case, _ time.Time) {
	s.Done = true
	c.sends = slices.DeleteFunc(c.sends, func(o *Sent) bool { return o == s })
}

// result reads what became of the send, after it came.
func (s *Sent) result(ctx workflow.Context) error { return s.future.Get(ctx, s.receipt) }

// stop ends a send whose wait is over. Bytes that may have left are heard out; those that
// have not will never leave.
func (s *Sent) stop(ctx workflow.Context, c *Case) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	s.take(c, time.Time{})
	s.cancel()
	if s.result(ctx) != nil {
		// Called off; or its last attempt failed before it knew that, and is not made again.
		r := s.request
		r.Abandon = true
		got, err := Submit.do(ctx, r)
		if err != nil {
			return err
		}
		*s.receipt = got
	}
	if a := s.receipt.Answer; a != nil && s.request.Kind == domain.AskStatus {
		c.news = append(c.news, news{answer: a}) // nobody else keeps what came of an inquiry
	}
	return nil
}
