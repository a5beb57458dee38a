package translate_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/internal/payersim"
	"parley/payer"
	"parley/payer/translate"
	"parley/x12"
)

var update = flag.Bool("update", false, "write the golden files")

var noon = time.Date(2026, 11, 20, 18, 30, 0, 0, time.UTC)

func profiles(t *testing.T) []*payer.Profile {
	t.Helper()
	book, err := payer.Load(payer.Shipped())
	require.NoError(t, err)
	return book.Profiles()
}

func larkfield(t *testing.T) *payer.Profile {
	t.Helper()
	for _, p := range profiles(t) {
		if p.Slug == "larkfield" {
			return p
		}
	}
	t.Fatal("there is no larkfield")
	return nil
}

// knee is a planned hospital stay with therapy after it.
func knee() domain.Order {
	return domain.Order{
		Facility: "north", Zone: "America/Denver",
		Patient: domain.Patient{First: "Zoë", Last: "Núñez-Hale", BirthDate: "1954-02-11", Sex: "F"},
		Coverage: domain.Coverage{
			Payer: "larkfield", MemberID: "LK1002003", Group: "G7", Product: domain.MedicareAdvantage, Funding: domain.Government, State: "NM", Relationship: "self",
		},
		Requesting: domain.Provider{NPI: "1234567893", Last: "Ortiz", First: "Elena", Phone: "5055550101"},
		Servicing:  domain.Provider{NPI: "1234567893", Last: "Ortiz", First: "Elena"},
		Where:      domain.Provider{NPI: "1245319599", Last: "North Mesa Hospital"},
		Services: []domain.OrderService{
			{Code: "27447", Words: "Knee replacement", Modifiers: []string{"RT"}, Units: 1, Unit: "UN", From: "2026-12-08"},
			{Code: "97110", Words: "Physical therapy", Units: 12, Unit: "VS", From: "2026-12-10", Through: "2027-01-20"},
		},
		Diagnoses: []string{"M17.11", "E11.9"}, Place: "21", Planned: "2026-12-08", Urgency: domain.Standard,
	}
}

// child is an expedited scan, in an office, of a dependent found through the subscriber.
func child() domain.Order {
	o := knee()
	o.Patient = domain.Patient{First: "Milo", Last: "Hale", BirthDate: "2019-05-04", Sex: "M"}
	o.Coverage.Relationship, o.Coverage.Product, o.Coverage.Funding = "child", domain.Commercial, domain.Insured
	o.Coverage.Subscriber = &domain.Patient{First: "Ada", Last: "Hale", BirthDate: "1988-07-01", Sex: "F"}
	o.Services = []domain.OrderService{{Code: "70551", Words: "MRI brain", Units: 1}}
	o.Place, o.Urgency, o.Statement = "11", domain.Expedited, "Seizures: waiting could cost function"
	return o
}

func request(o domain.Order) domain.Request {
	return domain.Request{Kind: domain.AskAuthorization, Order: o}
}

func numbers(n int) translate.Numbers {
	return translate.Numbers{Control: n, Set: "0001", Trace: fmt.Sprintf("PTEST%09d", n), At: noon}
}

func write(t *testing.T, p *payer.Profile, r domain.Request, n int) []byte {
	t.Helper()
	b, err := translate.Write(p, r, numbers(n))
	require.NoError(t, err)
	return b
}

func TestWrite_for_every_payer_is_what_it_was_and_without_fault(t *testing.T) {
	t.Parallel()
	for _, p := range profiles(t) {
		if p.X12 == nil {
			continue
		}
		inquiry := request(knee())
		inquiry.Kind, inquiry.Trace = domain.AskStatus, "PTEST000000001"
		for name, r := range map[string]domain.Request{"request": request(knee()), "dependent": request(child()), "inquiry": inquiry} {
			got := write(t, p, r, 1)
			file, err := x12.Parse(got, x12.Options{})
			require.NoError(t, err)
			require.Empty(t, x12.Validate(file, x12.ByRules), "%s %s", p.Slug, name)
			golden(t, filepath.Join("..", "testdata", string(p.Slug), "278-"+name+".edi"), bytes.ReplaceAll(got, []byte("~"), []byte("~\n")))
		}
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update once, and read what it writes")
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs:\n%s", path, diff)
	}
}

