package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	sdk "go.temporal.io/sdk/temporal"

	"parley/api"
	"parley/domain"
	"parley/store"
)

// messages are the routes that say something to a case.
var messages = map[string]string{
	"recordAnswer": "/answers", "correctFacts": "/corrections", "serviceDone": "/service-done", "withdrawCase": "/withdrawal",
	"holdCase": "/hold", "noteCase": "/notes", "remindMe": "/reminders",
}

func TestMessages_each_kind_of_trouble_has_its_status(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead := w.as(store.RoleLead)
	for name, rest := range messages {
		t.Run(name, func(t *testing.T) {
			w, lead := w.in(t), lead.in(t)
			id := w.started()
			path, good := casePath(id, rest), sample(name)
			expect := func(status int, kind string, a answer) {
				t.Helper()
				require.Equal(t, status, a.status, "%s", a.body)
				p := a.problem(t)
				require.Equal(t, "urn:parley:problem:"+kind, p.Type)
				require.Equal(t, status, p.Status)
				require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
			}
			expect(400, "invalid", lead.post(path, `{"words": `))
			expect(400, "invalid", lead.post(path, `{} {}`))
			expect(404, "not-found", lead.post("/cases/99-999999"+rest, good))
			expect(404, "not-found", lead.post("/cases/"+strings.Repeat("0", 36)+rest, good))
			expect(413, "too-large", lead.post(path, `{"words": "`+strings.Repeat("x", 1<<20)+`"}`))
			expect(415, "unsupported", lead.but(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }).post(path, good))
			expect(415, "unsupported", lead.but(func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }).post(path, good))
			expect(422, "invalid", lead.post(path, map[string]any{"surprise": 1}))
			expect(422, "invalid", lead.post(path, `{}`))
			w.temporal.meanwhile(func(string) error { return sdk.NewNonRetryableApplicationError("x", domain.Refused, nil) })
			expect(409, "conflict", lead.post(path, good))
			w.temporal.meanwhile(func(string) error {
				return sdk.NewNonRetryableApplicationError("x", domain.ResultInvalid, nil, []domain.FieldError{{Pointer: "/coverage/memberId", Code: "min"}})
			})
			bad := lead.post(path, good)
			expect(422, "invalid", bad)
			require.Equal(t, []string{"/coverage/memberId min"}, faults(bad.problem(t)))
			w.temporal.meanwhile(func(string) error { return serviceerror.NewUnavailable("x") })
			expect(503, "unavailable", lead.post(path, good))
			require.Equal(t, 1, w.count(`select count(*) from step where case_id = $1`, id), "nothing of this moved the case")
			require.Equal(t, http.StatusOK, lead.post(path, good).status)
		})
	}
}

func TestMessages_a_closed_case_takes_none_and_repeats_its_answers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	desk := w.as(store.RoleCoordinator)
	withdrawal := desk.with("withdraw-it-1")
	first := withdrawal.post(casePath(id, "/withdrawal"), sample("withdrawCase"))
	require.Equal(t, http.StatusOK, first.status)
	// As if the program had died before it had kept its answer.
	_, err := w.owner.Exec(t.Context(), `update idempotency_key set status = null, lease_until = now() - interval '1 second'`)
	require.NoError(t, err)
	again := withdrawal.post(casePath(id, "/withdrawal"), sample("withdrawCase"))
	require.Equal(t, http.StatusOK, again.status, "%s", again.body)
	require.JSONEq(t, string(first.body), string(again.body))

	other := desk.post(casePath(id, "/notes"), sample("noteCase"))
	require.Equal(t, http.StatusConflict, other.status)
	require.Equal(t, "The case is closed.", other.problem(t).Detail)
}

func TestMessages_what_the_database_shows_of_a_running_case_answers_nothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	// The case goes on as a new run at this moment: 'not found', though it runs.
	w.temporal.meanwhile(func(string) error { return serviceerror.NewNotFound("aborted by closing workflow") })
	a := w.as(store.RoleCoordinator).post(casePath(id, "/notes"), sample("noteCase"))
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	require.Equal(t, 2, w.temporal.called(domain.NoteCase))
}

func TestMessages_what_a_payer_told_is_recorded_under_who_heard_it(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	desk := w.as(store.RoleCoordinator)
	for pointer, body := range map[string]map[string]any{
		"/channel oneof":           {"channel": "x12", "said": "A3"},
		"/exchange exchange":       {"channel": "phone", "said": "A3", "exchange": "00000000-0000-8000-8000-000000000000-x1"},
		"/number required_if":      {"channel": "phone", "said": "A1"},
		"/reasons/0/code required": {"channel": "phone", "said": "A3", "reasons": []any{map[string]any{"code": ""}}},
	} {
		a := desk.post(casePath(id, "/answers"), body)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, pointer)
		require.Contains(t, faults(a.problem(t)), pointer)
	}
	for _, own := range []string{"id", "by", "at"} {
		a := desk.post(casePath(id, "/answers"), map[string]any{"channel": "phone", "said": "A3", own: "x"})
		require.Equal(t, []string{" unknown"}, faults(a.problem(t)), own)
	}
}

