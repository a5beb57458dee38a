package cases

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	harness "parley/internal/bench"

	"parley/domain"
)

// Musts are what the kernel of cases is held to.
var Musts = harness.Musts{"start_vs_bare": ">= 0.6", "completion_p50_vs_bare_update": "<= 2"}

// Options say how much is measured, and where progress is told.
type Options struct {
	Rounds int       // completions; starts are thirty times as many
	Bin    string    // the folder of the programs; "" means beside this one, then PATH
	Out    io.Writer // nil is nowhere
}

// lanes is how many start cases at once: enough that the server is never idle.
const lanes = 16

// bareEvents is what a bare workflow has in history when it has answered its first update:
// started; a workflow task of three; the update's acceptance and its completion.
const bareEvents = 6

// Measure fills in the report at a place.
func Measure(ctx context.Context, p Place, o Options, r *harness.Report) error {
	b, err := open(ctx, p, o)
	if err != nil {
		return err
	}
	defer b.end()
	for _, part := range []func(context.Context, *harness.Report) error{b.pieces, b.wholeCases, b.completions, b.starts} {
		if err := part(ctx, r); err != nil {
			return err
		}
	}
	r.Set("sql_per_step", float64(b.sql.statements.Load())/float64(b.sql.begun.Load()))
	return nil
}

// completions compares a person's completed task, answered when the next step is
// recorded, with an update that does nothing, one of each in turn on an idle server.
func (b *bench) completions(ctx context.Context, r *harness.Report) error {
	b.tell("completing a task against a bare update, %d times each", b.Rounds)
	var ours, bares harness.Times
	one := func() error {
		view, err := b.begin(ctx, undecided())
		if err != nil {
			return err
		}
		done := domain.Completion{
			ID: domain.MessageID(uuid.NewString()), TaskID: domain.NewTaskID(view.CaseID, 1, domain.NeedDecided{}.Task(), 0), By: dana, At: time.Now(),
			Result: json.RawMessage(`{"needed":"yes"}`),
		}
		return ours.Of(func() error {
			view, err := b.cases.Complete(ctx, view.CaseID, done)
			if err == nil && view.Stage != domain.StageConfirmCoverage {
				err = fmt.Errorf("the case went on to %q", view.Stage)
			}
			return err
		})
	}
	other := func() error {
		id, err := b.startBare(ctx, 0)
		if err != nil {
			return fmt.Errorf("start a bare workflow: %w", err)
		}
		return bares.Of(func() error { return b.sayBare(ctx, id) })
	}
	if err := harness.TurnAbout(3, one, other); err != nil {
		return err
	}
	ours, bares = nil, nil // that was to warm up
	if err := harness.TurnAbout((b.Rounds+1)/2, one, other); err != nil {
		return err
	}
	b.tell("a completion %.1f ms, a bare update %.1f ms (p50); p95 %.1f and %.1f",
		ours.Milliseconds(50), bares.Milliseconds(50), ours.Milliseconds(95), bares.Milliseconds(95))
	r.Set("completion_p50_ms", ours.Milliseconds(50))
	r.Set("completion_p50_vs_bare_update", ours.Milliseconds(50)/bares.Milliseconds(50))
	return nil
}

