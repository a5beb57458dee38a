package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"parley/api"
	"parley/domain"
	"parley/internal/testpg"
	"parley/keys"
	"parley/store"
)

func TestMain(m *testing.M) { testpg.Main(m) }

// world is the API over a real PostgreSQL, with cases that a stand-in for Temporal keeps.
type world struct {
	t        testing.TB
	store    *store.Store
	owner    *pgxpool.Pool
	temporal *temporal
	cases    *api.Cases
	server   *api.Server
	http     *httptest.Server
	document *openapi3.T
	log      *bytes.Buffer
}

// newWorld has two facilities, north and south, and one payer.
func newWorld(t testing.TB) *world {
	t.Helper()
	owner := testpg.New(t)
	cfg, err := store.Config(testpg.URL(owner))
	require.NoError(t, err)
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	w := &world{t: t, store: store.New(pool), owner: owner, log: &bytes.Buffer{}}
	ctx := t.Context()
	for _, id := range []domain.FacilityID{"north", "south"} {
		require.NoError(t, w.store.SaveFacility(ctx, lena, store.Facility{ID: id, Name: string(id), Zone: "America/Denver"}))
	}
	_, err = w.store.KeepProfile(ctx, "larkfield", [32]byte{1}, []byte("slug: larkfield\n"))
	require.NoError(t, err)
	text, err := keys.Generate(true)
	require.NoError(t, err)
	ring, err := keys.Parse(text)
	require.NoError(t, err)
	w.temporal = newTemporal(w.store, ring)
	log := slog.New(slog.NewJSONHandler(&locked{w: w.log}, nil))
	w.cases = &api.Cases{Client: w.temporal, Store: w.store, Keys: ring, Queue: domain.TaskQueue, Log: log}
	w.server = api.New(w.store, w.cases, []byte("the secret of this installation, long enough"), log,
		func(ctx context.Context) (int64, int64, error) {
			_, err := w.store.Facilities(ctx, store.Scope{})
			return 1, 1, err
		})
	w.http = httptest.NewServer(w.server.Handler())
	t.Cleanup(func() {
		w.http.Close()
		w.cases.Wait()
		if t.Failed() {
			for line := range strings.Lines(w.log.String()) {
				if !strings.Contains(line, `"msg":"request"`) {
					t.Log(line)
				}
			}
		}
	})
	w.document, err = openapi3.NewLoader().LoadFromData(api.OpenAPI())
	require.NoError(t, err)
	return w
}

// in is the world as a subtest sees it.
func (w *world) in(t testing.TB) *world {
	copied := *w
	copied.t = t
	return &copied
}

// locked lets requests log at the same time.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

var lena = domain.Actor{Kind: domain.Person, ID: "u-lena", Name: "Lena"}

// as is a caller with a key of these roles, for facilities.
func (w *world) as(role store.Role, facilities ...domain.FacilityID) *caller {
	w.t.Helper()
	if len(facilities) == 0 {
		facilities = []domain.FacilityID{"north"}
	}
	_, secret, err := w.store.CreateAPIKey(w.t.Context(), lena, "the "+string(role), []store.Role{role}, facilities, nil)
	require.NoError(w.t, err)
	return &caller{world: w, secret: secret}
}

type caller struct {
	*world
	secret string
	key    string              // idempotency key; a new one for each call if empty
	change func(*http.Request) // last touch
}

func (c *caller) in(t testing.TB) *caller { return &caller{c.world.in(t), c.secret, c.key, c.change} }

// with is the caller with one idempotency key.
func (c *caller) with(key string) *caller { return &caller{c.world, c.secret, key, c.change} }

func (c *caller) but(change func(*http.Request)) *caller {
	return &caller{c.world, c.secret, c.key, change}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.body, v), "%s", a.body)
}

func (a answer) problem(t testing.TB) api.Problem {
	t.Helper()
	var p api.Problem
	a.into(t, &p)
	return p
}

func (c *caller) get(path string) answer { return c.call(http.MethodGet, path, nil) }

func (c *caller) post(path string, body any) answer { return c.call(http.MethodPost, path, body) }

// call calls, and holds what comes back against the OpenAPI document.
func (c *caller) call(method, path string, body any) answer {
	c.t.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	default:
		var err error
		raw, err = json.Marshal(body)
		require.NoError(c.t, err)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, c.http.URL+"/api/v1"+path, bytes.NewReader(raw))
	require.NoError(c.t, err)
	if c.secret != "" {
		req.Header.Set("Authorization", "Bearer "+c.secret)
	}
	if method == http.MethodPost {
		key := c.key
		if key == "" {
			key = uuid.NewString()
		}
		req.Header.Set("Idempotency-Key", key)
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
		}
	}
	if c.change != nil {
		c.change(req)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(c.t, err)
	defer func() { require.NoError(c.t, res.Body.Close()) }()
	a := answer{status: res.StatusCode, header: res.Header}
	a.body, err = io.ReadAll(res.Body)
	require.NoError(c.t, err)
	c.conforms(method, path, a)
	return a
}

