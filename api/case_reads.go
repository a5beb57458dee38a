package api

import (
	"context"
	"slices"

	"parley/domain"
	"parley/store"
)

// caseRef names a case by UUID or by number.
type caseRef struct {
	Case string `in:"path" json:"case" validate:"required,max=40"`
}

type listCasesRequest struct {
	Status       []domain.CaseStatus `in:"query" json:"status" validate:"max=3,dive,oneof=open held closed" label:"One or more, with commas"`
	Kind         domain.CaseKind     `in:"query" json:"kind" validate:"max=40"`
	Stage        string              `in:"query" json:"stage" validate:"max=40"`
	WaitingOn    domain.Party        `in:"query" json:"waitingOn" validate:"omitempty,oneof=coordinator clinician payer patient nobody"`
	Outcome      domain.Outcome      `in:"query" json:"outcome" validate:"max=40"`
	Payer        domain.PayerID      `in:"query" json:"payer" validate:"max=40"`
	Facility     domain.FacilityID   `in:"query" json:"facility" validate:"max=40"`
	Queue        domain.Queue        `in:"query" json:"queue" validate:"max=40" label:"Has an open task in this queue"`
	Urgent       bool                `in:"query" json:"urgent" label:"Urgent ones only"`
	ChangedSince string              `in:"query" json:"changedSince" validate:"omitempty,datetime=2006-01-02T15:04:05Z07:00"`
	paging
}

// paging is the end of every list's request.
type paging struct {
	Limit  int    `in:"query" json:"limit" validate:"min=0,max=200" label:"At most so many; 50 if not given"`
	Cursor string `in:"query" json:"cursor" validate:"max=1000" label:"The nextCursor of the page before"`
}

// CasePage is part of a list of cases, those that changed last first.
type CasePage struct{ store.Page[store.CaseRow] }

func (p CasePage) seen() []domain.CaseID {
	return casesOf(p.Items, func(r store.CaseRow) domain.CaseID { return r.ID })
}

func (s *Server) listCases(ctx context.Context, r listCasesRequest) (CasePage, error) {
	page, err := s.Store.Cases(ctx, scope(ctx), store.CaseFilter{
		Statuses: r.Status, Kind: r.Kind, Stage: r.Stage, WaitingOn: r.WaitingOn, Outcome: r.Outcome, Payer: r.Payer,
		Facility: r.Facility, Queue: r.Queue, UrgentOnly: r.Urgent, ChangedSince: instant(r.ChangedSince),
	}, r.Cursor, r.Limit)
	page.Items = some(page.Items)
	return CasePage{page}, err
}

// StageAt is a stage of a case's procedure and how far the case has come in it.
type StageAt struct {
	Name string `json:"name"`
	At   string `json:"at"` // past, skipped, current or ahead
}

// CaseDetail is a case with what is open in it.
type CaseDetail struct {
	store.CaseWhole
	Stages    []StageAt           `json:"stages"`
	Tasks     []store.TaskRow     `json:"tasks"`
	Deadlines []store.DeadlineRow `json:"deadlines"`
}

func (d CaseDetail) seen() []domain.CaseID { return []domain.CaseID{d.ID} }

func (s *Server) showCase(ctx context.Context, r caseRef) (CaseDetail, error) {
	whole, err := s.Store.Case(ctx, scope(ctx), r.Case)
	if err != nil {
		return CaseDetail{}, err
	}
	steps, err := s.Store.Steps(ctx, scope(ctx), whole.ID)
	if err != nil {
		return CaseDetail{}, err
	}
	d := CaseDetail{CaseWhole: whole, Stages: stagesAt(whole.Kind, whole.Stage, whole.Status, steps)}
	if d.Tasks, err = s.Store.TasksOfCase(ctx, scope(ctx), whole.ID); err != nil {
		return d, err
	}
	d.Deadlines, err = s.Store.Deadlines(ctx, scope(ctx), whole.ID)
	d.Tasks, d.Deadlines = some(d.Tasks), some(d.Deadlines)
	return d, err
}

// stagesAt is the procedure of a kind of case with how far a case has come in it: a stage
// that comes before the current one and in which nothing was recorded was skipped.
func stagesAt(kind domain.CaseKind, stage string, status domain.CaseStatus, steps []store.StepRow) []StageAt {
	names := domain.Stages(kind)
	current := slices.Index(names, stage)
	out := make([]StageAt, len(names))
	for i, name := range names {
		been := slices.ContainsFunc(steps, func(r store.StepRow) bool { return r.Stage == name && r.StruckAt == nil })
		at := "ahead"
		switch {
		case i == current && status != domain.Closed:
			at = "current"
		case i <= current && been:
			at = "past"
		case i < current:
			at = "skipped"
		}
		out[i] = StageAt{name, at}
	}
	return out
}

type timelineRequest struct {
	caseRef
	Kind []domain.ToldKind `in:"query" json:"kind" validate:"max=5,dive,oneof=advance people payer clock note" label:"One or more, with commas"`
	paging
}

// Timeline is part of a case's history in words, oldest first.
type Timeline struct {
	store.Page[store.TimelineRow]
	of domain.CaseID
}

func (t Timeline) seen() []domain.CaseID { return []domain.CaseID{t.of} }

func (s *Server) caseTimeline(ctx context.Context, r timelineRequest) (Timeline, error) {
	c, err := s.Store.Case(ctx, scope(ctx), r.Case)
	if err != nil {
		return Timeline{}, err
	}
	page, err := s.Store.Timeline(ctx, scope(ctx), c.ID, r.Kind, r.Cursor, r.Limit)
	page.Items = some(page.Items)
	return Timeline{page, c.ID}, err
}

// Exchanges is every question to payers of a case, with every send and each of its states.
type Exchanges struct {
	Items []store.ExchangeRow `json:"items"`
	of    domain.CaseID
}

func (e Exchanges) seen() []domain.CaseID { return []domain.CaseID{e.of} }

func (s *Server) caseExchanges(ctx context.Context, r caseRef) (Exchanges, error) {
	c, err := s.Store.Case(ctx, scope(ctx), r.Case)
	if err != nil {
		return Exchanges{}, err
	}
	rows, err := s.Store.Exchanges(ctx, scope(ctx), c.ID)
	for i := range rows {
		rows[i].Sends = some(rows[i].Sends)
	}
	return Exchanges{some(rows), c.ID}, err
}

// Deadlines is every clock of a case, the armed ones first.
type Deadlines struct {
	Items []store.DeadlineRow `json:"items"`
	of    domain.CaseID
}

func (d Deadlines) seen() []domain.CaseID { return []domain.CaseID{d.of} }

func (s *Server) caseDeadlines(ctx context.Context, r caseRef) (Deadlines, error) {
	c, err := s.Store.Case(ctx, scope(ctx), r.Case)
	if err != nil {
		return Deadlines{}, err
	}
	rows, err := s.Store.Deadlines(ctx, scope(ctx), c.ID)
	return Deadlines{some(rows), c.ID}, err
}

// some makes an empty list of none, so that JSON has [] and never null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// casesOf is the cases of a page, each once.
func casesOf[T any](rows []T, of func(T) domain.CaseID) []domain.CaseID {
	out := make([]domain.CaseID, 0, len(rows))
	for _, r := range rows {
		if id := of(r); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
