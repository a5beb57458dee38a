package faults

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"parley/domain"
)

// bird stands in everything that is said of the canary's patient, and nowhere else.
const bird = "xqzwv"

// canary leads a case with an unmistakable patient through the stack, rightly and
// wrongly, and then looks for the patient where no health data may be (I8).
func canary(t *testing.T) {
	p := shared.Practice
	order := Order("canary", 0, "LK"+strings.ToUpper(bird)+"1")
	order.Patient.First, order.Patient.Last, order.Patient.Record = "Xqzwvruth", "Xqzwvhale", "MRN-"+bird
	order.Services[0].Words = "Scan of the " + bird
	task := pended(t, p, order)
	said := p.speaks(t, task)
	require.Contains(t, said.problems, "urn:parley:problem:", "it was said wrongly, too")

	where := map[string]string{"problems": said.problems, "events": said.events}
	for _, address := range []string{p.Stack.Env.API, "http://" + p.Stack.Env.WorkerListen} {
		where[address+"/metrics"] = read(t, address+"/metrics")
	}
	err := filepath.WalkDir(filepath.Join(p.Stack.Env.Data, "log"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		where[path] = string(b)
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, where[p.Stack.Process("worker").LogFile()], "a log was looked at")
	for place, text := range where {
		require.NotContains(t, strings.ToLower(text), bird, "health data in %s", place)
	}
	for _, database := range []string{"parley_temporal", "parley_temporal_visibility"} {
		require.NotEmpty(t, p.tablesWith(t, database, string(task.Case())), "the case is in %s, so that looking there means something", database)
		require.Empty(t, p.tablesWith(t, database, bird, strings.ToUpper(bird), "X"+bird[1:]), "health data in %s", database)
	}
	require.NotEmpty(t, p.tablesWith(t, "parley", bird, "X"+bird[1:]), "the search finds what is there")
}

type spoken struct{ problems, events string }

// speaks says things about the canary's case, in the right places and the wrong ones.
func (p *Practice) speaks(t *testing.T, task domain.TaskID) (said spoken) {
	t.Helper()
	inCase := func(what string) string { return "/cases/" + string(task.Case()) + "/" + what }
	right := []struct {
		path string
		body any
	}{
		{inCase("notes"), map[string]string{"words": "The daughter of " + bird + " called"}},
		{inCase("reminders"), map[string]any{"words": "Call " + bird, "at": time.Now().Add(time.Hour)}},
		{taskPath(task, "comments"), map[string]string{"words": bird}},
		{taskPath(task, "completion"), map[string]any{"result": domain.DocumentsSent{Documents: []string{"notes of " + bird}, Channel: domain.ByFax, Reference: bird}}},
		{inCase("answers"), map[string]any{"channel": "phone", "said": "A3", "words": bird + " does not need it", "with": bird}},
		{inCase("corrections"), map[string]any{"why": bird + " told us", "corrections": []domain.Correct{{Pointer: "/patient/firstName", Value: "Xqzwvanna"}}}},
		{inCase("withdrawal"), map[string]string{"reason": bird + " is well again"}},
	}
	for _, r := range right {
		_, err := p.Clinic.Post(t.Context(), r.path, "", r.body, nil)
		require.NoError(t, err, r.path)
	}
	wrong := Order("canary", 1, bird)
	wrong.Patient.Sex, wrong.Patient.BirthDate, wrong.Requesting.NPI, wrong.Place = bird, bird, bird, bird
	wrong.Diagnoses, wrong.Coverage.Payer, wrong.Facility, wrong.Zone = []string{bird}, bird, bird, bird
	raw, err := json.Marshal(wrong)
	require.NoError(t, err)
	bodies := []string{string(raw), `{"` + bird + `":1}`, `{"patient":"` + bird + `"}`, `{"` + bird, `{"services":[{"units":"` + bird + `"}]}`}
	for _, path := range []string{"/prior-authorizations", inCase("notes"), inCase("answers"), taskPath(task, "completion"), "/" + bird} {
		for _, body := range bodies {
			said.problems += p.raw(t, http.MethodPost, path, body)
		}
	}
	for _, path := range []string{"/cases/" + bird, "/tasks?queue=" + bird + "&limit=" + bird, "/tasks/" + bird, "/events?after=" + bird} {
		said.problems += p.raw(t, http.MethodGet, path, "")
	}
	said.events = p.raw(t, http.MethodGet, "/events?limit=200", "")
	for after := ""; ; {
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"nextCursor"`
		}
		body := p.raw(t, http.MethodGet, "/events?limit=200&after="+after, "")
		require.NoError(t, json.Unmarshal([]byte(body), &page))
		said.events += body
		if len(page.Items) == 0 {
			break
		}
		after = page.Next
	}
	require.Contains(t, said.events, string(task.Case()))
	return said
}

// raw asks the API once and returns whatever it says.
func (p *Practice) raw(t *testing.T, method, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.Stack.Env.API+"/api/v1"+path, bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+p.Clinic.Key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", uuid.NewString())
	return do(t, req)
}

func read(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	return do(t, req)
}

func do(t *testing.T, req *http.Request) string {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(b)
}

// tablesWith lists the tables of a database of the stack in which one of some strings
// stands, as text or within bytes.
func (p *Practice) tablesWith(t *testing.T, database string, strs ...string) (found []string) {
	t.Helper()
	cfg, err := pgx.ParseConfig(p.Stack.Env.ServerURL)
	require.NoError(t, err)
	cfg.Database = database
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	rows, err := conn.Query(t.Context(), `
		select quote_ident(schemaname) || '.' || quote_ident(relname) from pg_stat_user_tables order by 1`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	patterns := []string{}
	for _, s := range strs {
		patterns = append(patterns, "%"+s+"%", "%"+hex.EncodeToString([]byte(s))+"%")
	}
	for _, table := range tables {
		var there bool
		require.NoError(t, conn.QueryRow(t.Context(), fmt.Sprintf(`select exists (select from %s t where t::text like any ($1))`, table), patterns).Scan(&there))
		if there {
			found = append(found, table)
		}
	}
	return found
}
