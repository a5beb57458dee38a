package domain_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

func TestA_correction_replaces_one_fact_and_keeps_both(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		correct []domain.Correct
		look    func(o domain.Order) any
		now     any
		changes []domain.Change
	}{
		{
			"a text",
			[]domain.Correct{{Pointer: "/coverage/memberId", Value: "LK1002004"}},
			func(o domain.Order) any { return o.Coverage.MemberID }, "LK1002004",
			[]domain.Change{{Pointer: "/coverage/memberId", Before: "LK1002003", After: "LK1002004"}},
		},
		{
			"a date",
			[]domain.Correct{{Pointer: "/patient/birthDate", Value: "1954-11-02"}},
			func(o domain.Order) any { return o.Patient.BirthDate }, domain.Date("1954-11-02"),
			[]domain.Change{{Pointer: "/patient/birthDate", Before: "1954-02-11", After: "1954-11-02"}},
		},
		{
			"a number in a list of services",
			[]domain.Correct{{Pointer: "/services/1/units", Value: "10"}},
			func(o domain.Order) any { return o.Services[1].Units }, 10,
			[]domain.Change{{Pointer: "/services/1/units", Before: "12", After: "10"}},
		},
		{
			"a yes or no",
			[]domain.Correct{{Pointer: "/coverage/ownMemberId", Value: "true"}},
			func(o domain.Order) any { return o.Coverage.OwnMemberID }, true,
			[]domain.Change{{Pointer: "/coverage/ownMemberId", Before: "false", After: "true"}},
		},
		{
			"where it is done, by the name it has in JSON",
			[]domain.Correct{{Pointer: "/facility/name", Value: "South Mesa Hospital"}},
			func(o domain.Order) any { return o.Where.Last }, "South Mesa Hospital",
			[]domain.Change{{Pointer: "/facility/name", Before: "North Mesa Hospital", After: "South Mesa Hospital"}},
		},
		{
			"two diagnoses more at the end of the list",
			[]domain.Correct{{Pointer: "/diagnoses/-", Value: "M25.561"}, {Pointer: "/diagnoses/-", Value: "Z96.651"}},
			func(o domain.Order) any { return o.Diagnoses },
			[]string{"M17.11", "M25.561", "Z96.651"},
			[]domain.Change{{Pointer: "/diagnoses/1", After: "M25.561"}, {Pointer: "/diagnoses/2", After: "Z96.651"}},
		},
		{
			"a service that begins on the planned day moves with it, another does not",
			[]domain.Correct{{Pointer: "/plannedDate", Value: "2026-12-09"}},
			func(o domain.Order) any { return []domain.Date{o.Services[0].From, o.Services[1].From} },
			[]domain.Date{"2026-12-09", "2026-12-10"},
			[]domain.Change{
				{Pointer: "/plannedDate", Before: "2026-12-08", After: "2026-12-09"},
				{Pointer: "/services/0/from", Before: "2026-12-08", After: "2026-12-09"},
			},
		},
		{
			"a first day that is itself corrected does not move",
			[]domain.Correct{{Pointer: "/plannedDate", Value: "2026-12-09"}, {Pointer: "/services/0/from", Value: "2026-12-08"}},
			func(o domain.Order) any { return o.Services[0].From }, domain.Date("2026-12-08"),
			[]domain.Change{{Pointer: "/plannedDate", Before: "2026-12-08", After: "2026-12-09"}},
		},
		{
			"what was right already is no change",
			[]domain.Correct{{Pointer: "/patient/sex", Value: "F"}},
			func(o domain.Order) any { return o.Patient.Sex }, "F", nil,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			before := knee()
			after, changes, err := before.With(row.correct)
			require.NoError(t, err)
			require.Equal(t, row.now, row.look(after))
			require.Equal(t, row.changes, changes)
			require.Equal(t, knee(), before, "the order itself stays as it is")
		})
	}
}

func TestA_correction_of_what_lists_and_subscribers_hold_leaves_the_order_itself_alone(t *testing.T) {
	t.Parallel()
	before := child()
	after, _, err := before.With([]domain.Correct{
		{Pointer: "/services/0/modifiers/0", Value: "LT"},
		{Pointer: "/services/0/code", Value: "27446"},
		{Pointer: "/diagnoses/0", Value: "M17.12"},
		{Pointer: "/coverage/subscriber/firstName", Value: "Eve"},
	})
	require.NoError(t, err)
	require.Equal(t, child(), before)
	require.Equal(t, "Eve", after.Coverage.Subscriber.First)
	require.Equal(t, "LT", after.Services[0].Modifiers[0])
}