func TestWrite_refuses_what_it_would_have_to_change_and_names_the_field(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*domain.Order){
		"/coverage/memberId":    func(o *domain.Order) { o.Coverage.MemberID = "LK~1" },
		"/coverage/groupNumber": func(o *domain.Order) { o.Coverage.Group = "G*7" },
		"/patient/lastName":     func(o *domain.Order) { o.Patient.Last = "山田" },
	} {
		o := knee()
		change(&o)
		_, err := translate.Write(larkfield(t), request(o), numbers(1))
		var unwritable *translate.Unwritable
		require.ErrorAs(t, err, &unwritable)
		require.ErrorIs(t, err, domain.ErrInvalid)
		require.Equal(t, field, unwritable.Rejects[0].Field)
		require.NotContains(t, fmt.Sprint(err, unwritable.Rejects), "山田")
	}
}

// payerOf answers by a script; its directory takes what these tests plan.
func payerOf(t *testing.T, script string) func([]byte) []byte {
	t.Helper()
	s, err := payersim.ReadScript([]byte(script))
	require.NoError(t, err)
	sim, err := payersim.New(payersim.Options{Script: &s, Now: func() time.Time { return noon }})
	require.NoError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() {
		require.NoError(t, sim.Close())
		server.Close()
	})
	return func(sent []byte) []byte {
		res, err := http.Post(server.URL+"/x12", "application/EDI-X12", bytes.NewReader(sent))
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		got, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return got
	}
}

// hear is everything that a letter says to a send, a line each.
func hear(t *testing.T, sent, came []byte) (answers []domain.Answer, lines []string) {
	t.Helper()
	q, err := translate.Asked(sent)
	require.NoError(t, err)
	parts, err := translate.Open(came)
	if err != nil {
		return nil, []string{err.Error()}
	}
	for _, p := range parts {
		a, err := p.Answer(q, noon)
		if err != nil {
			lines = append(lines, fmt.Sprintf("%s: refused: %s", p.Kind, err))
			continue
		}
		require.NoError(t, domain.Check(withID(a)))
		answers = append(answers, a)
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s: %s", p.Kind, told(a))))
	}
	return answers, lines
}

func withID(a domain.Answer) domain.Answer {
	a.ID = "m"
	return a
}

// told is an answer in one line.
func told(a domain.Answer) string {
	out := string(a.Said)
	add := func(name string, v any) {
		if s := fmt.Sprint(v); s != "" && s != "0" && s != "[]" && s != "false" {
			out += fmt.Sprintf(" %s=%s", name, s)
		}
	}
	add("raw", a.Raw)
	add("no", a.Number)
	add("ref", a.Reference)
	add("units", a.Units)
	add("from", a.From)
	add("through", a.Through)
	for _, r := range a.Reasons {
		add("why", r.Code)
	}
	for _, r := range a.Rejects {
		add("reject", strings.TrimSuffix(fmt.Sprintf("%s/%s/%s%s", r.Loop, r.Code, r.FollowUp, r.Field), "/"))
	}
	for _, l := range a.Lines {
		line := fmt.Sprintf("%d:%s:%s x%d", l.Line, l.Said, l.Code, l.Units)
		if l.Number != "" {
			line += " no " + l.Number
		}
		for _, r := range l.Reasons {
			line += " why " + r.Code
		}
		add("line", line)
	}
	for _, w := range a.Wanted {
		add("wants", w.Code)
		if w.Code == "" {
			add("wants", w.Words)
		}
	}
	add("by", a.WantedBy)
	add("call", a.Call)
	add("more", a.MoreFollows)
	return out
}

// heardOf is what a scripted payer's answer to the knee says, its TA1 left out.
func heardOf(t *testing.T, then string) (domain.Answer, string) {
	t.Helper()
	sent := write(t, larkfield(t), request(knee()), 1)
	answers, lines := hear(t, sent, payerOf(t, "rules: [{name: x, then: {"+then+"}}]")(sent))
	require.NotEmpty(t, answers, "%v", lines)
	require.Equal(t, "ta1: received", lines[0])
	require.Len(t, lines, 2)
	return answers[len(answers)-1], strings.TrimPrefix(lines[1], "278-answer: ")
}

