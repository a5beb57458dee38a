package flow

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

// news is a message that no wait took: it interrupts the stage.
type news struct {
	withdrawal *domain.Withdrawal
	tell       *domain.Tell
	answer     *domain.Answer
}

func (n news) id() domain.MessageID {
	switch {
	case n.withdrawal != nil:
		return n.withdrawal.ID
	case n.tell != nil:
		return n.tell.ID
	}
	return n.answer.ID
}

// listen takes messages. Handlers hand over and wait for the step that tells what came of
// it; no handler may wait for something that the main line has stopped looking for.
func (c *Case) listen(ctx workflow.Context) error {
	return errors.Join(
		handle(ctx, domain.CompleteTask, c.admitCompletion, c.complete),
		handle(ctx, domain.HearAnswer, c.admitAnswer, c.hearAnswer),
		handle(ctx, domain.TellCase, c.admitTell, c.tellCase),
		handle(ctx, domain.WithdrawCase, c.admitWithdrawal, c.withdraw),
		handle(ctx, domain.HoldCase, c.admitHold, c.hold),
		handle(ctx, domain.ResumeCase, c.admitResumption, c.resume),
		handle(ctx, domain.NoteCase, c.admitNote, c.note),
		handle(ctx, domain.RemindMe, c.admitReminder, c.remind),
		handle(ctx, domain.PutRight, c.differs, c.putRight),
		workflow.SetUpdateHandler(ctx, domain.Opened, c.opened),
	)
}

func handle[M any](ctx workflow.Context, name string, admit func(M) error, do func(workflow.Context, M) (domain.CaseView, error)) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name, do, workflow.UpdateHandlerOptions{
		// Validators only read: the server keeps no record of a refusal, and the message may come again.
		Validator: func(_ workflow.Context, m M) error { return admit(m) },
	})
}

// isOpen refuses what comes after the last step was decided.
func (c *Case) isOpen() error {
	if c.over || c.Closed {
		return refuse(domain.CaseIsClosed, "case %s is closed", c.CaseID)
	}
	return nil
}

// admitCompletion refuses work that cannot be applied.
func (c *Case) admitCompletion(done domain.Completion) error {
	if c.step(done.ID) > 0 {
		return nil
	}
	if i := c.reminder(done.TaskID); i >= 0 {
		if err := check[domain.ReminderDone](done.Result); err != nil {
			return refuseInvalid(err)
		}
		return nil
	}
	a := c.asked(done.TaskID)
	if a == nil || a.over || a.answer != nil {
		return refuse(domain.TaskClosed, "task %s is not waiting for anyone", done.TaskID)
	}
	if err := a.check(done.Result); err != nil {
		return refuseInvalid(err)
	}
	return nil
}

// complete hands the work to the case and answers once its step is recorded, so
// the person sees where the case went.
func (c *Case) complete(ctx workflow.Context, done domain.Completion) (domain.CaseView, error) {
	if c.step(done.ID) > 0 {
		return c.answered(ctx, done.ID, nil)
	}
	if i := c.reminder(done.TaskID); i >= 0 {
		r := c.Reminders[i]
		c.Reminders = slices.Delete(c.Reminders, i, i+1)
		c.aside = append(c.aside, func() { c.finish(c.reminderTask(r), done) })
		return c.answered(ctx, done.ID, nil)
	}
	a := c.asked(done.TaskID)
	if a == nil || a.over || a.answer != nil { // decided between admission and now
		return domain.CaseView{}, refuse(domain.TaskClosed, "task %s is not waiting for anyone", done.TaskID)
	}
	a.answer = &done
	return c.answered(ctx, done.ID, func() bool { return a.over && !c.pending(done.ID) })
}

// pending reports whether a message was looked at, its step recorded or about to be.
func (c *Case) pending(id domain.MessageID) bool {
	return slices.Contains(c.causes, id) || c.step(id) > 0
}

func (c *Case) asked(id domain.TaskID) *ask {
	for _, a := range c.asks {
		if a.task.ID == id {
			return a
		}
	}
	return nil
}

func (c *Case) admitAnswer(a domain.Answer) error {
	if c.step(a.ID) > 0 {
		return nil
	}
	if err := domain.Check(a); err != nil {
		return refuseInvalid(err)
	}
	return c.isOpen()
}

