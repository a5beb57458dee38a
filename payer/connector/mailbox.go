package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"parley/domain"
)

const (
	mailboxTimeout = 30 * time.Second
	maxList        = 4 << 20
	maxItem        = 32 << 20
	maxItems       = 1_000 // of one round; the rest waits for the next
)

// Waiting lists what lies in a payer's mailbox, oldest first. A payer without a mailbox
// has nothing waiting.
func (c *Connectors) Waiting(ctx context.Context, id domain.PayerID) ([]string, error) {
	got, err := c.mailbox(ctx, id, http.MethodGet, "", maxList)
	if err != nil || got.status == 0 {
		return nil, err
	}
	var list struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if json.Unmarshal(got.body, &list) != nil {
		return nil, &failure{code: MailboxFails, payer: id, detail: "list"}
	}
	items := make([]string, 0, len(list.Items))
	for _, item := range list.Items {
		if item.ID != "" && len(items) < maxItems {
			items = append(items, item.ID)
		}
	}
	return items, nil
}

// Fetch reads one item and leaves it where it is.
func (c *Connectors) Fetch(ctx context.Context, id domain.PayerID, item string) ([]byte, error) {
	got, err := c.mailbox(ctx, id, http.MethodGet, item, maxItem)
	return got.body, err
}

// Clear removes an item. One that is gone already is no failure: the answer to an
// earlier call may have been lost.
func (c *Connectors) Clear(ctx context.Context, id domain.PayerID, item string) error {
	_, err := c.mailbox(ctx, id, http.MethodDelete, item, maxList)
	return err
}

func (c *Connectors) mailbox(ctx context.Context, id domain.PayerID, method, item string, limit int64) (answer, error) {
	p, err := c.book().Profile(id, 0)
	if err != nil || p.Mailbox == nil {
		return answer{}, err
	}
	address, token, err := p.Mailbox.Resolve(c.values)
	if err != nil {
		return answer{}, &failure{code: NotSetUp, payer: id, nothing: true}
	}
	if address = strings.TrimSuffix(address, "/"); item != "" {
		address += "/" + url.PathEscape(item)
	} else { // a clearinghouse keeps the letters of many: ours from this payer
		address += "?" + url.Values{"receiver": {p.X12.Sender.ID}, "sender": {p.X12.Receiver.ID}}.Encode()
	}
	ctx, cancel := context.WithTimeout(ctx, mailboxTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return answer{}, &failure{code: NotSetUp, payer: id, nothing: true}
	}
	// A mailbox may be read late and twice: the guard only tells a failed connection.
	g := &guard{marked: time.Now(), within: mailboxTimeout, until: mailboxTimeout}
	got, err := c.do(req, g, token, limit)
	switch {
	case err != nil:
		begun, _ := g.state()
		if !begun {
			return answer{}, &failure{code: Unreachable, payer: id, nothing: true}
		}
		return answer{}, &failure{code: codeOf(err), payer: id}
	case method == http.MethodDelete && (got.status == http.StatusNotFound || got.status == http.StatusGone):
		return got, nil
	case got.status < 200 || got.status > 299:
		return answer{}, &failure{code: MailboxFails, payer: id, detail: fmt.Sprint(got.status)}
	}
	return got, nil
}
