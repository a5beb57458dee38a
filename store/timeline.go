package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// TimelineRow is a sentence of a case's timeline.
type TimelineRow struct {
	Step     int               `json:"step"`
	Ord      int               `json:"ord"`
	At       time.Time         `json:"at"`
	Kind     domain.ToldKind   `json:"kind"`
	Words    string            `json:"words"`
	Why      string            `json:"why,omitempty"`
	Stage    string            `json:"stage,omitempty"`
	By       domain.Actor      `json:"by"`
	Task     domain.TaskID     `json:"taskId,omitempty"`
	Exchange domain.ExchangeID `json:"exchangeId,omitempty"`
	Before   string            `json:"before,omitempty"`
	After    string            `json:"after,omitempty"`
}

type timelineKey struct {
	Step int `json:"s"`
	Ord  int `json:"o"`
}

// Timeline is what happened in a case, oldest first, without what was struck. Kinds narrow
// it; none shows all. Index: the primary key, which one_truth_per_step keeps in order.
func (s *Store) Timeline(ctx context.Context, sc Scope, id domain.CaseID, kinds []domain.ToldKind, cursor string, limit int) (Page[TimelineRow], error) {
	filter := []any{id, kinds}
	key, there, err := after[timelineKey](cursor, filter)
	if err != nil {
		return Page[TimelineRow]{}, err
	}
	if !there {
		key = timelineKey{-1, -1}
	}
	if int(int32(key.Step)) != key.Step || int(int32(key.Ord)) != key.Ord {
		return Page[TimelineRow]{}, badCursor()
	}
	if err := s.within(ctx, sc, id); err != nil {
		return Page[TimelineRow]{}, fmt.Errorf("read timeline of case %s: %w", id, err)
	}
	limit = limited(limit)
	args := pgx.NamedArgs{"case": id, "step": key.Step, "ord": key.Ord, "limit": limit + 1, "kinds": kinds}
	narrow := ""
	if len(kinds) > 0 {
		narrow = " and kind = any(@kinds)"
	}
	rows, err := collect[TimelineRow](ctx, s, `
		select step, ord, at, kind, words, why, stage,
			jsonb_build_object('kind', by_kind, 'id', by_id, 'name', by_name) as by, task, exchange, before, after
		from timeline_entry
		where case_id = @case and struck_at is null and (step, ord) > (@step, @ord)`+narrow+`
		order by step, ord limit @limit`, args)
	if err != nil {
		return Page[TimelineRow]{}, fmt.Errorf("read timeline of case %s: %w", id, err)
	}
	return page(rows, limit, filter, func(r TimelineRow) timelineKey { return timelineKey{r.Step, r.Ord} }), nil
}
