package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/temporal"

	"parley/domain"
	"parley/keys"
	"parley/store"
)

// Recorder makes steps visible.
type Recorder struct {
	Store *store.Store
	Keys  *keys.Ring // seals what a case remembers
}

// RecordStep makes one step visible. Run twice it changes nothing; run by a worker that
// its successor has overtaken it is refused, and trying again would not help.
func (r *Recorder) RecordStep(ctx context.Context, step domain.Step) (struct{}, error) {
	var file []byte
	if len(step.File) > 0 {
		file = r.Keys.Seal(keys.CaseFiles, step.File)
	}
	err := r.Store.RecordStep(ctx, step, file)
	if errors.Is(err, store.ErrStale) {
		err = temporal.NewNonRetryableApplicationError(err.Error(), domain.Stale, nil)
	}
	return struct{}{}, err
}
