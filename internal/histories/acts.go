package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"parley/domain"
	"parley/keys"
)

var dana = domain.Actor{Kind: domain.Person, ID: "u-dana", Name: "Dana"}

// act is something people do once the case stands where when says.
type act struct {
	when string
	do   func(context.Context, *world, domain.CaseID) error
}

func (w *world) script(ctx context.Context, script string) error {
	if script == "" {
		script = "rules: []"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+w.stack.Env.PayersimControl+"/control/script", bytes.NewBufferString(script))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		return fmt.Errorf("payersim refuses the script: %s", res.Status)
	}
	return nil
}

// say gives a case a message and waits for its step.
func (w *world) say(ctx context.Context, id domain.CaseID, what string, message domain.MessageID, body any) error {
	handle, err := w.c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: string(id), UpdateName: what, UpdateID: string(message), Args: []any{body}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return err
	}
	var view domain.CaseView
	return handle.Get(ctx, &view)
}

func does(when string, r domain.Result) act {
	return act{when, func(ctx context.Context, w *world, id domain.CaseID) error {
		var task domain.TaskID
		for end := time.Now().Add(30 * time.Second); task == ""; time.Sleep(50 * time.Millisecond) {
			err := w.pool.QueryRow(ctx, `select id from task where case_id = $1 and kind = $2 and closed_step is null`, id, r.Task()).Scan(&task)
			if err != nil && time.Now().After(end) {
				return fmt.Errorf("no task to %s: %w", r.Task(), err)
			}
		}
		raw, err := json.Marshal(r)
		if err != nil {
			return err
		}
		m := domain.MessageID(task)
		return w.say(ctx, id, domain.CompleteTask, m, domain.Completion{ID: m, TaskID: task, By: dana, At: time.Now(), Result: raw})
	}}
}

func says(when, what string, body any) act {
	return act{when, func(ctx context.Context, w *world, id domain.CaseID) error {
		return w.say(ctx, id, what, domain.MessageID(what+"-1"), body)
	}}
}

func withdraws(when string) act {
	return says(when, domain.WithdrawCase, domain.Withdrawal{ID: domain.WithdrawCase + "-1", By: dana, Reason: "the visit is off"})
}

func tells(when, what string, body any) act {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // plain data
	}
	return says(when, domain.TellCase, domain.Tell{ID: domain.TellCase + "-1", What: what, By: dana, At: time.Now(), Why: "it was so", Body: raw})
}

func isTold(when string, a domain.Answer) act {
	a.ID, a.By, a.At = domain.HearAnswer+"-1", dana, time.Now()
	return says(when, domain.HearAnswer, a)
}

func holds(when string) act {
	return says(when, domain.HoldCase, domain.HoldRequest{ID: domain.HoldCase + "-1", By: dana, Reason: "patient is away", Until: time.Now().AddDate(0, 0, 9)})
}

// reminds asks to be reminded that long after the act.
func reminds(when string, after time.Duration) act {
	return act{when, func(ctx context.Context, w *world, id domain.CaseID) error {
		m := domain.MessageID(domain.RemindMe + "-1")
		return w.say(ctx, id, domain.RemindMe, m, domain.Reminder{ID: m, By: dana, Words: "call", At: time.Now().Add(after)})
	}}
}

// once waits until the database says so of the case.
func once(so string) act {
	return act{"", func(ctx context.Context, w *world, id domain.CaseID) error { return w.comes(ctx, id, so) }}
}

// inquired is so of a case whose payer has been asked where the request stands, and has said it.
const inquired = `(select count(*) > 1 from exchange x where x.case_id = c.id) and cardinality(exchanges) = 0`

// notes takes many notes: a run that has had enough events.
func notes(when string, n int) act {
	return act{when, func(ctx context.Context, w *world, id domain.CaseID) error {
		for i := range n {
			m := domain.MessageID(fmt.Sprintf("note-%d", i))
			if err := w.say(ctx, id, domain.NoteCase, m, domain.Note{ID: m, By: dana, Words: "called, nobody there"}); err != nil {
				return err
			}
		}
		return nil
	}}
}

// reopens starts a closed case again with what it remembers.
func reopens(when string) act {
	return act{when, func(ctx context.Context, w *world, id domain.CaseID) error {
		var sealed []byte
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			d, err := w.c.DescribeWorkflowExecution(ctx, string(id), "")
			if err == nil && d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
				break
			}
			if time.Now().After(end) {
				return fmt.Errorf("case %s does not end", id)
			}
		}
		sealed, err := w.store.CaseFile(ctx, id)
		if err != nil {
			return err
		}
		text, err := w.ring.Open(keys.CaseFiles, sealed)
		if err != nil {
			return err
		}
		file := map[string]json.RawMessage{}
		if err := json.Unmarshal(text, &file); err != nil {
			return err
		}
		if file["reopening"], err = json.Marshal(domain.Reopening{ID: "again", By: dana, Reason: "the surgeon insists"}); err != nil {
			return err
		}
		_, err = w.c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: string(id), TaskQueue: domain.TaskQueue}, "PriorAuthorization", file)
		return err
	}}
}
