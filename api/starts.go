package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"

	"parley/domain"
	"parley/store"
)

// start is an order, and how far its case has come elsewhere if it starts in the middle.
type start struct {
	domain.Order
	Midway *midway `json:"midway,omitempty"`
}

type midway struct {
	domain.Midway `without:"answer"`
	Answer        *lastWord `json:"answer,omitempty"`
}

// lastWord is the payer's last word before Parley had the case; at is when we had it.
type lastWord struct {
	domain.Answer `without:"id by exchange"`
}

type startRequest struct {
	Body start `in:"body" json:"body"`
}

func (r startRequest) split() (url, body any) { return struct{}{}, r.Body }

// Started is a case that has been started, or was there already, and what a person should
// look at in its order.
type Started struct {
	domain.CaseView
	Number   string              `json:"number"`
	Warnings []domain.FieldError `json:"warnings"`

	isNew bool
}

func (s Started) created() (string, bool) { return prefix + "/cases/" + string(s.CaseID), s.isNew }

// startAuthorization opens a prior authorization. The same order of the same source is the
// same case, however often it comes: the projection is asked first, since Temporal forgets.
func (s *Server) startAuthorization(ctx context.Context, r startRequest) (Started, error) {
	order := r.Body.Order
	zone, err := s.zone(ctx, order)
	if err != nil {
		return Started{}, err
	}
	order.Fill(zone)
	at := callOf(ctx).at
	faults, warnings := order.Judge(domain.DateOf(at, domain.Zone(zone)))
	warnings = some(warnings)
	known, err := s.Store.PayerKnown(ctx, order.Coverage.Payer)
	if err != nil {
		return Started{}, err
	}
	if !known {
		faults = append(faults, domain.FieldError{Pointer: "/coverage/payer", Code: "unknown-payer", Detail: "is no payer that Parley has a profile of"})
	}
	way, wayFaults := r.Body.Midway.way(ctx, at)
	if faults = append(faults, wayFaults...); len(faults) > 0 {
		return Started{}, &domain.Invalid{Fields: faults}
	}
	id := domain.CaseID(message(ctx))
	if order.Source != "" {
		id = domain.CaseIDFor(s.Secret, order.Source, order.SourceID, domain.PriorAuthorization)
	}
	if there, err := s.already(ctx, id, warnings); err == nil || !errors.Is(err, domain.ErrNotFound) {
		return there, err
	}
	view, err := s.Cases.Open(ctx, id, domain.PriorAuthorization, domain.NewAuthorization{
		Opening: domain.Opening{CaseID: id, Kind: domain.PriorAuthorization, By: actor(ctx), At: at, Facility: order.Facility, Zone: order.Zone},
		Order:   order, Midway: way,
	})
	var closed *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &closed) {
		return s.already(ctx, id, warnings)
	}
	if err != nil {
		return Started{}, err
	}
	c, err := s.Store.Case(ctx, scope(ctx), string(id))
	if err != nil {
		return Started{}, fmt.Errorf("read case %s just opened: %w", id, err)
	}
	return Started{CaseView: view, Number: c.Number, Warnings: warnings, isNew: true}, nil
}

// already is the case of an ID if the projection has it. One of another facility, which an
// order of the same source stands for, cannot be told of.
func (s *Server) already(ctx context.Context, id domain.CaseID, warnings []domain.FieldError) (Started, error) {
	c, err := s.Store.Case(ctx, store.Scope{Subject: actor(ctx), All: true}, string(id))
	if err != nil {
		return Started{}, err
	}
	if !scope(ctx).Sees(c.Facility) {
		return Started{}, refuse(kindConflict, "This order of this source belongs to another facility.")
	}
	return Started{CaseView: c.View(), Number: c.Number, Warnings: warnings}, nil
}

// zone is the time zone of an order: its own, else its facility's. A facility out of scope
// looks like one that is not there.
func (s *Server) zone(ctx context.Context, o domain.Order) (string, error) {
	f, err := s.Store.Facility(ctx, scope(ctx), o.Facility)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return "", unfitField("/facilityId", "unknown-facility", "is no facility that this key works for")
	case err != nil:
		return "", err
	case o.Zone != "":
		return o.Zone, nil
	}
	return f.Zone, nil
}

// way is how far a case has come, as the case is told it. Whoever sends the order vouches
// for the payer's word in it.
func (m *midway) way(ctx context.Context, now time.Time) (*domain.Midway, []domain.FieldError) {
	if m == nil {
		return nil, nil
	}
	var faults []domain.FieldError
	past := func(pointer string, at time.Time) {
		if at.After(now.Add(5 * time.Minute)) { // clocks differ
			faults = append(faults, domain.FieldError{Pointer: pointer, Code: "in-future", Detail: "lies in the future"})
		}
	}
	way := m.Midway
	past("/midway/sentAt", way.SentAt)
	if way.Received != nil {
		past("/midway/received", *way.Received)
		if way.Received.Before(way.SentAt) {
			faults = append(faults, domain.FieldError{Pointer: "/midway/received", Code: "before-sent", Detail: "lies before it was sent"})
		}
	}
	if m.Answer != nil {
		a := m.Answer.Answer
		past("/midway/answer/at", a.At)
		if a.At.Before(way.SentAt) {
			faults = append(faults, domain.FieldError{Pointer: "/midway/answer/at", Code: "before-sent", Detail: "is needed, and not before it was sent"})
		}
		a.ID, a.By = message(ctx), actor(ctx)
		way.Answer = &a
	}
	return &way, faults
}
