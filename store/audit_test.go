package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"parley/domain"
)

// threeChains is a house whose audit holds two cases and one who looked, six rows in all.
func threeChains(t *testing.T) house {
	h := newHouse(t)
	one, two := h.plantCase(1, "north"), h.plantCase(2, "north")
	h.audit(one, auditEntry{What: "marked", By: dana, After: "b"}, auditEntry{What: "marked", By: dana, Before: "b", After: "c"})
	require.NoError(t, h.Looked(t.Context(), dana, "cases", one, two))
	require.NoError(t, h.Looked(t.Context(), dana, "case", two))
	return h
}

func (h house) verify(seals string) []string {
	h.t.Helper()
	file, err := os.Open(seals)
	require.NoError(h.t, err)
	defer file.Close()
	r, err := h.VerifyAudit(h.t.Context(), file)
	require.NoError(h.t, err)
	found := []string{}
	for _, f := range r.Findings {
		found = append(found, strings.ReplaceAll(f.String(), "case:"+string(caseNo(1)), "case 1"))
	}
	return found
}

func TestVerifyAudit_says_which_row_is_not_as_it_was_written(t *testing.T) {
	t.Parallel()
	const one = `chain = 'case:00000000-0000-4000-8000-000000000001' and seq `
	rehash := func(h house, from int) { // whoever has the server can compute hashes, too
		rows, err := h.owner.Query(h.t.Context(), `select chain, seq, at, what, step, fence, by_kind, by_id, why, before, after, prev, hash
			from audit_row where `+one+`>= $1 order by seq`, from)
		require.NoError(h.t, err)
		var all []auditRow
		for rows.Next() {
			var r auditRow
			require.NoError(h.t, rows.Scan(&r.Chain, &r.Seq, &r.At, &r.What, &r.Step, &r.Fence, &r.ByKind, &r.ByID, &r.Why, &r.Before, &r.After, &r.Prev, &r.Hash))
			all = append(all, r)
		}
		prev := all[0].Prev
		for _, r := range all {
			r.Prev = prev
			prev = chainRow(prev, r)
			h.behindTheTrigger(`update audit_row set prev = $1, hash = $2 where `+one+`= $3`, r.Prev, prev, r.Seq)
		}
		h.behindTheTrigger(`update case_file set audit_hash = $1 where id = $2`, prev, caseNo(1))
	}
	for _, c := range []struct {
		name  string
		harm  func(house)
		found []string
	}{
		{"nothing", func(house) {}, []string{}},
		{
			"a word edited",
			func(h house) { h.behindTheTrigger(`update audit_row set after = 'x' where ` + one + `= 2`) },
			[]string{"case 1 2: edited"},
		},
		{
			"the instant moved by the least there is",
			func(h house) {
				h.behindTheTrigger(`update audit_row set at = at + interval '1 microsecond' where ` + one + `= 2`)
			},
			[]string{"case 1 2: edited"},
		},
		{
			"words moved from one column to the next",
			func(h house) {
				h.behindTheTrigger(`update audit_row set before = before || after, after = '' where ` + one + `= 3`)
			},
			[]string{"case 1 3: edited"},
		},
		{
			"edited, and its own hash made anew",
			func(h house) {
				h.behindTheTrigger(`update audit_row set after = 'x' where ` + one + `= 1`)
				rehashOne(h, one, 1)
			},
			[]string{"case 1 2: reordered"},
		},
		{
			"a row in the middle missing",
			func(h house) { h.behindTheTrigger(`delete from audit_row where ` + one + `= 2`) },
			[]string{"case 1 2: missing"},
		},
		{
			"the first row missing",
			func(h house) { h.behindTheTrigger(`delete from audit_row where ` + one + `= 1`) },
			[]string{"case 1 1: missing"},
		},
		{
			"two rows in each other's place",
			func(h house) {
				h.behindTheTrigger(`update audit_row set seq = 99 where ` + one + `= 2`)
				h.behindTheTrigger(`update audit_row set seq = 2 where ` + one + `= 3`)
				h.behindTheTrigger(`update audit_row set seq = 3 where ` + one + `= 99`)
			},
			[]string{"case 1 2: edited", "case 1 3: edited", "case 1 3: head", "case 1 3: rewritten"},
		},
		{
			"the end cut off",
			func(h house) { h.behindTheTrigger(`delete from audit_row where ` + one + `= 3`) },
			[]string{"case 1 3: cut off", "case 1 3: cut off"}, // the head and the seal know it
		},
		{
			"the end cut off, and the head put back",
			func(h house) {
				h.behindTheTrigger(`delete from audit_row where ` + one + `= 3`)
				h.behindTheTrigger(`update case_file set audit_seq = 2, audit_hash = (select hash from audit_row where `+one+`= 2) where id = $1`, caseNo(1))
			},
			[]string{"case 1 3: cut off"}, // the seal knows it
		},
		{
			"a whole chain gone, and its case's head too",
			func(h house) {
				h.behindTheTrigger(`delete from audit_row where ` + one + `> 0`)
				h.behindTheTrigger(`update case_file set audit_seq = 0, audit_hash = '' where id = $1`, caseNo(1))
			},
			[]string{"case 1 3: cut off"},
		},
		{
			"rewritten from a row on, hashes and head made anew",
			func(h house) {
				h.behindTheTrigger(`update audit_row set after = 'x' where ` + one + `= 2`)
				rehash(h, 2)
			},
			[]string{"case 1 3: rewritten"},
		},
		{
			"the head put back alone",
			func(h house) { h.behindTheTrigger(`update case_file set audit_seq = 2 where id = $1`, caseNo(1)) },
			[]string{"case 1 2: head", "case 1 3: beyond"},
		},
		{
			"another chain's end cut off",
			func(h house) { h.behindTheTrigger(`delete from audit_row where chain = 'access:u-dana' and seq = 2`) },
			[]string{"access:u-dana 2: cut off", "access:u-dana 2: cut off"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := threeChains(t)
			seals := filepath.Join(t.TempDir(), "seals.jsonl")
			n, err := h.Seal(t.Context(), OpenSeals(seals))
			require.NoError(t, err)
			require.Equal(t, 3, n)
			c.harm(h)
			require.Equal(t, c.found, h.verify(seals))
		})
	}
}

