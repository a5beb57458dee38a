package activities_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"parley/activities"
	"parley/domain"
	"parley/payer"
	"parley/payer/connector"
)

const approves = `rules: [{name: yes, then: {decide: approve, number: "A77", days: 90}}]`

func TestSubmit_returns_the_answer_that_comes_at_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approves)
	r := w.submit(w.ask(w.newCase(), 1, knee("LK1002003")))
	require.Equal(t, domain.Accepted, r.State)
	require.NotNil(t, r.Received)
	require.NotNil(t, r.Answer)
	meaning, why := r.Answer.Means(knee("LK1002003"))
	require.Equal(t, domain.MeansApproved, meaning, why)
	require.Equal(t, "A77", r.Answer.Number)
	require.Equal(t, []string{"prepared", "sending", "accepted"}, w.states(r.Submission))
	require.Equal(t, []string{"matched"}, w.inbound())
	require.Empty(t, w.sim.Ledger().SentTwice())
	require.Equal(t, w.states(r.Submission), w.lines(`select after from audit_row where what = 'sent' order by seq`), "every state is audited")
}

func TestSubmit_run_again_says_the_same_and_sends_nothing(t *testing.T) {
	t.Parallel()
	for _, script := range []string{
		approves,
		`rules: [{name: no, then: {decide: deny, reasons: ["0F"]}}]`,
		`rules: [{name: bad, then: {decide: reject, rejects: [{loop: 2010C, code: "72", followUp: C}]}}]`,
		`rules: [{name: pend, then: {decide: pend, reasons: ["0U"], wants: {pwk: [OZ], dueDays: 14}}}]`,
		`rules: [{name: later, then: {decide: pend, deliver: mailbox}}]`,
	} {
		w := newWorld(t, script)
		req := w.ask(w.newCase(), 1, knee("LK1"))
		first := w.submit(req)
		require.NotEqual(t, domain.UnknownSend, first.State)
		require.Equal(t, first, w.submit(req), script)
		require.Len(t, w.sim.Ledger().Acceptances()[subject(w)], accepted(first))
		require.Equal(t, []string{"1"}, w.lines(`select sends::text from submission`))
	}
}

func accepted(r domain.Receipt) int {
	if r.State == domain.RejectedSend {
		return 0
	}
	return 1
}

func TestSubmit_says_by_hand_where_the_payer_takes_no_278(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approves)
	o := knee("HG1")
	o.Coverage.Payer = "harrowgate"
	r := w.submit(w.ask(w.newCase(), 1, o))
	require.True(t, r.ByHand)
	require.Empty(t, w.lines(`select id from submission`))
	o.Coverage.Payer = "nobody-knows"
	got, err := w.Submit(t.Context(), domain.Request{Submission: "s", Kind: domain.AskAuthorization, Payer: o.Coverage.Payer, Order: o})
	require.NoError(t, err)
	require.True(t, got.ByHand)
}

func TestSubmit_of_what_no_interchange_can_carry_is_a_reject_that_names_the_field(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approves)
	o := knee("LK1*Z")
	r := w.submit(w.ask(w.newCase(), 1, o))
	require.Equal(t, domain.RejectedSend, r.State)
	require.Equal(t, "/coverage/memberId", r.Answer.Rejects[0].Field)
	require.NotContains(t, r.Answer.Rejects[0].Words, o.Coverage.MemberID)
	require.Empty(t, w.sim.Ledger().Entries())
	require.Empty(t, w.lines(`select id from submission union all select sender from control_number`))
}

// TestSubmit_killed_at_every_point asks what the next worker does, and then settles what
// is unknown as a case does: by asking, and by sending again what is proved absent.
func TestSubmit_killed_anywhere_reaches_the_payer_exactly_once(t *testing.T) {
	t.Parallel()
	next := map[string]domain.SubmissionState{
		"before-ledger-row": domain.Accepted, // nothing was there: this attempt is the first
		"after-sending":     domain.UnknownSend,
		"after-first-byte":  domain.UnknownSend,
		"after-last-byte":   domain.UnknownSend,
		"after-answer":      domain.UnknownSend,
		"after-commit":      domain.Accepted,
	}
	require.Len(t, activities.CrashPoints, len(next))
	for _, point := range activities.CrashPoints {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, approves)
			req := w.ask(w.newCase(), 1, knee("LK1"))
			require.True(t, w.untilKilled(point, req))
			r := w.submit(req)
			require.Equal(t, next[point], r.State)
			require.Equal(t, r.State, w.submit(req).State, "a third attempt changes nothing")
			w.settle(req, r)
			require.Len(t, w.sim.Ledger().Acceptances()[subject(w)], 1)
			require.Empty(t, w.sim.Ledger().SentTwice())
			require.Len(t, w.lines(`select distinct encode(bytes_sha256, 'hex') from submission where kind = 'authorization'`), 1)
		})
	}
}

