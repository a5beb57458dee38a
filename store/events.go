package store

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// EventRow is something that integrators hear of: IDs and codes, never health data.
type EventRow struct {
	Cursor   string            `json:"cursor"` // what comes after it is asked for with this
	ID       string            `json:"id"`
	At       time.Time         `json:"at"`
	Type     domain.EventType  `json:"type"`
	Case     domain.CaseID     `json:"caseId"`
	Facility domain.FacilityID `json:"facilityId"`
	Kind     domain.CaseKind   `json:"kind"`
	Step     int               `json:"step"`
	Data     json.RawMessage   `json:"data"`
}

// eventPlace is a transaction and a place in it. It is written so that people can read
// it, since it is also the ID of a server-sent event.
var eventPlace = regexp.MustCompile(`^(\d{1,19})-(\d{1,18})$`)

// Events lists what happened after a cursor, in the order in which it can be told:
// transactions by number, never one that an open transaction could still come before. So
// nobody who reads on from the last cursor misses an event that was committed late.
// An empty cursor starts at the beginning. Index: event_in_order.
func (s *Store) Events(ctx context.Context, sc Scope, after string, limit int) ([]EventRow, error) {
	xid, seq, err := readPlace(after)
	if err != nil {
		return nil, err
	}
	args := pgx.NamedArgs{"xid": xid, "seq": seq, "limit": limited(limit)}
	rows, err := collect[EventRow](ctx, s, `
		select xid::text || '-' || seq as cursor, id::text as id, at, type, case_id as "case", facility, kind, step, data
		from event
		where (xid, seq) > (@xid::text::xid8, @seq::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
			and `+sc.where("facility", args)+`
		order by event.xid, event.seq limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return rows, nil
}

// LastEvent is the cursor behind which all that is still to come will be.
func (s *Store) LastEvent(ctx context.Context) (cursor string, err error) {
	err = s.pool.QueryRow(ctx, `
		select coalesce((
			select xid::text || '-' || seq from event where xid < pg_snapshot_xmin(pg_current_snapshot())
			order by xid desc, seq desc limit 1), '')`).Scan(&cursor)
	if err != nil {
		return "", fmt.Errorf("read last event: %w", clean(err))
	}
	return cursor, nil
}

func readPlace(cursor string) (xid string, seq int64, err error) {
	if cursor == "" {
		return "0", 0, nil
	}
	if !eventPlace.MatchString(cursor) {
		return "", 0, badCursor()
	}
	xid, place, _ := strings.Cut(cursor, "-")
	if seq, err = strconv.ParseInt(place, 10, 64); err != nil {
		return "", 0, badCursor()
	}
	return xid, seq, nil
}
