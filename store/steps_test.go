package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

var due = noon.Add(48 * time.Hour)

// stepOf is a step of a case as the kernel makes one: what is visible after it, and what
// happened.
func stepOf(id domain.CaseID, no int, fence domain.Fence, now string, open ...domain.TaskID) domain.Step {
	s := domain.Step{
		CaseID: id, No: no, Fence: fence, RunID: "run", At: noon,
		Visible: domain.Visible{
			Kind: domain.PriorAuthorization, Facility: "north", Payer: "larkfield", Stage: "ask payer", Status: domain.Open,
			WaitingOn: []domain.Party{domain.Payer}, Now: now, Tasks: []domain.Task{},
			Deadlines: []domain.Deadline{{Name: "larkfield answers", Rule: "7 days", Due: due, From: noon, Zone: "America/Chicago", Warn: []time.Duration{24 * time.Hour}}},
			Facts:     domain.Facts{Title: "Knee", Patient: domain.Patient{First: "Rosa", Last: "Featherstone"}, Planned: "2026-04-01"},
		},
		Told:   []domain.Told{{Words: "it is " + now, By: dana, Kind: domain.ToldPeople}},
		Events: []domain.Event{{Type: domain.CaseAdvanced, Code: strings.ReplaceAll(now, " ", "-")}},
	}
	for _, t := range open {
		s.Tasks = append(s.Tasks, domain.Task{
			ID: t, Kind: "call payer", Title: "Call", Queue: domain.QueueAuthorizations, Party: domain.Coordinator, Priority: domain.Normal,
			Due: domain.Deadline{Name: "d", Rule: "r", Due: due, From: noon, Zone: "UTC"},
		})
	}
	s.Digest = s.Sum()
	return s
}

func (h house) record(steps ...domain.Step) {
	h.t.Helper()
	for _, s := range steps {
		require.NoError(h.t, h.RecordStep(h.t.Context(), s, nil))
	}
}

// shown is the case as people see it: the steps that stand, the open tasks and whose they
// are, the timeline, and what was struck.
func (h house) shown(id domain.CaseID) (out string) {
	h.t.Helper()
	err := h.owner.QueryRow(h.t.Context(), `select concat_ws(' | ',
		(select string_agg(no || ' ' || now_words, ', ' order by no) from step where case_id = $1 and struck_at is null),
		(select string_agg(right(id, 2) || coalesce(' of ' || assignee, ''), ', ' order by id) from task where case_id = $1 and closed_step is null),
		(select string_agg(words, ', ' order by step, ord) from timeline_entry where case_id = $1 and struck_at is null),
		(select 'struck: ' || string_agg(step || ' ' || before, ', ' order by seq) from audit_row where chain = 'case:' || $1 and what = 'struck'))`, id).Scan(&out)
	require.NoError(h.t, err)
	return out
}

func (h house) whole(id domain.CaseID) {
	h.t.Helper()
	report, err := h.VerifyAudit(h.t.Context(), nil)
	require.NoError(h.t, err)
	require.Empty(h.t, report.Findings)
	broken, err := h.Broken(h.t.Context(), Grace{Deadline: 1e6 * time.Hour, Doubt: time.Hour, Unknown: time.Hour, Inbound: time.Hour, Silence: time.Hour})
	require.NoError(h.t, err)
	require.Empty(h.t, broken)
}

func TestRecordStep_twice_at_once_counts_once(t *testing.T) {
	h := newHouse(t)
	id := caseNo(1)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { h.record(stepOf(id, 1, 1, "waiting", domain.NewTaskID(id, 1, "t1", 0))) })
	}
	wg.Wait()
	require.Equal(t, "1 waiting | t1 | it is waiting", h.shown(id))
	h.whole(id)
}

func TestRecordStep_the_later_decision_stands_and_marks_are_kept(t *testing.T) {
	h := newHouse(t)
	id := caseNo(1)
	t1, t3 := domain.NewTaskID(id, 1, "t1", 0), domain.NewTaskID(id, 3, "t3", 0)
	h.record(stepOf(id, 1, 10, "waiting", t1))
	require.NoError(t, h.Take(t.Context(), all, t1))
	done := stepOf(id, 2, 20, "done") // a worker that dies before its workflow task ends
	done.Done = []domain.Completion{{ID: "m1", TaskID: t1, By: dana, Result: json.RawMessage(`{}`)}}
	done.Causes = []domain.MessageID{"m1"}
	h.record(done, stepOf(id, 3, 20, "calling", t3))
	require.Equal(t, "1 waiting, 2 done, 3 calling | t3 | it is waiting, it is done, it is calling", h.shown(id))

	h.record(stepOf(id, 2, 30, "waiting on", t1)) // its successor, who knows better
	require.Equal(t, "1 waiting, 2 waiting on | t1 of u-dana | it is waiting, it is waiting on"+
		" | struck: 2 ask payer, open: done, 3 ask payer, open: calling", h.shown(id))
	h.whole(id)
	var completions, corrections int
	require.NoError(t, h.owner.QueryRow(t.Context(), `select (select count(*) from task_completion where struck_at is null),
		(select count(*) from event e join event c on c.data ->> 'eventId' = e.id::text where c.type = 'correction')`).Scan(&completions, &corrections))
	require.Zero(t, completions, "what a person did was not applied after all")
	require.Equal(t, 2, corrections, "each event that did not happen is corrected")
}