// raw reads what lies outside of /api/v1.
func (c *caller) raw(path string) []byte {
	c.t.Helper()
	res, err := http.Get(c.http.URL + path)
	require.NoError(c.t, err)
	defer func() { require.NoError(c.t, res.Body.Close()) }()
	body, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	return body
}

// conforms fails the test if an answer is not one that the document tells of.
func (w *world) conforms(method, path string, a answer) {
	w.t.Helper()
	path, _, _ = strings.Cut(path, "?")
	operation := w.operation(method, "/api/v1"+path)
	if operation == nil {
		return // a route that is not there
	}
	response := operation.Responses.Status(a.status)
	require.NotNil(w.t, response, "%s %s answers %d, of which the document knows nothing: %s", method, path, a.status, a.body)
	media, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	content := response.Value.Content.Get(media)
	require.NotNil(w.t, content, "%s %s answers %d with %s", method, path, a.status, media)
	var v any
	require.NoError(w.t, json.Unmarshal(a.body, &v))
	require.NoError(w.t, content.Schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020(), openapi3.MultiErrors()), "%s %s: %s", method, path, a.body)
}

func (w *world) operation(method, path string) *openapi3.Operation {
	parts := strings.Split(path, "/")
	for template, item := range w.document.Paths.Map() {
		wanted := strings.Split(template, "/")
		fits := len(wanted) == len(parts)
		for i := 0; fits && i < len(parts); i++ {
			fits = wanted[i] == parts[i] || strings.HasPrefix(wanted[i], "{")
		}
		if fits && !strings.Contains(template, "{") || fits && item.GetOperation(method) != nil {
			return item.GetOperation(method)
		}
	}
	return nil
}

// knee is a start without fault: a knee replacement, planned in a month.
func knee() map[string]any {
	provider := func(npi, name string) map[string]any {
		return map[string]any{"npi": npi, "name": name, "phone": "5055550101"}
	}
	return map[string]any{
		"source": "ehr", "sourceId": uuid.NewString(), "facilityId": "north",
		"patient": map[string]any{"firstName": "Ruth", "lastName": "Hale", "birthDate": "1954-02-11", "sex": "F"},
		"coverage": map[string]any{
			"payer": "larkfield", "memberId": "LK1002003", "product": "medicare-advantage", "funding": "government", "state": "NM", "relationship": "self",
		},
		"requesting": provider("1234567893", "Ortiz"), "servicing": provider("1234567893", "Ortiz"),
		"facility":  provider("1245319599", "North Mesa Hospital"),
		"services":  []any{map[string]any{"code": "27447", "description": "Knee replacement", "units": 1}},
		"diagnoses": []any{"M17.11"}, "place": "21", "plannedDate": time.Now().AddDate(0, 1, 0).Format(time.DateOnly), "urgency": "standard",
	}
}

// started is a case of north that waits for documents.
func (w *world) started() domain.CaseID {
	w.t.Helper()
	var out api.Started
	a := w.as(store.RoleIntegrator).post("/prior-authorizations", knee())
	require.Equal(w.t, http.StatusCreated, a.status, "%s", a.body)
	a.into(w.t, &out)
	w.cases.Wait()
	return out.CaseID
}

// taskOf is the open task of a case.
func (w *world) taskOf(id domain.CaseID) domain.TaskID {
	w.t.Helper()
	tasks, err := w.store.TasksOfCase(w.t.Context(), store.Scope{All: true}, id)
	require.NoError(w.t, err)
	for _, t := range tasks {
		if t.ClosedAt == nil {
			return t.ID
		}
	}
	w.t.Fatalf("case %s has no open task", id)
	return ""
}

// count is the number that a query of the owner's finds.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	require.NoError(w.t, w.owner.QueryRow(w.t.Context(), query, args...).Scan(&n))
	return n
}

// databaseAway is a world whose database cannot be reached.
func (w *world) databaseAway() {
	w.t.Helper()
	cfg, err := store.Config("postgres://nobody@127.0.0.1:" + closedPort(w.t) + "/none?connect_timeout=2")
	require.NoError(w.t, err)
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	require.NoError(w.t, err)
	w.t.Cleanup(pool.Close)
	*w.store = *store.New(pool)
}

// closedPort is a port where nobody listens.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

func casePath(id domain.CaseID, rest string) string { return fmt.Sprintf("/cases/%s%s", id, rest) }

func taskPath(id domain.TaskID, rest string) string { return fmt.Sprintf("/tasks/%s%s", id, rest) }

// fromElsewhere serves a request that came in on an address other machines can reach.
func fromElsewhere(w *world, r *http.Request) *httptest.ResponseRecorder {
	local := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080}
	out := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local))))
	return out
}