func rehashOne(h house, where string, seq int) {
	var r auditRow
	require.NoError(h.t, h.owner.QueryRow(h.t.Context(), `select chain, seq, at, what, step, fence, by_kind, by_id, why, before, after, prev
		from audit_row where `+where+`= $1`, seq).
		Scan(&r.Chain, &r.Seq, &r.At, &r.What, &r.Step, &r.Fence, &r.ByKind, &r.ByID, &r.Why, &r.Before, &r.After, &r.Prev))
	h.behindTheTrigger(`update audit_row set hash = $1 where `+where+`= $2`, chainRow(r.Prev, r), seq)
}

func TestSeal_appends_only_the_heads_that_changed(t *testing.T) {
	t.Parallel()
	h := threeChains(t)
	path := filepath.Join(t.TempDir(), "seals.jsonl")
	seals := OpenSeals(path)
	round := func(s *Seals, want int, why string) {
		t.Helper()
		n, err := h.Seal(t.Context(), s)
		require.NoError(t, err)
		require.Equal(t, want, n, why)
	}
	round(seals, 3, "the first round seals all there is")
	round(seals, 0, "nothing changed")
	round(OpenSeals(path), 0, "another program reads what was sealed")
	require.NoError(t, h.Looked(t.Context(), dana, "case", caseNo(1)))
	round(OpenSeals(path), 1, "one head changed")
	round(seals, 0, "the first program reads what the other sealed")
	require.NoError(t, h.Looked(t.Context(), eli, "case", caseNo(1)))
	round(seals, 1, "a new chain")
	require.Empty(t, h.verify(path))
}

func TestSeal_goes_on_after_a_kill_in_the_middle_of_a_line(t *testing.T) {
	t.Parallel()
	h := threeChains(t)
	path := filepath.Join(t.TempDir(), "seals.jsonl")
	_, err := h.Seal(t.Context(), OpenSeals(path))
	require.NoError(t, err)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for cut := 1; cut < len(whole); cut += 37 {
		// What was half sealed was written long ago: only the round without an end tells.
		h.behindTheTrigger(`update audit_row set written_at = now() - interval '1 day'`)
		require.NoError(t, os.WriteFile(path, whole[:cut], 0o600))
		if whole[cut-1] != '\n' {
			require.Contains(t, fmt.Sprint(h.verify(path)), "seal ended")
		}
		_, err = h.Seal(t.Context(), OpenSeals(path))
		require.NoError(t, err)
		require.Empty(t, h.verify(path), "cut at %d", cut)
		again, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, bytes.Count(whole, []byte("\n")), bytes.Count(again, []byte("\n")))
	}
}

