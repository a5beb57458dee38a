package codes

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var today = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestLists_every_list_loads_and_every_entry_names_its_source(t *testing.T) {
	t.Parallel()
	for _, l := range Lists() {
		all, err := load(l)
		require.NoError(t, err)
		require.NotEmpty(t, all, l)
		for code, e := range all {
			require.NotEmpty(t, e.Source, "%s %s", l, code)
			require.False(t, !e.End.IsZero() && e.End.Before(e.Start), "%s %s ends before it starts", l, code)
		}
	}
}

func TestLookup_tells_a_wrong_code_from_one_a_partial_list_lacks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		list  List
		code  string
		known Known
	}{
		{ReviewAction, "A4", Listed},
		{FollowUp, "C", Listed},
		{FollowUp, "Q", Unlisted},
		{RejectReason, "QQ", Uncertain},
		{ICD10CM, "I50.9", Listed},
		{ICD10CM, "I509", Listed},
		{ICD10CM, "Z99999", Uncertain},
		{State, "MD", Listed},
		{State, "XX", Unlisted},
		{HCPCS2, "A0021", Listed},
		{List("no such list"), "1", Uncertain},
	} {
		_, known := Lookup(c.list, c.code, today)
		require.Equal(t, c.known, known, "%s %s", c.list, c.code)
	}
}

func TestLookup_a_reason_reads_the_same_with_and_without_its_leading_zero(t *testing.T) {
	t.Parallel()
	long, known := Lookup(DecisionReasons, "09", today)
	require.Equal(t, Listed, known)
	short, known := Lookup(DecisionReasons, "9", today)
	require.Equal(t, Listed, known)
	require.Equal(t, long, short)
	require.Equal(t, "out of network", Words(DecisionReasons, "9"))
}

func TestLookup_a_code_outside_its_dates_keeps_its_words(t *testing.T) {
	t.Parallel()
	first := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)
	_, known := Lookup(PlaceOfService, "02", first)
	require.Equal(t, Listed, known)
	e, known := Lookup(PlaceOfService, "02", first.Add(-time.Hour))
	require.Equal(t, NotYet, known)
	require.NotEmpty(t, e.Words)
	for code, e := range entries(HCPCS2) {
		if !e.End.IsZero() {
			_, known := Lookup(HCPCS2, code, e.End)
			require.Equal(t, Listed, known)
			_, known = Lookup(HCPCS2, code, e.End.AddDate(0, 0, 1))
			require.Equal(t, Ended, known)
			return
		}
	}
}

func TestValidNPI_wants_ten_digits_and_the_check_digit(t *testing.T) {
	t.Parallel()
	require.True(t, ValidNPI("1234567893")) // the example of the NPI check digit rule
	require.True(t, ValidNPI("1245319599"))
	for _, wrong := range []string{"", "1234567890", "1234567894", "123456789", "12345678933", "3234567893", "123456789A"} {
		require.False(t, ValidNPI(wrong), wrong)
	}
}

func TestForms_tell_what_could_be_a_code(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		form  func(string) bool
		right []string
		wrong []string
	}{
		{"ICD-10-CM", ICD10CMForm, []string{"I10", "I50.9", "I509", "S72001A", "C7A00", "U07.1"}, []string{"", "I", "1234", "I50.99999", "IA0", "S72-01"}},
		{"HCPCS", HCPCS2Form, []string{"G0154", "B4184", "J1745"}, []string{"", "99213", "G015", "GA154", "Z0000"}},
		{"CPT", CPTForm, []string{"99213", "0042T", "3008F"}, []string{"", "9921", "G0154", "9921A"}},
		{"place", PlaceForm, []string{"11", "02"}, []string{"", "1", "1A", "111"}},
	} {
		for _, s := range c.right {
			require.True(t, c.form(s), "%s %s", c.name, s)
		}
		for _, s := range c.wrong {
			require.False(t, c.form(s), "%s %s", c.name, s)
		}
	}
}
