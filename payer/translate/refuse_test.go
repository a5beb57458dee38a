package translate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"parley/domain"
	"parley/payer/translate"
)

const approved = `rules: [{name: x, then: {decide: approve, number: "A77", days: 90}}]`

// altered is a letter with every segment changed as edit says; its counts stay right.
func altered(letter []byte, edit func(segment string) string) []byte {
	segments := strings.Split(strings.TrimSuffix(string(letter), "~"), "~")
	for i, s := range segments {
		segments[i] = edit(strings.TrimSpace(s))
	}
	return []byte(strings.Join(segments, "~") + "~")
}

func replacing(from, to string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, from, to) }
}

func TestAnswer_that_names_another_patient_or_another_question_is_refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(string) string
		says string
	}{
		"another member":      {replacing("LK1002003", "LK1002004"), "refused: other-patient"},
		"another family":      {replacing("NUNEZ-HALE", "DOE"), "refused: other-patient"},
		"the twin":            {replacing("*ZOE*", "*ANN*"), "refused: other-patient"},
		"another birth":       {replacing("19540211", "19540212"), "refused: other-patient"},
		"nobody":              {replacing("*MI*LK1002003", ""), "refused: other-patient"},
		"another trace":       {replacing("TRN*2*PTEST000000001*", "TRN*2*PTEST000000002*"), "refused: other-trace"},
		"another reference":   {replacing("BHT*0007*11*PTEST000000001", "BHT*0007*11*PTEST000000002"), "refused: other-trace"},
		"a production letter": {replacing("*T*:", "*P*:"), "refused: other-usage"},
		"another transaction": {replacing("005010X217", "005010X216"), "refused: other-transaction"},
		"nothing that matters": {func(s string) string {
			if strings.HasPrefix(s, "NM1*IL") {
				return strings.ReplaceAll(s, "LK1002003", "lk 100 2003")
			}
			return s
		}, "A1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := write(t, larkfield(t), request(knee()), 1)
			_, lines := hear(t, sent, altered(payerOf(t, approved)(sent), c.edit))
			require.Contains(t, lines[len(lines)-1], c.says)
		})
	}
}

func TestAnswer_about_a_dependent_has_to_name_the_dependent(t *testing.T) {
	t.Parallel()
	sent := write(t, larkfield(t), request(child()), 1)
	came := payerOf(t, approved)(sent)
	_, lines := hear(t, sent, came)
	require.Contains(t, lines[len(lines)-1], "A1")
	_, lines = hear(t, sent, altered(came, replacing("*MILO", "*MIRA")))
	require.Equal(t, "278-answer: refused: other-patient", lines[len(lines)-1])
	_, lines = hear(t, write(t, larkfield(t), request(knee()), 1), came)
	require.Equal(t, "278-answer: refused: other-patient", lines[len(lines)-1])
}

func TestOpen_refuses_what_is_cut_short_or_no_X12(t *testing.T) {
	t.Parallel()
	sent := write(t, larkfield(t), request(knee()), 1)
	came := payerOf(t, approved)(sent)
	for n := range len(came) - 1 { // only the last terminator tells nothing
		_, err := translate.Open(came[:n])
		require.ErrorIs(t, err, translate.ErrUnreadable, "cut at %d of %d", n, len(came))
	}
	for _, letter := range []string{"", "<html>", "ISA", strings.Repeat("ISA*", 40), string(came) + "ISA*00*"} {
		_, err := translate.Open([]byte(letter))
		require.ErrorIs(t, err, translate.ErrUnreadable)
	}
}

func TestAnswer_of_a_999_or_TA1_says_in_words_what_was_refused(t *testing.T) {
	t.Parallel()
	sent := write(t, larkfield(t), request(knee()), 1)
	pay := payerOf(t, approved)
	noUM := strings.Replace(strings.TrimSuffix(string(sent), "~"), "UM*AR*I**21:B~", "", 1)
	answers, lines := hear(t, sent, pay([]byte(recounted(strings.Split(noUM, "~")))))
	require.Equal(t, "999: rejected reject=2000E/I8 reject=ST/I5", lines[len(lines)-1])
	require.Contains(t, answers[len(answers)-1].Rejects[0].Words, "segment UM")

	sent = write(t, larkfield(t), request(knee()), 2)
	answers, lines = hear(t, sent, pay(sent)) // taken once
	require.Contains(t, lines[len(lines)-1], "A1")
	require.NotEmpty(t, answers)
	answers, lines = hear(t, sent, pay(sent)) // and refused the second time
	require.Equal(t, "ta1: rejected reject=ISA/025", lines[0])
	require.Contains(t, answers[0].Rejects[0].Words, "envelope was refused")

	_, lines = hear(t, write(t, larkfield(t), request(knee()), 3), pay(sent))
	require.Equal(t, "ta1: refused: other-trace", lines[0])
}

func inquiryAfter(trace string) domain.Request {
	r := request(knee())
	r.Kind, r.Trace = domain.AskStatus, trace
	return r
}

