package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdk "go.temporal.io/sdk/temporal"

	"parley/domain"
	"parley/store"
)

// canary stands for anything about a person. It must come back in no problem, no header
// and no log, wherever a caller puts it.
const canary = "Zebrafinch"

func TestProblems_never_repeat_what_was_sent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	task := w.taskOf(id)
	lead := w.as(store.RoleLead)
	check := func(what string, a answer) {
		t.Helper()
		require.GreaterOrEqual(t, a.status, 400, what)
		require.NotContains(t, strings.ToLower(string(a.body)), strings.ToLower(canary), what)
		var header bytes.Buffer
		require.NoError(t, a.header.Write(&header))
		require.NotContains(t, header.String(), canary, what)
	}
	order, err := json.Marshal(knee())
	require.NoError(t, err)
	var fields []string
	paths(t, order, "", &fields)
	for _, pointer := range fields {
		for _, wrong := range []any{canary, map[string]any{canary: canary}, []any{canary, canary}, 12345678901234567} {
			body := replaced(t, order, pointer, wrong)
			if a := lead.post("/prior-authorizations", body); a.status >= 400 {
				check(pointer, a)
			}
		}
	}
	check("no JSON", lead.post(casePath(id, "/notes"), `{"words": "`+canary))
	check("a number", lead.post(casePath(id, "/notes"), `{"words": 555`+`}`))
	check("an unknown field", lead.post(casePath(id, "/notes"), map[string]any{canary: canary}))
	check("a reference", lead.get("/cases/"+canary))
	check("a task", lead.get("/tasks/"+canary))
	check("a parameter", lead.get("/cases?"+canary+"="+canary))
	check("a cursor", lead.get("/cases?cursor="+canary))
	check("a route", lead.get("/"+canary))
	check("a method", lead.call(canary, "/cases", nil))
	check("a key", (&caller{world: w, secret: canary}).get("/cases"))
	check("a reused key", lead.with(canary+"-key").post(casePath(id, "/notes"), map[string]any{"words": ""}))
	check("a result", lead.post(taskPath(task, "/completion"), map[string]any{"result": map[string]any{"channel": canary}}))
	w.temporal.meanwhile(func(string) error {
		return sdk.NewNonRetryableApplicationError(canary, domain.Refused, errors.New(canary))
	})
	check("a case's own words", lead.post(casePath(id, "/notes"), sample("noteCase")))
	w.temporal.meanwhile(func(string) error { return sdk.NewApplicationError(canary, "Unheard") })
	check("a case's unknown words", lead.post(casePath(id, "/notes"), sample("noteCase")))
	w.temporal.meanwhile(func(string) error { panic(canary) })
	check("a panic", lead.post(casePath(id, "/notes"), sample("noteCase")))
	w.http.Close()
	for line := range strings.Lines(w.log.String()) {
		require.NotContains(t, strings.ToLower(line), strings.ToLower(canary))
		require.NotContains(t, line, string(id), "addresses name cases; the log names routes")
	}
}

// paths lists the pointers of all values in a document.
func paths(t *testing.T, document []byte, at string, out *[]string) {
	t.Helper()
	var object map[string]json.RawMessage
	if json.Unmarshal(document, &object) == nil {
		for name, inner := range object {
			*out = append(*out, at+"/"+name)
			paths(t, inner, at+"/"+name, out)
		}
	}
}

// replaced is a document with one value replaced.
func replaced(t *testing.T, document []byte, pointer string, value any) string {
	t.Helper()
	var root map[string]any
	require.NoError(t, json.Unmarshal(document, &root))
	parts := strings.Split(pointer, "/")[1:]
	at := root
	for _, part := range parts[:len(parts)-1] {
		at = at[part].(map[string]any)
	}
	at[parts[len(parts)-1]] = value
	out, err := json.Marshal(root)
	require.NoError(t, err)
	return string(out)
}

func TestAnswers_are_kept_by_no_cache_and_no_page(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.as(store.RoleLead).get("/cases").header
	require.Equal(t, "no-store", h.Get("Cache-Control"))
	require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	require.Equal(t, "DENY", h.Get("X-Frame-Options"))
	require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'")
	require.NotEmpty(t, h.Get("X-Request-Id"))

	own := "7b1c1d3e-8c1b-4a52-9d55-4a8c5d9d0f10"
	named := func(id string) string {
		return w.as(store.RoleLead).but(func(r *http.Request) { r.Header.Set("X-Request-Id", id) }).get("/payers").header.Get("X-Request-Id")
	}
	require.Equal(t, own, named(own))
	require.NotEqual(t, canary, named(canary))
}

func TestHealth_tells_which_part_is_away(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	look := func(path string) (int, string) {
		res, err := http.Get(w.http.URL + path)
		require.NoError(t, err)
		defer func() { require.NoError(t, res.Body.Close()) }()
		var b bytes.Buffer
		_, err = b.ReadFrom(res.Body)
		require.NoError(t, err)
		return res.StatusCode, b.String()
	}
	status, body := look("/readyz")
	require.Equal(t, http.StatusOK, status, body)
	w.temporal.goAway(errors.New("gone"))
	status, body = look("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.JSONEq(t, `{"database":"ok","migration":"ok","temporal":"away"}`, body)
	w.databaseAway()
	_, body = look("/readyz")
	require.Contains(t, body, `"database":"away"`)
	status, _ = look("/livez")
	require.Equal(t, http.StatusOK, status, "it lives, whatever it needs")
}

func TestMetrics_count_routes_and_name_no_case(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	w.as(store.RoleLead).get(casePath(id, ""))
	w.as(store.RoleLead).get("/" + canary)
	res, err := http.Get(w.http.URL + "/metrics")
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	var b bytes.Buffer
	_, err = b.ReadFrom(res.Body)
	require.NoError(t, err)
	require.Contains(t, b.String(), `parley_http_requests_total{method="GET",route="/api/v1/cases/:case",status="200"} 1`)
	require.Contains(t, b.String(), "parley_cases_stuck 0")
	require.NotContains(t, b.String(), string(id))
	require.NotContains(t, b.String(), canary)
}
