package store

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

// marksOf is a task as people have marked it, in one line.
func (h house) marksOf(id domain.TaskID) string {
	h.t.Helper()
	w, err := h.Task(h.t.Context(), all, id)
	require.NoError(h.t, err)
	var out []string
	if w.Assignee != nil {
		out = append(out, "of "+w.Assignee.Name)
	}
	if w.HoldUntil != nil {
		out = append(out, "held: "+w.HoldReason)
	}
	for _, c := range w.Comments {
		out = append(out, c.By.Name+": "+c.Words)
	}
	return strings.Join(out, ", ")
}

// audited lists why each mark of a case was made, and by whom.
func (h house) audited(id domain.CaseID) (out []string) {
	h.t.Helper()
	rows, err := h.owner.Query(h.t.Context(), `select by_id || ' ' || why from audit_row where chain = $1 and what = 'marked' order by seq`, caseChain(id))
	require.NoError(h.t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		require.NoError(h.t, rows.Scan(&line))
		out = append(out, line)
	}
	return out
}

func oneTask(t *testing.T) (house, domain.TaskID) {
	h := newHouse(t)
	return h, h.plantTask(h.plantCase(1, "north"), 0, domain.QueueClinical, domain.Normal, noon)
}

func TestMarks_tell_a_story_and_each_is_audited(t *testing.T) {
	t.Parallel()
	h, id := oneTask(t)
	ctx := t.Context()
	until := time.Now().Add(time.Hour)
	becomes := func(want string, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, want, h.marksOf(id))
	}
	becomes("of Dana", h.Take(ctx, north, id))
	becomes("of Dana", h.Take(ctx, north, id)) // again: nothing
	becomes("of Dana, held: fax comes Monday", h.HoldTask(ctx, north, id, until, "fax comes Monday"))
	becomes("of Dana", h.Unhold(ctx, north, id))
	becomes("of Dana", h.Unhold(ctx, north, id)) // again: nothing
	becomes("of Eli", h.Assign(ctx, north, id, eli))
	becomes("of Dana", h.Assign(ctx, lead, id, dana))
	becomes("Dana: Returned: not mine", h.Return(ctx, north, id, "not mine"))
	becomes("of Dana, Dana: Returned: not mine", h.Assign(ctx, north, id, dana))
	becomes("Dana: Returned: not mine", h.Release(ctx, lead, id))
	becomes("Dana: Returned: not mine, Eli: see the notes", h.Comment(ctx, south.with("north"), id, "see the notes"))
	require.Equal(t, []string{
		"u-dana take", "u-dana hold", "u-dana unhold", "u-dana assign", "u-lena assign", "u-dana return", "u-dana assign", "u-lena release",
		"u-eli comment",
	}, h.audited(id.Case()))
	r, err := h.VerifyAudit(ctx, nil)
	require.NoError(t, err)
	require.True(t, r.OK())
}

// with is the scope with another facility.
func (s Scope) with(f domain.FacilityID) Scope {
	s.Facilities = append([]domain.FacilityID{f}, s.Facilities...)
	return s
}

func TestMarks_on_what_someone_else_has_say_who(t *testing.T) {
	t.Parallel()
	h, id := oneTask(t)
	ctx := t.Context()
	require.NoError(t, h.Take(ctx, all, id))
	other := Scope{Subject: eli, Roles: []Role{RoleCoordinator}, All: true}
	for name, err := range map[string]error{
		"take":    h.Take(ctx, other, id),
		"release": h.Release(ctx, other, id),
		"assign":  h.Assign(ctx, other, id, eli),
		"hold":    h.HoldTask(ctx, other, id, time.Now().Add(time.Hour), "x"),
		"unhold":  h.Unhold(ctx, other, id),
		"return":  h.Return(ctx, other, id, "x"),
	} {
		var conflict *TaskConflict
		require.ErrorAs(t, err, &conflict, name)
		require.ErrorIs(t, err, domain.ErrConflict, name)
		require.Equal(t, &dana, conflict.HeldBy, name)
		require.NotNil(t, conflict.Since, name)
		require.NotContains(t, err.Error(), "Dana")
	}
	require.Equal(t, "of Dana", h.marksOf(id))
	require.Len(t, h.audited(id.Case()), 1)
	require.NoError(t, h.Release(ctx, all, id))
	require.ErrorIs(t, h.Assign(ctx, all, id, eli), domain.ErrForbidden, "nobody's, and not to oneself")
}

