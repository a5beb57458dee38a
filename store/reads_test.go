package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

// walked pages through a list to its end and returns the keys of all rows, in order.
func walked[T any](t *testing.T, key func(T) string, next func(cursor string) (Page[T], error)) (keys []string) {
	t.Helper()
	for cursor := ""; ; {
		p, err := next(cursor)
		require.NoError(t, err)
		for _, r := range p.Items {
			keys = append(keys, key(r))
		}
		if cursor = p.Next; cursor == "" {
			return keys
		}
		require.Less(t, len(keys), 1000, "it does not end")
	}
}

func TestCases_pages_through_every_case_once_the_last_changed_first(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	want := []string{}
	for n := 1; n <= 11; n++ {
		h.plantCase(n, "north")
		want = append([]string{string(caseNo(n))}, want...)
	}
	h.sql(`update case_file set changed_at = $1`, noon) // all at once: the ID decides
	slices.Sort(want)
	for _, limit := range []int{1, 3, 10, 11, 50} {
		got := walked(t, func(r CaseRow) string { return string(r.ID) }, func(cursor string) (Page[CaseRow], error) {
			return h.Cases(t.Context(), north, CaseFilter{}, cursor, limit)
		})
		require.Equal(t, want, got, "pages of %d", limit)
	}
	h.sql(`update case_file set changed_at = $1::timestamptz + right(id::text, 2)::int * interval '1 second'`, noon)
	slices.Reverse(want)
	got := walked(t, func(r CaseRow) string { return string(r.ID) }, func(cursor string) (Page[CaseRow], error) {
		return h.Cases(t.Context(), all, CaseFilter{}, cursor, 4)
	})
	require.Equal(t, want, got)
}

func TestCases_narrows_by_each_filter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, two := h.plantCase(1, "north"), h.plantCase(2, "south")
	h.sql(`update case_file set status = 'closed', kind = 'escalation', stage = 'close', waiting_on = '{coordinator,clinician}', outcome = 'used',
		payer = 'other', source = 'his', urgent = true where id = $1`, two)
	h.plantTask(two, 0, domain.QueueClinical, domain.Normal, noon)
	for name, f := range map[string]CaseFilter{
		"status":        {Statuses: []domain.CaseStatus{domain.Closed, domain.Held}},
		"kind":          {Kind: domain.Escalation},
		"stage":         {Stage: "close"},
		"waiting on":    {WaitingOn: domain.Clinician},
		"outcome":       {Outcome: domain.OutcomeUsed},
		"payer":         {Payer: "other"},
		"facility":      {Facility: "south"},
		"queue":         {Queue: domain.QueueClinical},
		"source":        {Source: "his"},
		"source ID":     {SourceID: "2"},
		"urgent":        {UrgentOnly: true},
		"changed since": {ChangedSince: noon.Add(2 * time.Minute)},
	} {
		p, err := h.Cases(t.Context(), all, f, "", 0)
		require.NoError(t, err, name)
		require.Len(t, p.Items, 1, name)
		require.Equal(t, two, p.Items[0].ID, name)
	}
	p, err := h.Cases(t.Context(), all, CaseFilter{}, "", 0)
	require.NoError(t, err)
	require.Equal(t, []domain.CaseID{two, one}, []domain.CaseID{p.Items[0].ID, p.Items[1].ID})
}

