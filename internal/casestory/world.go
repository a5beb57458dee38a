package casestory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"parley/activities"
	"parley/domain"
	"parley/internal/payersim"
	"parley/internal/testpg"
	"parley/keys"
	"parley/payer"
	"parley/payer/connector"
	"parley/store"
	"parley/workflows/flow"
)

// Day is a day on the case's clock.
const Day = 24 * time.Hour

// Start is when every story begins: a Monday morning in Chicago.
var Start = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

// Dana works the cases of a story.
var Dana = domain.Actor{Kind: domain.Person, ID: "u-dana", Name: "Dana"}

type event struct {
	at   time.Duration
	do   func()
	done bool
}

// World is one case, its people and its payer.
type World struct {
	T       *testing.T
	Sim     *payersim.Sim
	Store   *store.Store
	Pool    *pgxpool.Pool
	Acts    *activities.Activities
	Case    domain.CaseID
	Runs    int
	Said    []string                // what came of each message, as it was answered
	Away    bool                    // nobody gets a connection to the payer
	Writes  func(domain.Step) error // called before each try to write a step; nil does not matter
	env     *testsuite.TestWorkflowEnvironment
	ring    *keys.Ring
	now     time.Time
	hurried bool
	events  []*event
	lastNo  int
}

// Each tells one story twice: in one run, and continued as new after every stage.
func Each(t *testing.T, story func(*World)) {
	t.Helper()
	for _, hurried := range []bool{false, true} {
		name := "in one run"
		if hurried {
			name = "a new run after every stage"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(newWorld(t, hurried))
		})
	}
}

func newWorld(t *testing.T, hurried bool) *World {
	w := &World{T: t, hurried: hurried, now: Start, Case: domain.ChildID("story", t.Name())}
	cfg, err := store.Config(testpg.URL(testpg.New(t)))
	require.NoError(t, err)
	w.Pool, err = pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(w.Pool.Close)
	w.Store = store.New(w.Pool)
	ring, err := keys.Generate(true)
	require.NoError(t, err)
	w.ring, err = keys.Parse(ring)
	require.NoError(t, err)

	w.Sim, err = payersim.New(payersim.Options{LedgerPath: filepath.Join(t.TempDir(), "ledger.jsonl"), Now: w.clock})
	require.NoError(t, err)
	server := httptest.NewServer(w.Sim.Handler())
	t.Cleanup(func() {
		require.NoError(t, w.Sim.Close()) // before the server: a silent payer holds its connections
		server.Close()
	})
	book, err := activities.LoadBook(t.Context(), w.Store, payer.Shipped())
	require.NoError(t, err)
	current := func() *payer.Book { return book }
	w.Acts = activities.New(activities.Deps{
		Store: w.Store, Book: current, Now: w.clock, Cases: port{w},
		Wire: wire{
			w, connector.New(current, map[string]string{"PAYERSIM_URL": server.URL}, connector.Options{}),
			connector.New(current, map[string]string{"PAYERSIM_URL": "http://127.0.0.1:1"}, connector.Options{}),
		},
		Desk: activities.Desk{Facility: "central", Zone: "America/Chicago"},
	})
	return w
}

func (w *World) clock() time.Time {
	if w.env == nil {
		return w.now
	}
	return w.env.Now()
}

// After has something happen that long after the start, by the case's clock.
func (w *World) After(d time.Duration, do func()) { w.events = append(w.events, &event{at: d, do: do}) }

// Payer teaches the simulated payer a rule, in its script's words.
func (w *World) Payer(rules string) {
	w.T.Helper()
	script, err := payersim.ReadScript([]byte(rules))
	require.NoError(w.T, err)
	require.NoError(w.T, w.Sim.SetScript(script))
}

// Opens starts a prior authorization and takes it to its end.
func (w *World) Opens(wf any, order domain.Order, more ...func(*domain.NewAuthorization)) {
	w.T.Helper()
	start := domain.NewAuthorization{
		Opening: domain.Opening{CaseID: w.Case, Kind: domain.PriorAuthorization, By: Dana, At: Start, Facility: order.Facility, Zone: "America/Chicago"},
		Order:   order,
	}
	start.Order.Fill("America/Chicago")
	for _, change := range more {
		change(&start)
	}
	w.run(wf, start)
	w.sound()
}

// Starts takes a case of any kind to its end.
func (w *World) Starts(wf any, start any) {
	w.T.Helper()
	w.run(wf, start)
	w.sound()
}

// Escalates starts an escalation and takes it to its end.
func (w *World) Escalates(wf any, trouble domain.TroubleKind) {
	w.T.Helper()
	w.run(wf, domain.NewEscalation{
		Opening: domain.Opening{CaseID: w.Case, Kind: domain.Escalation, By: domain.ByCase, At: Start, Facility: "central", Zone: "America/Chicago"},
		Payer:   "larkfield", Name: "Larkfield Health", Trouble: trouble, Since: Start.Add(-10 * time.Minute), Subject: "inbound-1", Finding: "other-patient",
	})
	w.sound()
}

// Reopens starts the closed case again with what it remembers, and takes it to its end.
func (w *World) Reopens(ctx context.Context, wf any, id, reason string) {
	w.T.Helper()
	sealed, err := w.Store.CaseFile(ctx, w.Case)
	require.NoError(w.T, err)
	file, err := w.ring.Open(keys.CaseFiles, sealed)
	require.NoError(w.T, err)
	start := map[string]json.RawMessage{}
	require.NoError(w.T, json.Unmarshal(file, &start))
	start["reopening"], err = json.Marshal(domain.Reopening{ID: domain.MessageID(id), By: Dana, Reason: reason})
	require.NoError(w.T, err)
	w.run(wf, start)
	w.sound()
}