func TestMarks_on_a_closed_task_say_who_did_it_and_when(t *testing.T) {
	t.Parallel()
	h, id := oneTask(t)
	ctx := t.Context()
	h.sql(`update task set closed_step = 2, closed_at = $2 where id = $1`, id, noon)
	h.sql(`insert into task_completion (task_id, message_id, step, fence, at, by_kind, by_id, by_name, result)
		values ($1, 'm', 2, 20, $2, 'person', 'u-eli', 'Eli', '{"sent": true}')`, id, noon)
	for name, err := range map[string]error{
		"take":    h.Take(ctx, all, id),
		"release": h.Release(ctx, lead, id),
		"assign":  h.Assign(ctx, lead, id, eli),
		"hold":    h.HoldTask(ctx, lead, id, time.Now().Add(time.Hour), "x"),
		"unhold":  h.Unhold(ctx, lead, id),
		"return":  h.Return(ctx, lead, id, "x"),
		"comment": h.Comment(ctx, all, id, "x"),
	} {
		var conflict *TaskConflict
		require.True(t, errors.As(err, &conflict), name)
		require.True(t, conflict.Closed)
		require.Equal(t, eli, conflict.Done.By, name)
		require.Equal(t, noon, conflict.Done.At.UTC(), name)
	}
	w, err := h.Task(ctx, all, id)
	require.NoError(t, err)
	require.Equal(t, domain.MessageID("m"), w.Done.Message)
	require.JSONEq(t, `{"sent": true}`, string(w.Done.Result))
	require.Empty(t, h.audited(id.Case()))
}

func TestTake_by_many_at_once_has_one_winner(t *testing.T) {
	t.Parallel()
	h, id := oneTask(t)
	var won, lost atomic.Int32
	var people sync.WaitGroup
	for _, who := range []domain.Actor{dana, eli, lena} {
		for range 3 {
			people.Go(func() {
				err := h.Take(t.Context(), Scope{Subject: who, All: true}, id)
				switch {
				case err == nil:
					won.Add(1)
				case errors.Is(err, domain.ErrConflict):
					lost.Add(1)
				}
			})
		}
	}
	people.Wait()
	require.Equal(t, int32(3), won.Load(), "one person, three times")
	require.Equal(t, int32(6), lost.Load())
	require.Len(t, h.audited(id.Case()), 1)
}

func TestMarks_refuse_what_makes_no_sense(t *testing.T) {
	t.Parallel()
	h, id := oneTask(t)
	ctx := t.Context()
	soon := time.Now().Add(time.Hour)
	for name, err := range map[string]error{
		"held until yesterday":  h.HoldTask(ctx, all, id, time.Now().Add(-time.Hour), "x"),
		"held without reason":   h.HoldTask(ctx, all, id, soon, " "),
		"reason too long":       h.HoldTask(ctx, all, id, soon, strings.Repeat("x", 501)),
		"assigned to nobody":    h.Assign(ctx, lead, id, domain.Actor{}),
		"returned without word": h.Return(ctx, lead, id, ""),
		"empty comment":         h.Comment(ctx, all, id, "\n"),
		"comment with a zero":   h.Comment(ctx, all, id, "a\x00b"),
		"comment of no text":    h.Comment(ctx, all, id, "a\xff"),
	} {
		require.ErrorIs(t, err, domain.ErrInvalid, name)
	}
	for _, unknown := range []domain.TaskID{"", "x", domain.NewTaskID(caseNo(1), 7, "find out", 0), domain.NewTaskID(caseNo(9), 1, "find out", 0), "\x00"} {
		require.ErrorIs(t, h.Take(ctx, all, unknown), domain.ErrNotFound)
	}
	require.Empty(t, h.marksOf(id))
}
