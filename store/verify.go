package store

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
)

// Report is what a walk over all chains has found.
type Report struct {
	Chains   int       `json:"chains"`
	Rows     int       `json:"rows"`
	Seals    int       `json:"seals"`
	Findings []Finding `json:"findings"` // the first maxFindings
	More     int       `json:"more,omitempty"`
}

// maxFindings bounds a report: a chain broken everywhere must not fill the memory.
const maxFindings = 1000

// Finding is a place where the audit is not as it was written.
type Finding struct {
	Chain string  `json:"chain"`
	Seq   int     `json:"seq"` // of the row; for the file of seals, the line
	What  Trouble `json:"what"`
}

// Trouble is what is wrong with a row or a seal.
type Trouble string

const (
	RowEdited    Trouble = "edited"     // its hash is not that of its contents
	RowMissing   Trouble = "missing"    // its number is skipped
	RowReordered Trouble = "reordered"  // it does not follow the row before it: one of the two was moved or rewritten
	RowCutOff    Trouble = "cut off"    // the head of its chain, or a seal, knows it; it is gone
	RowBeyond    Trouble = "beyond"     // it comes after the head of its chain
	HeadDiffers  Trouble = "head"       // the head's hash is not the row's
	RowRewritten Trouble = "rewritten"  // it was sealed with another hash
	SealBroken   Trouble = "seal"       // a line of the file of seals was changed, added or taken out
	SealPartial  Trouble = "seal ended" // the last line is half written: whoever seals next completes the file
)

func (f Finding) String() string { return fmt.Sprintf("%s %d: %s", f.Chain, f.Seq, f.What) }

// OK reports whether nothing was found.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

func (r *Report) find(chain string, seq int, what Trouble) {
	if len(r.Findings) == maxFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, Finding{chain, seq, what})
}

// sealsChain stands for the file of seals in findings.
const sealsChain = "seals"

var (
	//go:embed audit_walk.sql
	auditWalk string
	//go:embed audit_heads.sql
	auditHeads string
	//go:embed audit_sealed.sql
	auditSealed string
)

// VerifyAudit walks all chains in one snapshot and compares them with their heads and,
// if seals is not nil, with the file that Seal has written. It needs the memory of one
// row and one batch of seals, however much there is. Rows cut off together with their
// head are found by the seals alone; so is a chain rewritten from some row on.
func (s *Store) VerifyAudit(ctx context.Context, seals io.Reader) (Report, error) {
	var r Report
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		if err := r.walk(ctx, tx); err != nil {
			return err
		}
		return r.heads(ctx, tx)
	})
	// Outside the snapshot: a seal may be younger than it, its row never younger than the seal.
	if err == nil && seals != nil {
		err = r.seals(ctx, s, seals)
	}
	if err != nil {
		return r, fmt.Errorf("verify audit: %w", clean(err))
	}
	return r, nil
}

func (r *Report) walk(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, auditWalk)
	if err != nil {
		return err
	}
	defer rows.Close()
	var last auditRow
	for rows.Next() {
		var row auditRow
		err := rows.Scan(&row.Chain, &row.Seq, &row.At, &row.What, &row.Step, &row.Fence, &row.ByKind, &row.ByID,
			&row.Why, &row.Before, &row.After, &row.Prev, &row.Hash)
		if err != nil {
			return err
		}
		r.Rows++
		if row.Chain != last.Chain || r.Chains == 0 {
			r.Chains++
			last = auditRow{Chain: row.Chain}
		}
		r.link(last, row)
		last = row
	}
	return rows.Err()
}

// link judges a row by itself and by the one before it in its chain.
func (r *Report) link(last, row auditRow) {
	gap := row.Seq != last.Seq+1
	for seq := last.Seq + 1; seq < row.Seq; seq++ {
		r.find(row.Chain, seq, RowMissing)
	}
	switch {
	case !bytes.Equal(row.Hash, chainRow(row.Prev, row)):
		r.find(row.Chain, row.Seq, RowEdited)
	case !gap && !bytes.Equal(row.Prev, last.Hash):
		r.find(row.Chain, row.Seq, RowReordered)
	}
}

// heads compares where chains end with where they are known to end.
func (r *Report) heads(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, auditHeads)
	if err != nil {
		return err
	}
	var chain, what string
	var seq int
	_, err = pgx.ForEachRow(rows, []any{&chain, &seq, &what}, func() error {
		r.find(chain, seq, Trouble(what))
		return nil
	})
	return err
}

// sealBatch is how many seals are compared by one query.
const sealBatch = 1000

func (r *Report) seals(ctx context.Context, s *Store, file io.Reader) error {
	in := bufio.NewReader(file)
	prev := ""
	var batch []sealLine
	for no := 1; ; no++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				r.find(sealsChain, no, SealPartial)
			}
			return r.compare(ctx, s, batch)
		}
		if err != nil {
			return fmt.Errorf("read seals: %w", err)
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		var seal sealLine
		if json.Unmarshal(line, &seal) != nil || seal.Prev != prev {
			r.find(sealsChain, no, SealBroken)
		}
		prev = lineHash(line)
		r.Seals++
		if batch = append(batch, seal); len(batch) == sealBatch {
			if err := r.compare(ctx, s, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
}

// compare compares seals with the rows they are of.
func (r *Report) compare(ctx context.Context, s *Store, batch []sealLine) error {
	var chains, hashes []string
	var seqs []int
	for _, b := range batch {
		if _, err := hex.DecodeString(b.Hash); err == nil && b.Chain != "" {
			chains, seqs, hashes = append(chains, b.Chain), append(seqs, b.Seq), append(hashes, b.Hash)
		}
	}
	rows, err := s.pool.Query(ctx, auditSealed, pgx.NamedArgs{"chain": chains, "seq": seqs, "hash": hashes})
	if err != nil {
		return err
	}
	var chain, what string
	var seq int
	_, err = pgx.ForEachRow(rows, []any{&chain, &seq, &what}, func() error {
		r.find(chain, seq, Trouble(what))
		return nil
	})
	return err
}
