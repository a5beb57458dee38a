package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"parley/activities"
	"parley/domain"
	"parley/internal/payersim"
	"parley/internal/testpg"
	"parley/payer"
	"parley/payer/connector"
	"parley/store"
)

func TestMain(m *testing.M) { testpg.Main(m) }

// world is a worker's activities over a real database, and whoever plays the payer.
type world struct {
	*activities.Activities
	t     *testing.T
	pool  *pgxpool.Pool // the owner's: tests look at everything
	store *store.Store
	book  *payer.Book
	cases *cases
	sim   *payersim.Sim
	deps  activities.Deps

	mu     sync.Mutex
	skew   time.Duration // how far the clock is ahead
	counts int
}

// newWorld has a payer that behaves by a script of the simulator's.
func newWorld(t *testing.T, script string) *world {
	t.Helper()
	s, err := payersim.ReadScript([]byte(script))
	require.NoError(t, err)
	sim, err := payersim.New(payersim.Options{Script: &s})
	require.NoError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() {
		require.NoError(t, sim.Close())
		server.Close()
	})
	w := newWorldAt(t, server.URL)
	w.sim = sim
	return w
}

// newWorldOf has a payer that is an HTTP handler.
func newWorldOf(t *testing.T, h http.HandlerFunc) *world {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return newWorldAt(t, server.URL)
}

func newWorldAt(t *testing.T, url string) *world {
	t.Helper()
	owner := testpg.New(t)
	cfg, err := store.Config(testpg.URL(owner))
	require.NoError(t, err)
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	w := &world{t: t, pool: owner, store: store.New(pool), cases: &cases{}}
	w.book, err = activities.LoadBook(t.Context(), w.store, payer.Shipped())
	require.NoError(t, err)
	book := func() *payer.Book { return w.book }
	w.deps = activities.Deps{
		Store: w.store, Book: book, Cases: w.cases, Now: w.now, Desk: activities.Desk{Facility: "north", Zone: "America/Denver"},
		Wire: connector.New(book, map[string]string{"PAYERSIM_URL": url}, connector.Options{}),
	}
	w.Activities = activities.New(w.deps)
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.skew)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skew += d
}

// restart is the same worker killed and started again, with a crash point if there is one.
func (w *world) restart(crash func(string)) {
	d := w.deps
	d.Crashpoint = crash
	w.Activities = activities.New(d)
}

// newCase is a case that its first step has made.
func (w *world) newCase() domain.CaseID {
	w.t.Helper()
	w.counts++
	id := domain.CaseID(uuid.NewSHA1(uuid.NameSpaceOID, []byte(fmt.Sprint(w.t.Name(), w.counts))).String())
	_, err := w.pool.Exec(w.t.Context(), `insert into case_file (id, kind, facility) values ($1, 'prior-authorization', 'north')`, id)
	require.NoError(w.t, err)
	return id
}

// ask is the first send of a case's nth question about an order.
func (w *world) ask(id domain.CaseID, n int, o domain.Order) domain.Request {
	x := id.Exchange(n)
	return domain.Request{
		Exchange: x, Submission: x.Submission(1), Kind: domain.AskAuthorization, Case: id, Payer: o.Coverage.Payer, Order: o,
		Profile: w.version(o.Coverage.Payer),
	}
}

// after is the inquiry about a request that was sent.
func (w *world) after(asked domain.Request, sent domain.Receipt, n int) domain.Request {
	r := w.ask(asked.Case, n, asked.Order)
	r.Kind, r.Trace = domain.AskStatus, sent.Trace
	return r
}

func (w *world) version(slug domain.PayerID) int {
	p, err := w.book.Profile(slug, 0)
	require.NoError(w.t, err)
	return p.Version
}

func (w *world) submit(r domain.Request) domain.Receipt {
	w.t.Helper()
	got, err := w.Submit(w.t.Context(), r)
	require.NoError(w.t, err)
	return got
}

// lines are the rows of a query of one text column.
func (w *world) lines(query string, args ...any) (out []string) {
	w.t.Helper()
	rows, err := w.pool.Query(w.t.Context(), query, args...)
	require.NoError(w.t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		require.NoError(w.t, rows.Scan(&line))
		out = append(out, line)
	}
	require.NoError(w.t, rows.Err())
	return out
}

// states are what a send went through.
func (w *world) states(id domain.SubmissionID) []string {
	return w.lines(`select state from submission_state where submission_id = $1 order by ord`, id)
}

