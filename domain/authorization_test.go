package domain_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"parley/domain"
)

// certified is an answer that agrees with the knee order in everything, line by line.
func certified() domain.Answer {
	return domain.Answer{
		Channel: domain.ByX12, Said: domain.CertifiedInTotal, Number: "PA-77", Units: 13, From: "2026-12-08", Through: "2027-02-28",
		Lines: []domain.LineDecision{
			{Line: 1, Said: domain.CertifiedInTotal, Code: "27447", Units: 1, From: "2026-12-08", Through: "2027-02-28"},
			{Line: 2, Said: domain.CertifiedInTotal, Code: "97110", Units: 12, From: "2026-12-08", Through: "2027-02-28"},
		},
	}
}

func TestAn_answer_means_for_a_case_what_its_every_word_allows(t *testing.T) {
	t.Parallel()
	lines := func(said domain.Certification) func(a *domain.Answer) {
		return func(a *domain.Answer) {
			a.Said = said
			for i := range a.Lines {
				a.Lines[i].Said = said
			}
		}
	}
	for _, row := range []struct {
		name    string
		say     func(a *domain.Answer)
		meaning domain.Meaning
		why     string // part of it
	}{
		{"HCR01 A1 that agrees in everything", func(*domain.Answer) {}, domain.MeansApproved, ""},
		{"HCR01 A1 with a number and no more", func(a *domain.Answer) {
			*a = domain.Answer{Said: domain.CertifiedInTotal, Number: "PA-77"}
		}, domain.MeansApproved, ""},
		{"HCR01 A1 whose lines carry the numbers", func(a *domain.Answer) {
			a.Number, a.Lines[0].Number, a.Lines[1].Number = "", "PA-77", "PA-78"
		}, domain.MeansApproved, ""},
		{"HCR01 A1 valid on the very days asked", func(a *domain.Answer) {
			a.From, a.Through = "2026-12-08", "2027-01-20"
		}, domain.MeansApproved, ""},
		{"HCR01 A2 is for a person: the rest is a denial", lines(domain.CertifiedPartly), domain.MeansUnclear, "Certified in part"},
		{"HCR01 A3 for all", lines(domain.NotCertified), domain.MeansDenied, ""},
		{"HCR01 A3 for the event, no line named", func(a *domain.Answer) {
			*a = domain.Answer{Said: domain.NotCertified, Reasons: []domain.Reason{{Code: "0F"}}}
		}, domain.MeansDenied, ""},
		{"HCR01 A4 for all", lines(domain.Pended), domain.MeansPended, ""},
		{"HCR01 A4 with more to follow", func(a *domain.Answer) {
			*a = domain.Answer{Said: domain.Pended, MoreFollows: true}
		}, domain.MeansPended, ""},
		{"HCR01 A6 is for a person: what was granted may not serve", lines(domain.Modified), domain.MeansUnclear, "Modified"},
		{"HCR01 C is for a person", lines(domain.CancelledByPayer), domain.MeansUnclear, "Cancelled"},
		{"HCR01 CT is for a person: call", lines(domain.ContactPayer), domain.MeansUnclear, "Contact payer"},
		{"HCR01 NA is for a person: proof that none was needed", lines(domain.NoActionRequired), domain.MeansUnclear, "No action required"},
		{"AAA: never reviewed", func(a *domain.Answer) {
			*a = domain.Answer{Said: domain.Rejected, Rejects: []domain.Reject{{Code: "72"}}}
		}, domain.MeansRejected, ""},
		{"an inquiry that found nothing", func(a *domain.Answer) { *a = domain.Answer{Said: domain.NotOnFile} }, domain.MeansNotOnFile, ""},
		{"AAA AA: an inquiry that found nothing says so by a reject", func(a *domain.Answer) {
			*a = domain.Answer{Said: domain.NotOnFile, Rejects: []domain.Reject{{Code: "AA"}}}
		}, domain.MeansNotOnFile, ""},
		{"an acknowledgement", func(a *domain.Answer) { *a = domain.Answer{Said: domain.Received} }, domain.MeansReceived, ""},
		{"a code that no list knows, whatever else is said", func(a *domain.Answer) { a.Raw = "A9" }, domain.MeansUnclear, "A9"},
		{"a certification that is none", func(a *domain.Answer) { a.Said = "A9" }, domain.MeansUnclear, "no decision"},
		{"nothing said", func(a *domain.Answer) { *a = domain.Answer{} }, domain.MeansUnclear, "no decision"},

		{"A1 as a whole, A3 on a line", func(a *domain.Answer) { a.Lines[1].Said = domain.NotCertified }, domain.MeansUnclear, "line 2 says A3"},
		{"A3 as a whole, A1 on a line", func(a *domain.Answer) { a.Said, a.Lines[1].Said = domain.NotCertified, domain.NotCertified }, domain.MeansUnclear, "line 1 says A1"},
		{"A4 as a whole, A1 on a line", func(a *domain.Answer) { a.Said = domain.Pended }, domain.MeansUnclear, "line 1 says A1"},
		{"rejected as a whole, A1 on a line", func(a *domain.Answer) { a.Said = domain.Rejected }, domain.MeansUnclear, "line 1 says A1"},
		{"A1 with an AAA beside it", func(a *domain.Answer) { a.Rejects = []domain.Reject{{Loop: "2000F", Code: "AG"}} }, domain.MeansUnclear, "rejects a part"},
		{"A3 with an AAA beside it", func(a *domain.Answer) {
			*a = domain.Answer{Said: domain.NotCertified, Rejects: []domain.Reject{{Code: "AG"}}}
		}, domain.MeansUnclear, "rejects a part"},
		{"BHT06 19: A1 with more to follow", func(a *domain.Answer) { a.MoreFollows = true }, domain.MeansUnclear, "more is to follow"},
		{"BHT06 19: A3 with more to follow", func(a *domain.Answer) {
			*a = domain.Answer{Said: domain.NotCertified, MoreFollows: true}
		}, domain.MeansUnclear, "more is to follow"},

		{"A1 without a number", func(a *domain.Answer) { a.Number, a.Lines = "", nil }, domain.MeansUnclear, "no authorization number"},
		{"A1 with a number for one line of two", func(a *domain.Answer) { a.Number, a.Lines[0].Number = "", "PA-77" }, domain.MeansUnclear, "line 2 has no authorization number"},
		{"A1 for another code", func(a *domain.Answer) { a.Lines[0].Code = "27446" }, domain.MeansUnclear, "line 1 grants 27446, asked was 27447"},
		{"A1 for fewer units on a line", func(a *domain.Answer) { a.Lines[1].Units = 6 }, domain.MeansUnclear, "line 2 grants 6 units, asked were 12"},
		{"A1 for more units on a line", func(a *domain.Answer) { a.Lines[1].Units = 24 }, domain.MeansUnclear, "line 2 grants 24 units"},
		{"A1 for fewer units in all", func(a *domain.Answer) { a.Units = 12 }, domain.MeansUnclear, "12 units granted, 13 asked"},
		{"A1 that begins after the first day", func(a *domain.Answer) { a.From = "2026-12-09" }, domain.MeansUnclear, "it is valid 9 Dec 2026 through 28 Feb 2027, asked was 8 Dec 2026 through 20 Jan 2027"},
		{"A1 that ends before the last visit", func(a *domain.Answer) { a.Lines[1].Through = "2027-01-19" }, domain.MeansUnclear, "line 2 is valid 8 Dec 2026 through 19 Jan 2027"},
		{"A1 that ends before the last visit, and says it once for all", func(a *domain.Answer) { a.From, a.Through = "", "2026-12-31" }, domain.MeansUnclear, "it is valid through 31 Dec 2026"},
		{"A1 for one day of many", func(a *domain.Answer) { a.From, a.Through = "2026-12-08", "2026-12-08" }, domain.MeansUnclear, "it is valid on 8 Dec 2026"},
		{"A1 that begins late and never ends", func(a *domain.Answer) { a.From, a.Through = "2026-12-09", "" }, domain.MeansUnclear, "it is valid from 9 Dec 2026"},
		{"A1 until a date that does not exist", func(a *domain.Answer) { a.Through = "2027-02-30" }, domain.MeansUnclear, "does not exist"},
		{"A1 for a line never asked for", func(a *domain.Answer) { a.Lines[1].Line = 3 }, domain.MeansUnclear, "line 3 was never asked for; 1 of 2 lines are answered"},
		{"A1 for one line of two", func(a *domain.Answer) { a.Lines = a.Lines[:1] }, domain.MeansUnclear, "1 of 2 lines are answered"},
		{"A1 that gives a reason", func(a *domain.Answer) { a.Reasons = []domain.Reason{{Code: "0P"}} }, domain.MeansUnclear, "gives a reason"},
		{"A1 with a reason on a line", func(a *domain.Answer) { a.Lines[0].Reasons = []domain.Reason{{Code: "13"}} }, domain.MeansUnclear, "line 1 gives a reason"},
		{"A1 that wants documents", func(a *domain.Answer) { a.Wanted = []domain.DocumentWanted{{Words: "operative note"}} }, domain.MeansUnclear, "wants documents"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := certified()
			row.say(&a)
			meaning, why := a.Means(knee())
			require.Equal(t, row.meaning, meaning)
			require.Contains(t, why, row.why)
			require.Equal(t, meaning == domain.MeansUnclear, why != "")
		})
	}
}