func TestReads_show_nothing_out_of_scope(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.plantCase(1, "north")
	task := h.plantTask(id, 0, domain.QueueClinical, domain.Normal, noon)
	for name, sc := range map[string]Scope{"another facility": south, "none": {}, "two others": {Facilities: []domain.FacilityID{"south", "west"}}} {
		p, err := h.Cases(t.Context(), sc, CaseFilter{}, "", 0)
		require.NoError(t, err)
		require.Empty(t, p.Items, name)
		p, err = h.Cases(t.Context(), sc, CaseFilter{Facility: "north"}, "", 0)
		require.NoError(t, err)
		require.Empty(t, p.Items, name)
		tasks, err := h.Tasks(t.Context(), sc, TaskFilter{}, "", 0)
		require.NoError(t, err)
		require.Empty(t, tasks.Items, name)
		for what, read := range map[string]func() error{
			"case":      func() error { _, err := h.Case(t.Context(), sc, string(id)); return err },
			"timeline":  func() error { _, err := h.Timeline(t.Context(), sc, id, nil, "", 0); return err },
			"steps":     func() error { _, err := h.Steps(t.Context(), sc, id); return err },
			"deadlines": func() error { _, err := h.Deadlines(t.Context(), sc, id); return err },
			"exchanges": func() error { _, err := h.Exchanges(t.Context(), sc, id); return err },
			"tasks":     func() error { _, err := h.TasksOfCase(t.Context(), sc, id); return err },
			"task":      func() error { _, err := h.Task(t.Context(), sc, task); return err },
			"take":      func() error { return h.Take(t.Context(), sc, task) },
			"comment":   func() error { return h.Comment(t.Context(), sc, task, "x") },
		} {
			require.ErrorIs(t, read(), domain.ErrNotFound, "%s, %s", name, what)
		}
	}
	for _, sc := range []Scope{north, all, {Facilities: []domain.FacilityID{"south", "north"}}} {
		_, err := h.Case(t.Context(), sc, string(id))
		require.NoError(t, err)
		_, err = h.Task(t.Context(), sc, task)
		require.NoError(t, err)
	}
}

func TestCase_is_found_by_UUID_and_by_number(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.plantCase(1, "north")
	c, err := h.Case(t.Context(), north, string(id))
	require.NoError(t, err)
	require.Regexp(t, `^\d\d-000001$`, c.Number)
	require.Equal(t, "Featherstone, Rosa", c.Patient.Name())
	require.Equal(t, domain.Date("2026-04-01"), c.Planned)
	require.NotNil(t, c.NextDue)
	same, err := h.Case(t.Context(), north, c.Number)
	require.NoError(t, err)
	require.Equal(t, c, same)
	for _, ref := range []string{"", "26-999999", "26-1", string(caseNo(2)), "'; drop table step", "{" + string(id) + "}", "urn:uuid:" + string(id)} {
		_, err := h.Case(t.Context(), north, ref)
		require.ErrorIs(t, err, domain.ErrNotFound, ref)
	}
}

func TestTimeline_is_told_oldest_first_without_what_was_struck(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.plantCase(1, "north")
	tell := func(step int, fence domain.Fence, ord int, kind domain.ToldKind, words string, struck bool) {
		h.sql(`insert into timeline_entry (case_id, step, fence, ord, at, kind, words, by_kind, by_id, by_name, struck_at)
			values ($1, $2, $3, $4, $5, $6, $7, 'person', 'u-dana', 'Dana', case when $8 then now() end)`, id, step, fence, ord, noon, kind, words, struck)
	}
	tell(1, 10, 0, domain.ToldAdvance, "1a", false)
	tell(1, 10, 1, domain.ToldPayer, "1b", false)
	h.sql(`insert into step (case_id, no, fence, run_id, stage, status, now_words, digest, at, struck_at)
		values ($1, 2, 20, '', '', '', '', '', now(), now())`, id)
	h.plantStep(id, 2, 30)
	tell(2, 20, 0, domain.ToldClock, "2 struck", true)
	tell(2, 30, 0, domain.ToldPeople, "2a", false)
	for _, limit := range []int{1, 2, 50} {
		got := walked(t, func(r TimelineRow) string { return r.Words }, func(cursor string) (Page[TimelineRow], error) {
			return h.Timeline(t.Context(), north, id, nil, cursor, limit)
		})
		require.Equal(t, []string{"1a", "1b", "2a"}, got)
	}
	p, err := h.Timeline(t.Context(), north, id, []domain.ToldKind{domain.ToldPayer}, "", 0)
	require.NoError(t, err)
	require.Len(t, p.Items, 1)
	require.Equal(t, TimelineRow{Step: 1, Ord: 1, At: p.Items[0].At, Kind: domain.ToldPayer, Words: "1b", By: dana}, p.Items[0])

	steps, err := h.Steps(t.Context(), north, id)
	require.NoError(t, err)
	require.Len(t, steps, 3)
	require.NotNil(t, steps[1].StruckAt)
}

