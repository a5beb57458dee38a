package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"parley/domain"
	"parley/store"
)

// lease is how long a request may be at work before the same one may try: longer than any
// caller is kept waiting.
const lease = patience + 10*time.Second

// once is a request that changes something, under its idempotency key.
type once struct {
	s       *Server
	key     string
	route   string
	body    [32]byte
	request store.Request
	message domain.MessageID
}

// answered is an answer that was given before, on its way to be given again.
type answered struct {
	status   int
	location string
	body     []byte
}

func (*answered) Error() string { return "answered before" }

// once reads the key of a request.
func (s *Server) once(c echo.Context, body []byte) (*once, error) {
	key := c.Request().Header.Get("Idempotency-Key")
	if len(key) < 8 || len(key) > 255 || !text(key) {
		return nil, &refusal{
			kind: kindMalformed, detail: "Every POST needs an Idempotency-Key of 8 to 255 characters; a UUID is best.",
			errors: []domain.FieldError{{Pointer: "/header/Idempotency-Key", Code: "required", Detail: "must have 8 to 255 characters"}},
		}
	}
	// The path as it came: the same key at another case is another request.
	return &once{s: s, key: key, route: c.Request().Method + " " + c.Request().URL.Path, body: sha256.Sum256(body)}, nil
}

// begin takes the request up. It is asked when the request is known to be well formed, so
// that a mistake in writing it does not use up its key.
func (k *once) begin(ctx context.Context) error {
	r, err := k.s.Store.Begin(ctx, scope(ctx).Subject.ID, k.key, k.route, k.body[:], lease)
	switch {
	case errors.Is(err, store.ErrKeyReused):
		return &refusal{
			kind: kindInvalid, detail: "This Idempotency-Key was used for another request.",
			errors: []domain.FieldError{{Pointer: "/header/Idempotency-Key", Code: "reused", Detail: "was used for another request"}},
		}
	case err != nil:
		return err
	case r.Done:
		var h headers
		if len(r.Headers) > 0 {
			if err := json.Unmarshal(r.Headers, &h); err != nil {
				return err
			}
		}
		return &answered{r.Status, h.Location, r.Answer}
	}
	k.request, k.message = r, r.MessageID
	return nil
}

// headers are the headers of an answer that are kept with it.
type headers struct {
	Location string `json:"location,omitempty"`
}

// keep stores the answer for whoever asks again. If that cannot be done the caller still
// has it: asked again, the case answers the same message the same way.
func (s *Server) keep(ctx context.Context, k *once, status int, location string, body []byte) {
	h, err := json.Marshal(headers{location})
	if err == nil {
		err = s.Store.Finish(context.WithoutCancel(ctx), k.request, status, body, h)
	}
	if err != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "keep answer", slog.String("message", string(k.message)), slog.String("why", errorText(err)))
	}
}

// letGo ends the hold on a request that was not answered with success. What was refused
// has changed nothing, and its key is free. What may have happened keeps its message.
func (s *Server) letGo(ctx context.Context, k *once, cause error) error {
	if k == nil || k.message == "" {
		return cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	end := s.Store.LetGo
	if problemOf(cause).Status < 500 {
		end = s.Store.Forget
	}
	if err := end(ctx, k.request); err != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "let go", slog.String("message", string(k.message)), slog.String("why", errorText(err)))
	}
	return cause
}
