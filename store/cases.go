package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// CaseRow is a case as lists show it.
type CaseRow struct {
	ID         domain.CaseID     `json:"caseId"`
	Number     string            `json:"number"`
	Kind       domain.CaseKind   `json:"kind"`
	Facility   domain.FacilityID `json:"facilityId"`
	Payer      domain.PayerID    `json:"payer,omitempty"`
	Step       int               `json:"step"`
	Stage      string            `json:"stage"`
	Status     domain.CaseStatus `json:"status"`
	WaitingOn  []domain.Party    `json:"waitingOn"`
	Outcome    domain.Outcome    `json:"outcome,omitempty"`
	Now        string            `json:"now"`
	Title      string            `json:"title"`
	Patient    domain.Patient    `json:"patient"`
	Planned    domain.Date       `json:"plannedDate,omitempty"`
	Urgent     bool              `json:"urgent,omitempty"`
	AuthNumber string            `json:"authorizationNumber,omitempty"`
	OpenedAt   time.Time         `json:"openedAt"`
	ChangedAt  time.Time         `json:"changedAt"`
	ClosedAt   *time.Time        `json:"closedAt,omitempty"`
	NextDue    *time.Time        `json:"nextDue,omitempty"` // of the armed deadline that comes first
}

// View is the case as an answer to an act on it.
func (r CaseRow) View() domain.CaseView {
	return domain.CaseView{
		CaseID: r.ID, Step: r.Step, Status: r.Status, Stage: r.Stage, WaitingOn: r.WaitingOn, Outcome: r.Outcome, Now: r.Now,
	}
}

// CaseWhole is all that is shown of one case but what belongs to it in numbers: tasks,
// deadlines, timeline, exchanges.
type CaseWhole struct {
	CaseRow
	Member    string              `json:"memberId,omitempty"`
	Source    string              `json:"source,omitempty"`
	SourceID  string              `json:"sourceId,omitempty"`
	Hold      *domain.Hold        `json:"hold,omitempty"`
	Exchanges []domain.ExchangeID `json:"exchanges"` // under way
	Detail    json.RawMessage     `json:"detail"`    // the kind's own
	Related   []domain.CaseID     `json:"related"`
	RunID     string              `json:"-"`
	Confirmed bool                `json:"-"`
}

// CaseFilter narrows a list of cases. Empty fields do not.
type CaseFilter struct {
	Statuses     []domain.CaseStatus
	Kind         domain.CaseKind
	Stage        string
	WaitingOn    domain.Party
	Outcome      domain.Outcome
	Payer        domain.PayerID
	Facility     domain.FacilityID
	Queue        domain.Queue // has an open task in it
	Source       string
	SourceID     string
	UrgentOnly   bool
	ChangedSince time.Time
}

const caseColumns = `
	c.id, c.number, c.kind, c.facility, c.payer, c.step, c.stage, c.status, c.waiting_on, c.outcome, c.now_words as now,
	c.title, c.patient, coalesce(to_char(c.planned, 'YYYY-MM-DD'), '') as planned, c.urgent, c.auth_number,
	c.opened_at, c.changed_at, c.closed_at,
	(select min(d.due_at) from deadline d where d.case_id = c.id and d.armed) as next_due`

// caseKey is a case's place in a list: the last changed come first.
type caseKey struct {
	ChangedAt time.Time     `json:"t"`
	ID        domain.CaseID `json:"i"`
}

// Cases lists cases, those that changed last first. One that changes while someone pages
// moves to the front, which they have seen. Indexes: case_by_change, case_of_facility.
func (s *Store) Cases(ctx context.Context, sc Scope, f CaseFilter, cursor string, limit int) (Page[CaseRow], error) {
	key, there, err := after[caseKey](cursor, f)
	if err != nil {
		return Page[CaseRow]{}, err
	}
	if there && uuid.Validate(string(key.ID)) != nil {
		return Page[CaseRow]{}, badCursor()
	}
	limit = limited(limit)
	args := pgx.NamedArgs{"limit": limit + 1}
	where := append(f.where(args), sc.narrowed(f.Facility).where("c.facility", args))
	if there {
		args["at"], args["id"] = key.ChangedAt, key.ID
		where = append(where, "(c.changed_at < @at or c.changed_at = @at and c.id > @id)", "c.changed_at <= @at")
	}
	rows, err := collect[CaseRow](ctx, s, `select `+caseColumns+` from case_file c
		where `+strings.Join(where, " and ")+` order by c.changed_at desc, c.id limit @limit`, args)
	if err != nil {
		return Page[CaseRow]{}, fmt.Errorf("read cases: %w", err)
	}
	return page(rows, limit, f, func(r CaseRow) caseKey { return caseKey{r.ChangedAt, r.ID} }), nil
}

