package store

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// ErrStale: someone who knew more has written since this step was decided.
var ErrStale = errors.New("decided before what is already recorded")

// Each statement takes the case from any state to this step's: none assumes the last one.
var (
	//go:embed step_lock.sql
	stepLock string
	//go:embed step_make.sql
	stepMake string
	//go:embed step_strike.sql
	stepStrike string
	//go:embed step_correct.sql
	stepCorrect string
	//go:embed step_tell.sql
	stepTell string
	//go:embed step_advance.sql
	stepAdvance string
	//go:embed step_tasks.sql
	stepTasks string
	//go:embed step_done.sql
	stepDone string
	//go:embed step_deadlines.sql
	stepDeadlines string
	//go:embed step_events.sql
	stepEvents string
)

// head is what a case's row says when it is locked.
type head struct {
	Step      int
	Fence     domain.Fence
	Before    string
	AuditSeq  int
	AuditHash []byte
}

// RecordStep makes one step visible, all of it or none. Of two attempts that write the
// same step the later decision stands, whichever comes first: what an earlier one told at
// or after it is struck, and an earlier one that comes late is refused with ErrStale.
// file is the step's file, sealed; nil keeps the one before.
func (s *Store) RecordStep(ctx context.Context, step domain.Step, file []byte) error {
	step, err := writable(step)
	if err != nil {
		return fmt.Errorf("record step %d of case %s: %w", step.No, step.CaseID, err)
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		h, err := lockCase(ctx, tx, step.CaseID)
		if err != nil {
			return err
		}
		switch {
		case step.Fence < h.Fence:
			return ErrStale
		case step.Fence == h.Fence && step.No <= h.Step:
			return nil // this very step, again
		}
		entries, err := strike(ctx, tx, h, step)
		if err != nil {
			return err
		}
		rows, seq, hash := chain(caseChain(step.CaseID), h.AuditSeq, h.AuditHash, time.Now(), append(entries, stepEntries(h, step)...))
		args := stepArgs(step)
		args["file"], args["audit_seq"], args["audit_hash"] = file, seq, hash
		var b pgx.Batch
		b.Queue(stepTell, args)
		b.Queue(stepAdvance, args)
		b.Queue(stepTasks, args)
		b.Queue(stepDeadlines, args)
		if len(step.Done) > 0 {
			b.Queue(stepDone, args)
		}
		if len(step.Events) > 0 {
			b.Queue(stepEvents, args)
		}
		queueAudit(&b, rows)
		return tx.SendBatch(ctx, &b).Close()
	})
	if errors.Is(err, ErrStale) {
		return fmt.Errorf("record step %d of case %s: %w", step.No, step.CaseID, err)
	}
	if err != nil {
		return fmt.Errorf("record step %d of case %s: %w", step.No, step.CaseID, clean(err))
	}
	return nil
}

// writable is a step without the one character that PostgreSQL keeps in no text. A payer's
// file can hold it; a step that the database refuses for good would stop its case.
func writable(step domain.Step) (domain.Step, error) {
	b, err := json.Marshal(step)
	if err != nil || !bytes.Contains(b, []byte(`\u0000`)) {
		return step, err
	}
	var plain any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // a fence is longer than a float
	if err := d.Decode(&plain); err != nil {
		return step, err
	}
	if b, err = json.Marshal(withoutNUL(plain)); err != nil {
		return step, err
	}
	clean := domain.Step{}
	err = json.Unmarshal(b, &clean)
	return clean, err
}

func withoutNUL(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "\x00", "")
	case []any:
		for i := range v {
			v[i] = withoutNUL(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = withoutNUL(v[k])
		}
	}
	return v
}

// lockCase locks a case's row, and makes it for its first step: only then is a number used.
func lockCase(ctx context.Context, tx pgx.Tx, id domain.CaseID) (h head, err error) {
	for _, query := range []string{stepLock, stepMake} {
		err = tx.QueryRow(ctx, query, id).Scan(&h.Step, &h.Fence, &h.Before, &h.AuditSeq, &h.AuditHash)
		if !errors.Is(err, pgx.ErrNoRows) {
			break
		}
	}
	return h, err
}

