package activities_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

// round is one round of the pickup, an hour later for what came back on a send.
func (w *world) round() {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), `update inbound set came_at = came_at - interval '1 hour' where state = 'new'`)
	require.NoError(w.t, err)
	require.NoError(w.t, w.PickupRound(w.t.Context()))
}

func (w *world) heard() (out []string) {
	w.cases.mu.Lock()
	defer w.cases.mu.Unlock()
	for _, a := range w.cases.heard {
		out = append(out, fmt.Sprintf("%s %s", a.Exchange, a.Said))
	}
	return out
}

func TestPickup_gives_a_case_the_answer_that_came_later(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `rules: [{name: later, then: {decide: approve, number: "A77", deliver: mailbox}}]`)
	req := w.ask(w.newCase(), 1, knee("LK1"))
	r := w.submit(req)
	require.Equal(t, domain.Acknowledged, r.State)
	require.Nil(t, r.Answer)
	for range 2 {
		w.round()
		require.Equal(t, []string{string(req.Exchange) + " A1"}, w.heard())
	}
	require.Empty(t, w.sim.Mailbox("", ""), "cleared once it is kept")
	require.Equal(t, []string{"matched", "matched"}, w.inbound())
	again := w.submit(req)
	require.Equal(t, domain.Accepted, again.State)
	require.Equal(t, "A77", again.Answer.Number)
}

func TestPickup_of_an_answer_given_twice_tells_the_case_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `rules: [{name: twice, then: {decide: approve, number: "A77", deliver: twice}}]`)
	require.NotNil(t, w.submit(w.ask(w.newCase(), 1, knee("LK1"))).Answer)
	w.round()
	require.Empty(t, w.heard())
	require.Equal(t, []string{"matched", "repeated"}, w.inbound())
}

func TestPickup_of_an_older_pend_after_the_decision_leaves_the_ledger_as_it_is(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `rules: [{name: stale, then: {decide: approve, number: "A77", deliver: stale-pend}}]`)
	req := w.ask(w.newCase(), 1, knee("LK1"))
	r := w.submit(req)
	w.round()
	require.Equal(t, []string{string(req.Exchange) + " A4"}, w.heard(), "what it means is the case's to know")
	require.Equal(t, r.State, w.submit(req).State)
}

func TestPickup_settles_an_unknown_send_by_the_answer_that_comes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `rules: [{name: later, when: {asks: [review]}, then: {decide: pend, deliver: error-after, later: {after: 1ns, push: true, then: {decide: approve, number: "A9"}}}}]`)
	req := w.ask(w.newCase(), 1, knee("LK1"))
	require.Equal(t, domain.UnknownSend, w.submit(req).State)
	w.round()
	require.Equal(t, []string{string(req.Exchange) + " A1"}, w.heard())
	require.Equal(t, []string{"prepared", "sending", "unknown", "accepted"}, w.states(req.Submission))
}

// letters is a payer whose mailbox holds what a test puts there.
type letters struct {
	mu   sync.Mutex
	held []string
}

func (l *letters) put(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = append(l.held, s)
}

func (l *letters) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var n int
	_, item := fmt.Sscanf(r.URL.Path, "/mailbox/m%d", &n)
	switch {
	case r.URL.Path == "/x12":
		w.WriteHeader(http.StatusBadGateway)
	case item != nil && r.URL.Query().Get("sender") != "LARKFIELD":
		fmt.Fprint(w, `{"items":[]}`)
	case item != nil:
		var ids []string
		for i, s := range l.held {
			if s != "" {
				ids = append(ids, fmt.Sprintf(`{"id":"m%d"}`, i))
			}
		}
		fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(ids, ","))
	case r.Method == http.MethodDelete:
		l.held[n] = ""
	default:
		fmt.Fprint(w, l.held[n])
	}
}

func TestPickup_quarantines_what_it_cannot_believe_and_calls_people_once_each(t *testing.T) {
	t.Parallel()
	box := &letters{}
	w := newWorldOf(t, box.ServeHTTP)
	req := w.ask(w.newCase(), 1, knee("LK1"))
	w.submit(req)
	sent := w.lines(`select convert_from(bytes, 'UTF8') from submission`)[0]
	for _, letter := range []string{
		"<html>sign in</html>", sent[:200], strings.Repeat("ISA*", 60),
		ta1("000000099"), // no such send
	} {
		box.put(letter)
	}
	w.round()
	w.round()
	require.Equal(t, []string{
		"quarantined: unreadable", "quarantined: unreadable", "quarantined: unreadable", "quarantined: unmatched",
	}, w.inbound())
	require.ElementsMatch(t, []string{
		"answer-unreadable larkfield unreadable", "answer-unreadable larkfield unreadable", "answer-unreadable larkfield unreadable",
		"answer-unmatched larkfield unmatched",
	}, w.cases.escalations())
	require.Empty(t, w.heard())
}

