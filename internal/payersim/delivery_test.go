package payersim_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/internal/payersim"
)

func delivered(t *testing.T, how string) *world {
	return start(t, "rules: [{name: it, times: 1, then: {deliver: "+how+"}}]")
}

// letters takes everything out of a receiver's mailbox, as text.
func (w *world) letters(receiver string) []string {
	w.t.Helper()
	var list struct{ Items []payersim.Letter }
	require.NoError(w.t, json.Unmarshal(w.get("/mailbox?receiver="+receiver, http.StatusOK), &list))
	var all []string
	for _, l := range list.Items {
		all = append(all, told(w.t, w.get("/mailbox/"+l.ID, http.StatusOK)))
		require.Equal(w.t, http.StatusNoContent, w.do(http.MethodDelete, "/mailbox/"+l.ID, ""))
	}
	return all
}

func (w *world) get(path string, status int) []byte {
	w.t.Helper()
	resp, err := w.client.Get(w.server.URL + path)
	require.NoError(w.t, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	require.NoError(w.t, resp.Body.Close())
	require.Equal(w.t, status, resp.StatusCode, string(b))
	return b
}

func (w *world) do(method, path, body string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, w.server.URL+path, strings.NewReader(body))
	require.NoError(w.t, err)
	resp, err := w.client.Do(req)
	require.NoError(w.t, err)
	require.NoError(w.t, resp.Body.Close())
	return resp.StatusCode
}

func TestDelivery_a_silent_payer_has_taken_the_request(t *testing.T) {
	t.Parallel()
	w := delivered(t, "silent")
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, _, err := w.postFor(ctx, w.knee().bytes())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, []payersim.Outcome{payersim.Processed}, w.outcomes())
	require.Contains(t, w.ask(w.inquiry("TRN*1*TRACE1*9CEDARORTH", "UM*HS")), "HCR*A1*A00000101")
}

func TestDelivery_a_silent_payer_lets_go_when_it_closes(t *testing.T) {
	t.Parallel()
	w := delivered(t, "silent")
	failed := make(chan error)
	go func() {
		_, _, err := w.post(w.knee().bytes())
		failed <- err
	}()
	require.Eventually(t, func() bool { return len(w.outcomes()) == 1 }, 5*time.Second, time.Millisecond, "the request is in the ledger")
	require.NoError(t, w.sim.Close())
	require.ErrorIs(t, <-failed, io.EOF, "the connection ends, nobody waited for its time to run out")
}

func TestDelivery_what_fails_before_processing_was_not_taken_and_may_come_again(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]func(*testing.T, int, error){
		"error-before": func(t *testing.T, status int, err error) {
			require.NoError(t, err)
			require.Equal(t, http.StatusServiceUnavailable, status)
		},
		"reset-before": func(t *testing.T, _ int, err error) { require.ErrorContains(t, err, "reset") },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := delivered(t, how)
			r := w.knee()
			status, _, err := w.post(r.bytes())
			want(t, status, err)
			require.Empty(t, w.sim.Reviews())
			require.Contains(t, w.ask(r), "HCR*A1", "the same bytes are welcome")
			require.Equal(t, []payersim.Outcome{payersim.Unprocessed, payersim.Processed}, w.outcomes())
			require.Empty(t, w.sim.Ledger().SentTwice())
		})
	}
}

func TestDelivery_what_fails_after_processing_was_taken(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]func(*testing.T, int, []byte, error){
		"error-after": func(t *testing.T, status int, _ []byte, err error) {
			require.NoError(t, err)
			require.Equal(t, http.StatusInternalServerError, status)
		},
		"reset-after": func(t *testing.T, _ int, _ []byte, err error) { require.ErrorContains(t, err, "reset") },
		"garbage": func(t *testing.T, status int, body []byte, err error) {
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, string(body), "<!doctype html>")
		},
		"truncated": func(t *testing.T, status int, body []byte, err error) {
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, status)
			require.True(t, strings.HasPrefix(string(body), "ISA*"))
			require.NotContains(t, string(body), "IEA*")
		},
		"cut-off": func(t *testing.T, _ int, _ []byte, err error) { require.ErrorIs(t, err, io.ErrUnexpectedEOF) },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := delivered(t, how)
			r := w.knee()
			status, body, err := w.post(r.bytes())
			want(t, status, body, err)
			require.Len(t, w.sim.Reviews(), 1)
			require.Equal(t, "TA1*000000001*260302*0900*R*025", w.ask(r))
			require.Equal(t, "same-bytes", w.sim.Ledger().SentTwice()[0].How)
			require.Contains(t, w.ask(w.inquiry("TRN*1*TRACE1*9CEDARORTH", "UM*HS")), "HCR*A1*A00000101")
		})
	}
}

func TestDelivery_a_request_that_is_not_read_is_refused_whatever_the_script_says(t *testing.T) {
	t.Parallel()
	w := delivered(t, "garbage")
	require.Contains(t, w.ask(w.knee(replace("UM", ""))), "IK5*R")
	_, body, err := w.post(w.knee().bytes())
	require.NoError(t, err)
	require.Contains(t, string(body), "<!doctype html>", "the rule still waits for its one request")
}

