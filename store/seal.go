package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// sealLine is a line of the file of seals: where a chain ended at an instant, by the
// database's clock. Prev is the hash of the line before it. More is true of all lines of
// a round but its last: a round without an end was killed.
type sealLine struct {
	At    time.Time `json:"at"`
	Chain string    `json:"chain"`
	Seq   int       `json:"seq"`
	Hash  string    `json:"hash"`
	More  bool      `json:"more,omitempty"`
	Prev  string    `json:"prev"`
}

func lineHash(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// Seals is a file outside the database, of which every line seals the head of a chain.
// Whoever rewrites the audit would have to rewrite it too.
type Seals struct {
	path string

	mu   sync.Mutex
	have sealed
}

// sealed is what is known of the file.
type sealed struct {
	offset int64                // behind the last whole line that was read or written
	prev   string               // the hash of that line
	at     time.Time            // of the last round that came to its end
	last   map[string]sealPlace // the chains sealed within two windows
	pruned time.Time
}

type sealPlace struct {
	seq int
	at  time.Time
}

// OpenSeals is the file at a path, which need not be there yet.
func OpenSeals(path string) *Seals { return &Seals{path: path, have: nothingSealed()} }

func nothingSealed() sealed { return sealed{last: map[string]sealPlace{}} }

// sealWindow is how far back a round looks for rows that were written since the last
// one: longer than any transaction.
const sealWindow = 30 * time.Minute

// sealing is the advisory lock under which one program of the installation seals.
const sealing = 7265732

//go:embed audit_changed.sql
var auditChanged string

// Seal appends the heads that changed since the last round and returns how many. Several
// programs may seal into one file: each reads first what the others have written. What a
// killed program wrote half of a line is cut off, and sealed again. The first round seals
// every chain there is.
func (s *Store) Seal(ctx context.Context, seals *Seals) (int, error) {
	seals.mu.Lock()
	defer seals.mu.Unlock()
	file, err := os.OpenFile(seals.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return 0, fmt.Errorf("seal audit: %w", err)
	}
	// Once before the transaction, which is then not idle while a long file is read.
	n, err := 0, seals.have.catchUp(file)
	if err == nil {
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
			if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, sealing); err != nil {
				return err
			}
			n, err = seals.have.round(ctx, tx, file)
			return err
		})
	}
	if err != nil {
		seals.have = nothingSealed() // read again what there is
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return 0, fmt.Errorf("seal audit: %w", clean(err))
	}
	return n, nil
}

func (f *sealed) round(ctx context.Context, tx pgx.Tx, file *os.File) (int, error) {
	if err := f.catchUp(file); err != nil {
		return 0, err
	}
	if err := file.Truncate(f.offset); err != nil { // of half a line
		return 0, err
	}
	since := time.Time{}
	if !f.at.IsZero() {
		since = f.at.Add(-sealWindow)
	}
	rows, err := tx.Query(ctx, auditChanged, pgx.NamedArgs{"since": since, "all": f.at.IsZero()})
	if err != nil {
		return 0, err
	}
	out := bufio.NewWriter(file)
	n := 0
	var last *sealLine // written once it is known whether more come
	var head sealLine
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&head.Chain, &head.Seq, &hash, &head.At}, func() error {
		if f.last[head.Chain].seq >= head.Seq {
			return nil
		}
		n++
		this := head
		this.At, this.Hash = head.At.UTC(), hex.EncodeToString(hash)
		before := last
		last = &this
		return f.append(out, before, true)
	})
	if err == nil {
		err = f.append(out, last, false)
	}
	return n, errors.Join(err, out.Flush(), file.Sync())
}

// append writes a line, if there is one, behind those before it.
func (f *sealed) append(out io.Writer, seal *sealLine, more bool) error {
	if seal == nil {
		return nil
	}
	seal.Prev, seal.More = f.prev, more
	line, err := json.Marshal(seal)
	if err != nil {
		return err
	}
	f.note(*seal, line)
	f.offset += int64(len(line)) + 1
	_, err = out.Write(append(line, '\n'))
	return err
}

func (f *sealed) note(seal sealLine, line []byte) {
	f.prev = lineHash(line)
	if !seal.More {
		f.at = seal.At
	}
	f.last[seal.Chain] = sealPlace{seal.Seq, seal.At}
	if seal.At.Sub(f.pruned) > sealWindow {
		f.pruned = seal.At
		for chain, place := range f.last {
			if place.at.Before(seal.At.Add(-2 * sealWindow)) {
				delete(f.last, chain)
			}
		}
	}
}

// catchUp reads the whole lines that were appended since, and stands behind them.
func (f *sealed) catchUp(file *os.File) error {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size < f.offset {
		return fmt.Errorf("the file of seals is shorter than it was: line hashes cannot go on")
	}
	if _, err := file.Seek(f.offset, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReader(file)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		f.offset += int64(len(line))
		line = bytes.TrimSuffix(line, []byte("\n"))
		var seal sealLine
		if json.Unmarshal(line, &seal) != nil {
			f.prev = lineHash(line) // VerifyAudit tells of it; sealing goes on
			continue
		}
		f.note(seal, line)
	}
	_, err = file.Seek(f.offset, io.SeekStart)
	return err
}
