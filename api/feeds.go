package api

import (
	"context"
	"errors"

	"parley/domain"
	"parley/store"
)

type eventsRequest struct {
	After string `in:"query" json:"after" validate:"max=60" label:"The cursor of the last event that was read; empty: from the beginning"`
	Limit int    `in:"query" json:"limit" validate:"min=0,max=200" label:"At most so many; 50 if not given"`
}

// Events is what happened after a cursor: IDs and codes, never health data. Its nextCursor
// is always there: it is what to ask for next, at once or later.
type Events struct {
	Items []store.EventRow `json:"items"`
	Next  string           `json:"nextCursor"`
}

func (s *Server) events(ctx context.Context, r eventsRequest) (Events, error) {
	rows, err := s.Store.Events(ctx, scope(ctx), r.After, r.Limit)
	if errors.Is(err, domain.ErrInvalid) {
		return Events{}, unfitField("/after", "cursor", "is not the cursor of an event; start again without it")
	}
	out := Events{some(rows), r.After}
	if len(rows) > 0 {
		out.Next = rows[len(rows)-1].Cursor
	}
	return out, err
}

// Payers is every payer that has a profile.
type Payers struct {
	Items []store.PayerRow `json:"items"`
}

func (s *Server) payers(ctx context.Context, _ struct{}) (Payers, error) {
	rows, err := s.Store.Payers(ctx)
	return Payers{some(rows)}, err
}

// Facilities is every facility in scope.
type Facilities struct {
	Items []store.Facility `json:"items"`
}

func (s *Server) facilities(ctx context.Context, _ struct{}) (Facilities, error) {
	rows, err := s.Store.Facilities(ctx, scope(ctx))
	return Facilities{some(rows)}, err
}

// Audit is part of a case's chain of audit rows, oldest first.
type Audit struct {
	store.Page[store.AuditRow]
	of domain.CaseID
}

func (a Audit) seen() []domain.CaseID { return []domain.CaseID{a.of} }

type auditRequest struct {
	caseRef
	paging
}

func (s *Server) caseAudit(ctx context.Context, r auditRequest) (Audit, error) {
	c, err := s.Store.Case(ctx, scope(ctx), r.Case)
	if err != nil {
		return Audit{}, err
	}
	page, err := s.Store.CaseAudit(ctx, scope(ctx), c.ID, r.Cursor, r.Limit)
	page.Items = some(page.Items)
	return Audit{page, c.ID}, err
}
