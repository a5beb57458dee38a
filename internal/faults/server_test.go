package faults

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"parley/domain"
	"parley/store"
)

// A workflow task survives its server: the worker's answer comes to one that does not
// know it.
func TestServer_killed_while_a_worker_answers_it(t *testing.T) {
	p := practice(t)
	for _, r := range []rivalry{races[0], races[3]} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld(t, p.Stack.Env.TemporalNamespace)
			stops := w.worker("FAULT=stop", "AT=before-answer", fmt.Sprint("STEP=", r.step))
			w.opens(r)
			stops.stopped(t)
			restart(t, p, "temporald")
			r.rival(w)
			stops.wake(t)
			w.ends()
		})
	}
}

// restart kills a process of the stack and waits until it is back.
func restart(t *testing.T, p *Practice, name string) {
	t.Helper()
	p.Stack.Process(name).Kill()
	require.NoError(t, p.Stack.Process(name).Ready(t.Context()))
}

// away keeps a process of the stack down for the rest of the test.
func away(t *testing.T, p *Practice, name string) {
	t.Helper()
	p.Stack.Process(name).Crash()
	t.Cleanup(func() { require.NoError(t, p.Stack.Process(name).Start(context.Background())) })
}

// The server dies with a workflow task whose step is already recorded, and with it the
// update that told the step; whoever sent it is gone too. Nothing wakes the case but the
// sweep.
func TestServer_killed_with_a_worker_loses_an_update_and_the_sweep_puts_it_right(t *testing.T) {
	p := practice(t)
	away(t, p, "api") // and its keeper with it: the sweep is made here
	w := newWorld(t, p.Stack.Env.TemporalNamespace)
	stops := w.worker("FAULT=stop", "AT=after-commit", "STEP=2")
	w.starts(time.Hour, 0)
	ctx, gone := context.WithCancel(t.Context())
	sender := make(chan struct{})
	go func() {
		defer close(sender)
		_, _ = w.cases.Complete(ctx, w.id, domain.Completion{ // nobody waits for its answer
			ID: w.named("c1"), TaskID: w.first(), By: dana, At: time.Now(), Result: []byte(`{"documents":["notes"],"channel":"fax"}`),
		})
	}()
	stops.stopped(t)
	gone()
	<-sender // else it could send once more to the server that comes back
	restart(t, p, "temporald")
	stops.Kill()
	w.worker()
	truth, _ := w.history()
	steps, _ := w.shown()
	require.Len(t, truth, 1)
	require.Len(t, steps, 2, "the trap: a step that the case never took")

	keeper := p.Keeper(w.cases)
	eventually(t, "a sweep succeeds", func() bool { return keeper.Sweep(t.Context(), time.Second) == nil })
	w.converged()
	w.finishes()
}

// An operator takes a case back to a moment at which it told nothing. If the messages
// after it are dropped, nothing happens in the case, and the database shows the future
// that it lost.
func TestReset_by_an_operator_is_put_right(t *testing.T) {
	p := practice(t)
	away(t, p, "api")
	t.Run("messages", func(t *testing.T) {
		for _, ns := range []string{p.Stack.Env.TemporalNamespace, hurried} {
			for name, dropped := range map[string][]enumspb.ResetReapplyExcludeType{
				"are said again": nil, "are dropped": {enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE, enumspb.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL},
			} {
				t.Run(name+"/"+ns, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, ns)
					w.worker()
					w.starts(time.Hour, 0)
					run, point := w.moment()
					w.completes("c1")
					w.answered()
					w.converged()
					_, err := w.c.ResetWorkflowExecution(t.Context(), &workflowservice.ResetWorkflowExecutionRequest{
						Namespace: ns, RequestId: string(w.id), Reason: "test", WorkflowTaskFinishEventId: point, ResetReapplyExcludeTypes: dropped,
						WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: string(w.id), RunId: run},
					})
					require.NoError(t, err)
					if dropped != nil {
						truth, _ := w.history()
						steps, _ := w.shown()
						require.Less(t, len(truth), len(steps), "the trap: the database is ahead, and nothing happens")
					}
					keeper := p.Keeper(w.cases)
					eventually(t, "the reconciler succeeds", func() bool { return keeper.Reconcile(t.Context()) == nil })
					w.converged()
					w.finishes()
				})
			}
		}
	})
}

