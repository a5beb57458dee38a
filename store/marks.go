package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// People's marks are what they do with a task beside completing it. They are no steps of
// the case: no procedure waits for them, and no step touches them. Each changes an open
// task only, and is audited in the case's chain in the same transaction.

// TaskConflict is why a mark is refused: someone else has the task, or it is closed. It
// is a domain.ErrConflict.
type TaskConflict struct {
	Task     domain.TaskID
	HeldBy   *domain.Actor // who has it
	Since    *time.Time
	Closed   bool
	ClosedAt *time.Time
	Done     *Done // who completed it; nil if nobody did
}

func (e *TaskConflict) Error() string {
	if e.Closed {
		return fmt.Sprintf("task %s is closed", e.Task)
	}
	return fmt.Sprintf("task %s is someone else's", e.Task)
}

func (e *TaskConflict) Unwrap() error { return domain.ErrConflict }

// marked is a task as a mark finds it, its case locked.
type marked struct {
	ID         domain.TaskID
	CaseID     domain.CaseID
	OpenedStep int
	Assignee   *domain.Actor
	AssignedAt *time.Time
	HoldUntil  *time.Time
	HoldReason string
	ClosedStep *int
	ClosedAt   *time.Time
	Done       *Done
}

// marks is what people's marks on a task are before and after one, as the audit keeps it.
type marks struct {
	Task      domain.TaskID `json:"task"`
	Assignee  string        `json:"assignee,omitempty"`
	HoldUntil *time.Time    `json:"holdUntil,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	Comment   string        `json:"comment,omitempty"` // its ID
}

func (m marked) marks() marks {
	out := marks{Task: m.ID, HoldUntil: m.HoldUntil, Reason: m.HoldReason}
	if m.Assignee != nil {
		out.Assignee = m.Assignee.ID
	}
	return out
}

// Take makes a task the subject's own. Taking one's own again changes nothing.
func (s *Store) Take(ctx context.Context, sc Scope, id domain.TaskID) error {
	return s.mark(ctx, sc, id, "take", func(t *marked, at time.Time) (string, error) {
		if t.others(sc) {
			return "", t.conflict()
		}
		t.assign(&sc.Subject, at)
		return "", nil
	})
}

// Release puts a task back into its queue: whoever has it may, and a lead. What it was
// set aside until stays.
func (s *Store) Release(ctx context.Context, sc Scope, id domain.TaskID) error {
	return s.mark(ctx, sc, id, "release", func(t *marked, at time.Time) (string, error) {
		if t.others(sc) && !sc.leads() {
			return "", t.conflict()
		}
		t.assign(nil, at)
		return "", nil
	})
}

// Assign gives a task to someone. Leads and managers may give any; others only what they
// have, or to themselves.
func (s *Store) Assign(ctx context.Context, sc Scope, id domain.TaskID, to domain.Actor) error {
	if to.ID == "" {
		return invalid("/assignee", "required", "is needed")
	}
	return s.mark(ctx, sc, id, "assign", func(t *marked, at time.Time) (string, error) {
		switch {
		case sc.leads(), t.own(sc), t.Assignee == nil && to.ID == sc.Subject.ID:
		case t.Assignee == nil:
			return "", domain.ErrForbidden
		default:
			return "", t.conflict()
		}
		t.assign(&to, at)
		return "", nil
	})
}

// HoldTask sets a task aside until an instant. The case's clocks run on.
func (s *Store) HoldTask(ctx context.Context, sc Scope, id domain.TaskID, until time.Time, reason string) error {
	if err := worded("/reason", reason, 500); err != nil {
		return err
	}
	if !until.After(time.Now()) {
		return invalid("/until", "future", "must lie in the future")
	}
	until = until.UTC().Truncate(time.Microsecond)
	return s.mark(ctx, sc, id, "hold", func(t *marked, _ time.Time) (string, error) {
		if t.others(sc) && !sc.leads() {
			return "", t.conflict()
		}
		t.HoldUntil, t.HoldReason = &until, reason
		return "", nil
	})
}

// Unhold ends what HoldTask began.
func (s *Store) Unhold(ctx context.Context, sc Scope, id domain.TaskID) error {
	return s.mark(ctx, sc, id, "unhold", func(t *marked, _ time.Time) (string, error) {
		if t.others(sc) && !sc.leads() {
			return "", t.conflict()
		}
		t.HoldUntil, t.HoldReason = nil, ""
		return "", nil
	})
}

// Return hands a task back to whoever sent it: it is nobody's again, and a comment says why.
func (s *Store) Return(ctx context.Context, sc Scope, id domain.TaskID, reason string) error {
	if err := worded("/reason", reason, 500); err != nil {
		return err
	}
	return s.mark(ctx, sc, id, "return", func(t *marked, at time.Time) (string, error) {
		if !t.own(sc) && !sc.leads() {
			return "", t.conflict()
		}
		t.assign(nil, at)
		return "Returned: " + reason, nil
	})
}

// Comment writes something beside a task.
func (s *Store) Comment(ctx context.Context, sc Scope, id domain.TaskID, words string) error {
	if err := worded("/words", words, 4000); err != nil {
		return err
	}
	return s.mark(ctx, sc, id, "comment", func(*marked, time.Time) (string, error) { return words, nil })
}

func (s Scope) leads() bool { return s.Has(RoleLead, RoleManager) }

func (t *marked) own(sc Scope) bool { return t.Assignee != nil && t.Assignee.ID == sc.Subject.ID }

func (t *marked) others(sc Scope) bool { return t.Assignee != nil && t.Assignee.ID != sc.Subject.ID }

// assign changes nothing where it would change nobody: since when someone has it is kept.
func (t *marked) assign(to *domain.Actor, at time.Time) {
	switch {
	case to == nil:
		t.Assignee, t.AssignedAt = nil, nil
	case t.Assignee == nil || t.Assignee.ID != to.ID:
		t.Assignee, t.AssignedAt = to, &at
	}
}

func (t *marked) conflict() error {
	return &TaskConflict{Task: t.ID, HeldBy: t.Assignee, Since: t.AssignedAt, Closed: t.ClosedStep != nil, ClosedAt: t.ClosedAt, Done: t.Done}
}

// Whoever writes to a case's tasks, a recorded step too, first locks the case's row: no
// other lock is needed, and nobody waits in a circle.
const (
	lockCaseOfTask = `select c.id from case_file c where c.id = @case for no key update`
	taskToMark     = `
		select t.id, t.case_id, t.opened_step, t.assigned_at, t.hold_until, coalesce(t.hold_reason, '') as hold_reason, t.closed_step, t.closed_at,
			case when t.assignee is not null then jsonb_build_object('kind', t.assignee_kind, 'id', t.assignee, 'name', t.assignee_name) end as assignee,
			(select jsonb_build_object('messageId', d.message_id, 'step', d.step, 'at', d.at, 'result', d.result,
				'by', jsonb_build_object('kind', d.by_kind, 'id', d.by_id, 'name', d.by_name))
				from task_completion d where d.task_id = t.id and d.struck_at is null) as done
		from task t where t.id = @id and `
	writeMarks = `
		update task set assignee = @assignee, assignee_kind = @kind, assignee_name = @name, assigned_at = @assigned_at,
			hold_until = @hold_until, hold_reason = nullif(@hold_reason, '')
		where id = @id`
	writeComment = `
		insert into task_comment (id, task_id, at, by_kind, by_id, by_name, words)
		values (@id, @task, @at, @kind, @by, @name, @words)`
)

// mark changes an open task in scope as change says, with the comment it returns if any.
// What changes nothing writes nothing.
func (s *Store) mark(ctx context.Context, sc Scope, id domain.TaskID, what string, change func(*marked, time.Time) (comment string, err error)) error {
	if !taskID.MatchString(string(id)) {
		return fmt.Errorf("%s task: %w", what, domain.ErrNotFound)
	}
	at := time.Now().UTC().Truncate(time.Microsecond)
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		t, err := lockedTask(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		if t.ClosedStep != nil {
			return t.conflict()
		}
		was := t.marks()
		comment, err := change(&t, at)
		if err != nil {
			return err
		}
		is := t.marks()
		before, after := auditText(was), auditText(is)
		if before == after && comment == "" {
			return nil
		}
		if comment != "" {
			is.Comment = uuid.Must(uuid.NewV7()).String()
			after = auditText(is)
		}
		if err := writeMarked(ctx, tx, sc.Subject, t, at, is.Comment, comment); err != nil {
			return err
		}
		return auditCase(ctx, tx, t.CaseID, at, auditEntry{
			What: "marked", Step: t.OpenedStep, By: sc.Subject, Why: what, Before: before, After: after,
		})
	})
	if err != nil {
		return fmt.Errorf("%s task %s: %w", what, id, clean(err))
	}
	return nil
}

func lockedTask(ctx context.Context, tx pgx.Tx, sc Scope, id domain.TaskID) (marked, error) {
	args := pgx.NamedArgs{"id": id, "case": id.Case()}
	if _, err := tx.Exec(ctx, lockCaseOfTask, args); err != nil {
		return marked{}, err
	}
	rows, err := tx.Query(ctx, taskToMark+sc.where("t.facility", args), args)
	if err != nil {
		return marked{}, err
	}
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[marked])
	if errors.Is(err, pgx.ErrNoRows) {
		return marked{}, domain.ErrNotFound
	}
	return t, err
}

func writeMarked(ctx context.Context, tx pgx.Tx, by domain.Actor, t marked, at time.Time, commentID, words string) error {
	args := pgx.NamedArgs{
		"id": t.ID, "assignee": nil, "kind": nil, "name": nil, "assigned_at": t.AssignedAt,
		"hold_until": t.HoldUntil, "hold_reason": t.HoldReason,
	}
	if t.Assignee != nil {
		args["assignee"], args["kind"], args["name"] = t.Assignee.ID, t.Assignee.Kind, t.Assignee.Name
	}
	if _, err := tx.Exec(ctx, writeMarks, args); err != nil || commentID == "" {
		return err
	}
	_, err := tx.Exec(ctx, writeComment, pgx.NamedArgs{
		"id": commentID, "task": t.ID, "at": at, "kind": by.Kind, "by": by.ID, "name": by.Name, "words": words,
	})
	return err
}

func auditText(m marks) string {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // plain data
	}
	return string(b)
}

func worded(pointer, words string, most int) error {
	switch {
	case strings.TrimSpace(words) == "":
		return invalid(pointer, "required", "is needed")
	case utf8.RuneCountInString(words) > most:
		return invalid(pointer, "max", fmt.Sprintf("must have at most %d characters", most))
	case !utf8.ValidString(words) || strings.ContainsRune(words, 0):
		return invalid(pointer, "text", "holds characters that are no text")
	}
	return nil
}

func invalid(pointer, code, detail string) error {
	return &domain.Invalid{Fields: []domain.FieldError{{Pointer: pointer, Code: code, Detail: detail}}}
}