// ta1 accepts the interchange with a control number.
func ta1(control string) string {
	return "ISA*00*          *00*          *ZZ*LARKFIELD      *ZZ*PARLEY         *261125*0449*^*00501*000000007*0*T*:~" +
		"TA1*" + control + "*261125*0449*A*000~IEA*0*000000007~"
}

func TestPickup_of_a_mere_acknowledgement_ends_the_doubt_about_a_send(t *testing.T) {
	t.Parallel()
	box := &letters{}
	w := newWorldOf(t, box.ServeHTTP)
	req := w.ask(w.newCase(), 1, knee("LK1"))
	require.Equal(t, domain.UnknownSend, w.submit(req).State)
	box.put(ta1("000000001"))
	w.round()
	require.Equal(t, []string{string(req.Exchange) + " received"}, w.heard())
	require.Equal(t, domain.Acknowledged, w.submit(req).State)
	box.put(strings.Replace(ta1("000000001"), "*0*T*", "*0*P*", 1))
	w.round()
	require.Equal(t, []string{"answer-unmatched larkfield other-usage"}, w.cases.escalations(), "a production letter for a test")
}

func TestPickup_believes_no_payer_about_what_another_was_sent(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	req := w.ask(w.newCase(), 1, knee("LK1"))
	w.submit(req)
	_, _, err := w.store.KeepInbound(t.Context(), "saltmeadow", domain.ByX12, "", w.now(), []byte(ta1("000000001")))
	require.NoError(t, err)
	require.Error(t, w.PickupRound(t.Context()), "no mailbox can be read, and what came is judged all the same")
	require.Equal(t, []string{"quarantined: unmatched"}, w.inbound())
	require.Equal(t, domain.UnknownSend, w.submit(req).State)
}

func TestPickup_keeps_what_nobody_can_hear_now_for_the_next_round(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `rules: [{name: later, then: {decide: approve, number: "A77", deliver: mailbox}}]`)
	w.submit(w.ask(w.newCase(), 1, knee("LK1")))
	w.cases.down = domain.ErrUnavailable
	require.Error(t, w.PickupRound(t.Context()))
	require.Equal(t, []string{"matched", "new"}, w.inbound())
	require.Empty(t, w.sim.Mailbox("", ""), "it is ours now")
	w.cases.down = nil
	w.round()
	require.Len(t, w.heard(), 1)
}

func TestPickup_gives_an_answer_for_a_case_that_is_over_to_people(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `rules: [{name: later, then: {decide: approve, number: "A77", deliver: mailbox}}]`)
	w.submit(w.ask(w.newCase(), 1, knee("LK1")))
	w.cases.refuse = domain.ErrConflict
	w.round()
	require.Equal(t, []string{"matched", "quarantined: case-is-over"}, w.inbound())
	require.Equal(t, []string{"answer-unmatched larkfield case-is-over"}, w.cases.escalations())
}

func TestPickup_hears_for_an_attempt_that_was_given_up(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `rules: [{name: slow, then: {decide: approve, number: "A77", delay: 200ms}}]`)
	ctx, cancel := context.WithCancel(t.Context())
	w.restart(func(point string) {
		if point == "after-last-byte" {
			cancel()
		}
	})
	req := w.ask(w.newCase(), 1, knee("LK1"))
	_, err := w.Submit(ctx, req)
	require.NoError(t, err)
	w.round()
	require.Equal(t, []string{string(req.Exchange) + " A1"}, w.heard())
	require.Equal(t, []string{"matched"}, w.inbound())
}

func TestPickup_is_run_by_one_of_many_workers_at_a_time(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approves)
	ran, err := w.store.Alone(t.Context(), "pickup", func(ctx context.Context) error {
		again, err := w.store.Alone(ctx, "pickup", func(context.Context) error { t.Fatal("two at a time"); return nil })
		require.False(t, again)
		return err
	})
	require.NoError(t, err)
	require.True(t, ran)
	ran, err = w.store.Alone(t.Context(), "pickup", func(context.Context) error { return nil })
	require.NoError(t, err)
	require.True(t, ran, "it is let go of")
}

func TestPickup_ends_with_its_context(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approves)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	w.Pickup(ctx, 10*time.Millisecond)
}
