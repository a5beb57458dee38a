package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"parley/domain"
)

// larkfield's sends of a case, by number.
func newSend(id domain.CaseID, n int) NewSubmission {
	x := id.Exchange(n)
	return NewSubmission{
		ID: x.Submission(1), Exchange: x, Case: id, Payer: "larkfield", Kind: domain.AskAuthorization, Sender: "PARLEY", Receiver: "LARKFIELD",
	}
}

// made are the bytes of a send with its numbers.
func made(n Numbers) ([]byte, error) { return fmt.Appendf(nil, "%d %s", n.Control, n.Trace), nil }

func (h house) prepared(n NewSubmission) Submission {
	h.t.Helper()
	sub, err := h.Ledger().Prepare(h.t.Context(), n, made)
	require.NoError(h.t, err)
	return sub
}

func evidence() Evidence {
	return Evidence{By: domain.ByPayer("larkfield", "Larkfield"), Why: "told", Had: time.Now()}
}

func TestLedger_prepares_a_send_once_and_gives_each_its_own_numbers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.plantCase(1, "north")
	const many = 12
	subs := make([]Submission, many)
	var g sync.WaitGroup
	for i := range many {
		g.Go(func() {
			var err error
			subs[i], err = h.Ledger().Prepare(t.Context(), newSend(id, i/2+1), made)
			require.NoError(t, err)
		})
	}
	g.Wait()
	seen := map[string]domain.SubmissionID{}
	for i, sub := range subs {
		require.Equal(t, subs[i/2*2], sub, "two attempts at one send")
		if had, there := seen[sub.Control]; there {
			require.Equal(t, had, sub.ID)
		}
		seen[sub.Control] = sub.ID
		require.Equal(t, TraceOf("PARLEY", "LARKFIELD", number(t, sub.Control)), sub.Trace)
		require.Equal(t, fmt.Sprintf("%d %s", number(t, sub.Control), sub.Trace), string(sub.Bytes))
	}
	require.Len(t, seen, many/2)
	other := newSend(id, 99)
	other.Receiver = "SALTMEADOW"
	require.Equal(t, "000000001", h.prepared(other).Control, "each receiver has its own count")
}

func number(t *testing.T, control string) (n int) {
	t.Helper()
	_, err := fmt.Sscan(strings.TrimLeft(control, "0"), &n)
	require.NoError(t, err)
	return n
}

func TestLedger_keeps_nothing_of_a_send_that_cannot_be_made(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	broken := errors.New("cannot be written")
	_, err := h.Ledger().Prepare(t.Context(), newSend(h.plantCase(1, "north"), 1), func(Numbers) ([]byte, error) { return nil, broken })
	require.ErrorIs(t, err, broken)
	require.Zero(t, h.count(`select count(*) from submission`)+h.count(`select count(*) from exchange`)+h.count(`select count(*) from control_number`))
}

func (h house) count(query string, args ...any) (n int) {
	h.t.Helper()
	require.NoError(h.t, h.owner.QueryRow(h.t.Context(), query, args...).Scan(&n))
	return n
}

func TestLedger_lets_one_of_many_send(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := h.prepared(newSend(h.plantCase(1, "north"), 1))
	var mu sync.Mutex
	var g sync.WaitGroup
	may := 0
	for range 10 {
		g.Go(func() {
			_, ok, err := h.Ledger().MarkSending(t.Context(), sub.ID)
			require.NoError(t, err)
			mu.Lock()
			defer mu.Unlock()
			if ok {
				may++
			}
		})
	}
	g.Wait()
	require.Equal(t, 1, may)
	require.Equal(t, 1, h.count(`select count(*) from audit_row where what = 'sent' and after = 'sending'`))
}

func TestLedger_cannot_be_rewritten_by_the_role_that_serves(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := h.prepared(newSend(h.plantCase(1, "north"), 1))
	for _, change := range []string{
		`update submission set bytes = '' where id = $1`, `update submission set control = '1' where id = $1`,
		`delete from submission where id = $1`, `update submission_state set why = '' where submission_id = $1`,
	} {
		_, err := h.pool.Exec(t.Context(), change, sub.ID)
		require.Error(t, err, change)
	}
}

