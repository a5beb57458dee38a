package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/api"
	"parley/domain"
	"parley/store"
)

func TestTask_is_taken_completed_and_gone_from_the_queue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	task := w.taskOf(id)
	desk := w.as(store.RoleCoordinator)
	var marks api.TaskMarks
	desk.post(taskPath(task, "/take"), nil).into(t, &marks)
	require.Equal(t, "the coordinator", marks.Assignee.Name)
	require.Equal(t, domain.Person, marks.Assignee.Kind)

	var page api.TaskPage
	desk.get("/tasks?mine=true").into(t, &page)
	require.Len(t, page.Items, 1)

	var view domain.CaseView
	a := desk.post(taskPath(task, "/completion"), sample("completeTask"))
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	a.into(t, &view)
	require.Equal(t, []domain.Party{domain.Payer}, view.WaitingOn)
	desk.get("/tasks?mine=true").into(t, &page)
	require.Empty(t, page.Items)

	var detail api.TaskDetail
	desk.get(taskPath(task, "")).into(t, &detail)
	require.Equal(t, "the coordinator", detail.Done.By.Name)
}

func TestTask_of_two_who_complete_it_one_wins_and_the_other_hears_who_and_when(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 10 {
		task := w.taskOf(w.started())
		one, two := w.as(store.RoleCoordinator), w.as(store.RoleClinician)
		var answers [2]answer
		var both sync.WaitGroup
		both.Go(func() { answers[0] = one.post(taskPath(task, "/completion"), sample("completeTask")) })
		both.Go(func() { answers[1] = two.post(taskPath(task, "/completion"), sample("completeTask")) })
		both.Wait()
		winner, loser, name := answers[0], answers[1], "the coordinator"
		if winner.status != http.StatusOK {
			winner, loser, name = answers[1], answers[0], "the clinician"
		}
		require.Equal(t, http.StatusOK, winner.status, "%s", winner.body)
		require.Equal(t, http.StatusConflict, loser.status, "%s", loser.body)
		p := loser.problem(t)
		require.Equal(t, "The task has been completed.", p.Detail)
		require.Equal(t, name, p.By.Name)
		require.NotNil(t, p.At)
		require.Equal(t, 1, w.count(`select count(*) from task_completion where task_id = $1 and struck_at is null`, task))
	}
}

func TestTask_that_someone_has_is_not_taken_by_another(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	task := w.taskOf(w.started())
	require.Equal(t, http.StatusOK, w.as(store.RoleClinician).post(taskPath(task, "/take"), nil).status)
	a := w.as(store.RoleCoordinator).post(taskPath(task, "/take"), nil)
	require.Equal(t, http.StatusConflict, a.status)
	p := a.problem(t)
	require.Equal(t, "the clinician", p.By.Name)
	require.NotNil(t, p.At)
}

func TestTask_withdrawn_with_its_case_says_so(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	task := w.taskOf(id)
	desk := w.as(store.RoleCoordinator)
	require.Equal(t, http.StatusOK, desk.post(casePath(id, "/withdrawal"), sample("withdrawCase")).status)
	a := desk.post(taskPath(task, "/completion"), sample("completeTask"))
	require.Equal(t, http.StatusConflict, a.status, "%s", a.body)
	require.Equal(t, "The task was withdrawn: its case went on without it.", a.problem(t).Detail)
}

func TestTask_results_are_judged_by_the_case_and_bounded_here(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	task := w.taskOf(w.started())
	desk := w.as(store.RoleCoordinator)
	a := desk.post(taskPath(task, "/completion"), map[string]any{"result": map[string]any{"channel": "fax"}})
	require.Equal(t, []string{"/result/documents required"}, faults(a.problem(t)))
	a = desk.post(taskPath(task, "/completion"), map[string]any{"result": map[string]any{"note": strings.Repeat("x", 64<<10)}})
	require.Equal(t, []string{"/result max"}, faults(a.problem(t)))
	require.Equal(t, []string{"/result required"}, faults(desk.post(taskPath(task, "/completion"), `{}`).problem(t)))
	require.Equal(t, http.StatusNotFound, desk.post("/tasks/nothing-like-it/completion", sample("completeTask")).status)
}

func TestTaskKinds_every_result_has_a_schema_with_its_labels_and_rules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var forms api.TaskForms
	w.as(store.RoleAdministrator).get("/task-kinds").into(t, &forms)
	require.Len(t, forms.Items, len(domain.Results))
	var need struct {
		Required   []string
		Properties map[string]struct {
			Type, Title string
			Enum        []string
		}
	}
	require.NoError(t, json.Unmarshal(forms.Items[0].Result, &need))
	require.Equal(t, []string{"needed"}, need.Required)
	require.Equal(t, []string{"yes", "no"}, need.Properties["needed"].Enum)
	require.Equal(t, "Is authorization needed?", need.Properties["needed"].Title)
	for _, f := range forms.Items {
		var s struct {
			Properties map[string]struct{ Title string }
		}
		require.NoError(t, json.Unmarshal(f.Result, &s))
		for name, p := range s.Properties {
			require.NotEmpty(t, p.Title, "%s of %s has no label", name, f.Kind)
		}
	}
}
