package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

// Case is one running case.
type Case struct {
	*File
	fence     fence
	recording workflow.Mutex // steps are numbered and written one at a time
	kind      kind

	timer      timer // of the main line
	timerAside timer // of what is kept aside

	// What it waits for.
	asks    []*ask
	sends   []*Sent
	hears   []*Heard
	expects []*Expected
	clocks  []*Clock // of the wait it is in

	// What came and has not been looked at.
	news  []news
	aside []func() // what needs no stage: notes, holds, reminders, repetitions

	causes []domain.MessageID // the messages that the next step answers

	fresh    bool // the next step is the first of a stage, or the last of all: the file goes with it
	reopened bool // this run wakes a closed case
	recorded int  // steps of this run
	last     int  // the last step that is durable, and what it shows
	shown    string
	over     bool // no message is taken any more
}

// kind is what a case must know of its own kind.
type kind struct {
	facts func() (domain.PayerID, domain.Facts)
	file  func() json.RawMessage
	admit func(domain.Tell) error
	idle  func(domain.Answer) bool
}

func open(ctx workflow.Context, f *File, k kind) (*Case, error) {
	c := &Case{File: f, recording: workflow.NewMutex(ctx), kind: k, fresh: true, reopened: f.Reopening != nil, last: f.StepNo, shown: f.Digest}
	c.fence.keep(ctx)
	c.keepAside(ctx)
	return c, c.listen(ctx)
}

// Say adds a sentence to the timeline. It is recorded with the next step.
func (c *Case) Say(kind domain.ToldKind, by domain.Actor, format string, args ...any) {
	c.Tell(domain.Told{Kind: kind, By: by, Words: fmt.Sprintf(format, args...)})
}

// Tell adds a sentence with what stands behind it.
func (c *Case) Tell(t domain.Told) {
	t.Stage = c.Stage
	c.Untold.Told = append(c.Untold.Told, t)
}

// Emit adds an event for integrators.
func (c *Case) Emit(e domain.Event) { c.Untold.Events = append(c.Untold.Events, e) }

// Stand says where the case stands, in words without health data.
func (c *Case) Stand(format string, args ...any) { c.Now = fmt.Sprintf(format, args...) }

// Record makes a step of what was said since the last one. First does it before it
// waits; a stage needs it only to tell several things apart.
func (c *Case) Record(ctx workflow.Context) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx) // what happened is told, even in a case being cancelled
	if err := c.recording.Lock(ctx); err != nil {
		return err
	}
	defer c.recording.Unlock()
	c.StepNo++
	s := domain.Step{
		CaseID: c.CaseID, No: c.StepNo, RunID: workflow.GetInfo(ctx).WorkflowExecution.RunID, At: workflow.Now(ctx),
		Visible: c.visible(), Told: c.Untold.Told, Events: c.Untold.Events, Done: c.Untold.Done, Causes: c.causes,
	}
	c.Untold, c.causes = untold{}, nil
	s.Digest = s.Sum()
	if s.No == 1 {
		s.Events = append([]domain.Event{{Type: domain.CaseOpened}}, s.Events...)
	}
	c.Digest = s.Digest
	for _, id := range s.Causes {
		c.apply(id, s.No)
	}
	if c.fresh || c.Closed {
		s.File, c.fresh = c.kind.file(), false
	}
	if err := c.write(ctx, s); err != nil {
		return err
	}
	c.recorded++
	c.last, c.shown = s.No, s.Digest
	return nil
}