func TestLedger_takes_absence_as_proof_only_from_an_inquiry_made_after_the_send(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.Ledger()
	id := h.plantCase(1, "north")
	early := h.prepared(newSend(id, 2))
	sub := h.prepared(newSend(id, 1))
	step := func(_ Submission, moved bool, err error) {
		t.Helper()
		require.NoError(t, err)
		require.True(t, moved)
	}
	step(l.MarkSending(t.Context(), sub.ID))
	step(l.Unknown(t.Context(), sub.ID, "timed-out"))
	require.NoError(t, l.Absent(t.Context(), sub.ID, early.ID, domain.ByCase))
	_, may, err := l.Resend(t.Context(), sub.ID)
	require.NoError(t, err)
	require.False(t, may, "asked before the bytes left")

	late := h.prepared(newSend(id, 3))
	require.NoError(t, l.Absent(t.Context(), sub.ID, late.ID, domain.ByCase))
	first, err := l.Submission(t.Context(), sub.ID)
	require.NoError(t, err)
	again, may, err := l.Resend(t.Context(), sub.ID)
	step(again, may, err)
	_, moved, err := l.Release(t.Context(), first, "unreachable")
	require.NoError(t, err)
	require.False(t, moved, "whoever sent first knows nothing of this one")
	step(l.Release(t.Context(), again, "unreachable")) // nothing left: the proof still holds
	now, err := l.Submission(t.Context(), sub.ID)
	require.NoError(t, err)
	require.Equal(t, []any{domain.UnknownSend, 1}, []any{now.State, now.Sends})
	step(l.Resend(t.Context(), sub.ID))
	step(l.Unknown(t.Context(), sub.ID, "timed-out"))
	_, may, err = l.Resend(t.Context(), sub.ID)
	require.NoError(t, err)
	require.False(t, may, "that proof is used up")
}

func TestLedger_finds_a_send_by_what_its_answers_carry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := h.prepared(newSend(h.plantCase(1, "north"), 1))
	control, ok := ControlOf("PARLEY", "LARKFIELD", sub.Trace)
	require.True(t, ok)
	found, err := h.Ledger().ByControl(t.Context(), "PARLEY", "LARKFIELD", control)
	require.NoError(t, err)
	require.Equal(t, sub, found)
	_, ok = ControlOf("PARLEY", "SALTMEADOW", sub.Trace)
	require.False(t, ok, "another payer's trace")
	for _, trace := range []string{"", "PXXXX00000001", sub.Trace + "1", sub.Trace[:13] + "x"} {
		_, ok = ControlOf("PARLEY", "LARKFIELD", trace)
		require.False(t, ok, trace)
	}
	_, err = h.Ledger().ByControl(t.Context(), "PARLEY", "LARKFIELD", "000000099")
	require.ErrorIs(t, err, domain.ErrNotFound)
}

// wireModel is what the other side would see: every time bytes may have left.
type wireModel struct {
	left   int  // how often they may have
	proved bool // that nothing arrived of what left last
	going  bool // a send is under way that was let through
	sent   Submission
}

