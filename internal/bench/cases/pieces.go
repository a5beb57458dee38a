package cases

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	harness "parley/internal/bench"

	"parley/api"
	"parley/domain"
	"parley/workflows/flow"
)

// trial is a kind of case that uses each piece of the vocabulary when it is told to, and
// else waits under a clock, as every case does.
type trial struct{ flow.File }

// Facts is what lists show of it.
func (*trial) Facts() (domain.PayerID, domain.Facts) {
	return "larkfield", domain.Facts{Title: "Bench of the vocabulary"}
}

// What a trial can be told.
const (
	trySaying   = "say something"
	tryTask     = "ask a person"
	tryExchange = "ask the payer"
	tryClock    = "set a clock"
	tryClosing  = "close"
)

// short is how long a clock runs that is to pass: longer than it takes to see it armed.
const short = 4 * time.Second

func vocabulary(ctx workflow.Context, f trial) (trial, error) {
	return flow.Run(ctx, f, flow.Procedure[trial]{
		Stages:   []flow.Part[trial]{flow.Stage("try", try)},
		Admit:    func(*trial, domain.Tell) error { return nil },
		Told:     func(workflow.Context, *flow.Case, *trial, domain.Tell) (string, error) { return "", nil },
		Heard:    func(workflow.Context, *flow.Case, *trial, domain.Answer) (string, error) { return "", nil },
		Reopened: func(*trial) string { return "try" },
	})
}

func try(ctx workflow.Context, c *flow.Case, f *trial) error {
	if f.StepNo == 0 {
		c.Say(domain.ToldAdvance, domain.ByCase, "Ordered")
		c.Arm(c.Within(ctx, 300*24*time.Hour, "the end of the trial", "bench"))
	}
	saying, task, exchange := c.Expect(trySaying), c.Expect(tryTask), c.Expect(tryExchange)
	clock, closing := c.Expect(tryClock), c.Expect(tryClosing)
	c.Stand("waits")
	if err := c.First(ctx, saying, task, exchange, clock, closing); err != nil {
		return err
	}
	switch {
	case saying.Tell != nil:
		c.Say(domain.ToldPeople, dana, "Something")
	case task.Tell != nil:
		asked := flow.Ask[domain.NeedDecided](c, domain.Task{
			Title: "Decide", Queue: domain.QueueAuthorizations, Due: c.Within(ctx, 24*time.Hour, "it is decided", "bench"),
		})
		if err := c.First(ctx, asked); err != nil {
			return err
		}
	case exchange.Tell != nil:
		q := c.NewQuestion(domain.Request{Kind: domain.AskAuthorization, Payer: "larkfield"})
		if err := c.Exchange(ctx, q, domain.Terms{Name: "Larkfield Health"}); err != nil {
			return err
		}
		c.Say(domain.ToldPayer, domain.ByCase, "Larkfield Health has the request")
	case clock.Tell != nil:
		if err := c.First(ctx, c.Until(c.Within(ctx, short, "soon", "bench"))); err != nil {
			return err
		}
	default:
		c.Close(domain.OutcomeResolved, "the trial is over")
		return flow.Done
	}
	return flow.Again
}

// answersAtOnce stands in for the ledger and the payer's wire: only events are counted.
func answersAtOnce(_ context.Context, r domain.Request) (domain.Receipt, error) {
	now := time.Now()
	return domain.Receipt{Submission: r.Submission, State: domain.Accepted, SentAt: now, Received: &now}, nil
}