func TestA_subscriber_unknown_so_far_is_corrected_into_being(t *testing.T) {
	t.Parallel()
	after, changes, err := knee().With([]domain.Correct{
		{Pointer: "/coverage/relationship", Value: "spouse"},
		{Pointer: "/coverage/subscriber/firstName", Value: "Jon"},
		{Pointer: "/coverage/subscriber/lastName", Value: "Hale"},
		{Pointer: "/coverage/subscriber/birthDate", Value: "1950-01-31"},
		{Pointer: "/coverage/subscriber/sex", Value: "M"},
	})
	require.NoError(t, err)
	require.Len(t, changes, 5)
	require.Equal(t, &domain.Patient{First: "Jon", Last: "Hale", BirthDate: "1950-01-31", Sex: "M"}, after.Coverage.Subscriber)
}

func TestA_correction_that_cannot_be_is_refused_whole_and_names_where(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		correct []domain.Correct
		faults  []string
	}{
		{"the source is what the case is known by", []domain.Correct{{Pointer: "/source", Value: "x"}}, []string{"/source fixed"}},
		{"so is its ID there", []domain.Correct{{Pointer: "/sourceId", Value: "x"}}, []string{"/sourceId fixed"}},
		{"the facility bounds who sees the case", []domain.Correct{{Pointer: "/facilityId", Value: "x"}}, []string{"/facilityId fixed"}},
		{"a fixed fact is not reached without its slash", []domain.Correct{{Pointer: "sourceId", Value: "x"}}, []string{"/corrections/0/pointer pointer"}},
		{"a pointer to nothing is named by its place", []domain.Correct{{Pointer: "/plannedDate", Value: "2026-12-09"}, {Pointer: "/patient/ruth", Value: "x"}}, []string{"/corrections/1/pointer pointer"}},
		{"a whole patient is not a single fact", []domain.Correct{{Pointer: "/patient", Value: "x"}}, []string{"/corrections/0/pointer pointer"}},
		{"nor is the whole order", []domain.Correct{{Pointer: "/", Value: "x"}}, []string{"/corrections/0/pointer pointer"}},
		{"a line that is not there", []domain.Correct{{Pointer: "/services/2/units", Value: "1"}}, []string{"/corrections/0/pointer pointer"}},
		{"a line before the first", []domain.Correct{{Pointer: "/services/-1/units", Value: "1"}}, []string{"/corrections/0/pointer pointer"}},
		{"an index has one name", []domain.Correct{{Pointer: "/services/00/units", Value: "1"}}, []string{"/corrections/0/pointer pointer"}},
		{"a service is not added by a correction", []domain.Correct{{Pointer: "/services/-", Value: "1"}}, []string{"/corrections/0/pointer pointer"}},
		{"one fact, two values", []domain.Correct{{Pointer: "/place", Value: "22"}, {Pointer: "/place", Value: "11"}}, []string{"/place duplicate"}},
		{"units are a number", []domain.Correct{{Pointer: "/services/0/units", Value: "two"}}, []string{"/services/0/units type"}},
		{"and not none", []domain.Correct{{Pointer: "/services/0/units", Value: "0"}}, []string{"/services/0/units required"}},
		{"a date exists", []domain.Correct{{Pointer: "/patient/birthDate", Value: "1954-02-30"}}, []string{"/patient/birthDate date"}},
		{"an NPI has its check digit", []domain.Correct{{Pointer: "/servicing/npi", Value: "1234567890"}}, []string{"/servicing/npi npi"}},
		{"a service does not end before it begins", []domain.Correct{{Pointer: "/services/1/through", Value: "2026-12-01"}}, []string{"/services/1/through ends-before-start"}},
		{"nor comes before birth", []domain.Correct{{Pointer: "/patient/birthDate", Value: "2026-12-09"}}, []string{"/plannedDate before-birth", "/services/0/from before-birth"}},
		{"a dependent has a subscriber", []domain.Correct{{Pointer: "/coverage/relationship", Value: "child"}}, []string{"/coverage/subscriber required_unless"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			o, changes, err := knee().With(row.correct)
			var invalid *domain.Invalid
			require.True(t, errors.As(err, &invalid), "%v", err)
			require.ErrorIs(t, err, domain.ErrInvalid)
			require.Equal(t, row.faults, found(invalid.Fields))
			require.Empty(t, changes)
			require.Equal(t, knee(), o)
		})
	}
}