func TestAnswer_to_an_inquiry_tells_on_file_from_not_on_file(t *testing.T) {
	t.Parallel()
	pay := payerOf(t, approved)
	inquiry := write(t, larkfield(t), inquiryAfter("PTEST000000001"), 2)
	_, lines := hear(t, inquiry, pay(inquiry))
	require.Equal(t, "278-inquiry: not-on-file", lines[len(lines)-1])

	pay(write(t, larkfield(t), request(knee()), 1))
	inquiry = write(t, larkfield(t), inquiryAfter("PTEST000000001"), 3)
	came := pay(inquiry)
	answers, lines := hear(t, inquiry, came)
	require.Contains(t, lines[len(lines)-1], "278-inquiry: A1 no=A77")
	means, why := answers[len(answers)-1].Means(knee())
	require.Equal(t, domain.MeansApproved, means, why)

	_, lines = hear(t, write(t, larkfield(t), inquiryAfter("PTEST000000001"), 4), came)
	require.Equal(t, "278-inquiry: refused: other-trace", lines[len(lines)-1], "the answer to another inquiry")
	_, lines = hear(t, inquiry, altered(came, replacing("LK1002003", "LK9")))
	require.Equal(t, "278-inquiry: refused: other-patient", lines[len(lines)-1])

	other := write(t, larkfield(t), inquiryAfter("PTEST000000077"), 5) // the payer finds by patient and day
	_, lines = hear(t, other, pay(other))
	require.Equal(t, "278-inquiry: CT", lines[len(lines)-1], "another review of this patient is not ours")
}

// TestAnswer_of_others holds what other software wrote: it may be refused, it may not be
// believed, since none of it is about what we asked.
func TestAnswer_believes_nothing_that_others_were_told(t *testing.T) {
	t.Parallel()
	sent := write(t, larkfield(t), request(knee()), 1)
	files, err := filepath.Glob("../../x12/testdata/samples/*/*.edi")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		answers, _ := hear(t, sent, b)
		require.Empty(t, answers, file)
	}
}

// What a letter says is broken at random: nothing panics, whatever is believed can be
// told to a case, and no approval survives a change of who or what it is about.
func TestAnswer_of_a_broken_letter_never_panics_and_never_approves_for_another(t *testing.T) {
	t.Parallel()
	sent := write(t, larkfield(t), request(knee()), 1)
	came := payerOf(t, approved)(sent)
	q, err := translate.Asked(sent)
	require.NoError(t, err)
	segments := strings.Split(strings.TrimSuffix(string(came), "~"), "~")
	rapid.Check(t, func(t *rapid.T) {
		broken := slices.Clone(segments)
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			i := rapid.IntRange(3, len(broken)-4).Draw(t, "segment")
			switch rapid.IntRange(0, 3).Draw(t, "how") {
			case 0:
				broken = slices.Delete(broken, i, i+1)
			case 1:
				broken = slices.Insert(broken, i, broken[rapid.IntRange(3, len(broken)-4).Draw(t, "from")])
			case 2:
				e := strings.Split(broken[i], "*")
				e[rapid.IntRange(0, len(e)-1).Draw(t, "element")] = rapid.StringMatching(`[A-Z0-9:^ .-]{0,12}`).Draw(t, "text")
				broken[i] = strings.Join(e, "*")
			default:
				j := rapid.IntRange(3, len(broken)-4).Draw(t, "with")
				broken[i], broken[j] = broken[j], broken[i]
			}
		}
		letter := recounted(broken)
		parts, err := translate.Open([]byte(letter))
		if err != nil {
			return
		}
		for _, p := range parts {
			a, err := p.Answer(q, noon)
			if err != nil {
				continue
			}
			if err := domain.Check(withID(a)); err != nil {
				t.Fatalf("told, and cannot be heard: %v", err)
			}
			if means, _ := a.Means(knee()); means == domain.MeansApproved && !strings.Contains(letter, "LK1002003") {
				t.Fatalf("approved without the member")
			}
		}
	})
}

// recounted puts the number of segments into each SE.
func recounted(segments []string) string {
	from := 0
	for i, s := range segments {
		switch {
		case strings.HasPrefix(s, "ST*"):
			from = i
		case strings.HasPrefix(s, "SE*"):
			e := strings.Split(s, "*")
			if len(e) > 1 {
				e[1] = fmt.Sprint(i - from + 1)
			}
			segments[i] = strings.Join(e, "*")
		}
	}
	return strings.Join(segments, "~") + "~"
}

func FuzzOpen(f *testing.F) {
	for _, pattern := range []string{"../../x12/testdata/samples/*/*.edi", "../testdata/*/*.edi"} {
		files, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, file := range files {
			b, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(b)
		}
	}
	sent, err := os.ReadFile("../testdata/larkfield/278-request.edi")
	require.NoError(f, err)
	q, err := translate.Asked(sent)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, b []byte) {
		parts, err := translate.Open(b)
		if err != nil {
			return
		}
		for _, p := range parts {
			if a, err := p.Answer(q, noon); err == nil {
				require.NoError(t, domain.Check(withID(a)))
			}
		}
		_, _ = translate.Asked(b)
	})
}
