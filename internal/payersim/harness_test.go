package payersim_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/internal/payersim"
	"parley/x12"
)

// world is one payer with somebody who asks it.
type world struct {
	t       *testing.T
	sim     *payersim.Sim
	server  *httptest.Server
	client  *http.Client
	path    string
	opts    payersim.Options
	mu      sync.Mutex
	now     time.Time
	control int
}

// start opens a payer that behaves by the script on a clock of its own.
func start(t *testing.T, script string) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), path: filepath.Join(t.TempDir(), "ledger.jsonl")}
	s, err := payersim.ReadScript([]byte(script))
	require.NoError(t, err)
	w.opts = payersim.Options{LedgerPath: w.path, Script: &s, Now: w.clock}
	w.open()
	t.Cleanup(w.shut)
	return w
}

func (w *world) open() {
	sim, err := payersim.New(w.opts)
	require.NoError(w.t, err)
	w.sim = sim
	w.server = httptest.NewServer(sim.Handler())
	w.client = &http.Client{Transport: &http.Transport{}}
}

func (w *world) shut() {
	require.NoError(w.t, w.sim.Close())
	w.client.CloseIdleConnections()
	w.server.Close()
}

// restart is the payer's process killed and started again.
func (w *world) restart() {
	w.shut()
	w.open()
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// request is a 278 as its segments, so that a test can break any of them.
type request struct {
	isa, gs, st string
	body        []string
	se, ge, iea string // empty: counted and numbered; "-": left out
	control     int
}

// knee is a request for one service of one patient.
func (w *world) knee(edits ...func([]string) []string) request {
	w.control++
	r := request{control: w.control, body: []string{
		"BHT*0007*13*REF" + fmt.Sprint(w.control) + "*20260302*0900",
		"HL*1**20*1",
		"NM1*X3*2*LARKFIELD HEALTH*****PI*LARKFIELD",
		"HL*2*1*21*1",
		"NM1*1P*2*CEDAR ORTHOPEDICS*****XX*1234567893",
		"HL*3*2*22*1",
		"NM1*IL*1*DOE*JANE****MI*M100",
		"DMG*D8*19610412*F",
		"HL*4*3*EV*1",
		"TRN*1*TRACE" + fmt.Sprint(w.control) + "*9CEDARORTH",
		"UM*HS*I*2*22:B",
		"HI*ABK:M1711",
		"NM1*SJ*1*STONE*RUTH****XX*1245319599",
		"HL*5*4*SS*0",
		"DTP*472*RD8*20260316-20260415",
		"SV1*HC:27447*12000*UN*1",
	}}
	for _, edit := range edits {
		r.body = edit(r.body)
	}
	return r
}

// replace edits the segments that start with a prefix.
func replace(prefix, with string) func([]string) []string {
	return func(body []string) []string {
		var out []string
		for _, s := range body {
			if strings.HasPrefix(s, prefix) {
				s = with
			}
			if s != "" {
				out = append(out, s)
			}
		}
		return out
	}
}

func member(id string) func([]string) []string {
	return replace("NM1*IL", "NM1*IL*1*DOE*JANE****MI*"+id)
}

func procedure(code string) func([]string) []string {
	return replace("SV1", "SV1*HC:"+code+"*12000*UN*12")
}

func add(segments ...string) func([]string) []string {
	return func(body []string) []string { return append(body, segments...) }
}

func (r request) guide() string {
	if strings.Contains(r.st, "X215") {
		return "005010X215"
	}
	return "005010X217"
}

func (r request) bytes() []byte {
	or := func(given, made string) string {
		if given == "" {
			return made
		}
		return given
	}
	isa := or(r.isa, fmt.Sprintf("ISA*00*          *00*          *ZZ*CEDAR          *ZZ*LARKFIELD      *260302*0900*^*00501*%09d*0*T*:", r.control))
	st := or(r.st, "ST*278*0001*005010X217")
	segments := []string{isa, or(r.gs, fmt.Sprintf("GS*HI*CEDAR*LARKFIELD*20260302*0900*%d*X*%s", r.control, r.guide())), st}
	body := strings.Split(strings.Join(r.body, "~"), "~")
	segments = append(segments, body...)
	segments = append(segments,
		or(r.se, fmt.Sprintf("SE*%d*0001", len(body)+2)), or(r.ge, fmt.Sprintf("GE*1*%d", r.control)), or(r.iea, fmt.Sprintf("IEA*1*%09d", r.control)))
	var b bytes.Buffer
	for _, s := range segments {
		if s != "-" {
			b.WriteString(s + "~")
		}
	}
	return b.Bytes()
}

// inquiry asks after a request.
func (w *world) inquiry(event ...string) request {
	w.control++
	return request{control: w.control, st: "ST*278*0001*005010X215", body: append([]string{
		"BHT*0007*28*INQ" + fmt.Sprint(w.control) + "*20260302*0900",
		"HL*1**20*1",
		"NM1*X3*2*LARKFIELD HEALTH*****PI*LARKFIELD",
		"HL*2*1*21*1",
		"NM1*1P*2*CEDAR ORTHOPEDICS*****XX*1234567893",
		"HL*3*2*22*1",
		"NM1*IL*1*DOE*JANE****MI*M100",
		"HL*4*3*EV*0",
	}, event...)}
}

// post sends bytes and returns what came back whole.
func (w *world) post(b []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return w.postFor(ctx, b)
}

func (w *world) postFor(ctx context.Context, b []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.server.URL+"/x12", bytes.NewReader(b))
	require.NoError(w.t, err)
	resp, err := w.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	body, err := io.ReadAll(resp.Body)
	require.NoError(w.t, resp.Body.Close())
	return resp.StatusCode, body, err
}

// ask sends a request and reads the answer as text, one segment a line, without the
// envelope.
func (w *world) ask(r request) string {
	w.t.Helper()
	status, body, err := w.post(r.bytes())
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, status, string(body))
	return told(w.t, body)
}

// told checks that an answer is right by the guide, and leaves out its envelope.
func told(t *testing.T, b []byte) string {
	t.Helper()
	file, err := x12.Parse(b, x12.Options{})
	require.NoError(t, err)
	for _, f := range x12.Validate(file, x12.ByGuide) {
		if f.SegmentID != "TA1" { // it repeats what was wrong with our date or time
			require.NotEqual(t, x12.Error, f.Severity, "%s in %s", f, b)
		}
	}
	var lines []string
	for _, s := range strings.Split(strings.TrimSuffix(string(b), "~"), "~") {
		switch id, _, _ := strings.Cut(s, "*"); id {
		case "ISA", "GS", "ST", "SE", "GE", "IEA":
		default:
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// pick returns the lines that start with any prefix.
func pick(text string, prefixes ...string) string {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		for _, p := range prefixes {
			if strings.HasPrefix(line, p) {
				lines = append(lines, line)
				break
			}
		}
	}
	return strings.Join(lines, "\n")
}

func (w *world) outcomes() []payersim.Outcome {
	var all []payersim.Outcome
	for _, e := range w.sim.Ledger().Entries() {
		if e.Kind == payersim.Arrived {
			all = append(all, e.Outcome)
		}
	}
	return all
}
