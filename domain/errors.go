package domain

import (
	"errors"
	"fmt"
)

// Kinds of error. HTTP statuses, exit codes and metric labels derive from them in one
// place each; nobody else branches on text.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("conflict")
	ErrInvalid     = errors.New("invalid")
	ErrForbidden   = errors.New("forbidden")
	ErrUnavailable = errors.New("unavailable")
	ErrInFlight    = errors.New("in flight")
)

// FieldError says what is wrong with one field. It never holds the field's value.
type FieldError struct {
	Pointer string `json:"pointer"` // JSON pointer: /services/0/code
	Code    string `json:"code"`    // required, npi, date, …: stable
	Detail  string `json:"detail"`
}

// Invalid is every fault of an input at once.
type Invalid struct{ Fields []FieldError }

func (e *Invalid) Error() string {
	if len(e.Fields) == 1 {
		return fmt.Sprintf("%s: %s", e.Fields[0].Pointer, e.Fields[0].Detail)
	}
	return fmt.Sprintf("%d fields are invalid", len(e.Fields))
}

func (e *Invalid) Unwrap() error { return ErrInvalid }