// pieces counts what each piece of the vocabulary adds to a case's history.
func (b *bench) pieces(ctx context.Context, r *harness.Report) error {
	b.tell("counting the events of each piece of the vocabulary")
	cases := &api.Cases{Client: b.ours, Store: b.cases.Store, Keys: b.cases.Keys, Queue: b.queue + "-pieces", Log: b.cases.Log}
	defer cases.Wait()
	begin := trial{flow.File{Opening: opening()}}
	t := trialOf{bench: b, id: begin.CaseID, say: cases.Say}
	if _, err := cases.Open(ctx, t.id, begin.Kind, begin); err != nil {
		return fmt.Errorf("start a trial: %w", err)
	}
	if _, err := t.grew(ctx); err != nil {
		return err
	}
	r.Set("events_of_start", float64(t.events))
	soon := time.Now().Add(30 * 24 * time.Hour)
	for _, p := range []struct {
		figure string
		do     func() error
		steps  int // until it is over
	}{
		{"", func() error { return t.told(ctx, trySaying) }, 1}, // the first message finds the worker's cache as it is
		{"events_of_fact", func() error { return t.told(ctx, trySaying) }, 1},
		{"events_of_task", func() error { return t.told(ctx, tryTask) }, 1},
		{"events_of_completion", func() error { return t.completes(ctx) }, 1},
		{"events_of_exchange", func() error { return t.told(ctx, tryExchange) }, 2},
		{"", func() error { return t.told(ctx, tryClock) }, 1},
		{"events_of_clock", func() error { return nil }, 1},
		{"events_of_note", func() error { return t.notes(ctx) }, 1},
		{"events_of_hold", func() error {
			return t.says(ctx, domain.HoldCase, func(id domain.MessageID) any {
				return domain.HoldRequest{ID: id, By: dana, Reason: "away", Until: soon}
			})
		}, 1},
		{"events_of_resumption", func() error {
			return t.says(ctx, domain.ResumeCase, func(id domain.MessageID) any { return domain.Resumption{ID: id, By: dana} })
		}, 1},
		{"events_of_reminder", func() error {
			return t.says(ctx, domain.RemindMe, func(id domain.MessageID) any {
				return domain.Reminder{ID: id, By: dana, Words: "call", At: time.Now().Add(short)}
			})
		}, 1},
		{"events_of_reminder_due", func() error { return nil }, 1},
	} {
		t.awaited += p.steps
		if err := p.do(); err != nil {
			return fmt.Errorf("%s: %w", p.figure, err)
		}
		grown, err := t.grew(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", p.figure, err)
		}
		if p.figure != "" {
			r.Set(p.figure, float64(grown))
		}
	}
	// An exchange is what it adds to the fact that set it off.
	r.Set("events_of_exchange", r.Figures["events_of_exchange"]-r.Figures["events_of_fact"])
	return t.goesOn(ctx, r)
}

// goesOn has the trial continue as new, counts the new run, and closes it.
func (t *trialOf) goesOn(ctx context.Context, r *harness.Report) error {
	for t.events <= 200 {
		t.awaited++
		if err := t.notes(ctx); err != nil {
			return err
		}
		if _, err := t.grew(ctx); err != nil {
			return err
		}
	}
	before := t.events
	t.awaited++
	if err := t.told(ctx, trySaying); err != nil {
		return err
	}
	if _, err := t.grew(ctx); err != nil {
		return err
	}
	if t.events >= before {
		return fmt.Errorf("a run of %d events did not continue as new", before)
	}
	r.Set("events_of_new_run", float64(t.events))
	t.awaited++
	if err := t.told(ctx, tryClosing); err != nil {
		return err
	}
	grown, err := t.grew(ctx)
	r.Set("events_of_closing", float64(grown))
	return err
}

// trialOf is a trial under way, and how far its history has been counted.
type trialOf struct {
	*bench
	id              domain.CaseID
	say             func(ctx context.Context, id domain.CaseID, what string, message domain.MessageID, body any) (domain.CaseView, error)
	events, awaited int // the steps after the first
	messages        int
}

// grew waits until the trial rests at the step awaited, and says how many events came.
func (t *trialOf) grew(ctx context.Context) (int, error) {
	err := until(ctx, fmt.Sprintf("the trial's step %d", 1+t.awaited), func() (so bool, err error) {
		err = t.pool.QueryRow(ctx, `select step >= $2 from case_file where id = $1`, t.id, 1+t.awaited).Scan(&so)
		return so, err
	})
	if err != nil {
		return 0, err
	}
	before := t.events
	t.events, _, err = t.rests(ctx, string(t.id))
	return t.events - before, err
}

func (t *trialOf) says(ctx context.Context, what string, body func(domain.MessageID) any) error {
	t.messages++
	id := domain.MessageID(fmt.Sprintf("%s-%d", t.id, t.messages))
	_, err := t.say(ctx, t.id, what, id, body(id))
	return err
}

func (t *trialOf) told(ctx context.Context, what string) error {
	return t.says(ctx, domain.TellCase, func(id domain.MessageID) any { return domain.Tell{ID: id, What: what, By: dana, At: time.Now()} })
}

func (t *trialOf) notes(ctx context.Context) error {
	return t.says(ctx, domain.NoteCase, func(id domain.MessageID) any { return domain.Note{ID: id, By: dana, Words: "called"} })
}

// completes does the one task that the trial has open.
func (t *trialOf) completes(ctx context.Context) error {
	var task domain.TaskID
	if err := t.pool.QueryRow(ctx, `select id from task where case_id = $1 and closed_step is null`, t.id).Scan(&task); err != nil {
		return err
	}
	return t.says(ctx, domain.CompleteTask, func(id domain.MessageID) any {
		return domain.Completion{ID: id, TaskID: task, By: dana, At: time.Now(), Result: json.RawMessage(`{"needed":"yes"}`)}
	})
}