// settle asks after an unknown send until the payer has it.
func (w *world) settle(req domain.Request, r domain.Receipt) {
	w.t.Helper()
	for n := 2; r.State == domain.UnknownSend || r.Answer == nil; n++ {
		require.Less(w.t, n, 5, "it is never settled")
		asked := w.submit(w.after(req, r, n))
		require.NotNil(w.t, asked.Answer)
		if asked.Answer.Said != domain.NotOnFile {
			require.Equal(w.t, domain.CertifiedInTotal, asked.Answer.Said)
			require.Equal(w.t, domain.Acknowledged, w.submit(req).State, "the ledger knows what the inquiry found")
			return
		}
		req.Resend = true
		r = w.submit(req)
	}
	require.Equal(w.t, domain.Accepted, r.State)
}

func subject(w *world) (s payersimSubject) {
	for s = range w.sim.Ledger().Acceptances() {
	}
	return s
}

// TestSubmit_tells_apart_what_cannot_have_arrived plays every fault of a payer once.
func TestSubmit_leaves_unknown_whatever_may_have_arrived(t *testing.T) {
	t.Parallel()
	for fault, trouble := range map[string]string{
		"silent": "timed-out", "error-before": "5xx", "error-after": "5xx", "reset-before": "broken", "reset-after": "broken",
		"garbage": "unreadable", "truncated": "unreadable", "cut-off": "broken", "other-patient": "other-patient", "other-request": "other-trace",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `rules: [{name: fault, when: {asks: [review]}, times: 1, then: {deliver: `+fault+`, number: "A77", days: 90}}]`)
			w.impatient()
			req := w.ask(w.newCase(), 1, knee("LK1"))
			r := w.submit(req)
			state := domain.UnknownSend
			if strings.HasPrefix(trouble, "other-") {
				state = domain.Acknowledged // its TA1 names us: it has the request, whatever else it says
			}
			require.Equal(t, state, r.State)
			require.Equal(t, trouble, r.Trouble)
			require.Nil(t, r.Answer, "nothing that cannot be believed is told")
			require.Equal(t, r, w.submit(req))
			quarantined := strings.HasPrefix(trouble, "other-") || trouble == "unreadable"
			require.Equal(t, quarantined, len(w.cases.escalations()) == 1, "%v", w.cases.escalations())
			require.Equal(t, quarantined, len(w.inbound()) == 1)
			w.settle(req, r)
			require.Len(t, w.sim.Ledger().Acceptances()[subject(w)], 1)
			require.Empty(t, w.sim.Ledger().SentTwice())
		})
	}
}

// impatient gives the payer 400 ms.
func (w *world) impatient() { w.profile("timeout: 45s", "timeout: 400ms") }

// profile changes Larkfield's profile: a new version of it.
func (w *world) profile(from, to string) {
	w.t.Helper()
	p, err := w.book.Profile("larkfield", 0)
	require.NoError(w.t, err)
	body := strings.ReplaceAll(string(p.Body), from, to)
	require.NotEqual(w.t, string(p.Body), body)
	w.book, err = activities.LoadBook(w.t.Context(), w.store, payer.Shipped(), fstest.MapFS{"larkfield.yaml": {Data: []byte(body)}})
	require.NoError(w.t, err)
}

func TestSubmit_that_never_got_a_connection_may_be_tried_again(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "http://127.0.0.1:1")
	req := w.ask(w.newCase(), 1, knee("LK1"))
	for range 3 {
		_, err := w.Submit(t.Context(), req)
		require.ErrorIs(t, err, domain.ErrUnavailable)
		require.True(t, connector.NothingSent(err))
	}
	require.Equal(t, []string{"0"}, w.lines(`select sends::text from submission`))
	require.Equal(t, []string{"prepared", "sending", "prepared", "sending", "prepared", "sending", "prepared"}, w.states(req.Submission))
}