func (w *world) inbound() []string {
	return w.lines(`select state || coalesce(nullif(': ' || finding, ': '), '') from inbound order by came_at, id`)
}

// knee is an order without fault; the member decides how a scripted payer behaves.
func knee(member string) domain.Order {
	return domain.Order{
		Facility: "north", Zone: "America/Denver",
		Patient: domain.Patient{First: "Ruth", Last: "Hale", BirthDate: "1954-02-11", Sex: "F"},
		Coverage: domain.Coverage{
			Payer: "larkfield", MemberID: member, Group: "G7", Product: domain.MedicareAdvantage, Funding: domain.Government, State: "NM", Relationship: "self",
		},
		Requesting: domain.Provider{NPI: "1234567893", Last: "Ortiz", First: "Elena", Phone: "5055550101"},
		Servicing:  domain.Provider{NPI: "1234567893", Last: "Ortiz", First: "Elena"},
		Where:      domain.Provider{NPI: "1245319599", Last: "North Mesa Hospital"},
		Services: []domain.OrderService{
			{Code: "27447", Words: "Knee replacement", Modifiers: []string{"RT"}, Units: 1, Unit: "UN", From: inDays(20)},
			{Code: "97110", Words: "Physical therapy", Units: 12, Unit: "VS", From: inDays(22), Through: inDays(60)},
		},
		Diagnoses: []string{"M17.11"}, Place: "21", Planned: inDays(20), Urgency: domain.Standard,
	}
}

func inDays(n int) domain.Date { return domain.DateOf(time.Now(), time.UTC).AddDays(n) }

// cases are what a real engine would hold: it remembers what it was told.
type cases struct {
	mu     sync.Mutex
	heard  []domain.Answer
	opened map[domain.CaseID]domain.NewEscalation
	told   []domain.Tell
	refuse error // of Hear
	down   error // of everything

	opening func() // called before a case of an outage opens
}

func (c *cases) Hear(_ context.Context, _ domain.CaseID, a domain.Answer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil || c.refuse != nil {
		return fmt.Errorf("hear: %w", firstOf(c.down, c.refuse))
	}
	for _, had := range c.heard {
		if had.ID == a.ID {
			return nil
		}
	}
	c.heard = append(c.heard, a)
	return nil
}

func firstOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *cases) Open(_ context.Context, id domain.CaseID, _ domain.CaseKind, start any) (domain.CaseView, error) {
	if e, ok := start.(domain.NewEscalation); ok && e.Trouble == domain.PayerUnreachable && c.opening != nil {
		c.opening()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil {
		return domain.CaseView{}, fmt.Errorf("open: %w", c.down)
	}
	raw, err := json.Marshal(start)
	if err != nil {
		return domain.CaseView{}, err
	}
	var e domain.NewEscalation
	if err := json.Unmarshal(raw, &e); err != nil {
		return domain.CaseView{}, err
	}
	if c.opened == nil {
		c.opened = map[domain.CaseID]domain.NewEscalation{}
	}
	if _, there := c.opened[id]; !there {
		c.opened[id] = e
	}
	return domain.CaseView{CaseID: id}, nil
}

func (c *cases) Tell(_ context.Context, _ domain.CaseID, t domain.Tell) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil {
		return fmt.Errorf("tell: %w", c.down)
	}
	c.told = append(c.told, t)
	return nil
}

// escalations are what people were called to, in words that tests compare.
func (c *cases) escalations() (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.opened {
		out = append(out, fmt.Sprintf("%s %s %s", e.Trouble, e.Payer, e.Finding))
	}
	return out
}

// untilKilled runs a submit in a process that is killed at a point: whatever it was doing
// goes no further. It reports whether the point was reached.
func (w *world) untilKilled(point string, r domain.Request) bool {
	w.t.Helper()
	dead, ended, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
	w.t.Cleanup(func() { close(over) })
	var once sync.Once
	var killed atomic.Bool
	w.restart(func(at string) {
		if at == point || killed.Load() {
			killed.Store(true)
			once.Do(func() { close(dead) })
			<-over
			runtime.Goexit()
		}
	})
	victim := w.Activities
	go func() {
		defer close(ended)
		_, _ = victim.Submit(context.Background(), r) // nobody hears of it
	}()
	w.restart(nil)
	select {
	case <-dead:
		return true
	case <-ended:
		return false
	}
}

type payersimSubject = payersim.Subject
