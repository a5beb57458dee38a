package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"parley/api"
	"parley/domain"
	"parley/internal/faults/race"
	"parley/store"
	"parley/workflows/flow"
)

var dana = domain.Actor{Kind: domain.Person, ID: "u-dana", Name: "Dana"}

// world is one case of races, its workers, and the people and payers around it.
type world struct {
	t     *testing.T
	p     *Practice
	ns    string
	id    domain.CaseID
	queue string
	c     client.Client
	cases *api.Cases
	sent  map[domain.MessageID]chan answer
	env   []string // of its workers
}

type answer struct {
	view domain.CaseView
	err  error
}

func newWorld(t *testing.T, ns string) *world {
	t.Helper()
	p := practice(t)
	c, err := p.Engine(ns)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	id := domain.NewCaseID()
	w := &world{t: t, p: p, ns: ns, id: id, queue: string(id), c: c, sent: map[domain.MessageID]chan answer{}}
	w.cases = p.CasesOf(c, w.queue)
	t.Cleanup(w.cases.Wait)
	return w
}

// worker starts a worker of the case and returns when it takes work.
func (w *world) worker(env ...string) *program {
	w.t.Helper()
	c := w.begins(env...)
	c.works(w.t)
	return c
}

// begins starts a worker of the case, which may not be able to work yet.
func (w *world) begins(env ...string) *program {
	w.t.Helper()
	return caseworker(w.t, w.p, w.ns, w.queue, append(w.env, env...)...)
}

// starts opens the case and returns when its first step is recorded.
func (w *world) starts(ask, hear time.Duration) {
	w.t.Helper()
	file := race.File{
		File: flow.File{Opening: domain.Opening{
			CaseID: w.id, Kind: race.Kind, By: dana, At: time.Now(), Facility: facility, Zone: "UTC",
		}},
		AskWithin: ask, HearWithin: hear,
	}
	eventually(w.t, "the case opens", func() bool {
		ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
		defer cancel()
		handle, err := w.c.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
			StartWorkflowOperation: w.c.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
				ID: string(w.id), TaskQueue: w.queue, WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			}, race.Race, file),
			UpdateOptions: client.UpdateWorkflowOptions{
				WorkflowID: string(w.id), UpdateName: domain.Opened, UpdateID: domain.Opened, WaitForStage: client.WorkflowUpdateStageCompleted,
			},
		})
		var view domain.CaseView
		if err == nil {
			err = handle.Get(ctx, &view)
		}
		return err == nil && view.Step == 1
	})
	scope := store.Scope{Subject: dana, All: true, Roles: store.Roles}
	require.NoError(w.t, w.p.Store.Assign(w.t.Context(), scope, w.first(), dana))
}

// says sends a message as the API does, again until it is answered, and keeps the answer.
func (w *world) says(what string, id domain.MessageID, message any) {
	ch := make(chan answer, 1)
	w.sent[id] = ch
	ctx, cancel := context.WithTimeout(w.t.Context(), 3*time.Minute)
	go func() {
		defer cancel()
		for {
			view, err := w.cases.Say(ctx, w.id, what, id, message)
			if err == nil || refused(err) || ctx.Err() != nil {
				ch <- answer{view, err}
				return
			}
			pause(ctx, 300*time.Millisecond) // the page asks again with the same key
		}
	}()
	time.Sleep(100 * time.Millisecond) // let it reach the server before the next thing happens
}

// refused tells a case's own answer from a failure to reach it.
func refused(err error) bool {
	var fromCase *temporal.ApplicationError
	if errors.As(err, &fromCase) {
		switch fromCase.Type() {
		case domain.TaskClosed, domain.CaseIsClosed, domain.Refused, domain.ResultInvalid:
			return true
		}
		return false
	}
	return err != nil && strings.Contains(err.Error(), "closed")
}

func (w *world) completes(id domain.MessageID) { w.completesTask(id, w.first()) }

func (w *world) completesTask(id domain.MessageID, task domain.TaskID) {
	raw, err := json.Marshal(domain.DocumentsSent{Documents: []string{"notes"}, Channel: domain.ByFax})
	require.NoError(w.t, err)
	id = w.named(id)
	w.says(domain.CompleteTask, id, domain.Completion{ID: id, TaskID: task, By: dana, At: time.Now(), Result: raw})
}

func (w *world) withdraws(id domain.MessageID) {
	id = w.named(id)
	w.says(domain.WithdrawCase, id, domain.Withdrawal{ID: id, By: dana, Reason: "the visit is off"})
}

func (w *world) payerAnswers(id domain.MessageID) {
	id = w.named(id)
	w.says(domain.HearAnswer, id, domain.Answer{
		ID: id, Exchange: w.id.Exchange(1), Channel: domain.ByX12, Said: domain.CertifiedInTotal, Number: "A1", At: time.Now(),
		By: domain.ByPayer("larkfield", "Larkfield"),
	})
}