// TestLedger_under_any_sequence drives attempts, kills and answers in any order: bytes
// leave a second time only on proof that is newer than the first, and are always the same.
func TestLedger_never_lets_bytes_leave_twice_without_proof_whatever_the_order(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.Ledger()
	id := h.plantCase(1, "north")
	cases := 0
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		cases++
		n := newSend(id, 1000*cases)
		inquiries := 0
		var m wireModel
		var first Submission
		must := func(err error) {
			if err != nil {
				t.Fatalf("%v", err)
			}
		}
		sub, err := l.Prepare(ctx, n, made)
		must(err)
		first = sub
		t.Repeat(map[string]func(*rapid.T){
			"an attempt": func(t *rapid.T) {
				again, err := l.Prepare(ctx, n, func(Numbers) ([]byte, error) { t.Fatalf("made twice"); return nil, nil })
				must(err)
				if string(again.Bytes) != string(first.Bytes) || again.Control != first.Control {
					t.Fatalf("other bytes")
				}
				sent, may, err := l.MarkSending(ctx, n.ID)
				must(err)
				if may && m.left > 0 {
					t.Fatalf("sent again as if for the first time")
				}
				if may {
					m = wireModel{left: m.left + 1, going: true, sent: sent}
				}
			},
			"a resend": func(t *rapid.T) {
				sent, may, err := l.Resend(ctx, n.ID)
				must(err)
				if may && !m.proved {
					t.Fatalf("sent again without proof")
				}
				if may {
					m = wireModel{left: m.left + 1, going: true, sent: sent}
				}
			},
			"nothing left": func(*rapid.T) {
				if !m.going {
					return // only whoever sends can know
				}
				_, moved, err := l.Release(ctx, m.sent, "unreachable")
				must(err)
				if moved {
					m = wireModel{left: m.left - 1, proved: m.left > 1}
				}
			},
			"a kill, and the next attempt": func(*rapid.T) {
				_, moved, err := l.Unknown(ctx, n.ID, "interrupted")
				must(err)
				if moved {
					m.going = false
				}
			},
			"an inquiry finds nothing": func(*rapid.T) {
				inquiries++
				q := newSend(id, 1000*cases+inquiries)
				q.Kind = domain.AskStatus
				_, err := l.Prepare(ctx, q, made)
				must(err)
				before, err := l.Submission(ctx, n.ID)
				must(err)
				must(l.Absent(ctx, n.ID, q.ID, domain.ByCase))
				m.proved = m.proved || before.State == domain.UnknownSend
			},
			"an answer": func(t *rapid.T) {
				move := rapid.SampledFrom([]func(context.Context, domain.SubmissionID, Evidence) (Submission, bool, error){
					l.Acknowledge, l.Accept, l.Reject,
				}).Draw(t, "what")
				if m.left == 0 {
					return // of what never left nobody can say anything
				}
				_, moved, err := move(ctx, n.ID, evidence())
				must(err)
				if moved {
					m.going, m.proved = false, false
				}
			},
			"": func(t *rapid.T) {
				now, err := l.Submission(ctx, n.ID)
				must(err)
				if now.Sends != m.left {
					t.Fatalf("%d sends are counted, %d were", now.Sends, m.left)
				}
				if string(now.Bytes) != string(first.Bytes) || now.Trace != first.Trace {
					t.Fatalf("other bytes")
				}
			},
		})
	})
	h.everyMoveIsAllowedAndAudited()
}

// everyMoveIsAllowedAndAudited reads the states of all sends as they were written.
func (h house) everyMoveIsAllowedAndAudited() {
	h.t.Helper()
	rows, err := h.owner.Query(h.t.Context(), `
		select coalesce(lag(state) over (partition by submission_id order by ord), ''), state, why from submission_state order by submission_id, ord`)
	require.NoError(h.t, err)
	moves, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (m [3]string, err error) { return m, r.Scan(&m[0], &m[1], &m[2]) })
	require.NoError(h.t, err)
	allowed := []string{
		" prepared", "prepared sending", "sending prepared", "sending unknown", "sending acknowledged", "sending accepted", "sending rejected",
		"unknown unknown", "unknown sending", "unknown acknowledged", "unknown accepted", "unknown rejected",
		"acknowledged accepted", "acknowledged rejected",
	}
	for _, m := range moves {
		require.True(h.t, slices.Contains(allowed, m[0]+" "+m[1]), "%v", m)
	}
	require.Equal(h.t, len(moves), h.count(`select count(*) from audit_row where what = 'sent'`))
}

