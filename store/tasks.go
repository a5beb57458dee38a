package store

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// TaskRow is a task as lists show it.
type TaskRow struct {
	ID           domain.TaskID     `json:"id"`
	CaseID       domain.CaseID     `json:"caseId"`
	CaseNumber   string            `json:"caseNumber"`
	CaseTitle    string            `json:"caseTitle"`
	Patient      domain.Patient    `json:"patient"`
	Payer        domain.PayerID    `json:"payer,omitempty"`
	Facility     domain.FacilityID `json:"facilityId"`
	Kind         domain.TaskKind   `json:"kind"`
	Title        string            `json:"title"`
	Instructions string            `json:"instructions"`
	Queue        domain.Queue      `json:"queue"`
	Party        domain.Party      `json:"party"`
	Skills       []string          `json:"skills"`
	Priority     domain.Priority   `json:"priority"`
	DueAt        time.Time         `json:"dueAt"`
	Due          domain.Deadline   `json:"due"`
	For          string            `json:"for,omitempty"`
	Escalated    bool              `json:"escalated,omitempty"`
	Exchange     domain.ExchangeID `json:"exchangeId,omitempty"`
	OpenedStep   int               `json:"openedStep"`
	OpenedAt     time.Time         `json:"openedAt"`
	ClosedStep   *int              `json:"closedStep,omitempty"`
	ClosedAt     *time.Time        `json:"closedAt,omitempty"`
	Assignee     *domain.Actor     `json:"assignee,omitempty"`
	AssignedAt   *time.Time        `json:"assignedAt,omitempty"`
	HoldUntil    *time.Time        `json:"holdUntil,omitempty"`
	HoldReason   string            `json:"holdReason,omitempty"`
	CaseHeld     bool              `json:"caseHeld,omitempty"`
}

// TaskWhole is a task with what was said about it and how it was finished.
type TaskWhole struct {
	TaskRow
	Comments []Comment `json:"comments"`
	Done     *Done     `json:"done,omitempty"` // nil for an open task, and one that was withdrawn
}

// Comment is what someone wrote beside a task.
type Comment struct {
	ID    string       `json:"id"`
	At    time.Time    `json:"at"`
	By    domain.Actor `json:"by"`
	Words string       `json:"words"`
}

// Done is who completed a task, when, and with what.
type Done struct {
	Message domain.MessageID `json:"messageId"`
	Step    int              `json:"step"`
	At      time.Time        `json:"at"`
	By      domain.Actor     `json:"by"`
	Result  json.RawMessage  `json:"result"`
}

// TaskFilter narrows the list of open tasks. Empty fields do not.
type TaskFilter struct {
	Queue      domain.Queue
	Kind       domain.TaskKind
	Party      domain.Party
	Facility   domain.FacilityID
	Payer      domain.PayerID
	Mine       bool // assigned to whoever asks, or their own reminder that nobody else has
	Unassigned bool // and nobody's reminder
	Held       bool // set aside now, or of a case set aside
	Waiting    bool // not set aside: can be worked on
	DueBefore  time.Time
}

const taskColumns = `
	t.id, t.case_id, c.number as case_number, c.title as case_title, c.patient, c.payer, t.facility, t.kind, t.title, t.instructions,
	t.queue, t.party, t.skills, t.priority, t.due_at, t.due, t.reminder_for as "for", t.escalated, t.exchange,
	t.opened_step, t.opened_at, t.closed_step, t.closed_at,
	case when t.assignee is not null then jsonb_build_object('kind', t.assignee_kind, 'id', t.assignee, 'name', t.assignee_name) end as assignee,
	t.assigned_at, t.hold_until, coalesce(t.hold_reason, '') as hold_reason, c.status = 'held' as case_held`

// A task is set aside until its own date, and while its case is.
const held = "(coalesce(t.hold_until > now(), false) or c.status = 'held')"

type taskKey struct {
	Priority domain.Priority `json:"p"`
	DueAt    time.Time       `json:"d"`
	ID       domain.TaskID   `json:"i"`
}