func TestSeal_leaves_nothing_of_half_a_line_however_long(t *testing.T) {
	t.Parallel()
	h := threeChains(t)
	path := filepath.Join(t.TempDir(), "seals.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("x", 10_000)), 0o600))
	_, err := h.Seal(t.Context(), OpenSeals(path))
	require.NoError(t, err)
	require.Empty(t, h.verify(path))
}

func TestVerifyAudit_finds_a_changed_file_of_seals(t *testing.T) {
	t.Parallel()
	h := threeChains(t)
	path := filepath.Join(t.TempDir(), "seals.jsonl")
	_, err := h.Seal(t.Context(), OpenSeals(path))
	require.NoError(t, err)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(whole), "\n")[:3]
	for name, text := range map[string]string{
		"taken out":  lines[0] + lines[2],
		"swapped":    lines[1] + lines[0] + lines[2],
		"no JSON":    lines[0] + "x\n" + lines[2],
		"edited":     lines[0] + strings.Replace(lines[1], `"seq":3`, `"seq":2`, 1) + lines[2],
		"line added": lines[0] + lines[1] + lines[1] + lines[2],
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.Contains(t, strings.Join(h.verify(path), ", "), ": seal", name)
	}
	r, err := h.VerifyAudit(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, Report{Chains: 3, Rows: 6}, r, "without seals the rows are judged alone")
}

func TestAudit_of_writers_at_once_is_one_chain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.plantCase(1, "north")
	var writers errgroup.Group
	for range 8 {
		writers.Go(func() (err error) {
			for range 5 {
				err = errors.Join(err, h.tryAudit(id, auditEntry{What: "marked", By: dana}), h.Looked(t.Context(), dana, "case", id))
			}
			return err
		})
	}
	require.NoError(t, writers.Wait())
	r, err := h.VerifyAudit(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, Report{Chains: 2, Rows: 81}, r)
}

func TestChainRow_tells_any_two_rows_apart(t *testing.T) {
	t.Parallel()
	row := auditRow{
		Chain: "a", Seq: 1, At: noon, What: "b", Step: 1, Fence: 1, ByKind: "c", ByID: "d", Why: "e", Before: "f", After: "g",
		Prev: []byte("p"),
	}
	texts := []func(*auditRow) *string{
		func(r *auditRow) *string { return &r.Chain },
		func(r *auditRow) *string { return &r.What },
		func(r *auditRow) *string { return &r.ByKind },
		func(r *auditRow) *string { return &r.ByID },
		func(r *auditRow) *string { return &r.Why },
		func(r *auditRow) *string { return &r.Before },
		func(r *auditRow) *string { return &r.After },
	}
	seen := map[string]string{}
	tell := func(what string, r auditRow) {
		sum := string(chainRow(r.Prev, r))
		require.Empty(t, seen[sum], "%s is like this", what)
		seen[sum] = what
	}
	tell("the row", row)
	for name, change := range map[string]func(*auditRow){
		"seq":   func(r *auditRow) { r.Seq = 2 },
		"at":    func(r *auditRow) { r.At = r.At.Add(time.Microsecond) },
		"step":  func(r *auditRow) { r.Step = 2 },
		"fence": func(r *auditRow) { r.Fence = 2 },
		"prev":  func(r *auditRow) { r.Prev = []byte("q") },
	} {
		other := row
		change(&other)
		tell(name, other)
	}
	for i, text := range texts {
		other := row
		*text(&other) += "x"
		tell(fmt.Sprint("text ", i), other)
		if i > 0 { // the last of one column is the first of the next
			moved := row
			*text(&moved) = *texts[i-1](&moved) + *text(&moved)
			*texts[i-1](&moved) = ""
			tell(fmt.Sprint("moved to ", i), moved)
		}
	}
}

func TestLooked_is_one_row_however_many_are_shown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, two := h.plantCase(1, "north"), h.plantCase(2, "north")
	require.NoError(t, h.Looked(t.Context(), dana, "cases", one, two))
	var after, by string
	require.NoError(t, h.owner.QueryRow(t.Context(), `select after, by_id from audit_row where chain = 'access:u-dana'`).Scan(&after, &by))
	require.Equal(t, fmt.Sprintf("%s %s", one, two), after)
	require.Equal(t, "u-dana", by)
	require.Error(t, h.Looked(t.Context(), domain.Actor{Kind: domain.Person}, "cases"), "nobody looked")
}
