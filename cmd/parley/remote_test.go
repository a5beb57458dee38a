package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/api"
	"parley/api/client"
	"parley/domain"
)

// desk is an API that answers as it is told, and remembers what was asked of it.
type desk struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
	keys  map[string]string // bodies by idempotency key
}

func newDesk(t *testing.T, answer func(method, path string, body []byte) (int, any)) *desk {
	t.Helper()
	d := &desk{keys: map[string]string{}}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		path := strings.TrimPrefix(r.URL.Path, "/api/v1")
		d.mu.Lock()
		d.asked = append(d.asked, r.Method+" "+path+" "+string(body))
		if key := r.Header.Get("Idempotency-Key"); key != "" {
			d.keys[key] = string(body)
		}
		status, v := answer(r.Method, path, body)
		d.mu.Unlock()
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}))
	t.Cleanup(d.Close)
	return d
}

// runs runs a command line in a folder of its own and returns what it printed.
func (d *desk) runs(t *testing.T, args ...string) (string, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	stdout := os.Stdout
	os.Stdout = out
	err = run(t.Context(), append(args, "--url", d.URL, "--api-key", "pk_test"))
	os.Stdout = stdout
	require.NoError(t, out.Close())
	printed, readErr := os.ReadFile(out.Name())
	require.NoError(t, readErr)
	return string(printed), err
}

func TestExitCode_follows_from_what_went_wrong(t *testing.T) {
	of := func(status int) error { return &client.Problem{Problem: api.Problem{Status: status}} }
	for want, errs := range map[int][]error{
		exitTrouble:     {errors.New("x"), of(500)},
		exitNotFound:    {of(404), fmt.Errorf("x: %w", domain.ErrNotFound)},
		exitConflict:    {of(409)},
		exitInvalid:     {of(400), of(413), of(415), of(422), domain.ErrInvalid},
		exitForbidden:   {of(401), of(403)},
		exitUnavailable: {of(503), client.ErrUnreachable, domain.ErrUnavailable},
	} {
		for _, err := range errs {
			require.Equal(t, want, exitCode(err), "%v", err)
		}
	}
	require.Equal(t, exitUsage, exitCode(run(t.Context(), []string{"case", "hold"})))
}

func TestTask_complete_by_fields_sends_what_the_form_wants(t *testing.T) {
	d := newDesk(t, func(method, path string, _ []byte) (int, any) {
		switch {
		case path == "/task-kinds":
			var forms api.TaskForms
			for _, r := range domain.Results {
				schema, err := json.Marshal(api.ResultSchema(r))
				require.NoError(t, err)
				forms.Items = append(forms.Items, api.TaskForm{Kind: r.Task(), Result: schema})
			}
			return 200, forms
		case method == http.MethodGet:
			var detail api.TaskDetail
			detail.Kind = "file appeal"
			return 200, detail
		}
		return 200, domain.CaseView{CaseID: "c", Status: domain.Open, Stage: "appeal", Now: "filed"}
	})
	out, err := d.runs(t, "task", "complete", "t-1", "--set", "channel=fax", "--set", "on=2026-03-02", "--set", "consent=true", "--set", "filer=physician")
	require.NoError(t, err)
	require.Equal(t, "c  open  appeal: filed\n", out)
	last := d.asked[len(d.asked)-1]
	require.True(t, strings.HasPrefix(last, "POST /tasks/t-1/completion "), last)
	require.JSONEq(t, `{"result":{"channel":"fax","on":"2026-03-02","consent":true,"filer":"physician"}}`, strings.SplitN(last, " ", 3)[2])

	_, err = d.runs(t, "task", "complete", "t-1", "--set", "surprise=1")
	require.ErrorContains(t, err, "it has channel, on, filer, consent, reference")
}

func TestClient_tries_again_under_the_same_key_while_Parley_is_away(t *testing.T) {
	tries := 0
	d := newDesk(t, func(string, string, []byte) (int, any) {
		if tries++; tries < 3 {
			return 503, api.Problem{Type: "urn:parley:problem:unavailable", Title: "away", Status: 503}
		}
		return 200, domain.CaseView{CaseID: "c"}
	})
	_, err := d.runs(t, "case", "note", "26-000001", "called")
	require.NoError(t, err)
	require.Len(t, d.asked, 3)
	require.Len(t, d.keys, 1)

	tries = -1000
	_, err = d.runs(t, "case", "note", "26-000001", "called", "--wait", "0s")
	require.Equal(t, exitUnavailable, exitCode(err))
	d.Close()
	_, err = d.runs(t, "case", "list", "--wait", "0s")
	require.Equal(t, exitUnavailable, exitCode(err))
}

func TestCase_problems_are_told_in_words(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	d := newDesk(t, func(string, string, []byte) (int, any) {
		return 409, api.Problem{
			Type: "urn:parley:problem:conflict", Title: "Too late", Status: 409, Detail: "The task has been completed", By: &domain.Actor{ID: "u", Name: "Dana"}, At: &at,
		}
	})
	_, err := d.runs(t, "task", "take", "t-1")
	require.ErrorContains(t, err, "Too late. The task has been completed By Dana, ")
}