func TestSubmit_is_refused_only_by_a_status_that_the_payers_guide_explains(t *testing.T) {
	t.Parallel()
	door := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnprocessableEntity) }
	w := newWorldOf(t, door)
	require.Equal(t, domain.UnknownSend, w.submit(w.ask(w.newCase(), 1, knee("LK1"))).State)

	w.profile("timeout: 45s", "refuses: [422]")
	req := w.ask(w.newCase(), 1, knee("LK1"))
	r := w.submit(req)
	require.Equal(t, domain.RejectedSend, r.State)
	require.Equal(t, "http-422", r.Answer.Rejects[0].Code)
	require.Equal(t, r, w.submit(req))
}

func TestSubmit_sends_again_only_what_is_proved_absent_since(t *testing.T) {
	t.Parallel()
	var posts atomic.Int32
	w := newWorldOf(t, func(w http.ResponseWriter, _ *http.Request) {
		posts.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	w.deps.ProofPatience = time.Millisecond
	w.restart(nil)
	req := w.ask(w.newCase(), 1, knee("LK1"))
	require.Equal(t, domain.UnknownSend, w.submit(req).State)
	req.Resend = true
	require.Equal(t, domain.UnknownSend, w.submit(req).State, "nobody has proved anything")
	require.EqualValues(t, 1, posts.Load())

	w.foundOut(req, "yes")
	require.Equal(t, domain.UnknownSend, w.submit(req).State)
	require.EqualValues(t, 1, posts.Load())

	w.foundOut(req, "no")
	require.Equal(t, domain.UnknownSend, w.submit(req).State)
	require.EqualValues(t, 2, posts.Load(), "a person found out: the same bytes again")
	require.Equal(t, domain.UnknownSend, w.submit(req).State, "that proof is used up")
	require.EqualValues(t, 2, posts.Load())
	require.Equal(t, []string{"2"}, w.lines(`select sends::text from submission`))
}

// foundOut is a person's word on whether the payer has a request.
func (w *world) foundOut(req domain.Request, arrived string) {
	w.t.Helper()
	w.counts++
	id := domain.NewTaskID(req.Case, w.counts, domain.FoundOut{}.Task(), 0)
	_, err := w.pool.Exec(w.t.Context(), `
		insert into task (id, case_id, kind, title, instructions, queue, party, priority, due_at, due, facility, opened_step, opened_at, exchange)
		values ($1, $2, $3, '', '', '', '', 1, now(), '{}', 'north', 1, now(), $4)`, id, req.Case, domain.FoundOut{}.Task(), req.Exchange)
	require.NoError(w.t, err)
	_, err = w.pool.Exec(w.t.Context(), `
		with told as (
			insert into step (case_id, no, fence, run_id, stage, status, now_words, digest, at)
			values ($3, $4, 1, '', 'ask payer', 'open', '', '', now())
		)
		insert into task_completion (task_id, message_id, step, fence, at, by_kind, by_id, by_name, result)
		values ($1, 'm', $4, 1, now(), 'person', 'dana', 'Dana', jsonb_build_object('arrived', $2::text))`, id, arrived, req.Case, w.counts)
	require.NoError(w.t, err)
}

func TestSubmit_cancelled_in_the_middle_is_heard_out(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `rules: [{name: slow, then: {decide: approve, number: "A77", delay: 300ms}}]`)
	ctx, cancel := context.WithCancel(t.Context())
	w.restart(func(point string) {
		if point == "after-first-byte" {
			cancel()
		}
	})
	req := w.ask(w.newCase(), 1, knee("LK1"))
	r, err := w.Submit(ctx, req)
	require.NoError(t, err)
	require.Equal(t, domain.Accepted, r.State)
	require.Equal(t, []string{"new"}, w.inbound(), "nobody may have heard: the pickup tells the case")

	_, err = w.Submit(ctx, w.ask(w.newCase(), 1, knee("LK2")))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, w.sim.Ledger().Entries(), 1, "cancelled before, nothing leaves")
}

