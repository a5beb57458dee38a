package faults

import (
	"context"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"parley/domain"
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
	done := sentDocuments("notes")
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
	id, wrong, err := p.trigger(t.Context(), Order("trigger", 0, "LK9100001"), 100)
	require.NoError(t, err)
	require.Empty(t, wrong)
	approved(t, p, id)
	require.Equal(t, 1, count(t, p, `select count(*) from case_file where source = 'trigger'`))
	require.Equal(t, 1, count(t, p, `select count(*) from submission where case_id = $1`, id))
}

func completers(t *testing.T) {
	many := 300
	if thorough() {
		many = 1000
	}
	wrong, err := shared.crowd(t.Context(), "many", many)
	require.NoError(t, err)
	require.Empty(t, wrong)
}

// pended starts an order that the payer pends, and returns the task of what it wants.
func pended(t *testing.T, p *Practice, o domain.Order) domain.TaskID {
	t.Helper()
	task, err := p.pended(t.Context(), o)
	require.NoError(t, err)
	return task
}

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
