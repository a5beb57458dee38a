package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"parley/api/client"
	"parley/domain"
	"parley/store"
)

// freeze stops a process for a while, or until the time is up.
func (r *run) freeze(working context.Context, name string, d time.Duration) error {
	p := r.Stack.Process(name)
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	pause(working, d)
	return p.Signal(syscall.SIGCONT)
}

// How orders fare at the simulated payers: by what is asked for, and by the end of the
// member's ID (the script's).
var (
	procedures = []string{"27447", "27447", "27130", "70551", "64483", "97530", "E0601"}
	manners    = []string{"1", "1", "1", "Z01", "Z02", "Z03", "Z04", "Z05", "Z06", "Z07", "Z08", "Z09", "Z10", "Z11", "Z12", "Z14", "Z81", "Z92"}
)

// orders starts cases until the time is up, some of them twice at once.
func (r *run) orders(working, ctx context.Context, dice *rand.Rand) {
	for working.Err() == nil {
		var n int
		r.note(func() { r.members++; n = r.members })
		o := Order("faults", n, fmt.Sprintf("LK%06d%s", n, manners[dice.IntN(len(manners))]))
		o.Services[0].Code = procedures[dice.IntN(len(procedures))]
		o.Services[0].Units = 1 + dice.IntN(3)
		keys := []string{uuid.NewString()}
		if dice.IntN(5) == 0 {
			keys = append(keys, keys[0], uuid.NewString())
		}
		answers := make(chan struct{}, len(keys))
		for _, key := range keys {
			go func() {
				defer func() { answers <- struct{}{} }()
				started, _, err := r.Start(ctx, key, o)
				r.heard("start", err, func() { r.acknowledged[started.CaseID] = true })
			}()
		}
		for range keys {
			<-answers
		}
		pause(working, time.Duration(dice.IntN(600))*time.Millisecond)
	}
}

// coordinates does what coordinators do with whatever is open, until the time is up.
func (r *run) coordinates(working, ctx context.Context, dice *rand.Rand) {
	for ; working.Err() == nil; pause(working, time.Duration(dice.IntN(500))*time.Millisecond) {
		open, err := r.Store.Tasks(working, store.Scope{Subject: tester, All: true, Roles: store.Roles}, store.TaskFilter{Facility: facility}, "", 50)
		if err != nil || len(open.Items) == 0 {
			continue // the database is away, or nothing is to do
		}
		task := open.Items[dice.IntN(len(open.Items))]
		if dice.IntN(10) == 0 {
			_, err := r.Clinic.Post(ctx, "/cases/"+string(task.CaseID)+"/withdrawal", "", map[string]string{"reason": "the visit is off"}, nil)
			r.heard("withdrawal", err, func() {})
			continue
		}
		if result := resultOf(task.Kind); result != nil {
			hands := 1
			if dice.IntN(6) == 0 {
				hands = 4
			}
			r.completes(ctx, task.ID, result, hands)
		}
	}
}

// completes has a task completed by some people at once. One of them wins, or none who
// has heard of it.
func (r *run) completes(ctx context.Context, task domain.TaskID, result domain.Result, hands int) {
	won := 0
	each(hands, hands, func(int) {
		_, err := r.Clinic.Post(ctx, taskPath(task, "completion"), "", map[string]any{"result": result}, nil)
		r.heard("completion", err, func() { r.completed[task] = true; won++ })
	})
	if won > 1 {
		r.note(func() { r.doubled[task] = won })
	}
}

// resets takes an open case back to any of its workflow tasks, as an operator may, with or
// without the messages after it.
func (r *run) resets(ctx context.Context, dice *rand.Rand) error {
	rows, err := r.Pool.Query(ctx, `
		select id from case_file where status <> 'closed' and kind = 'prior-authorization' order by changed_at desc limit 50`)
	if err != nil {
		return fmt.Errorf("list cases: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[domain.CaseID])
	if err != nil || len(open) == 0 {
		return err
	}
	id := open[dice.IntN(len(open))]
	r.note(func() { r.reset[id] = true })
	d, err := r.Temporal.DescribeWorkflowExecution(ctx, string(id), "")
	if err != nil {
		return fmt.Errorf("describe case %s: %w", id, err)
	}
	run := d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	h, err := eventsOf(ctx, r.Temporal, id, run)
	if err != nil {
		return err
	}
	points := []int64{}
	for _, e := range h.GetEvents() {
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			points = append(points, e.GetEventId())
		}
	}
	if len(points) == 0 {
		return nil
	}
	var dropped []enumspb.ResetReapplyExcludeType
	if dice.IntN(2) == 0 {
		dropped = []enumspb.ResetReapplyExcludeType{enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE, enumspb.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL}
	}
	_, err = r.Temporal.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: r.Stack.Env.TemporalNamespace, RequestId: uuid.NewString(), Reason: "a fault", ResetReapplyExcludeTypes: dropped,
		WorkflowTaskFinishEventId: points[dice.IntN(len(points))],
		WorkflowExecution:         &commonpb.WorkflowExecution{WorkflowId: string(id), RunId: run},
	})
	if err != nil {
		return fmt.Errorf("reset case %s: %w", id, err)
	}
	return nil
}

// resultOf is what a coordinator might say; nil for work they leave.
func resultOf(kind domain.TaskKind) domain.Result {
	switch kind {
	case domain.DocumentsSent{}.Task():
		return domain.DocumentsSent{Documents: []string{"notes"}, Channel: domain.ByFax}
	case domain.FoundOut{}.Task():
		return domain.FoundOut{Arrived: "yes", Reference: "call 7", With: "Kim"}
	case domain.AnswerReviewed{}.Task():
		return domain.AnswerReviewed{Meaning: "pended"}
	}
	return nil
}

// heard counts an answer: what was acknowledged must hold from now on, what was refused
// has changed nothing.
func (r *run) heard(act string, err error, acknowledged func()) {
	var problem *client.Problem
	r.note(func() {
		switch {
		case err == nil:
			r.report.Acts[act]++
			acknowledged()
		case errors.As(err, &problem) && problem.Status == http.StatusConflict:
			r.report.Acts[act+", too late"]++
		case errors.As(err, &problem) && problem.Status < http.StatusInternalServerError && act != "start":
			r.report.Acts[act+", refused"]++
		case errors.As(err, &problem) && problem.Status < http.StatusInternalServerError:
			r.report.Broken = append(r.report.Broken, fmt.Sprintf("%s was refused with %d: %s", act, problem.Status, problem.Title))
		default:
			r.report.GaveUp++
		}
	})
}