func TestProfiles_of_the_same_bytes_are_one_version_and_versions_never_change(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	keep := func(body string) int {
		v, err := h.KeepProfile(t.Context(), "larkfield", [32]byte{body[0]}, []byte(body))
		require.NoError(t, err)
		return v
	}
	require.Equal(t, []int{1, 2, 1, 3, 2}, []int{keep("a"), keep("b"), keep("a"), keep("c"), keep("b")})
	body, err := h.ProfileBody(t.Context(), "larkfield", 2)
	require.NoError(t, err)
	require.Equal(t, "b", string(body))
	_, err = h.ProfileBody(t.Context(), "larkfield", 9)
	require.ErrorIs(t, err, domain.ErrNotFound)
	var g sync.WaitGroup
	for range 6 {
		g.Go(func() { require.Equal(t, 4, keep("d")) })
	}
	g.Wait()
}

func TestInbound_of_the_same_bytes_is_one_row_and_is_judged_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := h.prepared(newSend(h.plantCase(1, "north"), 1))
	in, fresh, err := h.KeepInbound(t.Context(), "larkfield", domain.ByX12, "", time.Now(), []byte("ISA"))
	require.NoError(t, err)
	require.True(t, fresh)
	again, fresh, err := h.KeepInbound(t.Context(), "larkfield", domain.ByX12, "", time.Now(), []byte("ISA"))
	require.NoError(t, err)
	require.False(t, fresh)
	require.Equal(t, in, again)
	other, fresh, err := h.KeepInbound(t.Context(), "saltmeadow", domain.ByX12, "", time.Now(), []byte("ISA"))
	require.NoError(t, err)
	require.True(t, fresh)

	_, _, err = h.KeepInbound(t.Context(), "larkfield", domain.ByX12, sub.ID, time.Now(), []byte("answer"))
	require.NoError(t, err)
	waiting, err := h.NewInbound(t.Context(), time.Hour, 10)
	require.NoError(t, err)
	require.Equal(t, []Inbound{in, other}, waiting, "what came back on a send is its sender's to judge first")

	require.NoError(t, h.SettleInbound(t.Context(), in.ID, Judged{State: InboundMatched, Of: &sub}))
	require.NoError(t, h.SettleInbound(t.Context(), in.ID, Judged{State: InboundQuarantined, Finding: "late"}))
	of, err := h.InboundOf(t.Context(), sub.ID)
	require.NoError(t, err)
	require.Len(t, of, 2)
	require.Equal(t, InboundMatched, of[0].State)
	require.Equal(t, sub.CaseID, *of[0].CaseID)
}

func TestOutage_of_many_failures_is_one_and_the_next_begins_anew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	name := func(since time.Time) domain.CaseID { return domain.ChildID("outage", since.String()) }
	var g sync.WaitGroup
	for i := range 10 {
		g.Go(func() {
			_, err := h.FailedAt(t.Context(), "larkfield", noon.Add(time.Duration(i)*time.Second), name)
			require.NoError(t, err)
		})
	}
	g.Wait()
	require.Equal(t, 1, h.count(`select count(*) from payer_outage`))
	o, err := h.OpenOutage(t.Context(), "larkfield")
	require.NoError(t, err)
	ended, err := h.OutageTold(t.Context(), o)
	require.NoError(t, err)
	require.False(t, ended)
	ended, err = h.OutageEnded(t.Context(), o)
	require.NoError(t, err)
	require.False(t, ended, "people were told of it since")
	o, err = h.OpenOutage(t.Context(), "larkfield")
	require.NoError(t, err)
	ended, err = h.OutageEnded(t.Context(), o)
	require.NoError(t, err)
	require.True(t, ended)
	ended, err = h.OutageTold(t.Context(), o)
	require.NoError(t, err)
	require.True(t, ended, "who tells it late hears that it is over")
	_, err = h.OpenOutage(t.Context(), "larkfield")
	require.ErrorIs(t, err, domain.ErrNotFound)
	next, err := h.FailedAt(t.Context(), "larkfield", o.Since, name)
	require.NoError(t, err)
	require.NotEqual(t, o.CaseID, next.CaseID, "a clock that stands still makes no two outages one")
}