// starts compares how many cases can be started in a second, each answered when its first
// step is recorded, with bare workflows of as many events.
func (b *bench) starts(ctx context.Context, r *harness.Report) error {
	view, err := b.begin(ctx, undecided())
	if err != nil {
		return err
	}
	events, _, err := b.rests(ctx, string(view.CaseID))
	if err != nil {
		return err
	}
	marks := events - bareEvents
	id, err := b.startBare(ctx, marks)
	if err != nil {
		return fmt.Errorf("start a bare workflow: %w", err)
	}
	if has, _, err := b.rests(ctx, id); err != nil || has != events {
		return fmt.Errorf("a bare workflow has %d events, a case %d: %w", has, events, err)
	}
	const turns = 12
	per := max(b.Rounds/12, 1)
	b.tell("starting cases against bare workflows of as many events, %d; %d at once, %d times each", events, lanes, 2*turns*lanes*per)
	var ours, bares harness.Tally
	var ratios []float64
	for range turns {
		var mine, other harness.Tally
		err := harness.TurnAbout(1, func() error {
			return mine.Lanes(ctx, lanes, per, func(ctx context.Context) error { _, err := b.begin(ctx, undecided()); return err })
		}, func() error {
			return other.Lanes(ctx, lanes, per, func(ctx context.Context) error { _, err := b.startBare(ctx, marks); return err })
		})
		if err != nil {
			return fmt.Errorf("start many: %w", err)
		}
		ratios = append(ratios, mine.Rate()/other.Rate())
		ours, bares = ours.Plus(mine), bares.Plus(other)
	}
	b.tell("cases %.0f/s, bare workflows %.0f/s; turn by turn %.2f", ours.Rate(), bares.Rate(), ratios)
	r.Set("starts_per_second", ours.Rate())
	r.Set("start_vs_bare", harness.Median(ratios)) // a machine that does something else for a while spoils few turns
	return nil
}

// wholeCases takes cases the way most go, from order to service done under the payer's
// approval, over the simulated payer's wire.
func (b *bench) wholeCases(ctx context.Context, r *harness.Report) error {
	const whole = 10
	b.tell("taking %d cases from order to service done", whole)
	var events, bytes int
	for range whole {
		view, err := b.begin(ctx, approved())
		if err != nil {
			return err
		}
		if err := b.stands(ctx, view.CaseID, "approved, until the service is done"); err != nil {
			return err
		}
		m := domain.MessageID(uuid.NewString())
		body, err := json.Marshal(domain.ServiceDone{On: domain.DateOf(time.Now(), time.UTC)})
		if err != nil {
			return err
		}
		view, err = b.cases.Say(ctx, view.CaseID, domain.TellCase, m, domain.Tell{ID: m, What: domain.TellServiceDone, By: dana, At: time.Now(), Body: body})
		if err != nil {
			return fmt.Errorf("tell that the service was done: %w", err)
		}
		if err := b.stands(ctx, view.CaseID, "approved, and the service was done"); err != nil {
			return err
		}
		e, size, err := b.rests(ctx, string(view.CaseID))
		if err != nil {
			return err
		}
		events, bytes = events+e, bytes+size
	}
	r.Set("events_per_case", float64(events)/whole)
	r.Set("history_bytes_per_case", float64(bytes)/whole)
	return nil
}

// begin starts a case, as the API does, and waits for the answer: its first step.
func (b *bench) begin(ctx context.Context, n domain.NewAuthorization) (domain.CaseView, error) {
	view, err := b.cases.Open(ctx, n.CaseID, n.Kind, n)
	if err != nil {
		return view, fmt.Errorf("start a case: %w", err)
	}
	return view, nil
}

// stands waits until the database shows a case in these words.
func (b *bench) stands(ctx context.Context, id domain.CaseID, words string) error {
	return until(ctx, fmt.Sprintf("case %s is %q", id, words), func() (so bool, err error) {
		err = b.pool.QueryRow(ctx, `select now_words = $2 from case_file where id = $1`, id, words).Scan(&so)
		return so, err
	})
}

// rests waits until nothing of a workflow is under way, and says how many events its last
// run has, and how many bytes they take.
func (b *bench) rests(ctx context.Context, id string) (events, bytes int, err error) {
	err = until(ctx, "workflow "+id+" rests", func() (bool, error) {
		d, err := b.bare.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return false, err
		}
		before := events
		events = int(d.GetWorkflowExecutionInfo().GetHistoryLength())
		bytes = int(d.GetWorkflowExecutionInfo().GetHistorySizeBytes())
		return before == events && d.GetPendingWorkflowTask() == nil && len(d.GetPendingActivities()) == 0, nil
	})
	return events, bytes, err
}