// run takes a workflow through all its runs.
func (w *World) run(wf any, start any) {
	w.T.Helper()
	in := reflect.New(reflect.TypeOf(wf).In(1))
	raw, err := json.Marshal(start)
	require.NoError(w.T, err)
	require.NoError(w.T, json.Unmarshal(raw, in.Interface()))
	for {
		var s testsuite.WorkflowTestSuite
		s.SetLogger(quiet{})
		env := s.NewTestWorkflowEnvironment()
		w.env = env
		env.SetDataConverter(w.ring.WorkerDataConverter())
		env.SetFailureConverter(keys.FailureConverter(w.ring.WorkerDataConverter()))
		env.SetTestTimeout(time.Minute)
		env.SetStartTime(w.now)
		env.SetContinueAsNewSuggested(w.hurried)
		env.RegisterWorkflow(wf)
		recorder := &activities.Recorder{Store: w.Store, Keys: w.ring}
		bind(env, flow.RecordStep, func(ctx context.Context, step domain.Step) (struct{}, error) {
			if w.Writes != nil {
				if err := w.Writes(step); err != nil {
					return struct{}{}, err
				}
			}
			out, err := recorder.RecordStep(ctx, step)
			if err != nil {
				w.T.Logf("step %d: %v", step.No, err)
				return out, err
			}
			w.watch(step)
			return out, nil
		})
		bind(env, flow.CheckNeed, w.Acts.CheckNeed)
		bind(env, flow.Submit, w.Acts.Submit)
		bind(env, flow.SettleSend, w.Acts.SettleSend)
		bind(env, flow.OpenCase, w.Acts.OpenCase)
		for _, e := range w.events {
			if !e.done {
				env.RegisterDelayedCallback(func() {
					if !e.done {
						e.done = true
						e.do()
					}
				}, max(0, Start.Add(e.at).Sub(w.now)))
			}
		}
		env.ExecuteWorkflow(wf, in.Elem().Interface())
		w.Runs++
		w.now = env.Now()
		err := env.GetWorkflowError()
		var next *workflow.ContinueAsNewError
		if !errors.As(err, &next) {
			require.NoError(w.T, err)
			return
		}
		in = reflect.New(reflect.TypeOf(wf).In(1))
		require.NoError(w.T, w.ring.DataConverter().FromPayloads(next.Input, in.Interface()))
	}
}

func bind[In, Out any](env *testsuite.TestWorkflowEnvironment, e flow.Effect[In, Out], do func(context.Context, In) (Out, error)) {
	env.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: string(e)})
}

// watch sees that no step is told twice, and that no open case waits for nothing (I11).
func (w *World) watch(step domain.Step) {
	if step.No != w.lastNo+1 {
		w.T.Errorf("step %d was recorded after step %d", step.No, w.lastNo)
	}
	w.lastNo = step.No
	// A step that answers a message before a new run begins is told between two waits.
	between := w.hurried && len(step.Causes) > 0
	if step.Status != domain.Closed && !between && len(step.Tasks)+len(step.Exchanges)+len(step.Deadlines) == 0 {
		w.T.Errorf("step %d: the case waits for nobody, nothing and no instant: %s", step.No, step.Now)
	}
}

// sound checks the invariants that the database can show, and the audit.
func (w *World) sound() {
	w.T.Helper()
	broken, err := w.Store.Broken(w.T.Context(), store.Grace{Deadline: time.Hour, Doubt: time.Hour, Unknown: time.Hour, Inbound: time.Hour, Silence: 0})
	require.NoError(w.T, err)
	require.Empty(w.T, broken)
	require.Empty(w.T, w.Sim.Ledger().SentTwice(), "sent twice, by the payer's own ledger")
}

// Tells compares the whole timeline: each step's sentences, and the tasks it opened.
func (w *World) Tells(want string) {
	w.T.Helper()
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(want), "\n") {
		lines = append(lines, strings.TrimSpace(l))
	}
	require.Equal(w.T, strings.Join(lines, "\n"), strings.Join(w.Timeline(), "\n"))
}

// Timeline is what the database tells of the case, a line each.
func (w *World) Timeline() (lines []string) {
	w.T.Helper()
	rows, err := w.Pool.Query(w.T.Context(), `
		select step, 0 as part, ord, at, words from timeline_entry where case_id = $1 and struck_at is null
		union all
		select opened_step, 1, row_number() over (order by id)::int, opened_at, '- ' || queue || ': ' || title || ' (due ' || to_char(due_at at time zone 'America/Chicago', 'Mon DD HH24:MI') || ')'
		from task where case_id = $1
		order by 1, 2, 3`, w.Case)
	require.NoError(w.T, err)
	defer rows.Close()
	for rows.Next() {
		var step, part, ord int
		var at time.Time
		var words string
		require.NoError(w.T, rows.Scan(&step, &part, &ord, &at, &words))
		lines = append(lines, fmt.Sprintf("day %-3d %s", int(at.Sub(Start)/Day), words))
	}
	require.NoError(w.T, rows.Err())
	return lines
}

// Line is the first line of the timeline that holds words; empty if none does.
func (w *World) Line(words string) string {
	w.T.Helper()
	for _, line := range w.Timeline() {
		if strings.Contains(line, words) {
			return line
		}
	}
	return ""
}

type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