func TestExchanges_come_with_every_send_and_every_state_it_went_through(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.plantCase(1, "north")
	first, second := h.plantExchange(id, 1), h.plantExchange(id, 2)
	h.plantSend(first, 1, domain.RejectedSend, "a")
	send := h.plantSend(first, 2, domain.Accepted, "b")
	h.sql(`update case_file set exchanges = array[$1] where id = $2`, second, id)
	got, err := h.Exchanges(t.Context(), north, id)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, []bool{false, true}, []bool{got[0].UnderWay, got[1].UnderWay})
	require.Empty(t, got[1].Sends)
	require.Equal(t, send, got[0].Sends[1].ID)
	require.Equal(t, noon, got[0].Sends[1].States[0].At.UTC())
	require.Equal(t, []domain.SubmissionState{domain.Prepared, domain.Accepted},
		[]domain.SubmissionState{got[0].Sends[1].States[0].State, got[0].Sends[1].States[1].State})
}

func TestDeadlines_armed_ones_come_first(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.plantCase(1, "north")
	h.sql(`insert into deadline (case_id, name, rule, due_at, zone, armed, warn, set_step, ended_at)
		values ($1, 'pend window', '14 days', $2, 'America/Chicago', false, '{3600}', 1, $2)`, id, noon)
	got, err := h.Deadlines(t.Context(), north, id)
	require.NoError(t, err)
	require.Equal(t, []string{"Larkfield answers", "pend window"}, []string{got[0].Name, got[1].Name})
	require.Equal(t, []int64{3600}, got[1].Warn)
}

func TestTasks_are_ranked_by_priority_and_then_by_when_they_are_due(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.plantCase(1, "north")
	want := []string{}
	for n, rank := range []struct {
		priority domain.Priority
		due      int
	}{{domain.Urgent, 5}, {domain.High, 1}, {domain.High, 2}, {domain.Normal, 0}, {domain.Normal, 0}} {
		want = append(want, string(h.plantTask(id, n, domain.QueueClinical, rank.priority, noon.Add(time.Duration(rank.due)*time.Hour))))
	}
	slices.Sort(want[3:])
	h.sql(`update task set closed_step = 2 where id = $1`, h.plantTask(id, 9, domain.QueueClinical, domain.Urgent, noon))
	for _, limit := range []int{1, 2, 5, 50} {
		got := walked(t, func(r TaskRow) string { return string(r.ID) }, func(cursor string) (Page[TaskRow], error) {
			return h.Tasks(t.Context(), north, TaskFilter{Queue: domain.QueueClinical}, cursor, limit)
		})
		require.Equal(t, want, got, "pages of %d", limit)
	}
	ofCase, err := h.TasksOfCase(t.Context(), north, id)
	require.NoError(t, err)
	require.Len(t, ofCase, 6)
	require.NotNil(t, ofCase[5].ClosedStep, "closed ones come last")
}

func TestTasks_narrows_by_each_filter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.plantCase(1, "north")
	b := h.plantCase(2, "south")
	h.sql(`update case_file set payer = 'other', status = 'held' where id = $1`, b)
	taken := h.plantTask(a, 0, domain.QueueClinical, domain.Normal, noon)
	other := h.plantTask(b, 0, domain.QueueLead, domain.Normal, noon.Add(time.Hour))
	h.sql(`update task set kind = 'find out', party = 'clinician' where id = $1`, other)
	require.NoError(t, h.Take(t.Context(), north, taken))
	for name, c := range map[string]struct {
		f    TaskFilter
		want domain.TaskID
	}{
		"queue":      {TaskFilter{Queue: domain.QueueLead}, other},
		"kind":       {TaskFilter{Kind: "find out"}, other},
		"party":      {TaskFilter{Party: domain.Clinician}, other},
		"facility":   {TaskFilter{Facility: "south"}, other},
		"payer":      {TaskFilter{Payer: "other"}, other},
		"mine":       {TaskFilter{Mine: true}, taken},
		"unassigned": {TaskFilter{Unassigned: true}, other},
		"held":       {TaskFilter{Held: true}, other},
		"waiting":    {TaskFilter{Waiting: true}, taken},
		"due before": {TaskFilter{DueBefore: noon.Add(time.Minute)}, taken},
	} {
		p, err := h.Tasks(t.Context(), all, c.f, "", 0)
		require.NoError(t, err, name)
		require.Len(t, p.Items, 1, name)
		require.Equal(t, c.want, p.Items[0].ID, name)
	}
	require.NoError(t, h.HoldTask(t.Context(), all, taken, time.Now().Add(time.Hour), "waits for the fax"))
	p, err := h.Tasks(t.Context(), all, TaskFilter{Held: true}, "", 0)
	require.NoError(t, err)
	require.Len(t, p.Items, 2)
	h.sql(`update task set hold_until = now() - interval '1 second' where id = $1`, taken)
	p, err = h.Tasks(t.Context(), all, TaskFilter{Waiting: true}, "", 0)
	require.NoError(t, err)
	require.Len(t, p.Items, 1, "its time has come again")

	h.sql(`update task set reminder_for = $2 where id = $1`, other, all.Subject.ID)
	p, err = h.Tasks(t.Context(), all, TaskFilter{Mine: true}, "", 0)
	require.NoError(t, err)
	require.Len(t, p.Items, 2, "my own reminder is mine")
	p, err = h.Tasks(t.Context(), all, TaskFilter{Unassigned: true}, "", 0)
	require.NoError(t, err)
	require.Empty(t, p.Items, "a reminder is not anybody's to take")
	require.NoError(t, h.Take(t.Context(), Scope{Subject: domain.Actor{Kind: domain.Person, ID: "u-else", Name: "Else"}, All: true}, other))
	p, err = h.Tasks(t.Context(), all, TaskFilter{Mine: true}, "", 0)
	require.NoError(t, err)
	require.Len(t, p.Items, 1, "somebody else has it")
}

