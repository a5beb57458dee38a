package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"parley/api/client"
	"parley/domain"
	"parley/store"
)

// What people and their systems do at once, over REST, to the stack's own programs: one
// after another, beside the tests that have workers of their own.
func TestPractice(t *testing.T) {
	t.Parallel()
	practice(t)
	t.Run("an API killed between accepting and answering has accepted once, and a worker frozen meanwhile goes on", killedAPI)
	t.Run("one trigger a hundred times at once is one case", oneTrigger)
	t.Run("many tasks with four completers each are completed once", completers)
	t.Run("health data is nowhere but in the database", canary)
}

func killedAPI(t *testing.T) {
	p := shared.Practice
	task := pended(t, p, Order("killed", 0, "LK9000001"))
	worker := p.Stack.Process("worker")
	require.NoError(t, worker.Signal(syscall.SIGSTOP))
	frozen := time.Now()
	t.Cleanup(func() { require.NoError(t, worker.Signal(syscall.SIGCONT)) })

	order, secret := Order("killed", 1, "LK9000002"), installationSecret(t, p)
	id := domain.CaseIDFor(secret, order.Source, order.SourceID, domain.PriorAuthorization)
	start, completion := uuid.NewString(), uuid.NewString()
	done := map[string]any{"result": domain.DocumentsSent{Documents: []string{"notes"}, Channel: domain.ByFax}}
	impatient := *p.Clinic
	impatient.Patience = 0
	var both sync.WaitGroup
	both.Go(func() { _, _ = impatient.Post(t.Context(), "/prior-authorizations", start, order, nil) })          // it dies
	both.Go(func() { _, _ = impatient.Post(t.Context(), taskPath(task, "completion"), completion, done, nil) }) // so does this
	eventually(t, "both are accepted, and neither is answered", func() bool {
		var atWork int
		err := p.Pool.QueryRow(t.Context(), `select count(*) from idempotency_key where status is null and lease_until > now()`).Scan(&atWork)
		require.NoError(t, err)
		_, err = p.Temporal.DescribeWorkflowExecution(t.Context(), string(id), "")
		return atWork >= 2 && err == nil
	})
	p.Stack.Process("api").Kill()
	both.Wait()
	require.NoError(t, p.Stack.Process("api").Ready(t.Context()))

	var started struct {
		CaseID domain.CaseID `json:"caseId"`
	}
	var view domain.CaseView
	both.Go(func() {
		_, err := p.Clinic.Post(t.Context(), "/prior-authorizations", start, order, &started)
		require.NoError(t, err)
	})
	both.Go(func() {
		_, err := p.Clinic.Post(t.Context(), taskPath(task, "completion"), completion, done, &view)
		require.NoError(t, err)
	})
	time.Sleep(time.Until(frozen.Add(30 * time.Second)))
	require.NoError(t, worker.Signal(syscall.SIGCONT))
	both.Wait()
	require.Equal(t, id, started.CaseID)
	require.Equal(t, task.Case(), view.CaseID)
	approved(t, p, id)
	require.Equal(t, 1, count(t, p, `select count(*) from case_file where source = 'killed' and source_id = '1'`))
	require.Equal(t, 1, count(t, p, `select count(*) from task_completion where task_id = $1 and struck_at is null`, task))
}

func oneTrigger(t *testing.T) {
	p := shared.Practice
	order := Order("trigger", 0, "LK9100001")
	var all sync.WaitGroup
	var fresh atomic.Int64
	cases := make([]domain.CaseID, 100)
	for i := range cases {
		all.Go(func() {
			started, status, err := p.Start(t.Context(), "", order)
			require.NoError(t, err)
			cases[i] = started.CaseID
			if status == http.StatusCreated {
				fresh.Add(1)
			}
		})
	}
	all.Wait()
	for _, id := range cases {
		require.Equal(t, cases[0], id)
	}
	require.GreaterOrEqual(t, fresh.Load(), int64(1))
	approved(t, p, cases[0])
	require.Equal(t, 1, count(t, p, `select count(*) from case_file where source = 'trigger'`))
	require.Equal(t, 1, count(t, p, `select count(*) from submission where case_id = $1`, cases[0]))
}

func completers(t *testing.T) {
	p := shared.Practice
	many := 300
	if thorough() {
		many = 1000
	}
	tasks := make([]domain.TaskID, many)
	each(many, 8, func(i int) { tasks[i] = pended(t, p, Order("many", i, fmt.Sprintf("LK92%05d", i))) })
	var won, lost atomic.Int64
	var all sync.WaitGroup
	for hand := range 4 {
		all.Go(func() {
			each(many, 3, func(i int) {
				task := tasks[(i+hand)%many]
				done := map[string]any{"result": domain.DocumentsSent{Documents: []string{fmt.Sprint("by ", hand)}, Channel: domain.ByFax}}
				_, err := p.Clinic.Post(t.Context(), taskPath(task, "completion"), "", done, nil)
				var problem *client.Problem
				switch {
				case err == nil:
					won.Add(1)
				case errors.As(err, &problem) && problem.Status == http.StatusConflict:
					require.NotNil(t, problem.By, "whoever was too late is told who was first")
					lost.Add(1)
				default:
					require.NoError(t, err)
				}
			})
		})
	}
	all.Wait()
	require.Equal(t, int64(many), won.Load())
	require.Equal(t, int64(3*many), lost.Load())
	require.Equal(t, many, count(t, p, `
		select count(*) from task_completion d join task t on t.id = d.task_id join case_file c on c.id = t.case_id
		where c.source = 'many' and t.kind = 'send documents' and d.struck_at is null`))
}

// pended starts an order that the payer pends, and returns the task of what it wants.
func pended(t *testing.T, p *Practice, o domain.Order) (task domain.TaskID) {
	t.Helper()
	o.Services[0].Code = "70551"
	started, _, err := p.Start(t.Context(), "", o)
	require.NoError(t, err)
	eventually(t, "the payer pends it", func() bool {
		tasks, err := p.Store.TasksOfCase(t.Context(), store.Scope{Subject: tester, All: true}, started.CaseID)
		require.NoError(t, err)
		for _, row := range tasks {
			if row.Kind == (domain.DocumentsSent{}).Task() && row.ClosedAt == nil {
				task = row.ID
			}
		}
		return task != ""
	})
	return task
}

// each does something n times, some at once.
func each(n, atOnce int, do func(i int)) {
	var all sync.WaitGroup
	next := make(chan int)
	for range atOnce {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}

func taskPath(id domain.TaskID, what string) string { return "/tasks/" + string(id) + "/" + what }

func count(t *testing.T, p *Practice, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, p.Pool.QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}

func installationSecret(t *testing.T, p *Practice) []byte {
	t.Helper()
	b, err := os.ReadFile(p.Stack.Env.SecretFile)
	require.NoError(t, err)
	return []byte(strings.TrimSpace(string(b)))
}