var everyCertification = []domain.Certification{
	domain.CertifiedInTotal, domain.CertifiedPartly, domain.NotCertified, domain.Pended, domain.Modified, domain.CancelledByPayer,
	domain.ContactPayer, domain.NoActionRequired, domain.Rejected, domain.NotOnFile, domain.Received, "A9", "",
}

// anyAnswer says a word throughout, or is spoilt here and there.
func anyAnswer(t *rapid.T, word domain.Certification) domain.Answer {
	said := rapid.SampledFrom(everyCertification)
	rare := func(name string) bool { return rapid.IntRange(0, 9).Draw(t, name) == 9 }
	a := certified()
	a.Said, a.Lines[0].Said, a.Lines[1].Said = word, word, word
	if !rapid.Bool().Draw(t, "spoilt") {
		return a
	}
	if rare("another word") {
		a.Said = said.Draw(t, "said")
	}
	for i := range a.Lines {
		l, asked := &a.Lines[i], knee().Services[i]
		if rare("another word on a line") {
			l.Said = said.Draw(t, "line says")
		}
		l.Units = rapid.SampledFrom([]int{0, asked.Units, asked.Units, asked.Units, asked.Units + 1}).Draw(t, "line units")
		l.Code = rapid.SampledFrom([]string{"", asked.Code, asked.Code, asked.Code, "99999"}).Draw(t, "line code")
		l.Line = rapid.SampledFrom([]int{i + 1, i + 1, i + 1, i + 1, i + 1, i + 1, 1, 3}).Draw(t, "line number")
		l.Through = rapid.SampledFrom([]domain.Date{"", "", "2027-02-28", "2027-01-20", "2027-01-20", "2026-12-10"}).Draw(t, "line through")
	}
	a.Lines = a.Lines[:rapid.SampledFrom([]int{2, 2, 2, 1, 0}).Draw(t, "lines")]
	a.Units = rapid.SampledFrom([]int{0, 13, 13, 13, 12, 14}).Draw(t, "units")
	a.Number = rapid.SampledFrom([]string{"PA-77", "PA-77", "PA-77", "PA-77", ""}).Draw(t, "number")
	a.From = rapid.SampledFrom([]domain.Date{"", "", "2026-12-08", "2026-12-08", "2026-12-09"}).Draw(t, "from")
	if rare("raw") {
		a.Raw = "A9"
	}
	if rare("reject") {
		a.Rejects = []domain.Reject{{Code: "72"}}
	}
	a.MoreFollows = rare("more follows")
	return a
}

