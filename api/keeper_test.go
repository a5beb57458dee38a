package api_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	sdk "go.temporal.io/sdk/temporal"

	"parley/api"
	"parley/domain"
	"parley/store"
)

func (w *world) keeper() *api.Keeper {
	return w.server.Keeper(store.OpenSeals(filepath.Join(w.t.TempDir(), "seals.jsonl")))
}

// shows is what the database shows of a case.
func (w *world) shows(id domain.CaseID) store.CaseWhole {
	w.t.Helper()
	c, err := w.store.Case(w.t.Context(), store.Scope{All: true}, string(id))
	require.NoError(w.t, err)
	return c
}

// doubtful makes the database show a step that the case never took, told by an update that
// died with the server.
func (w *world) doubtful(id domain.CaseID) {
	w.t.Helper()
	w.temporal.mu.Lock()
	step := w.temporal.cases[id].step
	w.temporal.mu.Unlock()
	step.No, step.Fence, step.Now = step.No+1, step.Fence+1, "never happened"
	step.Causes, step.Digest = []domain.MessageID{"lost"}, step.Sum()
	require.NoError(w.t, w.store.RecordStep(w.t.Context(), step, nil))
	require.False(w.t, w.shows(id).Confirmed)
}

func TestSay_an_answer_that_was_seen_is_confirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	require.Equal(t, 200, w.as(store.RoleLead).post(casePath(id, "/notes"), sample("noteCase")).status)
	w.cases.Wait()
	require.True(t, w.shows(id).Confirmed)
}

func TestSay_a_run_that_ended_before_it_answered_is_answered_by_its_step_or_not_yet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	ended := func(string) error {
		return sdk.NewApplicationError("workflow completed", "AcceptedUpdateCompletedWorkflow")
	}
	w.temporal.meanwhile(ended)
	_, err := w.cases.Say(t.Context(), id, domain.NoteCase, "m-1", domain.Note{})
	require.ErrorIs(t, err, domain.ErrUnavailable)
	first, err := w.cases.Say(t.Context(), id, domain.NoteCase, "m-1", domain.Note{})
	require.NoError(t, err)
	w.temporal.meanwhile(ended)
	again, err := w.cases.Say(t.Context(), id, domain.NoteCase, "m-1", domain.Note{})
	require.NoError(t, err)
	require.Equal(t, first.Step, again.Step)
}

func TestSay_a_case_that_always_goes_on_elsewhere_is_not_taken_for_closed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	var gone func(string) error
	gone = func(string) error {
		w.temporal.before = gone
		return serviceerror.NewNotFound("aborted by closing workflow")
	}
	w.temporal.meanwhile(gone)
	_, err := w.cases.Say(t.Context(), id, domain.NoteCase, "m-1", domain.Note{})
	require.ErrorIs(t, err, domain.ErrUnavailable)
}

func TestSweep_a_step_that_the_case_never_took_is_put_right(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	w.doubtful(id)
	require.NoError(t, w.keeper().Sweep(t.Context(), time.Hour))
	require.Equal(t, "never happened", w.shows(id).Now, "not yet: its caller may still be waiting")
	require.NoError(t, w.keeper().Sweep(t.Context(), 0))
	require.Equal(t, "waits for documents", w.shows(id).Now)
	require.NoError(t, w.keeper().Sweep(t.Context(), 0))
	require.True(t, w.shows(id).Confirmed, "a case that agrees is believed")
	calls := w.temporal.called(domain.PutRight)
	require.NoError(t, w.keeper().Sweep(t.Context(), 0))
	require.Equal(t, calls, w.temporal.called(domain.PutRight), "and left in peace")
}

func TestSweep_waits_for_Temporal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	w.doubtful(id)
	w.temporal.goAway(serviceerror.NewUnavailable("gone"))
	require.Error(t, w.keeper().Sweep(t.Context(), 0))
	require.False(t, w.shows(id).Confirmed)
	w.temporal.goAway(nil)
	require.NoError(t, w.keeper().Sweep(t.Context(), 0))
}

