package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// auditEntry is one thing that was done, before it has a place in a chain.
type auditEntry struct {
	What          string // recorded, struck, missing, marked, looked, …
	Step          int
	Fence         domain.Fence
	By            domain.Actor
	Why           string
	Before, After string
}

// auditRow is one link of a chain, as it is stored.
type auditRow struct {
	Chain  string
	Seq    int
	At     time.Time
	What   string
	Step   int
	Fence  int64
	ByKind string
	ByID   string
	Why    string
	Before string
	After  string
	Prev   []byte
	Hash   []byte
}

// caseChain is the chain of a case: what was done to it, in order. Its head is kept in
// case_file, whose row every writer of a case locks; other heads are in audit_chain.
func caseChain(id domain.CaseID) string { return "case:" + string(id) }

// accessChain is the chain of what one person or program has seen.
func accessChain(subject string) string { return "access:" + subject }

// houseChain is the chain of what concerns the installation and no case.
const houseChain = "house"

// chain places entries at the end of a chain whose head is seq and hash, and returns the
// new head. The instant is cut to what PostgreSQL keeps, so that a row read again has
// the hash it was written with.
func chain(name string, seq int, hash []byte, at time.Time, entries []auditEntry) ([]auditRow, int, []byte) {
	at = at.UTC().Truncate(time.Microsecond)
	if hash == nil {
		hash = []byte{}
	}
	rows := make([]auditRow, 0, len(entries))
	for _, e := range entries {
		seq++
		row := auditRow{
			Chain: name, Seq: seq, At: at, What: e.What, Step: e.Step, Fence: int64(e.Fence),
			ByKind: string(e.By.Kind), ByID: e.By.ID, Why: e.Why, Before: e.Before, After: e.After, Prev: hash,
		}
		row.Hash = chainRow(hash, row)
		hash = row.Hash
		rows = append(rows, row)
	}
	return rows, seq, hash
}

// chainRow is the hash of a row that follows prev. Every column goes in with its length
// before it: no two rows are written alike.
func chainRow(prev []byte, r auditRow) []byte {
	h := sha256.New()
	text := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	number := func(i int64) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(i))
		h.Write(n[:])
	}
	text(string(prev))
	text(r.Chain)
	number(int64(r.Seq))
	number(r.At.UnixMicro())
	text(r.What)
	number(int64(r.Step))
	number(r.Fence)
	text(r.ByKind)
	text(r.ByID)
	text(r.Why)
	text(r.Before)
	text(r.After)
	return h.Sum(nil)
}

const insertAudit = `
	insert into audit_row (chain, seq, at, what, step, fence, by_kind, by_id, why, before, after, prev, hash)
	select chain, seq, at, what, step, fence, by_kind, by_id, why, before, after, prev, hash
	from unnest(@chain::text[], @seq::int[], @at::timestamptz[], @what::text[], @step::int[], @fence::bigint[],
		@by_kind::text[], @by_id::text[], @why::text[], @before::text[], @after::text[], @prev::bytea[], @hash::bytea[])
		as r (chain, seq, at, what, step, fence, by_kind, by_id, why, before, after, prev, hash)`

// queueAudit adds one statement to a batch that writes all rows, however many.
func queueAudit(b *pgx.Batch, rows []auditRow) {
	if len(rows) == 0 {
		return
	}
	b.Queue(insertAudit, auditArgs(rows))
}

func auditArgs(rows []auditRow) pgx.NamedArgs {
	return pgx.NamedArgs{
		"chain": column(rows, func(r auditRow) string { return r.Chain }),
		"seq":   column(rows, func(r auditRow) int { return r.Seq }),
		"at":    column(rows, func(r auditRow) time.Time { return r.At }),
		"what":  column(rows, func(r auditRow) string { return r.What }),
		"step":  column(rows, func(r auditRow) int { return r.Step }),
		"fence": column(rows, func(r auditRow) int64 { return r.Fence }),

		"by_kind": column(rows, func(r auditRow) string { return r.ByKind }),
		"by_id":   column(rows, func(r auditRow) string { return r.ByID }),
		"why":     column(rows, func(r auditRow) string { return r.Why }),
		"before":  column(rows, func(r auditRow) string { return r.Before }),
		"after":   column(rows, func(r auditRow) string { return r.After }),
		"prev":    column(rows, func(r auditRow) []byte { return r.Prev }),
		"hash":    column(rows, func(r auditRow) []byte { return r.Hash }),
	}
}

func column[T any](rows []auditRow, of func(auditRow) T) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = of(r)
	}
	return out
}

const (
	// The update that changes nothing makes the row if it is missing, and locks it.
	lockChain = `
		insert into audit_chain (chain) values ($1)
		on conflict (chain) do update set chain = excluded.chain
		returning seq, hash`
	lockCaseChain = `select audit_seq, audit_hash from case_file where id = $1 for no key update`
	moveChain     = `update audit_chain set seq = $2, hash = $3 where chain = $1`
	moveCaseChain = `update case_file set audit_seq = $2, audit_hash = $3 where id = $1`
)

// auditCase writes entries at the end of a case's chain, in a transaction of the caller's
// that changes what they tell of. The case's row stays locked until it ends.
func auditCase(ctx context.Context, tx pgx.Tx, id domain.CaseID, at time.Time, entries ...auditEntry) error {
	var seq int
	var hash []byte
	err := tx.QueryRow(ctx, lockCaseChain, id).Scan(&seq, &hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("audit case %s: %w", id, domain.ErrNotFound)
	}
	if err != nil {
		return err
	}
	return writeChain(ctx, tx, moveCaseChain, string(id), caseChain(id), seq, hash, at, entries)
}

// auditChain does the same for a chain that is not a case's.
func auditChain(ctx context.Context, tx pgx.Tx, name string, at time.Time, entries ...auditEntry) error {
	var seq int
	var hash []byte
	if err := tx.QueryRow(ctx, lockChain, name).Scan(&seq, &hash); err != nil {
		return err
	}
	return writeChain(ctx, tx, moveChain, name, name, seq, hash, at, entries)
}

func writeChain(ctx context.Context, tx pgx.Tx, move, key, name string, seq int, hash []byte, at time.Time, entries []auditEntry) error {
	rows, seq, hash := chain(name, seq, hash, at, entries)
	var b pgx.Batch
	queueAudit(&b, rows)
	b.Queue(move, key, seq, hash)
	return tx.SendBatch(ctx, &b).Close()
}
