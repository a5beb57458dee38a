package api_test

import (
	"flag"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"parley/api"
	"parley/domain"
	"parley/store"
)

var update = flag.Bool("update", false, "write golden files anew")

func TestOpenAPI_is_the_one_that_was_published(t *testing.T) {
	t.Parallel()
	const golden = "openapi.json"
	if *update {
		require.NoError(t, os.WriteFile(golden, api.OpenAPI(), 0o644))
	}
	was, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(was), string(api.OpenAPI()), "go test ./api -run OpenAPI -update")
	document, err := openapi3.NewLoader().LoadFromData(was)
	require.NoError(t, err)
	require.NoError(t, document.Validate(t.Context()))
}

// sample is a body with which each route that takes one can succeed.
func sample(name string) any {
	later := time.Now().AddDate(0, 0, 3).UTC().Format(time.RFC3339)
	return map[string]any{
		"startPriorAuthorization": knee(),
		"recordAnswer":            map[string]any{"channel": "phone", "said": "A1", "number": "A77"},
		"correctFacts":            map[string]any{"corrections": []any{map[string]any{"pointer": "/coverage/memberId", "value": "W2"}}, "why": "card seen"},
		"serviceDone":             map[string]any{"on": "2026-11-02"},
		"withdrawCase":            map[string]any{"reason": "visit is off"},
		"holdCase":                map[string]any{"reason": "patient abroad", "until": later},
		"resumeCase":              map[string]any{},
		"noteCase":                map[string]any{"words": "called twice"},
		"remindMe":                map[string]any{"words": "call again", "at": later},
		"reopenCase":              map[string]any{"reason": "the denial was wrong"},
		"takeTask":                map[string]any{},
		"releaseTask":             map[string]any{},
		"assignTask":              map[string]any{"to": "u-eli", "name": "Eli"},
		"holdTask":                map[string]any{"reason": "after lunch", "until": later},
		"unholdTask":              map[string]any{},
		"returnTask":              map[string]any{"reason": "not mine"},
		"commentTask":             map[string]any{"words": "look at page 2"},
		"completeTask":            map[string]any{"result": map[string]any{"documents": []any{"MRI report"}, "channel": "fax"}},
	}[name]
}

// Every route, for every role, in scope, out of scope and without a key.
func TestRoutes_each_lets_in_whom_the_table_names_and_nobody_else(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := map[store.Role]*caller{}, map[store.Role]*caller{}
	for _, role := range store.Roles {
		here[role], there[role] = w.as(role, "north"), w.as(role, "south")
	}
	nobody, stranger := &caller{world: w}, &caller{world: w, secret: "pk_" + strings.Repeat("x", 43)}
	for _, r := range api.Routes() {
		t.Run(r.Name, func(t *testing.T) {
			w := w.in(t)
			nobody, stranger := nobody.in(t), stranger.in(t)
			id := w.started()
			task := w.taskOf(id)
			path := strings.NewReplacer("{case}", string(id), "{task}", string(task)).Replace(r.Path)
			one := path != r.Path
			body := sample(r.Name)
			if r.Method == http.MethodPost {
				require.NotNil(t, body, "a route without a sample")
			}
			require.Equal(t, http.StatusUnauthorized, nobody.call(r.Method, path, body).status)
			require.Equal(t, http.StatusUnauthorized, stranger.call(r.Method, path, body).status)
			for _, role := range store.Roles {
				if !slices.Contains(r.Roles, role) {
					require.Equal(t, http.StatusForbidden, here[role].in(t).call(r.Method, path, body).status, role)
					require.Equal(t, http.StatusForbidden, there[role].in(t).call(r.Method, path, body).status, role)
					continue
				}
				switch out := there[role].in(t).call(r.Method, path, body); {
				case one:
					require.Equal(t, http.StatusNotFound, out.status, "%s out of scope: %s", role, out.body)
				case r.Method == http.MethodPost:
					require.Equal(t, http.StatusUnprocessableEntity, out.status, "%s out of scope", role)
				default:
					require.Equal(t, http.StatusOK, out.status, role)
					require.NotContains(t, string(out.body), string(id), role)
				}
				if r.Name == "assignTask" && slices.Contains([]store.Role{store.RoleCoordinator, store.RoleClinician}, role) {
					here[role].in(t).post(taskPath(task, "/take"), map[string]any{}) // those may give only what they have
				}
				// A message may find the case where it cannot be heard any more: that is no lack of right.
				in := here[role].in(t).call(r.Method, path, body)
				require.Contains(t, []int{http.StatusOK, http.StatusCreated, http.StatusConflict}, in.status, "%s in scope: %s", role, in.body)
			}
		})
	}
}

func TestRoutes_whoever_is_shown_health_data_is_written_down(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	task := w.taskOf(id)
	shown := 0
	for _, r := range api.Routes() {
		if r.Method != http.MethodGet {
			continue
		}
		path := strings.NewReplacer("{case}", string(id), "{task}", string(task)).Replace(r.Path)
		c := w.as(r.Roles[0])
		a := c.get(path)
		require.Equal(t, http.StatusOK, a.status, "%s: %s", r.Name, a.body)
		rows := w.count(`select count(*) from audit_row where what = 'looked' and why = $1 and after like '%' || $2 || '%'`, r.Name, id)
		speaks := strings.Contains(string(a.body), "Hale") || strings.Contains(string(a.body), string(id))
		switch {
		case r.Health:
			shown++
			require.Equal(t, 1, rows, "%s shows health data and writes no audit row", r.Name)
		case r.Name != "listEvents":
			require.False(t, speaks, "%s shows of a case and is not marked", r.Name)
		}
		require.True(t, r.Health || !strings.Contains(string(a.body), "Hale"), "%s shows a patient and is not marked", r.Name)
	}
	require.Equal(t, 8, shown, "routes that show health data")
}

func TestRoutes_an_administrator_is_shown_no_health_data(t *testing.T) {
	t.Parallel()
	for _, r := range api.Routes() {
		require.False(t, r.Health && slices.Contains(r.Roles, store.RoleAdministrator), r.Name)
	}
}

func TestRoutes_a_look_that_cannot_be_written_down_shows_nothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	c := w.as(store.RoleCoordinator)
	_, err := w.owner.Exec(t.Context(), `alter table audit_row rename to audit_row_gone`)
	require.NoError(t, err)
	a := c.get(casePath(id, ""))
	require.Equal(t, http.StatusInternalServerError, a.status)
	require.NotContains(t, string(a.body), "Hale")
}

func TestRoutes_a_demonstration_key_opens_nothing_to_other_machines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maker := domain.Actor{Kind: domain.Person, ID: api.DemoMaker}
	_, secret, err := w.store.CreateAPIKey(t.Context(), maker, "demo", []store.Role{store.RoleCoordinator}, []domain.FacilityID{"*"}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, (&caller{world: w, secret: secret}).get("/cases").status)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/cases", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+secret)
	require.Equal(t, http.StatusUnauthorized, fromElsewhere(w, req).Code)
}
