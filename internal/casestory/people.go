package casestory

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"parley/domain"
	"parley/payer"
)

// Does lets a person finish the open task of the result's kind.
func (w *World) Does(id string, result domain.Result) func() {
	return func() {
		task := w.OpenTask(result.Task())
		if task == "" {
			w.Said = append(w.Said, fmt.Sprintf("%s: no task to %s is open", id, result.Task()))
			return
		}
		w.DoesTask(id, task, result)()
	}
}

// DoesTask lets a person finish a task by its ID.
func (w *World) DoesTask(id string, task domain.TaskID, result any) func() {
	return func() {
		raw, err := json.Marshal(result)
		require.NoError(w.T, err)
		w.Say(domain.CompleteTask, id, domain.Completion{ID: domain.MessageID(id), TaskID: task, By: Dana, At: w.env.Now(), Result: raw})
	}
}

// IsTold lets a person record what the payer told them.
func (w *World) IsTold(id string, a domain.Answer) func() {
	return func() {
		a.ID, a.At, a.By = domain.MessageID(id), w.env.Now(), Dana
		w.Say(domain.HearAnswer, id, a)
	}
}

// Corrects lets a person correct facts.
func (w *World) Corrects(id, why string, corrections ...domain.Correct) func() {
	return func() { w.tells(id, domain.TellCorrection, why, domain.FactsCorrected{Corrections: corrections}) }
}

// ServiceIsDone lets an integrator say that the service took place.
func (w *World) ServiceIsDone(id string, on domain.Date) func() {
	return func() { w.tells(id, domain.TellServiceDone, "", domain.ServiceDone{On: on}) }
}

// Hears tells the case a fact that needs no words.
func (w *World) Hears(id, what string) func() {
	return func() { w.tells(id, what, "", struct{}{}) }
}

func (w *World) tells(id, what, why string, body any) {
	raw, err := json.Marshal(body)
	require.NoError(w.T, err)
	w.Say(domain.TellCase, id, domain.Tell{ID: domain.MessageID(id), What: what, By: Dana, At: w.env.Now(), Why: why, Body: raw})
}

// Withdraws lets someone take the case back.
func (w *World) Withdraws(id, reason string) func() {
	return func() {
		w.Say(domain.WithdrawCase, id, domain.Withdrawal{ID: domain.MessageID(id), By: Dana, Reason: reason})
	}
}

// Holds sets the case aside.
func (w *World) Holds(id, reason string, until time.Duration) func() {
	return func() {
		w.Say(domain.HoldCase, id, domain.HoldRequest{ID: domain.MessageID(id), By: Dana, Reason: reason, Until: Start.Add(until)})
	}
}

// Notes keeps a note.
func (w *World) Notes(id, words string) func() {
	return func() { w.Say(domain.NoteCase, id, domain.Note{ID: domain.MessageID(id), By: Dana, Words: words}) }
}

// Reminds asks to be reminded.
func (w *World) Reminds(id, words string, at time.Duration) func() {
	return func() {
		w.Say(domain.RemindMe, id, domain.Reminder{ID: domain.MessageID(id), By: Dana, Words: words, At: Start.Add(at)})
	}
}

// OpenTask is the open task of a kind; empty if there is none.
func (w *World) OpenTask(kind domain.TaskKind) (id domain.TaskID) {
	w.T.Helper()
	err := w.Pool.QueryRow(w.T.Context(), `select coalesce(max(id), '') from task where case_id = $1 and kind = $2 and closed_step is null`, w.Case, kind).Scan(&id)
	require.NoError(w.T, err)
	return id
}

// OpenTasks lists the kinds of open tasks.
func (w *World) OpenTasks() (kinds []string) {
	w.T.Helper()
	err := w.Pool.QueryRow(w.T.Context(), `select array_agg(kind order by kind) from task where case_id = $1 and closed_step is null`, w.Case).Scan(&kinds)
	require.NoError(w.T, err)
	return kinds
}

// Clocks lists the clocks that are armed.
func (w *World) Clocks() (names []string) {
	w.T.Helper()
	err := w.Pool.QueryRow(w.T.Context(), `select array_agg(name order by name) from deadline where case_id = $1 and armed`, w.Case).Scan(&names)
	require.NoError(w.T, err)
	return names
}

// Shown is what the database shows of the case.
func (w *World) Shown() (s domain.Shown) {
	w.T.Helper()
	err := w.Pool.QueryRow(w.T.Context(), `select id::text, step, digest from case_file where id = $1`, w.Case).Scan(&s.CaseID, &s.Step, &s.Digest)
	require.NoError(w.T, err)
	return s
}

// Ends is how the case stands: its status and outcome, open tasks and armed clocks.
func (w *World) Ends() (ends string) {
	w.T.Helper()
	err := w.Pool.QueryRow(w.T.Context(), `
		select status || ' ' || outcome || ', ' || (select count(*) from task where case_id = c.id and closed_step is null) || ' tasks, ' ||
			(select count(*) from deadline where case_id = c.id and armed) || ' clocks'
		from case_file c where id = $1`, w.Case).Scan(&ends)
	require.NoError(w.T, err)
	return ends
}

// Count is how often something was said in answer to a message.
func (w *World) Count(said string) (n int) {
	for _, s := range w.Said {
		if s == said {
			n++
		}
	}
	return n
}

// PicksUp reads the payer's mailbox.
func (w *World) PicksUp() { require.NoError(w.T, w.Acts.PickupRound(w.T.Context())) }

// Say gives the case a message. What comes of it is kept in Said.
func (w *World) Say(what, id string, message any) {
	w.env.UpdateWorkflow(what, id, &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) { w.Said = append(w.Said, fmt.Sprintf("%s: refused: %v", id, err)) },
		OnComplete: func(v any, err error) {
			if err != nil {
				w.Said = append(w.Said, fmt.Sprintf("%s: %v", id, err))
				return
			}
			view := v.(domain.CaseView)
			w.Said = append(w.Said, fmt.Sprintf("%s: step %d", id, view.Step))
			require.NoError(w.T, w.Store.Confirm(w.T.Context(), view))
		},
	}, message)
}

// wire reaches the payer, unless it is away.
type wire struct {
	w *World
	payer.Connector
	nowhere payer.Connector
}

func (c wire) Send(ctx context.Context, e payer.Envelope) (payer.Reply, error) {
	if c.w.Away {
		return c.nowhere.Send(ctx, e)
	}
	return c.Connector.Send(ctx, e)
}

// port is how activities reach the one case of a story.
type port struct{ w *World }

func (p port) Open(_ context.Context, id domain.CaseID, kind domain.CaseKind, _ any) (domain.CaseView, error) {
	p.w.Said = append(p.w.Said, "opened: "+string(kind))
	return domain.CaseView{CaseID: id}, nil
}

func (p port) Hear(_ context.Context, _ domain.CaseID, a domain.Answer) error {
	p.w.Say(domain.HearAnswer, string(a.ID), a)
	return nil
}

func (p port) Tell(_ context.Context, _ domain.CaseID, t domain.Tell) error {
	p.w.Say(domain.TellCase, string(t.ID), t)
	return nil
}
