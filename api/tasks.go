package api

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"parley/domain"
	"parley/store"
)

type taskRef struct {
	Task domain.TaskID `in:"path" json:"task" validate:"required,max=160"`
}

type listTasksRequest struct {
	Queue      domain.Queue      `in:"query" json:"queue" validate:"max=40"`
	Kind       domain.TaskKind   `in:"query" json:"kind" validate:"max=40"`
	Party      domain.Party      `in:"query" json:"party" validate:"omitempty,oneof=coordinator clinician payer patient nobody"`
	Facility   domain.FacilityID `in:"query" json:"facility" validate:"max=40"`
	Payer      domain.PayerID    `in:"query" json:"payer" validate:"max=40"`
	Mine       bool              `in:"query" json:"mine" label:"Only those of whoever asks: assigned to them, or their own reminders"`
	Unassigned bool              `in:"query" json:"unassigned" label:"Only those nobody has"`
	Held       bool              `in:"query" json:"held" label:"Only those set aside"`
	Waiting    bool              `in:"query" json:"waiting" label:"Only those not set aside"`
	DueBefore  string            `in:"query" json:"dueBefore" validate:"omitempty,datetime=2006-01-02T15:04:05Z07:00"`
	paging
}

// TaskPage is part of the list of open tasks, in the order in which they should be worked.
type TaskPage struct{ store.Page[store.TaskRow] }

func (p TaskPage) seen() []domain.CaseID {
	return casesOf(p.Items, func(r store.TaskRow) domain.CaseID { return r.CaseID })
}

func (s *Server) listTasks(ctx context.Context, r listTasksRequest) (TaskPage, error) {
	page, err := s.Store.Tasks(ctx, scope(ctx), store.TaskFilter{
		Queue: r.Queue, Kind: r.Kind, Party: r.Party, Facility: r.Facility, Payer: r.Payer, Mine: r.Mine, Unassigned: r.Unassigned,
		Held: r.Held, Waiting: r.Waiting, DueBefore: instant(r.DueBefore),
	}, r.Cursor, r.Limit)
	page.Items = some(page.Items)
	return TaskPage{page}, err
}

// TaskDetail is a task with what was said about it, and how it was finished.
type TaskDetail struct{ store.TaskWhole }

func (d TaskDetail) seen() []domain.CaseID { return []domain.CaseID{d.CaseID} }

func (s *Server) showTask(ctx context.Context, r taskRef) (TaskDetail, error) {
	t, err := s.Store.Task(ctx, scope(ctx), r.Task)
	t.Comments = some(t.Comments)
	return TaskDetail{t}, err
}

// TaskForm is a kind of task and the JSON schema of its result.
type TaskForm struct {
	Kind   domain.TaskKind `json:"kind"`
	Result json.RawMessage `json:"result"`
}

// TaskForms is every kind of task.
type TaskForms struct {
	Items []TaskForm `json:"items"`
}

func (s *Server) taskKinds(context.Context, struct{}) (TaskForms, error) {
	forms := TaskForms{}
	for _, r := range domain.Results {
		schema, err := json.Marshal(ResultSchema(r))
		if err != nil {
			return forms, err
		}
		forms.Items = append(forms.Items, TaskForm{r.Task(), schema})
	}
	return forms, nil
}

// doing is a request that does something with a task.
type doing[B any] struct {
	taskRef
	Body B `in:"body" json:"body"`
}

func (r doing[B]) split() (url, body any) { return r.taskRef, r.Body }

type (
	nothing struct{}

	assignment struct {
		To   string `json:"to" validate:"required,max=80" label:"ID of a key or user"`
		Name string `json:"name,omitempty" validate:"max=120" label:"As people call them"`
	}
	aside struct {
		Until  time.Time `json:"until" validate:"required"`
		Reason string    `json:"reason" validate:"required,max=500"`
	}
	giveBack struct {
		Reason string `json:"reason" validate:"required,max=500"`
	}
	remark struct {
		Words string `json:"words" validate:"required,max=4000"`
	}
	completion struct {
		Result json.RawMessage `json:"result" validate:"required"`
	}
)

// maxResult bounds what a person enters: it is kept in the case's history for good.
const maxResult = 64 << 10

