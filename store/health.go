package store

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// Violation is a place where an invariant of DESIGN.md does not hold. Found names the
// query; Ref is an opaque ID of what it is about.
type Violation struct {
	Invariant string        `json:"invariant"` // I1 … I11
	Found     string        `json:"found"`
	Case      domain.CaseID `json:"caseId,omitempty"`
	Ref       string        `json:"ref,omitempty"`
}

func (v Violation) String() string {
	return fmt.Sprintf("%s %s: case %s %s", v.Invariant, v.Found, v.Case, v.Ref)
}

// Grace is how long something may be on its way before it counts as broken.
type Grace struct {
	Deadline time.Duration // armed past its due instant
	Doubt    time.Duration // a step nobody has seen answered
	Unknown  time.Duration // a send that may or may not have arrived, without a task
	Inbound  time.Duration // an answer that nobody has looked at
	Silence  time.Duration // a case that waits for nothing
	Since    time.Duration // how far back growing tables are searched; zero: to their beginning
}

// DefaultGrace is what a running installation is watched with: twice what each may take.
var DefaultGrace = Grace{
	Deadline: 2 * time.Minute, Doubt: 2 * time.Minute, Unknown: time.Hour, Inbound: 10 * time.Minute, Silence: time.Minute,
	Since: 24 * time.Hour,
}

//go:embed health/*.sql
var healthQueries embed.FS

// invariants in order; each has one query in health/, named like what it finds.
var invariants = []struct{ invariant, found string }{
	{"I1", "opened_twice"},
	{"I2", "bytes_changed"},
	{"I2", "sent_twice"},
	{"I2", "state_untold"},
	{"I3", "task_without_wait"},
	{"I3", "wait_without_task"},
	{"I4", "completed_and_open"},
	{"I4", "completion_without_step"},
	{"I4", "applied_twice"},
	{"I5", "step_unaudited"},
	{"I5", "mark_unaudited"},
	{"I7", "deadline_missed"},
	{"I7", "deadline_after_close"},
	{"I9", "doubtful"},
	{"I9", "send_unresolved"},
	{"I9", "answer_unread"},
	{"I11", "silent"},
}

// brokenLimit bounds what one query returns: that it is not none is what matters.
const brokenLimit = 100

// Broken lists where the invariants that can be seen in the database do not hold, each
// up to a bound. An empty list is what a healthy installation has at any moment.
func (s *Store) Broken(ctx context.Context, g Grace) ([]Violation, error) {
	args := pgx.NamedArgs{
		"deadline": g.Deadline, "doubt": g.Doubt, "unknown": g.Unknown, "inbound": g.Inbound, "silence": g.Silence,
		"since": time.Now().Add(-g.Since), "limit": brokenLimit,
	}
	if g.Since == 0 {
		args["since"] = time.Time{}
	}
	broken := []Violation{}
	for _, i := range invariants {
		query, err := healthQueries.ReadFile("health/" + i.found + ".sql")
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", i.found, err)
		}
		rows, err := s.pool.Query(ctx, string(query), args)
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", i.found, clean(err))
		}
		v := Violation{Invariant: i.invariant, Found: i.found}
		_, err = pgx.ForEachRow(rows, []any{&v.Case, &v.Ref}, func() error {
			broken = append(broken, v)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", i.found, clean(err))
		}
	}
	return broken, nil
}
