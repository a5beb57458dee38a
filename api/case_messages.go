package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/domain"
)

// saying is a request that says something to a case.
type saying[B any] struct {
	caseRef
	Body B `in:"body" json:"body"`
}

type (
	withdrawal struct {
		domain.Withdrawal `without:"id by"`
	}
	holdRequest struct {
		domain.HoldRequest `without:"id by"`
	}
	note struct {
		domain.Note `without:"id by"`
	}
	reminder struct {
		domain.Reminder `without:"id by task"`
	}
	reopening struct {
		domain.Reopening `without:"id by"`
	}
	resumption struct{}

	// told is what a payer told a person, as the electronic answer says it.
	told struct {
		domain.Answer `without:"id by at"`
	}

	corrections struct {
		domain.FactsCorrected
		Why string `json:"why" validate:"required,max=500"`
	}
)

// faults: what came by X12 is recorded by the connector that received it, with its bytes.
func (t told) faults() []domain.FieldError {
	if t.Channel == domain.ByX12 {
		return []domain.FieldError{{Pointer: "/channel", Code: "oneof", Detail: "must be one of phone, portal, fax, letter"}}
	}
	return nil
}

// split is what of the request is in its URL, and what in its body.
func (r saying[B]) split() (url, body any) { return r.caseRef, r.Body }

// tell says something to the case that a request names, if it is in scope.
func (s *Server) tell(ctx context.Context, ref string, what string, body any) (domain.CaseView, error) {
	c, err := s.Store.Case(ctx, scope(ctx), ref)
	if err != nil {
		return domain.CaseView{}, err
	}
	return s.Cases.Say(ctx, c.ID, what, message(ctx), body)
}

func (s *Server) recordAnswer(ctx context.Context, r saying[told]) (domain.CaseView, error) {
	c, err := s.Store.Case(ctx, scope(ctx), r.Case)
	if err != nil {
		return domain.CaseView{}, err
	}
	a := r.Body.Answer
	if a.Exchange != "" && a.Exchange.Case() != c.ID {
		return domain.CaseView{}, unfitField("/exchange", "exchange", "is not a question of this case")
	}
	a.ID, a.By, a.At = message(ctx), actor(ctx), callOf(ctx).at
	return s.Cases.Say(ctx, c.ID, domain.HearAnswer, a.ID, a)
}

func (s *Server) correctFacts(ctx context.Context, r saying[corrections]) (domain.CaseView, error) {
	return s.fact(ctx, r.Case, domain.TellCorrection, r.Body.Why, r.Body.FactsCorrected)
}

func (s *Server) serviceDone(ctx context.Context, r saying[domain.ServiceDone]) (domain.CaseView, error) {
	return s.fact(ctx, r.Case, domain.TellServiceDone, "", r.Body)
}

func (s *Server) fact(ctx context.Context, ref, what, why string, body any) (domain.CaseView, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return domain.CaseView{}, fmt.Errorf("write %s: %w", what, err)
	}
	return s.tell(ctx, ref, domain.TellCase, domain.Tell{
		ID: message(ctx), What: what, By: actor(ctx), At: callOf(ctx).at, Why: why, Body: raw,
	})
}

func (s *Server) withdrawCase(ctx context.Context, r saying[withdrawal]) (domain.CaseView, error) {
	w := r.Body.Withdrawal
	w.ID, w.By = message(ctx), actor(ctx)
	return s.tell(ctx, r.Case, domain.WithdrawCase, w)
}

func (s *Server) holdCase(ctx context.Context, r saying[holdRequest]) (domain.CaseView, error) {
	h := r.Body.HoldRequest
	if !h.Until.After(callOf(ctx).at) {
		return domain.CaseView{}, unfitField("/until", "future", "is past already")
	}
	h.ID, h.By = message(ctx), actor(ctx)
	return s.tell(ctx, r.Case, domain.HoldCase, h)
}

func (s *Server) resumeCase(ctx context.Context, r saying[resumption]) (domain.CaseView, error) {
	return s.tell(ctx, r.Case, domain.ResumeCase, domain.Resumption{ID: message(ctx), By: actor(ctx)})
}

func (s *Server) noteCase(ctx context.Context, r saying[note]) (domain.CaseView, error) {
	n := r.Body.Note
	n.ID, n.By = message(ctx), actor(ctx)
	return s.tell(ctx, r.Case, domain.NoteCase, n)
}

func (s *Server) remindMe(ctx context.Context, r saying[reminder]) (domain.CaseView, error) {
	m := r.Body.Reminder
	if !m.At.After(callOf(ctx).at) {
		return domain.CaseView{}, unfitField("/at", "future", "is past already")
	}
	m.ID, m.By = message(ctx), actor(ctx)
	return s.tell(ctx, r.Case, domain.RemindMe, m)
}

// reopenCase wakes a closed case. The request again, once the case is open, is answered by
// the step that it caused.
func (s *Server) reopenCase(ctx context.Context, r saying[reopening]) (domain.CaseView, error) {
	c, err := s.Store.Case(ctx, scope(ctx), r.Case)
	if err != nil {
		return domain.CaseView{}, err
	}
	why := r.Body.Reopening
	why.ID, why.By = message(ctx), actor(ctx)
	if c.Status != domain.Closed {
		return s.Cases.repeat(ctx, c.ID, why.ID, refuse(kindConflict, "The case is open."))
	}
	view, err := s.Cases.Reopen(ctx, c.ID, c.Kind, why)
	if err == nil && view.Step <= c.Step {
		// The run that closed it had not ended yet, and was found in place of a new one.
		return view, fmt.Errorf("reopen case %s: %w", c.ID, domain.ErrUnavailable)
	}
	if errors.Is(err, domain.ErrNotFound) {
		return view, refuse(kindConflict, "Nothing is kept by which this case could be reopened.")
	}
	return view, err
}

// instant reads an instant that the rules of its field have judged.
func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