const order = `{"source":"old","sourceId":"%s","facilityId":"north","patient":{"firstName":"Ruth","lastName":"Hale","birthDate":"1954-02-11","sex":"F"},` +
	`"coverage":{"payer":"%s","memberId":"LK1","product":"medicare-advantage","funding":"government","state":"NM","relationship":"self"},` +
	`"requesting":{"npi":"1234567893","name":"Ortiz"},"servicing":{"npi":"1234567893","name":"Ortiz"},"facility":{"npi":"1245319599","name":"North Mesa"},` +
	`"services":[{"code":"27447","units":1}],"diagnoses":["M17.11"],"place":"21","plannedDate":"%s","urgency":"standard"}`

// practice is a desk that opens cases: each source's ID once.
func practice(t *testing.T) *desk {
	opened := map[string]bool{}
	return newDesk(t, func(_, path string, body []byte) (int, any) {
		switch path {
		case "/payers":
			return 200, map[string]any{"items": []any{map[string]any{"id": "larkfield"}}}
		case "/facilities":
			return 200, map[string]any{"items": []any{map[string]any{"id": "north"}}}
		}
		var o domain.Order
		require.NoError(t, json.Unmarshal(body, &o))
		if opened[o.SourceID] {
			return 200, api.Started{}
		}
		opened[o.SourceID] = true
		return 201, api.Started{}
	})
}

func TestImport_tells_each_bad_row_by_its_line_and_can_be_run_again(t *testing.T) {
	d := practice(t)
	soon := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	file := filepath.Join(t.TempDir(), "cases.jsonl")
	text := strings.Join([]string{
		fmt.Sprintf(order, "1", "larkfield", soon), "", `{"broken`, fmt.Sprintf(order, "2", "nopay", soon), fmt.Sprintf(order, "3", "larkfield", soon),
	}, "\n")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))

	dry, err := d.runs(t, "import", "cases", file, "--dry-run")
	require.Equal(t, exitInvalid, exitCode(err))
	require.Equal(t, "0 opened, 0 there already, 2 fit (dry run), 2 refused\n", dry)
	require.Empty(t, d.keys, "a dry run starts nothing")

	out, err := d.runs(t, "import", "cases", file)
	require.Equal(t, exitInvalid, exitCode(err))
	require.Equal(t, "2 opened, 0 there already, 0 fit (dry run), 2 refused\n", out)

	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(strings.Replace(text, "nopay", "larkfield", 1), `{"broken`, "", 1)), 0o600))
	out, err = d.runs(t, "import", "cases", file)
	require.NoError(t, err)
	require.Equal(t, "1 opened, 2 there already, 0 fit (dry run), 0 refused\n", out)
	require.Len(t, d.keys, 3, "a row is the same request, whenever it is imported")
}

func TestImport_reads_a_table(t *testing.T) {
	d := practice(t)
	file := filepath.Join(t.TempDir(), "cases.csv")
	columns := "source,sourceId,facilityId,patient.firstName,patient.lastName,patient.birthDate,patient.sex,coverage.payer,coverage.memberId,coverage.product," +
		"coverage.funding,coverage.relationship,requesting.npi,requesting.name,servicing.npi,servicing.name,facility.npi,facility.name,services.0.code," +
		"services.0.units,diagnoses,place,plannedDate,urgency,midway.sentAt,midway.channel"
	row := "old,7,north,Ruth,Hale,1954-02-11,F,larkfield,LK1,medicare-advantage,government,self,1234567893,Ortiz,1234567893,Ortiz,1245319599,North Mesa," +
		"27447,%s,M17.11 M17.12,21," + time.Now().AddDate(0, 1, 0).Format(time.DateOnly) + ",standard,2026-01-02T10:00:00Z,portal"
	require.NoError(t, os.WriteFile(file, []byte("\ufeff"+columns+"\n"+fmt.Sprintf(row, "1")+"\n"+fmt.Sprintf(row, "one")+"\n"), 0o600))
	out, err := d.runs(t, "import", "cases", file)
	require.Equal(t, exitInvalid, exitCode(err))
	require.Equal(t, "1 opened, 0 there already, 0 fit (dry run), 1 refused\n", out)

	require.NoError(t, os.WriteFile(file, []byte("surname\nHale\n"), 0o600))
	_, err = d.runs(t, "import", "cases", file)
	require.ErrorContains(t, err, "surname")
	require.Equal(t, exitInvalid, exitCode(err))
}

func TestMoment_is_written_as_people_do(t *testing.T) {
	for _, s := range []string{"2026-12-31", "2026-12-31 17:00", "2026-12-31T17:00", "2026-12-31T17:00:00Z"} {
		_, err := moment(s)
		require.NoError(t, err, s)
	}
	_, err := moment("tomorrow")
	require.Error(t, err)
}
