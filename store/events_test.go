package store

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"parley/domain"
)

const insertEvent = `insert into event (type, case_id, facility, kind, step, fence, data) values ($1, $2, $3, 'prior-authorization', 1, 1, '{}')`

// settled waits until whatever was open on the whole server by now, in other tests'
// databases too, is over: readers stay behind it.
func (h house) settled() {
	h.t.Helper()
	var now string
	require.NoError(h.t, h.owner.QueryRow(h.t.Context(), `select pg_current_xact_id()::text`).Scan(&now))
	passed := func() (over bool) {
		err := h.owner.QueryRow(h.t.Context(), `select pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8`, now).Scan(&over)
		return err == nil && over
	}
	require.Eventually(h.t, passed, time.Minute, 10*time.Millisecond, "a transaction stays open")
}

// heard reads all events after a cursor, a few at a time, and returns their types and the
// last cursor.
func (h house) heard(sc Scope, cursor string) (types []string, last string) {
	h.t.Helper()
	for {
		rows, err := h.Events(h.t.Context(), sc, cursor, 2)
		require.NoError(h.t, err)
		if len(rows) == 0 {
			return types, cursor
		}
		for _, r := range rows {
			types = append(types, string(r.Type))
			cursor = r.Cursor
		}
	}
}

func TestEvents_committed_late_are_missed_by_nobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	begin := func(name string) pgx.Tx {
		tx, err := h.pool.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), insertEvent, name, caseNo(1), "north")
		require.NoError(t, err)
		return tx
	}
	early := begin("early")
	late := begin("late")
	require.NoError(t, late.Commit(t.Context()))
	types, cursor := h.heard(all, "")
	require.Empty(t, types, "the early one could still come before it")
	last, err := h.LastEvent(t.Context())
	require.NoError(t, err)
	require.Empty(t, last)

	_, err = early.Exec(t.Context(), insertEvent, "early, second", caseNo(1), "north")
	require.NoError(t, err)
	require.NoError(t, early.Commit(t.Context()))
	h.settled()
	types, cursor = h.heard(all, cursor)
	require.Equal(t, []string{"early", "early, second", "late"}, types)
	last, err = h.LastEvent(t.Context())
	require.NoError(t, err)
	require.Equal(t, cursor, last)

	gone := begin("rolled back")
	after := begin("after")
	require.NoError(t, after.Commit(t.Context()))
	require.NoError(t, gone.Rollback(t.Context()))
	h.settled()
	types, _ = h.heard(all, cursor)
	require.Equal(t, []string{"after"}, types)
}

func TestEvents_are_told_in_scope_only(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, facility := range []domain.FacilityID{"north", "south", "north"} {
		h.sql(insertEvent, "case.advanced", caseNo(1), facility)
	}
	h.settled()
	types, _ := h.heard(north, "")
	require.Len(t, types, 2)
	types, _ = h.heard(Scope{}, "")
	require.Empty(t, types)
}

func TestEvents_refuses_a_cursor_that_is_none(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, cursor := range []string{"x", "1", "-1-2", "1-2-3", "99999999999999999999-1", "1-9999999999999999999", "1-2 "} {
		_, err := h.Events(t.Context(), all, cursor, 1)
		require.ErrorIs(t, err, domain.ErrInvalid, cursor)
	}
	_, err := h.Events(t.Context(), all, "9999999999999999999-999999999999999999", 1)
	require.NoError(t, err, "far ahead is a place, too")
}