// named makes a message's ID unique among all cases.
func (w *world) named(id domain.MessageID) domain.MessageID { return domain.MessageID(w.id) + "/" + id }

// first is the task every race opens at step 1.
func (w *world) first() domain.TaskID {
	return domain.NewTaskID(w.id, 1, domain.DocumentsSent{}.Task(), 0)
}

// shown is the case as the database shows it: the steps that stand, then the open tasks.
func (w *world) shown() (steps []told, open []string) {
	w.t.Helper()
	steps, err := w.p.shown(w.t.Context(), w.id)
	require.NoError(w.t, err)
	rows, err := w.p.Pool.Query(w.t.Context(), `select id from task where case_id = $1 and closed_step is null order by id`, w.id)
	require.NoError(w.t, err)
	open, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.t, err)
	return steps, open
}

// history is the case as a replay of its final history tells it.
func (w *world) history() (steps []domain.Step, events []*historypb.HistoryEvent) {
	w.t.Helper()
	steps, events, err := w.p.history(w.t.Context(), w.c, w.id)
	require.NoError(w.t, err)
	return steps, events
}

// converged waits until database and history tell the same, then checks what must hold.
func (w *world) converged() {
	w.t.Helper()
	var truth []domain.Step
	var steps []told
	var open []string
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(300 * time.Millisecond) {
		truth, _ = w.history()
		steps, open = w.shown()
		if lines(heard(truth)) == lines(steps) && resting(truth) || time.Now().After(end) {
			break
		}
	}
	require.Equal(w.t, lines(heard(truth)), lines(steps), "history (expected) and database (actual) of case %s", w.id)
	require.True(w.t, resting(truth), "case %s does not come to rest: %s", w.id, lines(steps))
	last := truth[len(truth)-1]
	require.ElementsMatch(w.t, ids(last.Tasks), open, "open tasks")
	var row, assignee string
	var rows, recorded, struck, strikes int
	require.NoError(w.t, w.p.Pool.QueryRow(w.t.Context(), `
		select step || ' ' || stage || ' ' || status || ': ' || now_words,
			(select count(*) from step where case_id = c.id),
			(select count(*) from audit_row where chain = 'case:' || c.id and what = 'recorded'),
			(select count(*) from step where case_id = c.id and struck_at is not null),
			(select count(*) from audit_row where chain = 'case:' || c.id and what = 'struck'),
			(select coalesce(assignee, '') from task where id = $2)
		from case_file c where id = $1`, w.id, w.first()).Scan(&row, &rows, &recorded, &struck, &strikes, &assignee))
	require.Equal(w.t, fmt.Sprintf("%d %s %s: %s", last.No, last.Stage, last.Status, last.Now), row)
	require.Equal(w.t, rows, recorded, "an audit row for each step ever told")
	require.Equal(w.t, struck, strikes, "an audit row for each step struck")
	require.Equal(w.t, dana.ID, assignee, "a person's mark is kept")
}

// resting: nothing more happens to the case until someone says something.
func resting(steps []domain.Step) bool {
	if len(steps) == 0 {
		return false
	}
	last := steps[len(steps)-1]
	return last.Status == domain.Closed || len(last.WaitingOn) > 0
}

// answered checks that every message was answered, and by what the database shows.
func (w *world) answered() {
	w.t.Helper()
	for id, ch := range w.sent {
		select {
		case a := <-ch:
			require.True(w.t, a.err == nil || refused(a.err), "message %s: %v", id, a.err)
			var step int
			err := w.p.Pool.QueryRow(w.t.Context(), `
				select coalesce(max(no), 0) from step where case_id = $1 and causes @> array[$2] and struck_at is null`, w.id, string(id)).Scan(&step)
			require.NoError(w.t, err)
			require.Equal(w.t, step, a.view.Step, "message %s: answered %+v, %v", id, a.view, a.err)
		case <-time.After(2 * time.Minute):
			w.t.Fatalf("message %s was never answered", id)
		}
		delete(w.sent, id)
	}
}

// finishes shows that the case lives: whatever it waits for can be said, until it closes.
func (w *world) finishes() {
	w.t.Helper()
	for i := 0; ; i++ {
		require.Less(w.t, i, 10, "case %s never closes", w.id)
		steps, open := w.shown()
		if steps[len(steps)-1].Now == "over" || steps[len(steps)-1].Now == "withdrawn" {
			break
		}
		if len(open) == 0 {
			w.payerAnswers(domain.MessageID(fmt.Sprintf("last%d", i)))
		} else {
			w.completesTask(domain.MessageID(fmt.Sprintf("last%d", i)), domain.TaskID(open[0]))
		}
		w.answered()
		w.converged()
	}
	w.sound()
}
