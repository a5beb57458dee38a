package dev

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.uber.org/goleak"

	"parley/internal/dev/devtest"
	"parley/internal/dev/proc"
)

// The test binary is also the programs that these stacks run: fake serves HTTP where the
// API would, broken ends at once, and dev is a supervisor in a process of its own.
func TestMain(m *testing.M) {
	switch os.Getenv("DEV_TEST_AS") {
	case "":
		goleak.VerifyTestMain(m)
	case "fake":
		fake()
	case "broken":
		fmt.Println("this cannot work")
		os.Exit(1)
	case "dev":
		supervisor()
	}
}

func fake() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s := http.Server{Addr: os.Getenv("PARLEY_LISTEN"), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, os.Getenv("DEV_TEST_SWITCH"))
	})}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		fmt.Println(err)
		os.Exit(1)
	}
}

func supervisor() {
	o := Options{Data: os.Getenv("DEV_TEST_DATA"), Quick: true, Programs: []Program{fakeAPI()}, Out: os.Stdout}
	if err := Run(context.Background(), o); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func fakeAPI() Program {
	p := API()
	p.Path, p.Args = os.Args[0], nil
	p.Environ = func(Env) []string { return []string{"DEV_TEST_AS=fake"} }
	return p
}

// folder is a data folder that PostgreSQL's user can reach, unlike t.TempDir under root.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "parley-dev-test")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "data")
}

func start(t *testing.T, o Options) *Stack {
	t.Helper()
	o.Quick = true
	s, err := Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Stop(context.Background()) })
	return s
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	require.Eventually(t, cond, time.Minute, 20*time.Millisecond, what)
}

func query(t *testing.T, s *Stack, sql string) (text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Env.DatabaseURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&text))
	return text
}

func TestStart_a_killed_program_is_started_again(t *testing.T) {
	var said lines
	s := start(t, Options{Data: folder(t), Programs: []Program{fakeAPI()}, Out: &said})
	api := s.Process("api")
	before := api.PID()
	api.Kill()
	require.NoError(t, api.Ready(t.Context()))
	require.NotEqual(t, before, api.PID())
	require.Contains(t, said.String(), "api ended (signal: killed); starting it again")
}

func TestStart_a_crashed_program_stays_down_until_it_is_started(t *testing.T) {
	s := start(t, Options{Data: folder(t), Programs: []Program{fakeAPI()}})
	api := s.Process("api")
	api.Crash()
	eventually(t, "it is down", func() bool { return api.PID() == 0 })
	require.Error(t, get(t.Context(), s.Env.API))
	api.Tell("DEV_TEST_SWITCH=on")
	require.NoError(t, api.Start(t.Context()))
	require.NoError(t, get(t.Context(), s.Env.API))
}

func TestStart_a_frozen_program_can_be_stopped(t *testing.T) {
	s := start(t, Options{Data: folder(t), Programs: []Program{fakeAPI()}})
	api := s.Process("api")
	require.NoError(t, api.Signal(syscall.SIGSTOP))
	api.Stop(t.Context())
	require.Zero(t, api.PID())
}

func TestStart_a_program_that_cannot_start_is_shown_with_its_last_words(t *testing.T) {
	broken := fakeAPI()
	broken.Environ = func(Env) []string { return []string{"DEV_TEST_AS=broken"} }
	data := folder(t)
	_, err := Start(t.Context(), Options{Data: data, Quick: true, Programs: []Program{broken}})
	require.ErrorContains(t, err, "api ended while starting")
	require.ErrorContains(t, err, "this cannot work")
	start(t, Options{Data: data, Programs: []Program{fakeAPI()}})
}

func TestStart_a_missing_program_is_named(t *testing.T) {
	_, err := Start(t.Context(), Options{Data: folder(t), Bin: t.TempDir(), Programs: []Program{{Name: "ghost", Path: "parley-ghost"}}})
	require.ErrorContains(t, err, "parley-ghost is neither in")
}

func TestStart_a_second_start_goes_on_with_the_same_data_and_addresses(t *testing.T) {
	data := folder(t)
	first := start(t, Options{Data: data, Programs: []Program{fakeAPI()}})
	query(t, first, "with x as (select 1) select set_config('x.y', 'z', false) from x")
	conn, err := pgx.Connect(t.Context(), first.Env.DatabaseURL)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "create table kept as select 'here' as what")
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	first.Stop(t.Context())

	second := start(t, Options{Data: data, Programs: []Program{fakeAPI()}})
	require.Equal(t, first.Env, second.Env)
	require.Equal(t, "here", query(t, second, "select what from kept"))
}