func (f CaseFilter) where(args pgx.NamedArgs) (where []string) {
	if len(f.Statuses) > 0 {
		where = append(where, "c.status = any(@statuses)")
		args["statuses"] = f.Statuses
	}
	equal := func(column, name, value string) {
		if value != "" {
			where = append(where, column+" = @"+name)
			args[name] = value
		}
	}
	equal("c.kind", "kind", string(f.Kind))
	equal("c.stage", "stage", f.Stage)
	equal("c.outcome", "outcome", string(f.Outcome))
	equal("c.payer", "payer", string(f.Payer))
	equal("c.source", "source", f.Source)
	equal("c.source_id", "source_id", f.SourceID)
	if f.WaitingOn != "" {
		where = append(where, "@waiting_on = any(c.waiting_on)")
		args["waiting_on"] = f.WaitingOn
	}
	if f.Queue != "" {
		where = append(where, "exists (select from task t where t.case_id = c.id and t.queue = @queue and t.closed_step is null)")
		args["queue"] = f.Queue
	}
	if f.UrgentOnly {
		where = append(where, "c.urgent")
	}
	if !f.ChangedSince.IsZero() {
		where = append(where, "c.changed_at >= @since")
		args["since"] = f.ChangedSince
	}
	return where
}

// caseNumber is how people write a case: year and sequence. UUIDs never look like it.
var caseNumber = regexp.MustCompile(`^\d{2}-\d{6,10}$`)

// Case is the case of a UUID or a number. One out of scope is not found.
func (s *Store) Case(ctx context.Context, sc Scope, ref string) (CaseWhole, error) {
	args := pgx.NamedArgs{"ref": ref}
	by := "c.id = @ref"
	switch {
	case caseNumber.MatchString(ref):
		by = "c.number = @ref"
	case uuid.Validate(ref) != nil || len(ref) != 36:
		return CaseWhole{}, fmt.Errorf("read case: %w", domain.ErrNotFound) // the text is not repeated: it could be anything
	}
	c, err := one[CaseWhole](ctx, s, `select `+caseColumns+`,
		c.member, c.source, c.source_id, c.hold, c.exchanges, c.detail, c.related::text[] as related, c.run_id, c.confirmed
		from case_file c where `+by+` and `+sc.where("c.facility", args), args)
	if err != nil {
		return CaseWhole{}, fmt.Errorf("read case %s: %w", ref, err)
	}
	return c, nil
}

// within is nil if a case is there and in scope, else ErrNotFound.
func (s *Store) within(ctx context.Context, sc Scope, id domain.CaseID) error {
	if uuid.Validate(string(id)) != nil || len(id) != 36 {
		return domain.ErrNotFound
	}
	args := pgx.NamedArgs{"id": id}
	var there bool
	err := s.pool.QueryRow(ctx, `select true from case_file c where c.id = @id and `+sc.where("c.facility", args), args).Scan(&there)
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.ErrNotFound
	}
	return clean(err)
}

// ofCase reads what belongs to one case in scope, all of it.
func ofCase[T any](ctx context.Context, s *Store, sc Scope, id domain.CaseID, what, query string) ([]T, error) {
	if err := s.within(ctx, sc, id); err != nil {
		return nil, fmt.Errorf("read %s of case %s: %w", what, id, err)
	}
	rows, err := collect[T](ctx, s, query, pgx.NamedArgs{"case": id})
	if err != nil {
		return nil, fmt.Errorf("read %s of case %s: %w", what, id, err)
	}
	return rows, nil
}

// StepRow is one recorded step.
type StepRow struct {
	No         int                `json:"no"`
	Fence      domain.Fence       `json:"fence"`
	RunID      string             `json:"runId"`
	Stage      string             `json:"stage"`
	Status     domain.CaseStatus  `json:"status"`
	Now        string             `json:"now"`
	Causes     []domain.MessageID `json:"causes"`
	Tasks      []domain.TaskID    `json:"tasks"` // open after it
	At         time.Time          `json:"at"`
	RecordedAt time.Time          `json:"recordedAt"`
	StruckAt   *time.Time         `json:"struckAt,omitempty"`
}

