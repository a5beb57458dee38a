package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Payers is the simulated payers' side door, which their outages do not close.
type Payers struct{ URL string }

// SentTwice is every breach of 'nothing is sent twice' that the payers' own ledger knows.
func (p Payers) SentTwice(ctx context.Context) ([]json.RawMessage, error) {
	var all []json.RawMessage
	err := p.read(ctx, "/control/sent-twice", &all)
	return all, err
}

// Outage makes the payers refuse connections for a time; zero ends it.
func (p Payers) Outage(ctx context.Context, d time.Duration) error {
	_, err := p.call(ctx, http.MethodPost, "/control/outage?"+url.Values{"for": {d.String()}}.Encode(), "")
	return err
}

// Push has the payers lay their present answer to a request into the mailbox.
func (p Payers) Push(ctx context.Context, trace string) error {
	_, err := p.call(ctx, http.MethodPost, "/control/push?"+url.Values{"review": {trace}}.Encode(), "")
	return err
}

func (p Payers) read(ctx context.Context, path string, into any) error {
	body, err := p.call(ctx, http.MethodGet, path, "")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("payers' %s: %w", path, err)
	}
	return nil
}

func (p Payers) call(ctx context.Context, method, path, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.URL+path, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask payers: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask payers: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // it is read to its end
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("ask payers: %w", err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("payers' %s answers %d", path, res.StatusCode)
	}
	return answer, nil
}
