package connector

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"parley/payer"
)

const (
	x12Type        = "application/EDI-X12"
	defaultTimeout = time.Minute
	firstWrite     = 5 * time.Second // from the ledger's mark; below any heartbeat timeout
	maxAnswer      = 4 << 20         // an answer of a real-time exchange is a few kilobytes
	maxRequest     = 1 << 20
)

// Connectors reach every payer of a book.
type Connectors struct {
	book   func() *payer.Book
	values map[string]string
	roots  *x509.CertPool
	dialer *net.Dialer
}

// Options are for tests and unusual networks; the zero value serves.
type Options struct {
	Roots *x509.CertPool // of payers' certificates; nil: the system's
}

// New are the connectors of the book's payers. Values are those of the variables that
// addresses take; a variable without a value makes its payer unreachable, no other.
func New(book func() *payer.Book, values map[string]string, o Options) *Connectors {
	return &Connectors{book: book, values: values, roots: o.Roots, dialer: &net.Dialer{Timeout: 10 * time.Second}}
}

var _ payer.Connector = (*Connectors)(nil)

// Send posts an interchange and returns the answer. It never sends twice: there is one
// connection for each call, no redirect is followed and nothing is tried again.
func (c *Connectors) Send(ctx context.Context, e payer.Envelope) (payer.Reply, error) {
	fail := func(code Code, nothing bool, detail string) (payer.Reply, error) {
		return payer.Reply{}, &failure{code: code, payer: e.Payer, nothing: nothing, detail: detail}
	}
	p, err := c.book().Profile(e.Payer, 0)
	if err != nil {
		return fail(NotSetUp, true, "")
	}
	way := p.Transport(e.Kind)
	if way.By != payer.X12OverHTTP || len(e.Bytes) == 0 || len(e.Bytes) > maxRequest {
		return fail(NotSetUp, true, "")
	}
	address, token, err := way.Resolve(c.values)
	if err != nil {
		return fail(NotSetUp, true, "")
	}
	timeout := way.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	g := &guard{marked: e.Marked, within: firstWrite, until: timeout, wrote: e.Wrote}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(e.Bytes))
	if err != nil {
		return fail(NotSetUp, true, "")
	}
	req.GetBody = nil // nobody may make the request again
	req.Header.Set("Content-Type", x12Type)
	answer, err := c.do(req, g, token, maxAnswer)
	if err != nil {
		begun, late := g.state()
		switch {
		case late && !begun:
			return fail(SentTooLate, true, "")
		case !begun:
			return fail(Unreachable, true, "")
		}
		return fail(codeOf(err), false, "")
	}
	switch status := answer.status; {
	case status >= 200 && status <= 299 && len(answer.body) == 0:
		return fail(EmptyAnswer, false, "")
	case status >= 200 && status <= 299:
		return payer.Reply{Status: status, Bytes: answer.body}, nil
	case slices.Contains(way.Refuses, status):
		return payer.Reply{Status: status, Refused: true}, nil
	case status >= 500:
		return fail(ServerError, false, fmt.Sprint(status))
	case status >= 400:
		return fail(ClientError, false, fmt.Sprint(status))
	default:
		return fail(OtherStatus, false, fmt.Sprint(status))
	}
}

type answer struct {
	status int
	body   []byte
}

var (
	errTooLarge = errors.New("too large")
	errEncoded  = errors.New("encoded")
)

// do makes one request over one connection of its own and reads its whole answer.
func (c *Connectors) do(req *http.Request, g *guard, token string, limit int64) (answer, error) {
	config := &tls.Config{RootCAs: c.roots, MinVersion: tls.VersionTLS12, ServerName: req.URL.Hostname()}
	transport := &http.Transport{
		DialContext:            g.dial(c.dialer),
		DialTLSContext:         g.dialTLS(c.dialer, config),
		DisableKeepAlives:      true, // a kept connection may be retried by net/http itself
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
		WriteBufferSize:        int(req.ContentLength) + 64<<10, // head and body leave in one write
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "parley")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }() // it has been read, or is of no use
	if encoding := res.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return answer{}, errEncoded // nothing is unpacked: a bomb stays packed
	}
	whole, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return answer{}, err
	}
	if int64(len(whole)) > limit {
		return answer{}, errTooLarge
	}
	return answer{status: res.StatusCode, body: whole}, nil
}

func codeOf(err error) Code {
	var timeout net.Error
	switch {
	case errors.Is(err, errTooLarge):
		return TooLarge
	case errors.Is(err, errEncoded):
		return Encoded
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	}
	return Broken
}