func TestMessages_a_hold_and_a_reminder_lie_ahead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	desk := w.as(store.RoleCoordinator)
	past := time.Now().Add(-time.Minute)
	require.Equal(t, []string{"/until future"}, faults(desk.post(casePath(id, "/hold"), map[string]any{"until": past, "reason": "r"}).problem(t)))
	require.Equal(t, []string{"/at future"}, faults(desk.post(casePath(id, "/reminders"), map[string]any{"at": past, "words": "w"}).problem(t)))
}

func TestReopening_wakes_a_closed_case_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	lead := w.as(store.RoleLead)
	open := lead.post(casePath(id, "/reopening"), sample("reopenCase"))
	require.Equal(t, http.StatusConflict, open.status)
	require.Equal(t, "The case is open.", open.problem(t).Detail)
	require.Equal(t, http.StatusOK, lead.post(casePath(id, "/withdrawal"), sample("withdrawCase")).status)

	first := lead.with("reopen-it-1").post(casePath(id, "/reopening"), sample("reopenCase"))
	require.Equal(t, http.StatusOK, first.status, "%s", first.body)
	var view domain.CaseView
	first.into(t, &view)
	require.Equal(t, domain.Open, view.Status)
	_, err := w.owner.Exec(t.Context(), `update idempotency_key set status = null, lease_until = now() - interval '1 second' where route like '%reopening'`)
	require.NoError(t, err)
	again := lead.with("reopen-it-1").post(casePath(id, "/reopening"), sample("reopenCase"))
	require.JSONEq(t, string(first.body), string(again.body), "tried again after a crash")
	require.Equal(t, 2, w.temporal.called("start"))
}

func TestCases_are_listed_page_by_page_and_found_by_number(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []domain.CaseID
	for range 5 {
		ids = append(ids, w.started())
	}
	desk := w.as(store.RoleCoordinator)
	var found []domain.CaseID
	path := "/cases?status=open,held&payer=larkfield&limit=2"
	for next := ""; ; {
		var page api.CasePage
		a := desk.get(path + next)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		a.into(t, &page)
		for _, c := range page.Items {
			found = append([]domain.CaseID{c.ID}, found...)
		}
		if page.Next == "" {
			break
		}
		next = "&cursor=" + page.Next
	}
	require.Equal(t, ids, found)

	var detail api.CaseDetail
	desk.get(casePath(ids[0], "")).into(t, &detail)
	var byNumber api.CaseDetail
	desk.get("/cases/"+detail.Number).into(t, &byNumber)
	require.Equal(t, ids[0], byNumber.ID)
	require.Contains(t, detail.Stages, api.StageAt{Name: "answer payer", At: "current"})
	require.Contains(t, detail.Stages, api.StageAt{Name: "close", At: "ahead"})
}

func TestLists_refuse_what_they_do_not_know(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	desk := w.as(store.RoleLead)
	for query, want := range map[string]string{
		"/cases?statuss=open": "/query unknown", "/cases?status=lost": "/query/status oneof", "/cases?limit=x": "/query/limit type",
		"/cases?limit=999": "/query/limit max", "/cases?cursor=nonsense": "/query/cursor cursor", "/tasks?mine=perhaps": "/query/mine type",
		"/cases?changedSince=yesterday": "/query/changedSince datetime", "/cases?payer=a&payer=b": "/query/payer type", "/cases?payer=%00": "/query/payer type",
	} {
		a := desk.get(query)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, query)
		require.Equal(t, []string{want}, faults(a.problem(t)), query)
	}
}

func TestEvents_are_read_on_from_the_last_cursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	_, err := w.owner.Exec(t.Context(), `insert into event (type, case_id, facility, kind, step, fence, data)
		select 'case.advanced', $1, 'north', 'prior-authorization', n, n, '{}' from generate_series(1, 5) n`, id)
	require.NoError(t, err)
	ehr := w.as(store.RoleIntegrator)
	seen, after := 0, ""
	// Events stay back while any transaction of the server is open that could come before.
	require.Eventually(t, func() bool {
		var page api.Events
		ehr.get(fmt.Sprintf("/events?limit=2&after=%s", after)).into(t, &page)
		if len(page.Items) == 0 {
			require.Equal(t, after, page.Next)
		}
		seen, after = seen+len(page.Items), page.Next
		return seen == 5
	}, 20*time.Second, 20*time.Millisecond, "all events are told")
	require.Equal(t, []string{"/query/after cursor"}, faults(ehr.get("/events?after=x").problem(t)))
}