// hearAnswer hands a payer's word to whoever listens. One that repeats what the case has
// taken is noted; one that came by wire for a question still on its way is kept, durable
// with this update; any other is news.
func (c *Case) hearAnswer(ctx workflow.Context, a domain.Answer) (domain.CaseView, error) {
	if c.step(a.ID) > 0 {
		return c.answered(ctx, a.ID, nil)
	}
	if slices.ContainsFunc(c.Inbox, func(kept domain.Answer) bool { return kept.ID == a.ID }) {
		return c.view(), nil
	}
	if c.heard(a) || c.kind.idle(a) {
		c.beside(a.ID, nothingNew(a))
		return c.answered(ctx, a.ID, nil)
	}
	for _, h := range c.hears {
		if h.answer == nil && h.matches(a) {
			h.answer = &a
			return c.answered(ctx, a.ID, nil)
		}
	}
	if a.Channel == domain.ByX12 && c.sending(a.Exchange) {
		c.Inbox = append(c.Inbox, a)
		return c.view(), nil
	}
	c.news = append(c.news, news{answer: &a})
	return c.answered(ctx, a.ID, nil)
}

func nothingNew(a domain.Answer) domain.Told {
	return domain.Told{
		Kind: domain.ToldPayer, By: a.By, Exchange: a.Exchange,
		Words: a.By.String() + " said " + string(a.Said) + " again or late: nothing changes",
	}
}

func (c *Case) admitTell(t domain.Tell) error {
	if c.step(t.ID) > 0 {
		return nil
	}
	if err := c.isOpen(); err != nil {
		return err
	}
	if err := c.kind.admit(t); err != nil {
		return refuseInvalid(err)
	}
	return nil
}

func (c *Case) tellCase(ctx workflow.Context, t domain.Tell) (domain.CaseView, error) {
	if c.step(t.ID) == 0 {
		for _, e := range c.expects {
			if e.what == t.What && e.tell == nil {
				e.tell = &t
				return c.answered(ctx, t.ID, nil)
			}
		}
		c.news = append(c.news, news{tell: &t})
	}
	return c.answered(ctx, t.ID, nil)
}

func (c *Case) admitWithdrawal(w domain.Withdrawal) error {
	switch {
	case c.step(w.ID) > 0:
		return nil
	case slices.ContainsFunc(c.news, func(n news) bool { return n.withdrawal != nil }):
		return refuse(domain.Refused, "case %s is being withdrawn", c.CaseID)
	}
	if err := domain.Check(w); err != nil {
		return refuseInvalid(err)
	}
	return c.isOpen()
}

// withdraw hands the withdrawal over. It ends the wait the case is in, or the next one.
func (c *Case) withdraw(ctx workflow.Context, w domain.Withdrawal) (domain.CaseView, error) {
	if c.step(w.ID) == 0 {
		c.news = append(c.news, news{withdrawal: &w})
	}
	return c.answered(ctx, w.ID, nil)
}

func (c *Case) opened(ctx workflow.Context) (domain.CaseView, error) {
	err := workflow.Await(ctx, func() bool { return c.recorded > 0 || c.last > 0 && !c.reopened })
	return c.view(), err
}

// answered waits for the step that tells what came of a message, or for the end of the
// case, or until lost: the wait it was for was decided otherwise.
func (c *Case) answered(ctx workflow.Context, id domain.MessageID, lost func() bool) (domain.CaseView, error) {
	told := func() bool { return c.step(id) > 0 && c.last >= c.step(id) }
	err := workflow.Await(ctx, func() bool { return told() || c.over || lost != nil && lost() })
	switch {
	case err != nil:
		return domain.CaseView{}, err
	case told():
		v := c.view()
		v.Step = c.step(id)
		return v, nil
	case c.over:
		return domain.CaseView{}, refuse(domain.CaseIsClosed, "case %s closed first", c.CaseID)
	}
	return domain.CaseView{}, refuse(domain.TaskClosed, "the case went on before it looked at this")
}

// differs refuses a putting right that is not needed, so that asking costs no events.
func (c *Case) differs(shown domain.Shown) error {
	if shown.Step == c.last && shown.Digest == c.shown {
		return refuse(domain.AsRecorded, "case %s is at step %d", c.CaseID, c.StepNo)
	}
	return nil
}

// putRight tells the case's state again, as a step of its own. Two things leave the database
// ahead of a case with nothing to wake it: the loss of an update whose step was recorded
// before the server had accepted it, and a reset by an operator.
func (c *Case) putRight(ctx workflow.Context, _ domain.Shown) (domain.CaseView, error) {
	step := c.StepNo
	c.beside("", domain.Told{Kind: domain.ToldAdvance, By: domain.ByCase, Words: "What was shown of this case was put right"})
	err := workflow.Await(ctx, func() bool { return c.last > step || c.over })
	return c.view(), err
}
