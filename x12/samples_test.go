package x12

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is one file that others wrote.
type sample struct {
	path  string
	bytes []byte
	valid bool
}

func samples(t testing.TB) []sample {
	t.Helper()
	table, err := os.ReadFile("testdata/samples/SOURCES.tsv")
	require.NoError(t, err)
	var all []sample
	for _, row := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		columns := strings.Split(row, "\t")
		path := filepath.Join("testdata/samples", columns[0])
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		all = append(all, sample{path: path, bytes: b, valid: columns[4] == "valid"})
	}
	require.NotEmpty(t, all)
	return all
}

func sets(f *File) (all []Set) {
	for _, i := range f.Interchanges {
		for _, g := range i.Groups {
			all = append(all, g.Sets...)
		}
	}
	return all
}

// withoutBreaks drops the line ends that senders put between segments.
func withoutBreaks(b []byte) string {
	return strings.NewReplacer("\r", "", "\n", "").Replace(string(b))
}

func TestValidate_says_of_each_sample_what_its_golden_file_says(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		file, err := Parse(s.bytes, Options{})
		require.NoError(t, err, s.path)
		require.Equal(t, s.valid, !HasErrors(Validate(file, ByGuide)), s.path)
		var lines strings.Builder
		for _, f := range Validate(file, ByRules) {
			lines.WriteString(f.String() + "\n")
		}
		golden := s.path + ".findings"
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(lines.String()), 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(string(want), lines.String()), s.path)
	}
}

func TestMarshal_gives_back_the_bytes_that_were_read(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		file, err := Parse(s.bytes, Options{})
		require.NoError(t, err, s.path)
		got, err := Marshal(file, WriteOptions{})
		require.NoError(t, err, s.path)
		require.Empty(t, cmp.Diff(withoutBreaks(s.bytes), string(got)), s.path)
	}
}

// rewrite reads a set as whatever transaction it is, and writes it.
func rewrite(s Set) (Set, bool, error) {
	as := SetControl{Number: s.ST.Element(2), Delimiters: s.ST.Delimiters}
	if v, _, err := ReadAuthorizationRequest(s); err == nil {
		out, err := WriteAuthorizationRequest(v, as)
		return out, true, err
	}
	if v, _, err := ReadAuthorizationResponse(s); err == nil {
		out, err := WriteAuthorizationResponse(v, as)
		return out, true, err
	}
	if v, _, err := ReadAuthorizationInquiry(s); err == nil {
		out, err := WriteAuthorizationInquiry(v, as)
		return out, true, err
	}
	if v, _, err := ReadAuthorizationInquiryResponse(s); err == nil {
		out, err := WriteAuthorizationInquiryResponse(v, as)
		return out, true, err
	}
	if v, _, err := ReadAcknowledgement999(s); err == nil {
		out, err := WriteAcknowledgement999(v, as)
		return out, true, err
	}
	return Set{}, false, nil
}

func body(s Set) string {
	var b []byte
	for _, segment := range s.Segments {
		b = segment.append(b)
	}
	return string(b)
}

func TestTypedTransactions_give_back_the_segments_that_were_read(t *testing.T) {
	t.Parallel()
	read := 0
	for _, s := range samples(t) {
		file, err := Parse(s.bytes, Options{})
		require.NoError(t, err, s.path)
		for _, set := range sets(file) {
			got, known, err := rewrite(set)
			require.NoError(t, err, s.path)
			if !known {
				continue
			}
			read++
			require.Empty(t, cmp.Diff(body(set), body(got)), s.path)
		}
	}
	require.Greater(t, read, 10)
}

func TestReadInterchangeAck_reads_both_samples(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]InterchangeAck{
		"cosyte-x12-ta1-accept.edi":                  {Control: "000000019", Date: "250101", Time: "1200", Code: Accepted, Note: "000"},
		"cosyte-x12-ta1-reject-control-mismatch.edi": {Control: "000000019", Date: "250101", Time: "1200", Code: Rejected, Note: "001"},
	} {
		b, err := os.ReadFile(filepath.Join("testdata/samples/TA1", path))
		require.NoError(t, err)
		file, err := Parse(b, Options{})
		require.NoError(t, err)
		got, findings, err := ReadInterchangeAck(file.Interchanges[0].TA1s[0])
		require.NoError(t, err)
		require.Empty(t, findings)
		require.Empty(t, cmp.Diff(want, got))
		segment, err := WriteInterchangeAck(got, DefaultDelimiters())
		require.NoError(t, err)
		require.True(t, bytes.Contains(b, segment.append(nil)))
	}
}

func TestReadAuthorizationResponse_reads_a_pend_as_the_guide_names_it(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/samples/278-response/kputnam-stupidedi-emergency-admission-response-to-request-for-review.edi")
	require.NoError(t, err)
	file, err := Parse(b, Options{})
	require.NoError(t, err)
	r, findings, err := ReadAuthorizationResponse(sets(file)[0])
	require.NoError(t, err)
	require.False(t, HasErrors(findings))
	require.Equal(t, TransactionType("19"), r.Header.Type)
	require.Equal(t, "3936533000", r.Reviewer.Party.Contacts[0].Numbers[0].Number)
	require.Equal(t, "SMITH", r.Subscriber.Party.Name.Last)
	require.Equal(t, &Decision{Action: "A4", Reasons: []DecisionReason{"0U"}}, r.Event.Decision)
	require.Equal(t, "YZZ099", FindTrace(r.Event.Traces, "2"))
	require.Equal(t, "P20030216001", FindReference(r.Event.References, "NT"))
	require.Equal(t, []Paperwork{{Report: "AS", Channel: "VO"}}, r.Event.Paperwork)
	require.Equal(t, Facility{Code: "21", Qualifier: "B"}, r.Event.Review.Facility)
	require.Len(t, r.Event.Providers, 3)
}