func (c completion) faults() []domain.FieldError {
	if len(c.Result) > maxResult {
		return []domain.FieldError{{Pointer: "/result", Code: "max", Detail: "must be smaller than 64 KiB"}}
	}
	return nil
}

// TaskMarks is whose a task is now, and until when it is set aside.
type TaskMarks struct {
	ID         domain.TaskID `json:"id"`
	Assignee   *domain.Actor `json:"assignee,omitempty"`
	AssignedAt *time.Time    `json:"assignedAt,omitempty"`
	HoldUntil  *time.Time    `json:"holdUntil,omitempty"`
}

// marks answers with whose a task is after a mark was made.
func (s *Server) marks(ctx context.Context, id domain.TaskID, err error) (TaskMarks, error) {
	if err != nil {
		return TaskMarks{}, err
	}
	t, err := s.Store.Task(ctx, scope(ctx), id)
	return TaskMarks{t.ID, t.Assignee, t.AssignedAt, t.HoldUntil}, err
}

func (s *Server) takeTask(ctx context.Context, r doing[nothing]) (TaskMarks, error) {
	return s.marks(ctx, r.Task, s.Store.Take(ctx, scope(ctx), r.Task))
}

func (s *Server) releaseTask(ctx context.Context, r doing[nothing]) (TaskMarks, error) {
	return s.marks(ctx, r.Task, s.Store.Release(ctx, scope(ctx), r.Task))
}

func (s *Server) assignTask(ctx context.Context, r doing[assignment]) (TaskMarks, error) {
	to := domain.Actor{Kind: domain.Person, ID: r.Body.To, Name: r.Body.Name}
	return s.marks(ctx, r.Task, s.Store.Assign(ctx, scope(ctx), r.Task, to))
}

func (s *Server) holdTask(ctx context.Context, r doing[aside]) (TaskMarks, error) {
	return s.marks(ctx, r.Task, s.Store.HoldTask(ctx, scope(ctx), r.Task, r.Body.Until, r.Body.Reason))
}

func (s *Server) unholdTask(ctx context.Context, r doing[nothing]) (TaskMarks, error) {
	return s.marks(ctx, r.Task, s.Store.Unhold(ctx, scope(ctx), r.Task))
}

func (s *Server) returnTask(ctx context.Context, r doing[giveBack]) (TaskMarks, error) {
	return s.marks(ctx, r.Task, s.Store.Return(ctx, scope(ctx), r.Task, r.Body.Reason))
}

func (s *Server) commentTask(ctx context.Context, r doing[remark]) (TaskMarks, error) {
	return s.marks(ctx, r.Task, s.Store.Comment(ctx, scope(ctx), r.Task, r.Body.Words))
}

// completeTask hands a person's finished work to its case and answers with where the case
// went. Whoever was too late learns who was first, and when.
func (s *Server) completeTask(ctx context.Context, r doing[completion]) (domain.CaseView, error) {
	t, err := s.Store.Task(ctx, scope(ctx), r.Task)
	if err != nil {
		return domain.CaseView{}, err
	}
	view, err := s.Cases.Complete(ctx, t.CaseID, domain.Completion{
		ID: message(ctx), TaskID: t.ID, By: actor(ctx), At: callOf(ctx).at, Result: r.Body.Result,
	})
	if why := refusalType(err); why == domain.TaskClosed || why == domain.CaseIsClosed || errors.Is(err, errOver) {
		if t, readErr := s.Store.Task(ctx, scope(ctx), r.Task); readErr == nil && t.ClosedAt != nil {
			err = &store.TaskConflict{Task: t.ID, ClosedAt: t.ClosedAt, Done: t.Done}
		}
	} else if why == domain.ResultInvalid {
		err = within("/result", err)
	}
	return view, err
}

// refusalType is why a case refused, or empty.
func refusalType(err error) string {
	var fromCase *temporal.ApplicationError
	if errors.As(err, &fromCase) {
		return fromCase.Type()
	}
	return ""
}

// within moves the faults a case found in a part of what was sent to where that part is.
func within(part string, err error) error {
	var fromCase *temporal.ApplicationError
	var fields []domain.FieldError
	if !errors.As(err, &fromCase) || fromCase.Details(&fields) != nil {
		return err
	}
	for i := range fields {
		fields[i].Pointer = part + fields[i].Pointer
	}
	return &domain.Invalid{Fields: fields}
}