func TestNothing_but_a_certification_in_total_that_agrees_in_everything_is_an_approval(t *testing.T) {
	t.Parallel()
	approved := 0
	rapid.Check(t, func(t *rapid.T) {
		a := anyAnswer(t, domain.CertifiedInTotal)
		if meaning, _ := a.Means(knee()); meaning != domain.MeansApproved {
			return
		}
		approved++
		require.Equal(t, domain.CertifiedInTotal, a.Said)
		require.Empty(t, a.Raw)
		require.Empty(t, a.Rejects)
		require.False(t, a.MoreFollows)
		require.Equal(t, "PA-77", a.Number)
		require.Contains(t, []int{0, 13}, a.Units)
		require.NotEqual(t, domain.Date("2026-12-09"), a.From)
		require.Contains(t, []int{0, 2}, len(a.Lines))
		var lines []int
		for _, l := range a.Lines {
			asked := knee().Services[l.Line-1]
			require.Equal(t, domain.CertifiedInTotal, l.Said)
			require.Contains(t, []int{0, asked.Units}, l.Units)
			require.Contains(t, []string{"", asked.Code}, l.Code)
			require.True(t, l.Through == "" || l.Through >= max(asked.From, asked.Through))
			lines = append(lines, l.Line)
		}
		slices.Sort(lines)
		require.True(t, len(lines) == 0 || slices.Equal(lines, []int{1, 2}))
	})
	require.NotZero(t, approved, "the property was never put to the test")
}

