package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"parley/domain"
	"parley/store"
)

func TestOnce_the_same_request_has_the_same_answer_and_is_done_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	desk := w.as(store.RoleCoordinator).with("note-number-1")
	first := desk.post(casePath(id, "/notes"), sample("noteCase"))
	require.Equal(t, http.StatusOK, first.status, "%s", first.body)
	again := desk.post(casePath(id, "/notes"), sample("noteCase"))
	require.Equal(t, first.status, again.status)
	require.Equal(t, string(first.body), string(again.body))
	require.Equal(t, 1, w.temporal.called(domain.NoteCase))
}

func TestOnce_a_start_is_answered_again_with_where_it_is(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ehr := w.as(store.RoleIntegrator).with("start-number-1")
	order := knee()
	first := ehr.post("/prior-authorizations", order)
	again := ehr.post("/prior-authorizations", order)
	require.Equal(t, http.StatusCreated, again.status)
	require.NotEmpty(t, again.header.Get("Location"))
	require.Equal(t, first.header.Get("Location"), again.header.Get("Location"))
}

func TestOnce_a_key_stands_for_one_request_of_one_caller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.started(), w.started()
	desk := w.as(store.RoleCoordinator).with("note-number-1")
	require.Equal(t, http.StatusOK, desk.post(casePath(id, "/notes"), sample("noteCase")).status)
	for name, a := range map[string]answer{
		"another body":  desk.post(casePath(id, "/notes"), map[string]any{"words": "something else"}),
		"another case":  desk.post(casePath(other, "/notes"), sample("noteCase")),
		"another route": desk.post(casePath(id, "/withdrawal"), sample("withdrawCase")),
	} {
		require.Equal(t, http.StatusUnprocessableEntity, a.status, name)
		require.Equal(t, []string{"/header/Idempotency-Key reused"}, faults(a.problem(t)), name)
	}
	require.Equal(t, http.StatusOK, w.as(store.RoleLead).with("note-number-1").post(casePath(id, "/notes"), sample("noteCase")).status,
		"another caller's key is another key")
}

func TestOnce_every_POST_needs_a_key(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	for _, key := range []string{"", "short", strings.Repeat("x", 256)} {
		a := w.as(store.RoleCoordinator).but(func(r *http.Request) { r.Header.Set("Idempotency-Key", key) }).post(casePath(id, "/notes"), sample("noteCase"))
		require.Equal(t, http.StatusBadRequest, a.status)
		require.Equal(t, []string{"/header/Idempotency-Key required"}, faults(a.problem(t)))
	}
}

func TestOnce_while_it_is_at_work_the_same_request_is_told_to_wait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	desk := w.as(store.RoleCoordinator).with("note-number-1")
	atWork, goOn := make(chan struct{}), make(chan struct{})
	w.temporal.meanwhile(func(string) error {
		close(atWork)
		<-goOn
		return nil
	})
	var first answer
	var all sync.WaitGroup
	all.Go(func() { first = desk.post(casePath(id, "/notes"), sample("noteCase")) })
	<-atWork
	second := desk.post(casePath(id, "/notes"), sample("noteCase"))
	close(goOn)
	all.Wait()
	require.Equal(t, http.StatusOK, first.status)
	require.Equal(t, http.StatusConflict, second.status)
	require.Equal(t, "urn:parley:problem:in-flight", second.problem(t).Type)
	require.NotEmpty(t, second.header.Get("Retry-After"))
	require.Equal(t, 1, w.temporal.called(domain.NoteCase))
}

// What was said before an outage and what is said after it is one message, though nobody
// knows whether the first was heard.
func TestOnce_a_request_tried_again_says_the_same_message(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	desk := w.as(store.RoleCoordinator).with("note-number-1")
	w.temporal.goAway(serviceerror.NewDeadlineExceeded("slow"))
	require.Equal(t, http.StatusServiceUnavailable, desk.post(casePath(id, "/notes"), sample("noteCase")).status)
	before := w.messageOf(t)
	w.temporal.goAway(nil)
	require.Equal(t, http.StatusOK, desk.post(casePath(id, "/notes"), sample("noteCase")).status)
	require.Equal(t, before, w.messageOf(t))
	require.Equal(t, 1, w.count(`select count(*) from step where case_id = $1 and $2 = any(causes)`, id, before))
}

func TestOnce_what_was_refused_does_not_use_up_its_key(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	task := w.taskOf(id)
	desk := w.as(store.RoleCoordinator).with("completion-1")
	a := desk.post(taskPath(task, "/completion"), map[string]any{"result": map[string]any{"channel": "fax"}})
	require.Equal(t, http.StatusUnprocessableEntity, a.status, "%s", a.body)
	a = desk.post(taskPath(task, "/completion"), sample("completeTask"))
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
}

// messageOf is the message of the one request there was.
func (w *world) messageOf(t testing.TB) (id string) {
	t.Helper()
	require.NoError(t, w.owner.QueryRow(t.Context(), `select message_id from idempotency_key where route like '%/notes'`).Scan(&id))
	return id
}