func TestStart_fresh_starts_over_and_leaves_alone_what_it_did_not_make(t *testing.T) {
	data := folder(t)
	first := start(t, Options{Data: data, Programs: []Program{fakeAPI()}})
	secret, err := os.ReadFile(first.Env.SecretFile)
	require.NoError(t, err)
	first.Stop(t.Context())
	other := filepath.Join(data, "letter.txt")
	theirs := []string{"api-key", "api-key-lead", "url", filepath.Join("audit", "seals.jsonl")} // written by programs of the stack
	require.NoError(t, os.Mkdir(filepath.Join(data, "audit"), 0o700))
	for _, name := range append([]string{"letter.txt"}, theirs...) {
		require.NoError(t, os.WriteFile(filepath.Join(data, name), []byte("mine"), 0o600))
	}

	second := start(t, Options{Data: data, Programs: []Program{fakeAPI()}, Fresh: true})
	again, err := os.ReadFile(second.Env.SecretFile)
	require.NoError(t, err)
	require.NotEqual(t, secret, again)
	require.FileExists(t, other)
	for _, name := range theirs {
		require.NoFileExists(t, filepath.Join(data, name))
	}
	noted, err := os.ReadFile(filepath.Join(data, "database-url"))
	require.NoError(t, err)
	require.Equal(t, second.Env.DatabaseURL+"\n", string(noted))
}

func TestStart_fresh_is_refused_on_a_database_that_is_not_ours(t *testing.T) {
	_, err := Start(t.Context(), Options{Data: folder(t), Fresh: true, DatabaseURL: "postgres://h/d"})
	require.ErrorContains(t, err, "refused")
}

func TestStart_uses_the_database_it_is_given(t *testing.T) {
	host := start(t, Options{Data: folder(t), Programs: []Program{}})
	s := start(t, Options{Data: folder(t), Programs: []Program{fakeAPI()}, DatabaseURL: host.Env.DatabaseURL})
	require.Nil(t, s.Postgres)
	require.Equal(t, host.Env.DatabaseURL, s.Env.DatabaseURL)
}

func TestStart_a_second_stack_on_the_same_folder_is_refused_and_told_by_whom(t *testing.T) {
	data := folder(t)
	start(t, Options{Data: data, Programs: []Program{fakeAPI()}})
	_, err := Start(t.Context(), Options{Data: data, Programs: []Program{fakeAPI()}})
	require.ErrorContains(t, err, "process "+strconv.Itoa(os.Getpid()))
}

func TestStart_a_port_that_is_taken_is_replaced(t *testing.T) {
	host := start(t, Options{Data: folder(t), Programs: []Program{fakeAPI()}})
	_, taken, _ := strings.Cut(host.Env.Listen, ":")
	port, err := strconv.Atoi(taken)
	require.NoError(t, err)
	s := start(t, Options{Data: folder(t), Programs: []Program{fakeAPI()}, Ports: Ports{API: port}})
	require.NotEqual(t, host.Env.Listen, s.Env.Listen)
}

func TestStart_the_demonstration_is_loaded_when_everything_is_ready(t *testing.T) {
	var status error = errors.New("not called")
	start(t, Options{Data: folder(t), Programs: []Program{fakeAPI()}, Seed: func(ctx context.Context, e Env) error {
		status = get(ctx, e.API)
		return nil
	}})
	require.NoError(t, status)
}

func TestStart_a_stack_ended_by_PostgreSQLs_death_heals(t *testing.T) {
	s := start(t, Options{Data: folder(t), Programs: []Program{fakeAPI()}})
	before := s.Postgres.PID()
	require.NoError(t, s.Postgres.Signal(syscall.SIGKILL))
	eventually(t, "PostgreSQL answers again", func() bool {
		conn, err := pgx.Connect(t.Context(), s.Env.DatabaseURL)
		if err != nil {
			return false
		}
		return conn.Close(t.Context()) == nil
	})
	require.NotEqual(t, before, s.Postgres.PID())
}