func TestRecordStep_refuses_whoever_was_overtaken(t *testing.T) {
	h := newHouse(t)
	id := caseNo(1)
	h.record(stepOf(id, 1, 10, "waiting"), stepOf(id, 2, 30, "done"))
	for no := 1; no <= 3; no++ { // a step it told before, the one it fought for, the one after
		require.ErrorIs(t, h.RecordStep(t.Context(), stepOf(id, no, 20, "overdue"), nil), ErrStale)
	}
	require.Equal(t, "1 waiting, 2 done | it is waiting, it is done", h.shown(id))
	h.whole(id)
}

func TestRecordStep_after_a_restore_shows_the_truth_and_tells_what_is_missing(t *testing.T) {
	h := newHouse(t)
	id := caseNo(1)
	h.record(stepOf(id, 1, 10, "waiting"), stepOf(id, 4, 40, "calling"))
	require.Equal(t, "1 waiting, 4 calling | it is waiting, it is calling", h.shown(id))
	var missing []int
	require.NoError(t, h.owner.QueryRow(t.Context(), `select array_agg(step order by step) from audit_row where what = 'missing'`).Scan(&missing))
	require.Equal(t, []int{2, 3}, missing)
}

func TestRecordStep_keeps_what_a_payer_wrote_but_for_what_no_text_can_hold(t *testing.T) {
	h := newHouse(t)
	id := caseNo(1)
	s := stepOf(id, 1, 1<<60+1, "waiting")
	s.Told[0].Words = "a\x00b \\u0000 \xff"
	s.Done = []domain.Completion{{ID: "m", TaskID: domain.NewTaskID(id, 1, "t1", 0), By: dana, Result: json.RawMessage(`{"note":"x\u0000y"}`)}}
	s.Causes = []domain.MessageID{"m"}
	s.Tasks = stepOf(id, 1, 1, "", s.Done[0].TaskID).Tasks
	h.record(s)
	var words, note string
	var fence int64
	require.NoError(t, h.owner.QueryRow(t.Context(), `select words, fence, (select result ->> 'note' from task_completion) from timeline_entry`).Scan(&words, &fence, &note))
	require.Equal(t, "ab \\u0000 \uFFFD", words)
	require.Equal(t, "xy", note)
	require.EqualValues(t, 1<<60+1, fence)
}

func TestRecordStep_shows_the_clocks_that_run_and_no_others(t *testing.T) {
	h := newHouse(t)
	id := caseNo(1)
	h.record(stepOf(id, 1, 10, "waiting"))
	next := stepOf(id, 2, 20, "closed")
	next.Status, next.Outcome, next.Deadlines, next.WaitingOn = domain.Closed, domain.OutcomeDenied, nil, nil
	h.record(next)
	var clocks string
	require.NoError(t, h.owner.QueryRow(t.Context(), `select string_agg(name || ' ' || armed || ' ' || warn::text, ', ') from deadline where case_id = $1`, id).Scan(&clocks))
	require.Equal(t, "larkfield answers false {86400}", clocks)
}

func TestRecordStep_keeps_the_last_file_and_numbers_cases_without_gaps(t *testing.T) {
	h := newHouse(t)
	for n := 1; n <= 3; n++ {
		require.NoError(t, h.RecordStep(t.Context(), stepOf(caseNo(n), 1, 10, "waiting"), fmt.Appendf(nil, "sealed %d", n)))
		h.record(stepOf(caseNo(n), 2, 20, "calling"))
		file, err := h.CaseFile(t.Context(), caseNo(n))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("sealed %d", n), string(file))
	}
	var numbers string
	require.NoError(t, h.owner.QueryRow(t.Context(), `select string_agg(right(number, 6), ' ' order by number) from case_file`).Scan(&numbers))
	require.Equal(t, "000001 000002 000003", numbers)
}

func TestUnconfirmed_is_what_an_update_told_until_it_is_seen_answered(t *testing.T) {
	h := newHouse(t)
	id := caseNo(1)
	doubtful := func() int {
		cases, err := h.Unconfirmed(t.Context(), 0, 10)
		require.NoError(t, err)
		return len(cases)
	}
	told := stepOf(id, 2, 20, "done")
	told.Causes = []domain.MessageID{"c1"}
	h.record(stepOf(id, 1, 10, "waiting"))
	require.Equal(t, 0, doubtful(), "no update told it")
	h.record(told, stepOf(id, 3, 20, "calling"))
	require.Equal(t, 1, doubtful(), "and what followed in the same workflow task")
	require.NoError(t, h.Confirm(t.Context(), domain.CaseView{CaseID: id, Step: 1}))
	require.Equal(t, 1, doubtful(), "an earlier step's answer says nothing of it")
	require.NoError(t, h.Confirm(t.Context(), domain.CaseView{CaseID: id, Step: 2}))
	require.Equal(t, 0, doubtful())
}