func TestReconcile_a_case_that_goes_on_in_another_run_tells_its_state_again(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, quiet := w.started(), w.started()
	// An operator has reset the case: it runs on from an earlier place, under another run.
	w.temporal.mu.Lock()
	c := w.temporal.cases[id]
	c.step.RunID, c.step.Now = "another run", "at an earlier place"
	c.step.Digest = c.step.Sum()
	w.temporal.mu.Unlock()
	require.NoError(t, w.keeper().Reconcile(t.Context()))
	require.Equal(t, "at an earlier place", w.shows(id).Now)
	require.Equal(t, "another run", w.shows(id).RunID)
	require.Equal(t, 1, w.shows(quiet).Step)
	require.Equal(t, 1, w.temporal.called(domain.PutRight))
}

func TestReconcile_a_case_that_runs_nowhere_is_reported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	w.temporal.forget(id)
	require.NoError(t, w.keeper().Reconcile(t.Context()))
	require.Contains(t, w.metrics(), "parley_cases_not_running 1")
	require.Contains(t, w.log.String(), "case is open and does not run")
}

func TestReconcile_a_case_that_closes_meanwhile_is_not_reported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	w.temporal.mu.Lock()
	step := w.temporal.cases[id].step
	w.temporal.mu.Unlock()
	w.temporal.forget(id)
	w.temporal.describing = func() { // between the reading of the list and the question
		step.No, step.Fence, step.Status, step.Outcome, step.Deadlines, step.Tasks = step.No+1, step.Fence+1, domain.Closed, domain.OutcomeDenied, nil, nil
		step.Digest = step.Sum()
		require.NoError(t, w.store.RecordStep(t.Context(), step, nil))
	}
	require.NoError(t, w.keeper().Reconcile(t.Context()))
	require.Contains(t, w.metrics(), "parley_cases_not_running 0")
}

func TestCheck_counts_cases_that_wait_for_nothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	require.NoError(t, w.keeper().Check(t.Context()))
	require.Contains(t, w.metrics(), "parley_cases_stuck 0")
	_, err := w.owner.Exec(t.Context(), `update task set closed_step = 1, closed_at = now() where case_id = $1`, id)
	require.NoError(t, err)
	_, err = w.owner.Exec(t.Context(), `update case_file set changed_at = now() - interval '1 hour' where id = $1`, id)
	require.NoError(t, err)
	require.NoError(t, w.keeper().Check(t.Context()))
	require.Contains(t, w.metrics(), "parley_cases_stuck 1")
	require.Contains(t, w.metrics(), `parley_invariant_violations{found="silent",invariant="I11"} 1`)
}

func TestRetire_old_answers_go_and_new_ones_stay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.started()
	_, err := w.owner.Exec(t.Context(), `update idempotency_key set made_at = now() - interval '49 hours'`)
	require.NoError(t, err)
	w.started()
	require.NoError(t, w.keeper().Retire(t.Context()))
	require.Equal(t, 1, w.count(`select count(*) from idempotency_key`))
}

func TestKeeper_keeps_by_itself_and_seals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.started()
	seals := filepath.Join(t.TempDir(), "seals.jsonl")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.server.Keeper(store.OpenSeals(seals)).Run(ctx)
	}()
	require.Eventually(t, func() bool {
		info, err := os.Stat(seals)
		return err == nil && info.Size() > 0
	}, 20*time.Second, 20*time.Millisecond, "the heads of the audit chains are sealed")
	stop()
	<-ended
	f, err := os.Open(seals)
	require.NoError(t, err)
	report, err := w.store.VerifyAudit(t.Context(), f)
	require.NoError(t, err)
	require.True(t, report.OK(), "%v", report.Findings)
	require.NoError(t, f.Close())
}

// metrics is what /metrics says.
func (w *world) metrics() string {
	w.t.Helper()
	return string((&caller{world: w}).raw("/metrics"))
}

func TestSweep_a_case_that_is_over_is_as_it_was_recorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	w.doubtful(id)
	w.temporal.mu.Lock()
	w.temporal.cases[id].running = false
	w.temporal.mu.Unlock()
	require.NoError(t, w.keeper().Sweep(t.Context(), 0))
	require.True(t, w.shows(id).Confirmed)
}