func TestRun_a_killed_supervisor_takes_everything_with_it_and_the_next_start_recovers(t *testing.T) {
	data := folder(t)
	var said lines
	dev := exec.Command(os.Args[0])
	dev.Env = append(os.Environ(), "DEV_TEST_AS=dev", "DEV_TEST_DATA="+data)
	dev.Stdout, dev.Stderr = &said, &said
	require.NoError(t, dev.Start())
	eventually(t, "the supervisor is ready", func() bool { return strings.Contains(said.String(), "ready after") })
	lock, err := os.ReadFile(filepath.Join(data, "postgres", "data", "postmaster.pid"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(lock), "\n")
	postmaster, err := strconv.Atoi(first)
	require.NoError(t, err)
	note, err := os.ReadFile(filepath.Join(data, "run", "api"))
	require.NoError(t, err)
	text, _, _ := strings.Cut(string(note), " ")
	api, err := strconv.Atoi(text)
	require.NoError(t, err)

	require.NoError(t, dev.Process.Kill())
	require.Error(t, dev.Wait())
	eventually(t, "its programs are gone", func() bool {
		return !proc.Is(api, os.Args[0]) && !proc.Is(postmaster, data)
	})
	// What a kill leaves when IDs are used again: a lock naming a process that lives.
	require.NoError(t, os.WriteFile(filepath.Join(data, "postgres", "data", "postmaster.pid"), fmt.Appendf(nil, "%d\n", os.Getppid()), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(data, "lock"), fmt.Appendf(nil, "%d", os.Getppid()), 0o600))
	start(t, Options{Data: data, Programs: []Program{fakeAPI()}})
}

func TestRun_stops_when_told_and_says_where_things_are(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var said lines
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, Options{Data: folder(t), Quick: true, Programs: []Program{fakeAPI()}, Out: &said})
	}()
	eventually(t, "it is ready", func() bool { return strings.Contains(said.String(), "ready after") })
	stop()
	require.NoError(t, <-ended)
	require.Contains(t, said.String(), "http://127.0.0.1:")
	require.Contains(t, said.String(), "stopped")
}

// temporal is a client of a stack with temporald alone.
func temporal(t *testing.T, data string, more ...string) (*Stack, client.Client) {
	t.Helper()
	s := start(t, Options{Data: data, Bin: devtest.Build(t, "temporald"), Programs: []Program{Temporald()}, Hurried: more})
	return s, connect(t, s, s.Env.TemporalNamespace)
}

func connect(t *testing.T, s *Stack, namespace string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: s.Env.TemporalAddress, Namespace: namespace, Logger: nothing{}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func open(t *testing.T, c client.Client, id string) {
	t.Helper()
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "nobody"}, "Waiting")
	require.NoError(t, err)
}

func running(t *testing.T, c client.Client, id string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	d, err := c.DescribeWorkflowExecution(ctx, id, "")
	var gone *serviceerror.NotFound
	require.False(t, errors.As(err, &gone), "the workflow is lost")
	return err == nil && d.GetWorkflowExecutionInfo().GetCloseTime() == nil
}

func TestTemporald_starts_workflows_as_soon_as_it_is_ready_and_keeps_them_over_a_restart(t *testing.T) {
	data := folder(t)
	s, c := temporal(t, data, "hurried")
	open(t, c, "one")
	open(t, connect(t, s, "hurried"), "one")
	s.Stop(t.Context())

	_, c = temporal(t, data, "hurried")
	eventually(t, "the workflow is still open", func() bool { return running(t, c, "one") })
	open(t, c, "two")
}

func TestTemporald_survives_its_own_and_PostgreSQLs_death(t *testing.T) {
	s, c := temporal(t, folder(t))
	open(t, c, "one")
	server := s.Process("temporald")

	server.Kill()
	require.NoError(t, server.Ready(t.Context()))
	eventually(t, "the workflow is still open", func() bool { return running(t, c, "one") })

	pid := server.PID()
	s.Postgres.StopImmediate(t.Context())
	require.NoError(t, s.Postgres.Start(t.Context()))
	back := time.Now()
	eventually(t, "a workflow can be started again", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "two", TaskQueue: "nobody"}, "Waiting")
		return err == nil
	})
	t.Logf("a start works %v after PostgreSQL is back", time.Since(back).Round(time.Millisecond))
	require.True(t, running(t, c, "one"))
	require.Equal(t, pid, server.PID(), "the server lived through it")
}

// lines is output that is written and read at once.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }

func (l *lines) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

type nothing struct{}

func (nothing) Debug(string, ...any) {}
func (nothing) Info(string, ...any)  {}
func (nothing) Warn(string, ...any)  {}
func (nothing) Error(string, ...any) {}
