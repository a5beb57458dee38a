// Package client speaks to Parley's API for command lines and loaders. It must not know
// the database, nor Temporal: whatever it may do, the API's table of routes allows.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"parley/api"
)

// Client calls one API with one key.
type Client struct {
	URL string // without /api/v1
	Key string
	// Patience is how long a call that finds Parley away, or at work on the same request, is
	// tried again. Trying again is safe: it is the same request under the same key.
	Patience time.Duration
	HTTP     *http.Client
}

// Problem is an answer that is no success.
type Problem struct{ api.Problem }

func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Title)
	if p.Detail != "" {
		b.WriteString(". " + p.Detail)
	}
	if p.By != nil {
		fmt.Fprintf(&b, " By %s", p.By)
		if p.At != nil {
			fmt.Fprintf(&b, ", %s", p.At.Local().Format("2 Jan 2006 15:04"))
		}
		b.WriteString(".")
	}
	for _, f := range p.Errors {
		fmt.Fprintf(&b, "\n  %s %s", f.Pointer, f.Detail)
	}
	if p.Status >= http.StatusInternalServerError {
		fmt.Fprintf(&b, " (request %s)", p.RequestID)
	}
	return b.String()
}

// ErrUnreachable: nobody answers at the address.
var ErrUnreachable = errors.New("nobody answers at that address")

// Get reads a path under /api/v1 into out.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	_, err := c.call(ctx, http.MethodGet, path, "", nil, out)
	return err
}

// Post sends a body under an idempotency key, a new one if key is empty, and returns the
// status: 201 for something new, 200 for something that was there.
func (c *Client) Post(ctx context.Context, path, key string, body, out any) (int, error) {
	if key == "" {
		key = uuid.NewString()
	}
	raw, ok := body.(json.RawMessage)
	if !ok {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return 0, fmt.Errorf("write request: %w", err)
		}
	}
	return c.call(ctx, http.MethodPost, path, key, raw, out)
}

func (c *Client) call(ctx context.Context, method, path, key string, body []byte, out any) (int, error) {
	end := time.Now().Add(c.Patience)
	for {
		status, wait, err := c.once(ctx, method, path, key, body, out)
		if wait == 0 || time.Now().Add(wait).After(end) {
			return status, err
		}
		select {
		case <-ctx.Done():
			return status, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// once calls once, and says after which time it is worth trying again, if it is.
func (c *Client) once(ctx context.Context, method, path, key string, body []byte, out any) (status int, wait time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return 0, 0, fmt.Errorf("the address of Parley is not valid")
	}
	req.Header.Set("Authorization", "Bearer "+c.Key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	res, err := h.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return 0, 0, ctx.Err()
		}
		return 0, time.Second, ErrUnreachable
	}
	defer func() { _ = res.Body.Close() }() // it is read to its end below
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return 0, time.Second, ErrUnreachable
	}
	if res.StatusCode < 300 {
		if out == nil {
			return res.StatusCode, 0, nil
		}
		if err := json.Unmarshal(answer, out); err != nil {
			return res.StatusCode, 0, fmt.Errorf("the answer is not what this version of parley knows")
		}
		return res.StatusCode, 0, nil
	}
	p := &Problem{}
	if json.Unmarshal(answer, &p.Problem) != nil || p.Type == "" {
		p.Problem = api.Problem{Title: "It is not Parley that answers at that address", Status: res.StatusCode}
	}
	if after, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && after > 0 {
		wait = time.Duration(after) * time.Second
	}
	return res.StatusCode, wait, p
}