// write records a step under the fence of its workflow task. A dead or stopped worker that
// is refused ends here: the server takes nothing more from it. A live one can meet a
// refusal after a heartbeat or when the server's clock was set back; its next workflow
// task begins later.
func (c *Case) write(ctx workflow.Context, s domain.Step) error {
	for wait := time.Second; ; wait *= 2 {
		s.Fence = c.fence.now(ctx)
		if _, err := RecordStep.write(ctx, s); !isStale(err) {
			return err
		}
		if err := workflow.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// untold reports whether a step is due: something was said, or what can be seen changed.
func (c *Case) untold() bool {
	return len(c.Untold.Told)+len(c.Untold.Events)+len(c.causes) > 0 || c.visible().Sum() != c.Digest
}

func (c *Case) visible() domain.Visible {
	payer, facts := c.kind.facts()
	v := domain.Visible{
		Kind: c.Kind, Facility: c.Facility, Payer: payer, Stage: c.Stage, Status: domain.Open, WaitingOn: []domain.Party{},
		Outcome: c.Outcome, Now: c.Now, Tasks: c.tasks(), Deadlines: c.deadlines(), Exchanges: []domain.ExchangeID{}, Hold: c.Hold,
		Facts: facts, Related: c.Related,
	}
	switch {
	case c.Closed:
		v.Status = domain.Closed
		return v
	case c.Hold != nil:
		v.Status = domain.Held
	}
	waits := func(p domain.Party) {
		if !slices.Contains(v.WaitingOn, p) {
			v.WaitingOn = append(v.WaitingOn, p)
		}
	}
	for _, a := range c.asks {
		waits(a.task.Party)
	}
	for _, s := range c.sends {
		v.Exchanges = append(v.Exchanges, s.request.Exchange)
		waits(domain.Payer)
	}
	if len(c.hears) > 0 {
		waits(domain.Payer)
	}
	if len(v.WaitingOn) == 0 && len(v.Deadlines) > 0 {
		waits(domain.Nobody)
	}
	return v
}

// tasks lists what is open before people: the stage's, then people's own reminders.
func (c *Case) tasks() []domain.Task {
	open := []domain.Task{}
	if c.Closed {
		return open
	}
	for _, a := range c.asks {
		open = append(open, a.task)
	}
	for _, r := range c.Reminders {
		if r.Task != "" {
			open = append(open, c.reminderTask(r))
		}
	}
	return open
}

// deadlines lists the clocks that run: the case's, and those of the wait it is in.
func (c *Case) deadlines() []domain.Deadline {
	armed := []domain.Deadline{}
	if c.Closed {
		return armed
	}
	armed = append(armed, c.Clocks...)
	for _, k := range c.clocks {
		if !slices.ContainsFunc(armed, func(d domain.Deadline) bool { return d.Name == k.deadline.Name }) {
			armed = append(armed, k.deadline)
		}
	}
	return armed
}

func (c *Case) view() domain.CaseView {
	v := c.visible()
	return domain.CaseView{
		CaseID: c.CaseID, Step: c.StepNo, Status: v.Status, Stage: c.Stage, WaitingOn: v.WaitingOn, Outcome: c.Outcome, Now: c.Now,
	}
}

// Close ends the case with an outcome. The stage that calls it returns Done next.
func (c *Case) Close(outcome domain.Outcome, format string, args ...any) {
	c.Outcome, c.Closed = outcome, true
	c.Clocks, c.Hold, c.Reminders = nil, nil, nil
	c.Stand(format, args...)
	c.Emit(domain.Event{Type: domain.CaseClosedEvent, Code: string(outcome)})
}

// Child opens a case of another kind, or finds it open. A name names the same child.
func (c *Case) Child(ctx workflow.Context, kind domain.CaseKind, name string, start any) (domain.CaseView, error) {
	id := domain.ChildID(c.CaseID, name)
	raw, err := json.Marshal(start)
	if err != nil {
		return domain.CaseView{}, fmt.Errorf("open child of case %s: %w", c.CaseID, err)
	}
	if !slices.Contains(c.Related, id) {
		c.Related = append(c.Related, id)
	}
	return OpenCase.do(ctx, domain.ChildCase{ID: id, Kind: kind, Start: raw})
}

func refuse(kind, format string, args ...any) error {
	return temporal.NewNonRetryableApplicationError(fmt.Sprintf(format, args...), kind, nil)
}

// refuseInvalid refuses with every fault of an input; its text holds no value.
func refuseInvalid(err error) error {
	var invalid *domain.Invalid
	if !errors.As(err, &invalid) {
		invalid = &domain.Invalid{Fields: []domain.FieldError{{Pointer: "/", Code: "json", Detail: decodeWords(err)}}}
	}
	return temporal.NewNonRetryableApplicationError(invalid.Error(), domain.ResultInvalid, nil, invalid.Fields)
}

// decodeWords says what is wrong with a JSON text and never what it holds: Go's own
// errors quote numbers and strings.
func decodeWords(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("field %s is of the wrong type", kind.Field)
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return "has an unknown field " + field
	}
	return "is not the JSON that was expected"
}
