package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"parley/domain"
	"parley/store"
)

// Problem is every answer that is not a success (RFC 9457). It never repeats a value that
// was sent, nor one that is stored.
type Problem struct {
	Type      string              `json:"type" validate:"required"` // urn:parley:problem:<kind>
	Title     string              `json:"title" validate:"required"`
	Status    int                 `json:"status" validate:"required"`
	Detail    string              `json:"detail,omitempty"`
	RequestID string              `json:"requestId" validate:"required"`
	Errors    []domain.FieldError `json:"errors,omitempty"`
	// Of a race that was lost: who was first, with what, and when.
	By *domain.Actor `json:"by,omitempty"`
	At *time.Time    `json:"at,omitempty"`

	retryAfter string
}

// kind is a kind of problem: the last part of its URN, and the label of the metric.
type kind struct {
	name   string
	title  string
	status int
}

var (
	kindMalformed   = kind{"invalid", "The request could not be read", http.StatusBadRequest}
	kindInvalid     = kind{"invalid", "Something in the request is not right", http.StatusUnprocessableEntity}
	kindNoKey       = kind{"unauthenticated", "A valid API key is needed", http.StatusUnauthorized}
	kindForbidden   = kind{"forbidden", "This key may not do that", http.StatusForbidden}
	kindNotFound    = kind{"not-found", "There is nothing here", http.StatusNotFound}
	kindMethod      = kind{"unsupported", "This cannot be done here", http.StatusMethodNotAllowed}
	kindConflict    = kind{"conflict", "Things are not as they were thought to be", http.StatusConflict}
	kindInFlight    = kind{"in-flight", "The same request is being worked on", http.StatusConflict}
	kindTooLarge    = kind{"too-large", "The request is too large", http.StatusRequestEntityTooLarge}
	kindType        = kind{"unsupported", "The body must be JSON", http.StatusUnsupportedMediaType}
	kindUnavailable = kind{"unavailable", "Not possible just now; nothing was lost, try again", http.StatusServiceUnavailable}
	kindInternal    = kind{"internal", "Something went wrong here", http.StatusInternalServerError}
)

// refusal is an error that knows what its problem says.
type refusal struct {
	kind   kind
	detail string
	errors []domain.FieldError
	by     *domain.Actor
	at     *time.Time
}

func (r *refusal) Error() string { return r.kind.name + ": " + r.detail }

func refuse(k kind, detail string) error { return &refusal{kind: k, detail: detail} }

// unfitField is a single fault of a request.
func unfitField(pointer, code, detail string) error {
	return &domain.Invalid{Fields: []domain.FieldError{{Pointer: pointer, Code: code, Detail: detail}}}
}

// retrySoon is how long, in seconds, one who is told 'not now' should wait.
const retrySoon = "2"

// problemOf is the one place where an error becomes an answer. What it does not know is an
// internal error, whose text stays in the log.
func problemOf(err error) Problem {
	p := problem(kindInternal)
	var own *refusal
	var invalid *domain.Invalid
	var taken *store.TaskConflict
	var fromCase *temporal.ApplicationError
	var framework *echo.HTTPError
	switch {
	case errors.As(err, &own):
		p = problem(own.kind)
		p.Detail, p.Errors, p.By, p.At = own.detail, own.errors, own.by, own.at
	case errors.As(err, &taken):
		p = problem(kindConflict)
		p.Detail, p.By, p.At = wordsOf(taken)
	case errors.As(err, &invalid):
		p = problem(kindInvalid)
		p.Errors = invalid.Fields
	case errors.As(err, &fromCase) && caseKinds[fromCase.Type()] != (kind{}):
		p = problem(caseKinds[fromCase.Type()])
		p.Detail = caseDetails[fromCase.Type()]
		if fromCase.Type() == domain.ResultInvalid {
			_ = fromCase.Details(&p.Errors) // without details the status still tells
		}
	case errors.Is(err, errMalformed):
		p = problem(kindMalformed)
		p.Detail = errMalformed.Error()
	case errors.Is(err, domain.ErrNotFound):
		p = problem(kindNotFound)
	case errors.Is(err, domain.ErrConflict):
		p = problem(kindConflict)
	case errors.Is(err, domain.ErrForbidden):
		p = problem(kindForbidden)
	case errors.Is(err, domain.ErrInFlight):
		p = problem(kindInFlight)
	case errors.Is(err, domain.ErrInvalid):
		p = problem(kindInvalid)
	case unavailable(err):
		p = problem(kindUnavailable)
	case errors.As(err, &framework):
		p = problem(ofFramework(framework.Code))
	}
	if p.Status == http.StatusServiceUnavailable || p.Type == problem(kindInFlight).Type {
		p.retryAfter = retrySoon
	}
	return p
}

// caseKinds and caseDetails say what a case's refusals are. A case's own words are not
// passed on: they may tell of the patient.
var (
	caseKinds = map[string]kind{
		domain.TaskClosed:    kindConflict,
		domain.Refused:       kindConflict,
		domain.CaseIsClosed:  kindConflict,
		domain.ResultInvalid: kindInvalid,
	}
	caseDetails = map[string]string{
		domain.TaskClosed:   "The task is no longer open.",
		domain.Refused:      "The case cannot take this where it stands.",
		domain.CaseIsClosed: "The case is closed.",
	}
)

// wordsOf says who was first, when, and with what.
func wordsOf(t *store.TaskConflict) (string, *domain.Actor, *time.Time) {
	switch {
	case t.Done != nil:
		return "The task has been completed.", &t.Done.By, &t.Done.At
	case t.ClosedAt != nil:
		return "The task was withdrawn: its case went on without it.", nil, t.ClosedAt
	}
	return "Someone else has the task.", t.HeldBy, t.Since
}

func problem(k kind) Problem {
	return Problem{Type: "urn:parley:problem:" + k.name, Title: k.title, Status: k.status}
}

func ofFramework(status int) kind {
	switch status {
	case http.StatusNotFound:
		return kindNotFound
	case http.StatusMethodNotAllowed:
		return kindMethod
	case http.StatusRequestEntityTooLarge:
		return kindTooLarge
	case http.StatusUnsupportedMediaType:
		return kindType
	case http.StatusBadRequest:
		return kindMalformed
	}
	return kindInternal
}

// unavailable reports whether something that is needed is away, so that the same request
// may succeed later: the database, Temporal, or the worker that a case waits for.
func unavailable(err error) bool {
	var (
		away     *serviceerror.Unavailable
		slow     *serviceerror.DeadlineExceeded
		full     *serviceerror.ResourceExhausted
		notReady *serviceerror.WorkflowNotReady
		noSpace  *serviceerror.NamespaceNotFound
		stopped  *serviceerror.Canceled
		timeout  *client.WorkflowUpdateServiceTimeoutOrCanceledError
		network  net.Error
		dial     *net.OpError
	)
	return errors.Is(err, domain.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &away) || errors.As(err, &slow) || errors.As(err, &full) || errors.As(err, &notReady) ||
		errors.As(err, &noSpace) || errors.As(err, &stopped) || errors.As(err, &timeout) || errors.As(err, &network) || errors.As(err, &dial)
}