func TestNothing_but_a_refusal_of_everything_is_a_denial(t *testing.T) {
	t.Parallel()
	denied := 0
	rapid.Check(t, func(t *rapid.T) {
		a := anyAnswer(t, domain.NotCertified)
		if meaning, _ := a.Means(knee()); meaning != domain.MeansDenied {
			return
		}
		denied++
		require.Equal(t, domain.NotCertified, a.Said)
		for _, l := range a.Lines {
			require.Equal(t, domain.NotCertified, l.Said)
		}
		require.Empty(t, a.Raw)
		require.Empty(t, a.Rejects)
	})
	require.NotZero(t, denied, "the property was never put to the test")
}

func TestA_decision_holds_the_days_on_which_all_of_it_may_be_done(t *testing.T) {
	t.Parallel()
	a := certified()
	a.Number, a.Through = "", ""
	a.Lines[0].Number, a.Lines[0].From = "PA-77", "2026-12-09"
	a.Lines[1].Through = "2027-01-31"
	d := a.Decide(domain.MeansApproved)
	require.Equal(t, domain.Decision{Meaning: domain.MeansApproved, Number: "PA-77", Units: 13, From: "2026-12-09", Through: "2027-01-31"}, d)
}

func TestA_decision_gathers_the_reasons_and_leaves_the_answers_own_alone(t *testing.T) {
	t.Parallel()
	a := certified()
	reasons := []domain.Reason{{Code: "0F"}, {Code: "09"}}
	a.Reasons = reasons[:1] // room to grow into what it must not touch
	a.Lines[0].Reasons = []domain.Reason{{Code: "0G"}}
	d := a.Decide(domain.MeansDenied)
	require.Equal(t, []domain.Reason{{Code: "0F"}, {Code: "0G"}}, d.Reasons)
	require.Equal(t, domain.Reason{Code: "09"}, reasons[1])
}

func TestReasons_are_told_in_words_with_their_codes(t *testing.T) {
	t.Parallel()
	require.Equal(t, "not medically necessary (0F); as the payer says (09); (ZZ)",
		domain.ReasonWords([]domain.Reason{{Code: "0F"}, {Code: "09", Words: "as the payer says"}, {Code: "ZZ"}}))
	require.Empty(t, domain.ReasonWords(nil))
}
