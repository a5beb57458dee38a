package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

// healthy is a house in which everything that the invariants look at is there and well.
func healthy(t *testing.T) house {
	h := newHouse(t)
	id := h.plantCase(1, "north")
	task := h.plantTask(id, 0, domain.QueueClinical, domain.Normal, noon)
	require.NoError(t, h.Take(t.Context(), north, task))
	x := h.plantExchange(id, 1)
	h.plantSend(x, 1, domain.RejectedSend, "first")
	h.plantSend(x, 2, domain.Accepted, "corrected")
	h.plantStep(id, 2, 20, "m-2")
	h.sql(`update step set tasks = array[$2] where case_id = $1 and no = 2`, id, task)

	done := h.plantTask(h.plantCase(2, "north"), 0, domain.QueueClinical, domain.Normal, noon)
	h.plantStep(caseNo(2), 2, 20, "m-3")
	h.sql(`insert into task_completion (task_id, message_id, step, fence, at, by_kind, by_id, by_name, result)
		values ($1, 'm-3', 2, 20, now(), 'person', 'u-dana', 'Dana', '{}')`, done)
	h.sql(`update task set closed_step = 2 where id = $1`, done)
	return h
}

func TestBroken_finds_each_planted_violation_and_nothing_else(t *testing.T) {
	t.Parallel()
	one := caseNo(1)
	task := domain.NewTaskID(one, 1, "send documents", 0)
	done := domain.NewTaskID(caseNo(2), 1, "send documents", 0)
	send := one.Exchange(1).Submission(2)
	for _, c := range []struct {
		name  string
		plant func(house)
		found []string
	}{
		{"nothing", func(house) {}, nil},
		{
			"two cases for one trigger",
			func(h house) { h.sql(`update case_file set source_id = '1' where id = $1`, caseNo(2)) },
			[]string{fmt.Sprintf("I1 opened_twice: case %s %s", caseNo(2), one)},
		},
		{
			"bytes changed after they were committed",
			func(h house) { h.sql(`update submission set bytes = 'other' where id = $1`, send) },
			[]string{fmt.Sprintf("I2 bytes_changed: case %s %s", one, send)},
		},
		{
			"new bytes for what may have arrived",
			func(h house) {
				h.sql(`update submission set state = 'acknowledged' where id = $1`, one.Exchange(1).Submission(1))
				h.sql(`insert into submission_state (submission_id, state) values ($1, 'acknowledged')`, one.Exchange(1).Submission(1))
			},
			[]string{fmt.Sprintf("I2 sent_twice: case %s %s", one, send)},
		},
		{
			"a send's state that nobody told",
			func(h house) { h.sql(`update submission set state = 'acknowledged' where id = $1`, send) },
			[]string{fmt.Sprintf("I2 state_untold: case %s %s", one, send)},
		},
		{
			"a task for which the case does not wait",
			func(h house) { h.sql(`update step set tasks = '{}' where case_id = $1`, one) },
			[]string{fmt.Sprintf("I3 task_without_wait: case %s %s", one, task)},
		},
		{
			"a wait for a task that is closed",
			func(h house) { h.sql(`update task set closed_step = 2 where id = $1`, task) },
			[]string{fmt.Sprintf("I3 wait_without_task: case %s %s", one, task)},
		},
		{
			"a completed task that is open",
			func(h house) {
				h.sql(`update task set closed_step = null where id = $1`, done)
				h.sql(`update step set tasks = array[$2] where case_id = $1`, caseNo(2), done)
			},
			[]string{fmt.Sprintf("I4 completed_and_open: case %s %s", caseNo(2), done)},
		},
		{
			"a completion that no step applied",
			func(h house) { h.sql(`update step set causes = '{}' where case_id = $1`, caseNo(2)) },
			[]string{fmt.Sprintf("I4 completion_without_step: case %s %s", caseNo(2), done)},
		},
		{
			"a message applied by two steps",
			func(h house) { h.sql(`update step set causes = '{m-2}' where case_id = $1`, one) },
			[]string{fmt.Sprintf("I4 applied_twice: case %s m-2", one)},
		},
		{
			"a step without an audit row",
			func(h house) {
				h.behindTheTrigger(`delete from audit_row where chain = $1 and step = 2`, caseChain(one))
			},
			[]string{fmt.Sprintf("I5 step_unaudited: case %s 2 of 20", one)},
		},
		{
			"a step struck in silence",
			func(h house) {
				h.sql(`insert into step (case_id, no, fence, run_id, stage, status, now_words, digest, at, struck_at)
					values ($1, 2, 15, '', '', '', '', '', now(), now())`, one)
				h.audit(one, auditEntry{What: "recorded", Step: 2, Fence: 15, By: domain.ByCase})
			},
			[]string{fmt.Sprintf("I5 step_unaudited: case %s 2 of 15", one)},
		},
		{
			"a mark without an audit row",
			func(h house) { h.behindTheTrigger(`delete from audit_row where what = 'marked'`) },
			[]string{fmt.Sprintf("I5 mark_unaudited: case %s %s", one, task)},
		},
		{
			"a clock that ran out unnoticed",
			func(h house) {
				h.sql(`update deadline set due_at = now() - interval '3 minutes' where case_id = $1`, one)
			},
			[]string{fmt.Sprintf("I7 deadline_missed: case %s Larkfield answers", one)},
		},
		{
			"a clock of a closed case",
			func(h house) { h.sql(`update case_file set status = 'closed' where id = $1`, caseNo(2)) },
			[]string{fmt.Sprintf("I7 deadline_after_close: case %s Larkfield answers", caseNo(2))},
		},
		{
			"a step that stayed doubtful",
			func(h house) {
				h.sql(`update case_file set confirmed = false, changed_at = now() - interval '3 minutes' where id = $1`, one)
			},
			[]string{fmt.Sprintf("I9 doubtful: case %s 2", one)},
		},
		{
			"a send that stayed unknown, and nobody looks after it",
			func(h house) {
				x := h.plantExchange(caseNo(2), 1)
				h.plantSend(x, 1, domain.UnknownSend, "x")
			},
			[]string{fmt.Sprintf("I9 send_unresolved: case %s %s", caseNo(2), caseNo(2).Exchange(1).Submission(1))},
		},
		{
			"an answer that nobody read",
			func(h house) {
				h.sql(`insert into inbound (id, payer, channel, came_at, bytes, sha256) values ($1, 'larkfield', 'x12', now() - interval '1 hour', 'x', 'x')`, caseNo(7))
			},
			[]string{fmt.Sprintf("I9 answer_unread: case  %s", caseNo(7))},
		},
		{
			"a case that waits for nothing",
			func(h house) { h.sql(`update deadline set armed = false where case_id = $1`, caseNo(2)) },
			[]string{fmt.Sprintf("I11 silent: case %s 2", caseNo(2))},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := healthy(t)
			c.plant(h)
			g := DefaultGrace
			g.Since = 0
			broken, err := h.Broken(t.Context(), g)
			require.NoError(t, err)
			var found []string
			for _, v := range broken {
				found = append(found, v.String())
			}
			require.Equal(t, c.found, found)
		})
	}
}