func TestDelivery_by_mailbox_the_request_is_acknowledged_and_answered_later(t *testing.T) {
	t.Parallel()
	w := delivered(t, "mailbox")
	require.Equal(t, "AK1*HI*1*005010X217\nAK2*278*0001*005010X217\nIK5*A\nAK9*A*1*1*1", w.ask(w.knee()))
	require.Empty(t, w.letters("SOMEBODY"))
	letters := w.letters("CEDAR")
	require.Len(t, letters, 1)
	require.Contains(t, letters[0], "TRN*2*TRACE1*9CEDARORTH\nUM*HS*I*2*22:B\nHCR*A1*A00000101")
	require.Empty(t, w.letters("CEDAR"))
}

func TestDelivery_a_letter_once_taken_is_gone_and_an_unknown_one_is_not_found(t *testing.T) {
	t.Parallel()
	w := delivered(t, "mailbox")
	w.ask(w.knee())
	id := w.sim.Mailbox("", "")[0].ID
	require.Equal(t, http.StatusNoContent, w.do(http.MethodDelete, "/mailbox/"+id, ""))
	require.Equal(t, http.StatusNoContent, w.do(http.MethodDelete, "/mailbox/"+id, ""))
	w.get("/mailbox/"+id, http.StatusNotFound)
	require.Equal(t, http.StatusNotFound, w.do(http.MethodDelete, "/mailbox/m0", ""))
	w.restart()
	require.Empty(t, w.letters(""))
}

func TestDelivery_an_answer_given_twice_has_two_control_numbers_and_one_content(t *testing.T) {
	t.Parallel()
	w := delivered(t, "twice")
	direct := w.ask(w.knee())
	require.Equal(t, []string{direct}, w.letters("CEDAR"))
	var controls []string
	for _, e := range w.sim.Ledger().Entries() {
		if e.Answer != nil {
			controls = append(controls, string(e.Answer.Bytes[90:99]))
		} else if e.Kind == payersim.Put {
			controls = append(controls, e.Control)
		}
	}
	require.Equal(t, []string{"000000001", "000000002"}, controls)
}

func TestDelivery_a_stale_pend_comes_after_the_decision(t *testing.T) {
	t.Parallel()
	w := delivered(t, "stale-pend")
	require.Contains(t, w.ask(w.knee()), "HCR*A1")
	letters := w.letters("CEDAR")
	require.Len(t, letters, 1)
	require.Equal(t, "BHT*0007*11*REF1*20260302*0800*18\nHCR*A4**0V", pick(letters[0], "BHT", "HCR"))
}

func TestDelivery_another_patients_answer_carries_our_trace_or_another(t *testing.T) {
	t.Parallel()
	prefixes := []string{"BHT", "NM1*IL", "DMG", "TRN", "HCR"}
	require.Equal(t, `BHT*0007*11*REF1*20260302*0900*18
NM1*IL*1*OTHER*PATIENT****MI*001M
DMG*D8*19010101*F
TRN*2*TRACE1*9CEDARORTH
HCR*A1*A00000101`, pick(func() string { w := delivered(t, "other-patient"); return w.ask(w.knee()) }(), prefixes...))
	w := delivered(t, "other-request")
	require.Equal(t, `BHT*0007*11*1FER*20260302*0900*18
NM1*IL*1*OTHER*PATIENT****MI*001M
DMG*D8*19010101*F
TRN*2*1ECART*9CEDARORTH
HCR*A1*A00000101`, pick(w.ask(w.knee()), prefixes...))
	require.Equal(t, "M100", w.sim.Reviews()[0].Subject.Member, "it is filed under the right one")
}

func TestDelivery_a_slow_answer_waits_on_the_clock_it_was_given(t *testing.T) {
	t.Parallel()
	w := start(t, "rules: [{name: it, then: {delay: 90s}}]")
	waited := make(chan time.Duration, 1)
	w.shut()
	w.opts.Wait = func(_ context.Context, d time.Duration) error { waited <- d; return nil }
	w.open()
	require.Contains(t, w.ask(w.knee()), "HCR*A1")
	require.Equal(t, 90*time.Second, <-waited)
}

func TestDelivery_a_mix_depends_on_the_seed_and_the_request_alone(t *testing.T) {
	t.Parallel()
	mix := `rules: [{name: it, mix: [{weight: 1, then: {decide: approve}}, {weight: 1, then: {decide: deny}}]}]`
	run := func(seed string) string {
		w := start(t, "seed: "+seed+"\n"+mix)
		var said []string
		for n := range 24 {
			said = append(said, pick(w.ask(w.knee(member("M"+string(rune('A'+n))))), "HCR")[4:6])
			if n == 12 {
				w.restart()
			}
		}
		return strings.Join(said, " ")
	}
	first := run("7")
	require.Equal(t, first, run("7"))
	require.NotEqual(t, first, run("8"))
	require.Contains(t, first, "A1")
	require.Contains(t, first, "A3")
}
