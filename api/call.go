package api

import (
	"context"
	"time"

	"parley/domain"
	"parley/store"
)

// call is what is known of the request that a handler answers.
type call struct {
	requestID string
	who       store.Scope
	at        time.Time
	key       *once // of a request that changes something
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callOf is the call a handler answers; outside of one it is empty, and may see nothing.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

func keyOf(ctx context.Context) *once { return callOf(ctx).key }

// message is the ID of what this request says to a case: the same however often it is
// tried, whatever became of an earlier try.
func message(ctx context.Context) domain.MessageID { return callOf(ctx).key.message }

// scope is who asks, and what they may see.
func scope(ctx context.Context) store.Scope { return callOf(ctx).who }

func actor(ctx context.Context) domain.Actor { return callOf(ctx).who.Subject }