// moment makes a workflow task that tells nothing, and returns its run and its end.
func (w *world) moment() (run string, event int64) {
	w.t.Helper()
	require.NoError(w.t, w.c.SignalWorkflow(w.t.Context(), string(w.id), "", "nobody-listens", nil))
	d, err := w.c.DescribeWorkflowExecution(w.t.Context(), string(w.id), "")
	require.NoError(w.t, err)
	run = d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	eventually(w.t, "the signal's workflow task ends", func() bool {
		signalled := false
		h, err := eventsOf(w.t.Context(), w.c, w.id, run)
		require.NoError(w.t, err)
		for _, e := range h.GetEvents() {
			signalled = signalled || e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
			if signalled && e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
				event = e.GetEventId()
			}
		}
		return event > 0
	})
	return run, event
}

// PostgreSQL is stopped as a crash would, Temporal's databases with it, while orders come
// in. Every order is answered in the end, and has one case that goes on.
func TestPostgreSQL_stopped_under_load_loses_nothing(t *testing.T) {
	p := practice(t)
	const orders = 20
	var all sync.WaitGroup
	errs := make([]error, orders)
	begun := make([]domain.CaseID, orders)
	for i := range orders {
		all.Go(func() {
			started, _, err := p.Start(t.Context(), uuid.NewString(), Order("load", i, fmt.Sprintf("LK7%06d", i)))
			begun[i], errs[i] = started.CaseID, err
		})
	}
	eventually(t, "some orders are in", func() bool {
		var n int
		err := p.Pool.QueryRow(t.Context(), `select count(*) from case_file where source = 'load'`).Scan(&n)
		return err == nil && n >= 2
	})
	p.Stack.Postgres.StopImmediate(t.Context())
	require.NoError(t, p.Stack.Postgres.Start(t.Context()))
	back := time.Now()
	all.Wait()
	acknowledged := map[domain.CaseID]bool{}
	for i := range orders {
		require.NoError(t, errs[i])
		acknowledged[begun[i]] = true
	}
	require.Len(t, acknowledged, orders)
	for id := range acknowledged {
		eventually(t, "each case is at the payer, or further", func() bool {
			c, err := p.Store.Case(t.Context(), store.Scope{Subject: tester, All: true}, string(id))
			return err == nil && (len(c.WaitingOn) > 0 || c.Status == domain.Closed)
		})
	}
	require.Less(t, time.Since(back), time.Minute, "converged after the server's return")
	for id := range acknowledged {
		approved(t, p, id)
		require.Empty(t, p.untrue(t, id))
	}
	lost, err := p.Lost(t.Context(), acknowledged)
	require.NoError(t, err)
	require.Empty(t, lost)
}

// approved waits until a payer's approval is taken.
func approved(t *testing.T, p *Practice, id domain.CaseID) {
	t.Helper()
	eventually(t, "the payer's approval is taken by case "+string(id), func() bool {
		c, err := p.Store.Case(t.Context(), store.Scope{Subject: tester, All: true}, string(id))
		return err == nil && c.Stage == domain.StageKeepUsable && c.AuthNumber != ""
	})
}

// A payer out of reach makes one escalation, however many cases wait for it; it ends by
// itself, and the cases go on.
func TestPayer_out_of_reach_is_one_escalation_for_all_its_cases(t *testing.T) {
	p := practice(t)
	worker := p.Stack.Process("worker")
	worker.Tell("PARLEY_OUTAGE_AFTER=3s")
	require.NoError(t, worker.Restart(t.Context()))
	t.Cleanup(func() {
		worker.Tell()
		require.NoError(t, worker.Restart(context.Background()))
	})
	require.NoError(t, p.Payers.Outage(t.Context(), time.Hour))
	t.Cleanup(func() { require.NoError(t, p.Payers.Outage(context.Background(), 0)) })
	cases := []domain.CaseID{}
	for i := range 12 {
		started, _, err := p.Start(t.Context(), "", Order("outage", i, fmt.Sprintf("LK8%06d", i)))
		require.NoError(t, err)
		cases = append(cases, started.CaseID)
	}
	escalations := func(where string) (n int) {
		err := p.Pool.QueryRow(t.Context(), `select count(*) from case_file where kind = 'escalation' and payer = 'larkfield' and title not like '%mailbox%' `+where).Scan(&n)
		require.NoError(t, err)
		return n
	}
	eventually(t, "a lead hears of it", func() bool { return escalations("and status = 'open'") > 0 })
	require.NoError(t, p.Payers.Outage(t.Context(), 0))
	for _, id := range cases {
		approved(t, p, id)
	}
	eventually(t, "the escalation ends", func() bool { return escalations("and status <> 'closed'") == 0 })
	var outages int
	require.NoError(t, p.Pool.QueryRow(t.Context(), `select count(*) from payer_outage where payer = 'larkfield' and told_at is not null`).Scan(&outages))
	require.Equal(t, 1, outages)
}