// strike takes back what a dead attempt told at or after this step, and notes steps that
// are missing because the database was put back to an earlier day.
func strike(ctx context.Context, tx pgx.Tx, h head, step domain.Step) (entries []auditEntry, err error) {
	for no := h.Step + 1; no < step.No; no++ {
		entries = append(entries, auditEntry{What: "missing", Step: no, By: domain.ByCase, Why: "a later step came: the database had been put back"})
	}
	if step.No > h.Step {
		return entries, nil
	}
	type struck struct {
		No    int
		Fence domain.Fence
		Told  string
	}
	rows, err := tx.Query(ctx, stepStrike, pgx.NamedArgs{"case": step.CaseID, "no": step.No})
	if err != nil {
		return nil, err
	}
	gone, err := pgx.CollectRows(rows, pgx.RowToStructByName[struck])
	if err != nil {
		return nil, err
	}
	slices.SortFunc(gone, func(a, b struck) int { return a.No - b.No })
	for _, g := range gone {
		entries = append(entries, auditEntry{
			What: "struck", Step: g.No, Fence: g.Fence, By: domain.ByCase, Why: "told by an attempt that did not stand", Before: g.Told, After: step.Now,
		})
	}
	_, err = tx.Exec(ctx, stepCorrect, pgx.NamedArgs{"case": step.CaseID, "no": step.No, "fence": step.Fence, "at": step.At})
	return entries, err
}

// stepEntries is what the audit says of a step: one row for it, and one for each fact
// that was corrected in it.
func stepEntries(h head, step domain.Step) []auditEntry {
	recorded := auditEntry{
		What: "recorded", Step: step.No, Fence: step.Fence, By: domain.ByCase,
		Before: h.Before, After: fmt.Sprintf("%s, %s: %s [%s]", step.Stage, step.Status, step.Now, step.Digest),
	}
	entries := []auditEntry{}
	for _, t := range step.Told {
		if recorded.By == domain.ByCase && t.By.ID != "" {
			recorded.By = t.By // who set this step off; the procedure itself if nobody did
		}
		if recorded.Why == "" {
			recorded.Why = t.Why
		}
		if t.Before != "" || t.After != "" {
			entries = append(entries, auditEntry{What: "corrected", Step: step.No, Fence: step.Fence, By: t.By, Why: t.Words, Before: t.Before, After: t.After})
		}
	}
	return append([]auditEntry{recorded}, entries...)
}

func stepArgs(step domain.Step) pgx.NamedArgs {
	ids := make([]domain.TaskID, 0, len(step.Tasks))
	for _, t := range step.Tasks {
		ids = append(ids, t.ID)
	}
	return pgx.NamedArgs{
		"case": step.CaseID, "no": step.No, "fence": step.Fence, "run": step.RunID, "at": step.At, "digest": step.Digest,
		"kind": step.Kind, "facility": step.Facility, "payer": step.Payer, "stage": step.Stage, "status": step.Status,
		"waiting_on": notNil(step.WaitingOn), "outcome": step.Outcome, "now": step.Now, "exchanges": notNil(step.Exchanges), "hold": step.Hold,
		"title": step.Facts.Title, "patient": step.Facts.Patient, "member": step.Facts.Member, "planned": string(step.Facts.Planned),
		"urgent": step.Facts.Urgent, "source": step.Facts.Source, "source_id": step.Facts.SourceID, "number": step.Facts.Number,
		"detail": orEmpty(step.Facts.Detail), "related": notNil(step.Related), "causes": notNil(step.Causes),
		"open": ids, "tasks": notNil(step.Tasks), "told": notNil(step.Told), "done": notNil(step.Done),
		"deadlines": deadlineArgs(step.Deadlines), "events": notNil(step.Events), "doubtful": len(step.Causes) > 0,
	}
}

// deadlineArg is a deadline as its table has it.
type deadlineArg struct {
	domain.Deadline
	WarnSeconds []int64 `json:"warnSeconds"`
}

func deadlineArgs(ds []domain.Deadline) []deadlineArg {
	out := make([]deadlineArg, 0, len(ds))
	for _, d := range ds {
		a := deadlineArg{Deadline: d, WarnSeconds: []int64{}}
		for _, w := range d.Warn {
			a.WarnSeconds = append(a.WarnSeconds, int64(w/time.Second))
		}
		out = append(out, a)
	}
	return out
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func orEmpty(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage(`{}`)
	}
	return raw
}
