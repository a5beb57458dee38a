package connector

import (
	"errors"
	"fmt"

	"parley/domain"
)

// Code is a stable name of a failure: it is stored and shown where no payer's text may be.
type Code string

const (
	Unreachable  Code = "unreachable"   // no address, no connection, no TLS
	SentTooLate  Code = "sent-too-late" // this process stood still before it began to write
	NotSetUp     Code = "not-set-up"    // the profile's address has no value here
	TimedOut     Code = "timed-out"
	Broken       Code = "broken"    // the connection ended before the answer did
	ServerError  Code = "5xx"       // after the bytes had left
	ClientError  Code = "4xx"       // of no kind that the payer's guide explains
	OtherStatus  Code = "status"    // a redirect or the like: nobody follows one with health data
	TooLarge     Code = "too-large" // an answer beyond all measure
	Encoded      Code = "encoded"   // an answer compressed although none may be
	EmptyAnswer  Code = "empty"     // 2xx and nothing in it
	MailboxFails Code = "mailbox"   // its list or an item cannot be read
)

// failure is why an exchange did not come about. It wraps no error of the network: those
// quote addresses and, from proxies, text of the other side.
type failure struct {
	code    Code
	payer   domain.PayerID
	nothing bool
	detail  string // of ours: an HTTP status, never a text
}

func (f *failure) Error() string {
	if f.detail == "" {
		return fmt.Sprintf("send to %s: %s", f.payer, f.code)
	}
	return fmt.Sprintf("send to %s: %s %s", f.payer, f.code, f.detail)
}

// Unwrap makes a failure of the passing kind: all of them may be gone tomorrow.
func (f *failure) Unwrap() error { return domain.ErrUnavailable }

// NothingSent reports whether an error of Send proves that no byte of the request left:
// there was no connection yet, or none was begun. Of any other error it says false.
func NothingSent(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.nothing
}

// CodeOf is the stable code of an error of a connector, and 'failed' for any other.
func CodeOf(err error) string {
	var f *failure
	if errors.As(err, &f) {
		return string(f.code)
	}
	return "failed"
}