// Steps lists all steps of a case, the struck ones too, oldest first.
func (s *Store) Steps(ctx context.Context, sc Scope, id domain.CaseID) ([]StepRow, error) {
	return ofCase[StepRow](ctx, s, sc, id, "steps", `
		select no, fence, run_id, stage, status, now_words as now, causes, tasks, at, recorded_at, struck_at
		from step where case_id = @case order by no, fence`)
}

// DeadlineRow is a clock of a case, armed or past.
type DeadlineRow struct {
	Name    string     `json:"name"`
	Rule    string     `json:"rule"`
	Source  string     `json:"source,omitempty"`
	DueAt   time.Time  `json:"due"`
	Zone    string     `json:"zone"`
	FromAt  *time.Time `json:"from,omitempty"`
	Warn    []int64    `json:"warnSeconds"`
	Then    string     `json:"then,omitempty"`
	Armed   bool       `json:"armed"`
	SetStep int        `json:"setStep"`
	EndedAt *time.Time `json:"endedAt,omitempty"`
}

// Deadlines lists the clocks of a case: the armed ones first, each part by when it is due.
func (s *Store) Deadlines(ctx context.Context, sc Scope, id domain.CaseID) ([]DeadlineRow, error) {
	return ofCase[DeadlineRow](ctx, s, sc, id, "deadlines", `
		select name, rule, source, due_at, zone, from_at, warn, what_then as "then", armed, set_step, ended_at
		from deadline where case_id = @case order by armed desc, due_at, name`)
}

// Completion is what a case answered to a message, from the step that tells it. It is for
// a closed case only: before that the row may be doubtful, and Temporal is asked instead.
// What the case waited for then is not kept; a later look shows it closed.
func (s *Store) Completion(ctx context.Context, id domain.MessageID) (domain.CaseView, error) {
	v, err := one[domain.CaseView](ctx, s, `
		select s.case_id, s.no as step, s.status, s.stage, s.now_words as now,
			case when s.no = c.step then c.waiting_on else '{}' end as waiting_on,
			case when s.no = c.step then c.outcome else '' end as outcome
		from step s join case_file c on c.id = s.case_id
		where s.causes @> array[@id::text] and s.struck_at is null order by s.no limit 1`, pgx.NamedArgs{"id": id})
	if err != nil {
		return domain.CaseView{}, fmt.Errorf("read the answer to message %s: %w", id, err)
	}
	return v, nil
}

// ExchangeRow is one question to a payer and its sends.
type ExchangeRow struct {
	ID       domain.ExchangeID  `json:"id"`
	Payer    domain.PayerID     `json:"payer"`
	Kind     domain.RequestKind `json:"kind"`
	Trace    string             `json:"trace,omitempty"`
	AskedAt  time.Time          `json:"askedAt"`
	UnderWay bool               `json:"underWay"`
	Sends    []SendRow          `json:"sends"`
}

// SendRow is a submission without its bytes.
type SendRow struct {
	ID         domain.SubmissionID    `json:"id"`
	State      domain.SubmissionState `json:"state"`
	Control    string                 `json:"control"` // ISA13
	Trace      string                 `json:"trace"`   // TRN02
	Sends      int                    `json:"sends"`   // times the bytes left
	PreparedAt time.Time              `json:"preparedAt"`
	SendingAt  *time.Time             `json:"sendingAt,omitempty"`
	ReceivedAt *time.Time             `json:"receivedAt,omitempty"`
	SettledAt  *time.Time             `json:"settledAt,omitempty"`
	Trouble    string                 `json:"trouble,omitempty"`
	States     []SendState            `json:"states"`
}

// SendState is a state a send went through.
type SendState struct {
	State domain.SubmissionState `json:"state"`
	At    time.Time              `json:"at"`
	Why   string                 `json:"why,omitempty"`
}

// Exchanges lists a case's questions to payers, oldest first, with every send and every
// state it went through.
func (s *Store) Exchanges(ctx context.Context, sc Scope, id domain.CaseID) ([]ExchangeRow, error) {
	return ofCase[ExchangeRow](ctx, s, sc, id, "exchanges", exchangesOfCase)
}
