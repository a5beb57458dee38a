package flow

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

// keepAside does what needs no stage, beside the main line: notes, holds, people's own
// reminders. It records each as a step of its own.
func (c *Case) keepAside(ctx workflow.Context) {
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			if err := c.awaitAside(ctx); err != nil {
				return // the run is cancelled: the main line tells it
			}
			now := workflow.Now(ctx)
			due := c.aside
			c.aside = nil
			for _, do := range due {
				do()
			}
			opened, ended := c.openReminders(now), c.endHold(now)
			if c.over || c.Closed {
				return
			}
			if len(due) == 0 && !opened && !ended {
				continue // what it waited for was changed: it waits for something else now
			}
			if err := c.Record(ctx); err != nil {
				return
			}
		}
	})
}

// awaitAside returns when something stands aside, or a reminder or the end of a hold is due.
func (c *Case) awaitAside(ctx workflow.Context) error {
	var next time.Time
	earlier := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, r := range c.Reminders {
		if r.Task == "" {
			earlier(r.At)
		}
	}
	if c.Hold != nil {
		earlier(c.Hold.Until)
	}
	held, reminders := c.Hold, len(c.Reminders)
	came := func() bool {
		return len(c.aside) > 0 || c.over || c.Hold != held || len(c.Reminders) != reminders
	}
	for !came() {
		if !next.IsZero() && !workflow.Now(ctx).Before(next) {
			return nil
		}
		if err := c.timerAside.await(ctx, next, "a reminder, or the end of a hold", came); err != nil {
			return err
		}
	}
	return nil
}

// beside tells something in a step of its own, without ending a wait.
func (c *Case) beside(cause domain.MessageID, told domain.Told) {
	c.aside = append(c.aside, func() {
		if cause != "" {
			c.causes = append(c.causes, cause)
		}
		c.Tell(told)
	})
}

func (c *Case) admitNote(n domain.Note) error {
	if c.step(n.ID) > 0 {
		return nil
	}
	if err := domain.Check(n); err != nil {
		return refuseInvalid(err)
	}
	return c.isOpen()
}

func (c *Case) note(ctx workflow.Context, n domain.Note) (domain.CaseView, error) {
	if c.step(n.ID) == 0 {
		c.beside(n.ID, domain.Told{Kind: domain.ToldNote, By: n.By, Words: n.Words})
	}
	return c.answered(ctx, n.ID, nil)
}

func (c *Case) admitHold(h domain.HoldRequest) error {
	if c.step(h.ID) > 0 {
		return nil
	}
	if c.Hold != nil {
		return refuse(domain.Refused, "case %s is on hold already", c.CaseID)
	}
	if err := domain.Check(h); err != nil {
		return refuseInvalid(err)
	}
	return c.isOpen()
}

// hold sets the case aside. Its tasks rest; its clocks do not.
func (c *Case) hold(ctx workflow.Context, h domain.HoldRequest) (domain.CaseView, error) {
	if c.step(h.ID) == 0 {
		c.aside = append(c.aside, func() {
			c.Hold = &domain.Hold{Reason: h.Reason, By: h.By, Until: h.Until}
			c.causes = append(c.causes, h.ID)
			c.Tell(domain.Told{Kind: domain.ToldPeople, By: h.By, Words: "On hold until " + h.Until.In(domain.Zone(c.Zone)).Format("2 Jan 2006 15:04 MST"), Why: h.Reason})
		})
	}
	return c.answered(ctx, h.ID, nil)
}

func (c *Case) admitResumption(r domain.Resumption) error {
	if c.step(r.ID) > 0 {
		return nil
	}
	if c.Hold == nil {
		return refuse(domain.Refused, "case %s is not on hold", c.CaseID)
	}
	return c.isOpen()
}

func (c *Case) resume(ctx workflow.Context, r domain.Resumption) (domain.CaseView, error) {
	if c.step(r.ID) == 0 {
		c.aside = append(c.aside, func() {
			c.Hold = nil
			c.causes = append(c.causes, r.ID)
			c.Say(domain.ToldPeople, r.By, "No longer on hold")
		})
	}
	return c.answered(ctx, r.ID, nil)
}

func (c *Case) endHold(now time.Time) bool {
	if c.Hold == nil || now.Before(c.Hold.Until) {
		return false
	}
	c.Hold = nil
	c.Say(domain.ToldClock, domain.ByCase, "The hold is over")
	return true
}

func (c *Case) admitReminder(r domain.Reminder) error {
	if c.step(r.ID) > 0 {
		return nil
	}
	if len(c.Reminders) >= 50 {
		return refuse(domain.Refused, "case %s has 50 reminders already", c.CaseID)
	}
	if err := domain.Check(r); err != nil {
		return refuseInvalid(err)
	}
	return c.isOpen()
}

// remind keeps a person's own reminder. It becomes a task of theirs when it is due.
func (c *Case) remind(ctx workflow.Context, r domain.Reminder) (domain.CaseView, error) {
	if c.step(r.ID) == 0 {
		r.Task = ""
		c.aside = append(c.aside, func() {
			c.Reminders = append(c.Reminders, r)
			c.causes = append(c.causes, r.ID)
			c.Tell(domain.Told{Kind: domain.ToldPeople, By: r.By, Words: "Wants to be reminded " + r.At.In(domain.Zone(c.Zone)).Format("2 Jan 2006 15:04 MST"), Why: r.Words})
		})
	}
	return c.answered(ctx, r.ID, nil)
}

func (c *Case) openReminders(now time.Time) (opened bool) {
	for i, r := range c.Reminders {
		if r.Task != "" || now.Before(r.At) {
			continue
		}
		c.Reminders[i].Task = domain.NewTaskID(c.CaseID, c.StepNo+1, domain.ReminderDone{}.Task(), i)
		c.Emit(domain.Event{Type: domain.TaskOpened, Task: c.Reminders[i].Task, Code: string(domain.ReminderDone{}.Task())})
		opened = true
	}
	return opened
}

func (c *Case) reminderTask(r domain.Reminder) domain.Task {
	return domain.Task{
		ID: r.Task, Kind: domain.ReminderDone{}.Task(), Title: "Reminder: " + r.Words, Instructions: "You asked to be reminded.",
		Queue: domain.QueueAuthorizations, Party: domain.Coordinator, Priority: domain.Normal, For: r.By.ID,
		Due: domain.Deadline{Name: "reminder", Rule: "asked for by " + r.By.String(), From: r.At, Due: r.At, Zone: c.Zone},
	}
}

// reminder is the place of a reminder whose task is open, and -1 if there is none.
func (c *Case) reminder(id domain.TaskID) int {
	return slices.IndexFunc(c.Reminders, func(r domain.Reminder) bool { return r.Task != "" && r.Task == id })
}