func TestBroken_asks_every_query_there_is(t *testing.T) {
	t.Parallel()
	files, err := healthQueries.ReadDir("health")
	require.NoError(t, err)
	named := map[string]bool{}
	for _, i := range invariants {
		named[i.found+".sql"] = true
	}
	require.Len(t, files, len(invariants))
	for _, f := range files {
		require.True(t, named[f.Name()], "%s is never asked", f.Name())
	}
}

func TestBroken_gives_everything_the_time_it_may_take(t *testing.T) {
	t.Parallel()
	h := healthy(t)
	h.sql(`update deadline set due_at = now() - interval '1 second'`)
	h.sql(`update case_file set confirmed = false, changed_at = now()`)
	h.sql(`update deadline set armed = false where case_id = $1`, caseNo(2))
	h.sql(`insert into inbound (id, payer, channel, bytes, sha256) values ($1, 'larkfield', 'x12', 'x', 'x')`, caseNo(7))
	broken, err := h.Broken(t.Context(), DefaultGrace)
	require.NoError(t, err)
	require.Empty(t, broken)
	broken, err = h.Broken(t.Context(), Grace{Since: time.Hour})
	require.NoError(t, err)
	require.Len(t, broken, 5, "2 doubtful, 1 clock, 1 unread, 1 silent: %v", broken)
}