var taskID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{1,9}-[A-Za-z0-9-]{1,100}$`)

// Tasks lists open tasks in the order in which they should be worked: by priority, then
// by when they are due. Indexes: task_in_queue, task_of_facility, task_of_assignee, task_open.
func (s *Store) Tasks(ctx context.Context, sc Scope, f TaskFilter, cursor string, limit int) (Page[TaskRow], error) {
	key, there, err := after[taskKey](cursor, f)
	if err != nil {
		return Page[TaskRow]{}, err
	}
	if there && (!taskID.MatchString(string(key.ID)) || key.Priority < 0 || key.Priority > 100) {
		return Page[TaskRow]{}, badCursor()
	}
	limit = limited(limit)
	args := pgx.NamedArgs{"limit": limit + 1}
	where := append(f.where(sc, args), sc.narrowed(f.Facility).where("t.facility", args))
	if there {
		args["priority"], args["due"], args["id"] = key.Priority, key.DueAt, key.ID
		where = append(where, "(t.priority, t.due_at, t.id) > (@priority::smallint, @due::timestamptz, @id::text)")
	}
	rows, err := collect[TaskRow](ctx, s, `select `+taskColumns+` from task t join case_file c on c.id = t.case_id
		where t.closed_step is null and `+strings.Join(where, " and ")+`
		order by t.priority, t.due_at, t.id limit @limit`, args)
	if err != nil {
		return Page[TaskRow]{}, fmt.Errorf("read tasks: %w", err)
	}
	return page(rows, limit, f, func(r TaskRow) taskKey { return taskKey{r.Priority, r.DueAt, r.ID} }), nil
}

func (f TaskFilter) where(sc Scope, args pgx.NamedArgs) (where []string) {
	equal := func(column, name, value string) {
		if value != "" {
			where = append(where, column+" = @"+name)
			args[name] = value
		}
	}
	equal("t.queue", "queue", string(f.Queue))
	equal("t.kind", "kind", string(f.Kind))
	equal("t.party", "party", string(f.Party))
	equal("c.payer", "payer", string(f.Payer))
	if f.Mine {
		where = append(where, "(t.assignee = @subject or t.assignee is null and t.reminder_for = @subject)")
		args["subject"] = sc.Subject.ID
	}
	if f.Unassigned {
		where = append(where, "t.assignee is null and t.reminder_for = ''")
	}
	if f.Held {
		where = append(where, held)
	}
	if f.Waiting {
		where = append(where, "not "+held)
	}
	if !f.DueBefore.IsZero() {
		where = append(where, "t.due_at < @before")
		args["before"] = f.DueBefore
	}
	return where
}

// TasksOfCase lists a case's tasks, open ones first, then the closed by when they closed.
func (s *Store) TasksOfCase(ctx context.Context, sc Scope, id domain.CaseID) ([]TaskRow, error) {
	return ofCase[TaskRow](ctx, s, sc, id, "tasks", `
		select `+taskColumns+` from task t join case_file c on c.id = t.case_id
		where t.case_id = @case
		order by t.closed_step desc nulls first, t.priority, t.due_at, t.id`)
}

// Task is one task, open or closed. Whoever was too late with it learns from Done who
// was first, when, and with what.
func (s *Store) Task(ctx context.Context, sc Scope, id domain.TaskID) (TaskWhole, error) {
	if !taskID.MatchString(string(id)) {
		return TaskWhole{}, fmt.Errorf("read task: %w", domain.ErrNotFound)
	}
	args := pgx.NamedArgs{"id": id}
	t, err := one[TaskWhole](ctx, s, `select `+taskColumns+`,
		coalesce((
			select jsonb_agg(jsonb_build_object('id', m.id, 'at', m.at, 'words', m.words,
				'by', jsonb_build_object('kind', m.by_kind, 'id', m.by_id, 'name', m.by_name)) order by m.at, m.id)
			from task_comment m where m.task_id = t.id), '[]') as comments,
		(select jsonb_build_object('messageId', d.message_id, 'step', d.step, 'at', d.at, 'result', d.result,
				'by', jsonb_build_object('kind', d.by_kind, 'id', d.by_id, 'name', d.by_name))
			from task_completion d where d.task_id = t.id and d.struck_at is null) as done
		from task t join case_file c on c.id = t.case_id
		where t.id = @id and `+sc.where("t.facility", args), args)
	if err != nil {
		return TaskWhole{}, fmt.Errorf("read task %s: %w", id, err)
	}
	return t, nil
}