func TestSubmit_of_what_is_abandoned_never_leaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approves)
	req := w.ask(w.newCase(), 1, knee("LK1"))
	off := req
	off.Abandon = true
	require.Equal(t, domain.Prepared, w.submit(off).State)
	require.Equal(t, domain.Prepared, w.submit(off).State)
	require.Equal(t, domain.Prepared, w.submit(req).State, "an attempt that thaws later finds that it must not")
	require.Empty(t, w.sim.Ledger().Entries())

	sent := w.ask(w.newCase(), 1, knee("LK2"))
	w.submit(sent)
	sent.Abandon = true
	require.Equal(t, domain.Accepted, w.submit(sent).State, "what has left is told as it is")
}

func TestSubmit_at_once_by_many_attempts_sends_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approves)
	req := w.ask(w.newCase(), 1, knee("LK1"))
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			_, err := w.Submit(t.Context(), req)
			errs <- err
		}()
	}
	var failed error
	for range cap(errs) {
		failed = errors.Join(failed, <-errs)
	}
	require.NoError(t, failed)
	require.Len(t, w.sim.Ledger().Entries(), 1)
	require.Equal(t, domain.Accepted, w.submit(req).State)
}

// atErr does something at the first time that a context is asked how it is: after an
// attempt has read the ledger, and before it acts on that.
type atErr struct {
	context.Context
	once *sync.Once
	do   func()
}

func (c atErr) Err() error {
	c.once.Do(c.do)
	return c.Context.Err()
}

// An attempt that was given up for dead may end between two looks of its successor.
func TestSubmit_that_finds_another_attempt_just_done_says_what_that_one_heard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at    string // where the first attempt is, when the second has looked
		state domain.SubmissionState
	}{
		"it has the answer":           {"after-sending", domain.Accepted},
		"it got no connection at all": {"nowhere", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, approves)
			nowhere := c.at == "nowhere"
			if nowhere {
				w = newWorldAt(t, "http://127.0.0.1:1")
			}
			req := w.ask(w.newCase(), 1, knee("LK1"))
			stopped, goOn, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
			w.restart(func(point string) {
				if point == "after-sending" {
					close(stopped)
					<-goOn
				}
			})
			go func() {
				defer close(done)
				_, _ = w.Submit(t.Context(), req)
			}()
			<-stopped
			r, err := w.Submit(atErr{t.Context(), &sync.Once{}, func() { close(goOn); <-done }}, req)
			if nowhere {
				require.ErrorIs(t, err, domain.ErrUnavailable, "to be tried again")
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.state, r.State)
			require.NotNil(t, r.Answer)
		})
	}
}

func TestSettleSend_tells_the_ledger_and_told_twice_changes_nothing(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	req := w.ask(w.newCase(), 1, knee("LK1"))
	r := w.submit(req)
	for range 2 {
		_, err := w.SettleSend(t.Context(), domain.Settlement{Submission: r.Submission, State: domain.Acknowledged, By: domain.Actor{Kind: domain.Person, ID: "dana"}, Why: "found out"})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"prepared", "sending", "unknown", "acknowledged"}, w.states(r.Submission))
	require.Equal(t, domain.Acknowledged, w.submit(req).State)
	_, err := w.SettleSend(t.Context(), domain.Settlement{Submission: r.Submission, State: domain.Sending})
	require.ErrorIs(t, err, domain.ErrInvalid)
}

func TestCheckNeed_asks_the_current_profile_and_leaves_unknown_payers_to_people(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approves)
	need, err := w.CheckNeed(t.Context(), domain.NeedQuestion{Order: knee("LK1")})
	require.NoError(t, err)
	require.Equal(t, domain.NeededYes, need.Needed)
	require.Equal(t, 1, need.Terms.Version)
	w.impatient()
	need, err = w.CheckNeed(t.Context(), domain.NeedQuestion{Order: knee("LK1")})
	require.NoError(t, err)
	require.Equal(t, 2, need.Terms.Version)
	o := knee("LK1")
	o.Coverage.Payer = "nobody-knows"
	need, err = w.CheckNeed(t.Context(), domain.NeedQuestion{Order: o})
	require.NoError(t, err)
	require.Equal(t, domain.NeededUnknown, need.Needed)
	require.NotEmpty(t, need.Terms.ByHand)
}