func TestCompletion_is_the_answer_of_the_step_that_told_it(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.plantCase(1, "north")
	h.plantStep(id, 2, 20, "m-2")
	h.plantStep(id, 3, 30, "m-3", "m-4")
	h.sql(`update case_file set status = 'closed', outcome = 'used', waiting_on = '{}' where id = $1`, id)
	h.sql(`update step set status = 'closed' where case_id = $1 and no = 3`, id)
	v, err := h.Completion(t.Context(), "m-4")
	require.NoError(t, err)
	require.Equal(t, domain.CaseView{
		CaseID: id, Step: 3, Status: domain.Closed, Stage: "ask payer", WaitingOn: []domain.Party{}, Outcome: domain.OutcomeUsed, Now: "waiting",
	}, v)
	v, err = h.Completion(t.Context(), "m-2")
	require.NoError(t, err)
	require.Equal(t, 2, v.Step)
	require.Empty(t, v.Outcome, "it had none then")
	h.sql(`update step set struck_at = now() where case_id = $1 and no = 2`, id)
	_, err = h.Completion(t.Context(), "m-2")
	require.ErrorIs(t, err, domain.ErrNotFound)
}

func TestCursor_of_another_list_or_made_up_is_refused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for n := range 3 {
		h.plantCase(n, "north")
	}
	p, err := h.Cases(t.Context(), all, CaseFilter{}, "", 1)
	require.NoError(t, err)
	for _, c := range []struct {
		cursor string
		filter CaseFilter
	}{
		{p.Next, CaseFilter{Payer: "larkfield"}},
		{"x", CaseFilter{}},
		{p.Next + "A", CaseFilter{}},
		{p.Next[:len(p.Next)-3], CaseFilter{}},
		{cursor(CaseFilter{}, caseKey{noon, "no UUID"}), CaseFilter{}},
		{cursor(CaseFilter{}, map[string]int{"x": 1}), CaseFilter{}},
	} {
		_, err := h.Cases(t.Context(), all, c.filter, c.cursor, 1)
		require.ErrorIs(t, err, domain.ErrInvalid)
	}
	_, err = h.Tasks(t.Context(), all, TaskFilter{}, cursor(TaskFilter{}, taskKey{1, noon, "x\x00"}), 1)
	require.ErrorIs(t, err, domain.ErrInvalid)
	_, err = h.Timeline(t.Context(), all, caseNo(1), nil, cursor([]any{caseNo(1), []domain.ToldKind(nil)}, timelineKey{1 << 40, 0}), 1)
	require.ErrorIs(t, err, domain.ErrInvalid)
}

func FuzzAfter(f *testing.F) {
	f.Add(cursor("f", taskKey{domain.High, noon, "id"}))
	f.Add("")
	f.Add("e30")
	f.Add("bnVsbA")
	f.Fuzz(func(t *testing.T, text string) {
		key, there, err := after[taskKey](text, "f")
		if err == nil && there {
			again, _, err := after[taskKey](cursor("f", key), "f")
			if err != nil || fmt.Sprint(again) != fmt.Sprint(key) {
				t.Fatalf("a cursor that was taken is not given: %v", err)
			}
		}
	})
}
