package connector_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/payer"
	"parley/payer/connector"
)

// larkfield is a book with one payer, whose profile a test may change.
func larkfield(t *testing.T, replace ...string) *payer.Book {
	t.Helper()
	body, err := os.ReadFile("../profiles/larkfield.yaml")
	require.NoError(t, err)
	text := strings.NewReplacer(append([]string{"timeout: 45s", "timeout: 500ms"}, replace...)...).Replace(string(body))
	book, err := payer.Load(fstest.MapFS{"larkfield.yaml": {Data: []byte(text)}})
	require.NoError(t, err)
	return book
}

func wire(t *testing.T, url string, o connector.Options, replace ...string) *connector.Connectors {
	t.Helper()
	book := larkfield(t, replace...)
	return connector.New(func() *payer.Book { return book }, map[string]string{"PAYERSIM_URL": url, "TOKEN": "s3cret"}, o)
}

func envelope() payer.Envelope {
	return payer.Envelope{Payer: "larkfield", Kind: domain.AskAuthorization, Bytes: []byte("ISA*00*…~"), Marked: time.Now()}
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestSend_posts_the_bytes_once_and_returns_the_answer(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body := new(bytes.Buffer)
		_, _ = body.ReadFrom(r.Body)
		if r.Method != http.MethodPost || r.URL.Path != "/x12" || r.Header.Get("Content-Type") != "application/EDI-X12" ||
			r.Header.Get("Authorization") != "Bearer s3cret" || body.String() != "ISA*00*…~" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = w.Write([]byte("ISA*answer"))
	})
	c := wire(t, url, connector.Options{}, "variables: [PAYERSIM_URL]", "variables: [PAYERSIM_URL, TOKEN]", "  plaintext: true\n  timeout", "  plaintext: true\n  token: ${TOKEN}\n  timeout")
	reply, err := c.Send(t.Context(), envelope())
	require.NoError(t, err)
	require.Equal(t, "ISA*answer", string(reply.Bytes))
}

// silent reads the request and says nothing until the other side gives up.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func TestSend_knows_only_of_failures_before_the_first_byte_that_nothing_left(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ISA")) }))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(secure.Close)
	reset := func(w http.ResponseWriter) {
		c, _, _ := http.NewResponseController(w).Hijack()
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
	elsewhere := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ISA")) })
	answers := map[string]struct {
		url     string
		code    string
		nothing bool
		late    time.Duration
	}{
		"nobody listens":                {url: closed.URL, code: "unreachable", nothing: true},
		"no such host":                  {url: "http://payer.invalid", code: "unreachable", nothing: true},
		"a certificate nobody vouches":  {url: secure.URL, code: "unreachable", nothing: true},
		"no address":                    {url: "", code: "not-set-up", nothing: true},
		"a worker that thawed too late": {url: secure.URL, code: "sent-too-late", nothing: true, late: 6 * time.Second},
		"reset before an answer":        {url: serve(t, func(w http.ResponseWriter, _ *http.Request) { reset(w) }), code: "broken"},
		"silence":                       {url: serve(t, silent), code: "timed-out"},
		"a server error":                {url: serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }), code: "5xx"},
		"a client error":                {url: serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }), code: "4xx"},
		"a redirect": {url: serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, secure.URL, http.StatusTemporaryRedirect)
		}), code: "status"},
		"a redirect to a page": {url: serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere, http.StatusFound)
		}), code: "status"},
		"nothing in the answer": {url: serve(t, func(http.ResponseWriter, *http.Request) {}), code: "empty"},
		"an answer cut short": {url: serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("ISA"))
		}), code: "broken"},
		"an answer without end": {url: serve(t, func(w http.ResponseWriter, _ *http.Request) {
			for range 5 << 10 {
				_, _ = w.Write(bytes.Repeat([]byte("A"), 1<<10))
			}
		}), code: "too-large"},
		"a packed answer": {url: serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, 64<<20))
			_ = z.Close()
		}), code: "encoded"},
	}
	for name, want := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := connector.Options{}
			if want.late > 0 {
				o.Roots = pool(secure)
			}
			c := wire(t, want.url, o, "timeout: 500ms", "timeout: 30s", "timeout: 45s", "timeout: "+patience(want.code))
			e := envelope()
			e.Marked = e.Marked.Add(-want.late)
			_, err := c.Send(t.Context(), e)
			require.Error(t, err)
			require.Equal(t, want.code, connector.CodeOf(err))
			require.Equal(t, want.nothing, connector.NothingSent(err))
			require.ErrorIs(t, err, domain.ErrUnavailable)
		})
	}
}

// patience is long where a busy machine would otherwise decide.
func patience(code string) string {
	if code == "timed-out" {
		return "300ms"
	}
	return "30s"
}

func pool(s *httptest.Server) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(s.Certificate())
	return p
}

func TestSend_over_TLS_trusts_whom_it_is_told_to_and_counts_no_handshake_as_the_request(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ISA")) }))
	t.Cleanup(s.Close)
	var points []string
	e := envelope()
	e.Wrote = func(point string) { points = append(points, point) }
	_, err := wire(t, s.URL, connector.Options{Roots: pool(s)}).Send(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, []string{"after-first-byte", "after-last-byte"}, points)
}

func TestSend_that_breaks_after_its_first_byte_may_have_arrived(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	url := serve(t, silent)
	e := envelope()
	e.Wrote = func(string) { cancel() }
	_, err := wire(t, url, connector.Options{}).Send(ctx, e)
	require.Error(t, err)
	require.False(t, connector.NothingSent(err))
}

func TestSend_that_wrote_late_is_refused_before_the_first_byte_though_connected(t *testing.T) {
	t.Parallel()
	var connected, requests atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = w.Write([]byte("ISA"))
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connected.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := wire(t, s.URL, connector.Options{})
	e := envelope()
	e.Marked = time.Now().Add(-6 * time.Second).Round(0) // the wall clock alone says so: the machine slept
	_, err := c.Send(t.Context(), e)
	require.True(t, connector.NothingSent(err), "%v", err)
	require.EqualValues(t, 0, requests.Load())
}

func TestMailbox_of_a_payer_without_one_is_empty_and_a_cleared_item_may_be_cleared_again(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if got := r.URL.Query(); got.Get("receiver") != "PARLEY" || got.Get("sender") != "LARKFIELD" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = w.Write([]byte(`{"items":[{"id":"m 1/2"},{"id":""}]}`))
	})
	c := wire(t, url, connector.Options{})
	items, err := c.Waiting(t.Context(), "larkfield")
	require.NoError(t, err)
	require.Equal(t, []string{"m 1/2"}, items)
	require.NoError(t, c.Clear(t.Context(), "larkfield", "m 1/2"))

	none, err := wire(t, url, connector.Options{}, "mailbox:\n  url: ${PAYERSIM_URL}/mailbox\n  plaintext: true\n", "").Waiting(t.Context(), "larkfield")
	require.NoError(t, err)
	require.Empty(t, none)
	broken := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	_, err = wire(t, broken, connector.Options{}).Waiting(t.Context(), "larkfield")
	require.Equal(t, "mailbox", connector.CodeOf(err))
}

func TestErrors_of_a_connector_hold_no_text_of_the_other_side(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Error(w, "JANE DOE 1961-04-12", 500) })
	_, err := wire(t, url, connector.Options{}).Send(t.Context(), envelope())
	require.EqualError(t, err, "send to larkfield: 5xx 500")
}
