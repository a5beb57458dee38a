package activities_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

func TestOutage_of_a_payer_is_one_escalation_for_all_its_cases_and_ends_by_itself(t *testing.T) {
	t.Parallel()
	var up atomic.Bool
	w := newWorldOf(t, func(w http.ResponseWriter, _ *http.Request) {
		if !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("anything: it answers"))
	})
	send := func(n int) {
		done := make(chan error, n)
		for range n {
			req := w.ask(w.newCase(), 1, knee("LK1"))
			go func() {
				_, err := w.Submit(t.Context(), req)
				done <- err
			}()
		}
		for range n {
			require.NoError(t, <-done)
		}
	}
	send(20)
	require.Empty(t, w.cases.escalations(), "a moment is no outage")
	w.pass(11 * time.Minute)
	send(40)
	require.Equal(t, []string{"payer-unreachable larkfield "}, w.cases.escalations())
	require.Equal(t, []string{"1"}, w.lines(`select count(*)::text from payer_outage`))
	require.Empty(t, w.cases.told)

	up.Store(true)
	send(1)
	require.Len(t, w.cases.told, 1)
	require.Equal(t, domain.TellReachable, w.cases.told[0].What)
	require.Equal(t, []string{"true"}, w.lines(`select (ended_at is not null)::text from payer_outage`))
	send(1)
	require.Len(t, w.cases.told, 1)

	up.Store(false)
	send(1)
	require.Equal(t, []string{"2"}, w.lines(`select count(*)::text from payer_outage`), "the next is another")
}

func TestOutage_is_told_again_when_the_engine_was_away(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	w.cases.down = domain.ErrUnavailable
	w.submit(w.ask(w.newCase(), 1, knee("LK1")))
	w.pass(time.Hour)
	w.submit(w.ask(w.newCase(), 1, knee("LK1")))
	require.Empty(t, w.cases.escalations())
	w.cases.down = nil
	w.submit(w.ask(w.newCase(), 1, knee("LK1")))
	require.Len(t, w.cases.escalations(), 1)
}

// The payer answers again just when people are being told that it does not.
func TestOutage_that_ends_while_it_is_told_ends_its_escalation(t *testing.T) {
	t.Parallel()
	var up atomic.Bool
	w := newWorldOf(t, func(w http.ResponseWriter, _ *http.Request) {
		if !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("anything: it answers"))
	})
	w.submit(w.ask(w.newCase(), 1, knee("LK1")))
	w.pass(time.Hour)
	another := w.ask(w.newCase(), 1, knee("LK1"))
	w.cases.opening = func() {
		w.cases.opening = nil
		up.Store(true)
		w.submit(another)
		require.Equal(t, []string{"true"}, w.lines(`select (ended_at is not null)::text from payer_outage`))
		w.cases.told = nil // it found no such case yet
	}
	w.submit(w.ask(w.newCase(), 1, knee("LK1")))
	require.Len(t, w.cases.escalations(), 2, "of the outage, and of the words that cannot be read")
	require.Len(t, w.cases.told, 1)
	require.Equal(t, domain.TellReachable, w.cases.told[0].What)
}

func TestOpenCase_of_a_child_that_is_over_finds_it_over(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.cases.down = domain.ErrConflict
	view, err := w.OpenCase(t.Context(), domain.ChildCase{ID: "child", Kind: domain.Escalation})
	require.NoError(t, err)
	require.Equal(t, domain.CaseView{CaseID: "child", Status: domain.Closed}, view)
}
