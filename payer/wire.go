package payer

import (
	"context"
	"time"

	"parley/domain"
)

// Envelope is bytes ready to leave.
type Envelope struct {
	Payer domain.PayerID
	Kind  domain.RequestKind
	Bytes []byte
	// Marked is when the ledger was told that bytes may leave. A send that has not begun
	// soon after it must not begin at all: others may have judged it by then.
	Marked time.Time
	// Wrote is told 'after-first-byte' and 'after-last-byte'; nil outside fault tests.
	Wrote func(point string)
}

// Reply is what came back.
type Reply struct {
	Status  int    // HTTP
	Refused bool   // the payer's own word that it took nothing: Status is one of its Refuses
	Bytes   []byte // empty when refused
}

// Connector carries bytes to payers. Its errors hold no text of a payer's; connector.Code
// gives a stable code, and connector.NothingSent says whether any byte can have left.
type Connector interface {
	Send(ctx context.Context, e Envelope) (Reply, error)
	// Waiting lists what lies in a payer's mailbox, oldest first.
	Waiting(ctx context.Context, payer domain.PayerID) ([]string, error)
	// Fetch reads one item, and Clear removes it once it is kept.
	Fetch(ctx context.Context, payer domain.PayerID, item string) ([]byte, error)
	Clear(ctx context.Context, payer domain.PayerID, item string) error
}