func TestAnswer_says_what_the_payer_said_and_means_no_more(t *testing.T) {
	t.Parallel()
	lines := "line=1:%[1]s:27447 x1 line=2:%[1]s:97110 x12"
	for _, c := range []struct {
		then, says string
		means      domain.Meaning
	}{
		{`decide: approve, number: "A77", days: 90`, "A1 no=A77 from=2026-12-08 through=2027-03-08 " + fmt.Sprintf(lines, "A1"), domain.MeansApproved},
		{`decide: approve, number: "A77", perLine: true`, "A1 no=A77 line=1:A1:27447 x1 no A77 line=2:A1:97110 x12 no A77", domain.MeansApproved},
		{`decide: deny, reasons: ["0F", "1"], contact: {name: DESK, phone: "5550100142"}`, "A3 why=0F why=01 " + fmt.Sprintf(lines, "A3") + " call=DESK, phone 5550100142", domain.MeansDenied},
		{`decide: deny, reasons: ["0Q"]`, "CT why=0Q " + fmt.Sprintf(lines, "A3"), domain.MeansUnclear},
		{`decide: pend, reasons: ["0U"], wants: {pwk: [OZ], loinc: ["11506-3"], dueDays: 14}, message: NOTES`, "A4 why=0U " + fmt.Sprintf(lines, "A4") + " wants=OZ wants=11506-3 by=2026-12-04", domain.MeansPended},
		{`decide: pend, reasons: ["0U"], message: SEND NOTES`, "A4 why=0U " + fmt.Sprintf(lines, "A4") + " wants=SEND NOTES", domain.MeansPended},
		{`decide: pend, more: true`, "A4 " + fmt.Sprintf(lines, "A4") + " more=true", domain.MeansPended},
		{`decide: partial, lines: [{line: 1, code: A1}, {line: 2, code: A3, reasons: ["0F"]}]`, "A2 line=1:A1:27447 x1 line=2:A3:97110 x12 why 0F", domain.MeansUnclear},
		{`decide: approve, number: "A7", lines: [{line: 2, omit: true}]`, "A1 no=A7 line=1:A1:27447 x1", domain.MeansUnclear},
		{`decide: approve, number: "A7", lines: [{line: 1, code: A1, procedure: "27130"}]`, "A1 no=A7 line=1:A1:27130 x1 line=2:A1:97110 x12", domain.MeansUnclear},
		{`decide: approve, number: "A7", lines: [{line: 2, code: A1, units: "6"}]`, "A1 no=A7 line=1:A1:27447 x1 line=2:A1:97110 x6", domain.MeansUnclear},
		{`decide: modify, units: "3"`, "A6", domain.MeansUnclear},
		{`decide: cancel`, "C", domain.MeansUnclear},
		{`decide: contact`, "CT", domain.MeansUnclear},
		{`decide: not-required`, "NA", domain.MeansUnclear},
		{`decide: code, code: A9`, "CT raw=HCR01 A9", domain.MeansUnclear},
		{`decide: reject, rejects: [{loop: 2010C, code: "72", followUp: C}]`, "rejected reject=2010C/72/C", domain.MeansRejected},
		{`decide: reject, rejects: [{loop: 2010A, code: "42", followUp: "Y"}]`, "rejected reject=2010A/42/Y", domain.MeansRejected},
		{`decide: reject, rejects: [{loop: 2000F, line: 1, code: AG, followUp: C}]`, "rejected reject=2000F/AG/C/services/1/code", domain.MeansRejected},
	} {
		t.Run(c.then, func(t *testing.T) {
			t.Parallel()
			a, says := heardOf(t, c.then)
			if !strings.Contains(c.says, " ") { // what it says first is what matters
				says, _, _ = strings.Cut(says, " ")
			}
			if strings.HasPrefix(c.says, "CT raw") || strings.HasPrefix(c.says, "rejected") {
				says, _, _ = strings.Cut(says, " line=")
			}
			says = without(says, " ref=")
			if strings.HasPrefix(c.says, "A2") || !strings.Contains(c.says, "no=") {
				says = without(says, " no=")
			}
			if !strings.Contains(c.says, "from=") {
				says = without(without(says, " from="), " through=")
			}
			require.Equal(t, c.says, says)
			means, why := a.Means(knee())
			require.Equal(t, c.means, means, why)
		})
	}
}

// without leaves one word out.
func without(s, lead string) string {
	i := strings.Index(s, lead)
	if i < 0 {
		return s
	}
	rest := s[i+len(lead):]
	if j := strings.IndexByte(rest, ' '); j >= 0 {
		return s[:i] + rest[j:]
	}
	return s[:i]
}
