package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"parley/domain"
)

// The tricky days of the Office of Personnel Management's tables: a holiday on a Saturday is
// observed on Friday, one on a Sunday on Monday (5 U.S.C. 6103(b), Executive Order 11582).
func TestFederal_holidays_are_kept_on_the_day_they_are_observed(t *testing.T) {
	t.Parallel()
	for day, words := range map[domain.Date]string{
		"2021-12-31": "New Year's Day 2022 is a Saturday: kept in the year before",
		"2026-07-03": "Independence Day 2026 is a Saturday",
		"2026-11-26": "Thanksgiving 2026",
		"2026-12-25": "Christmas 2026",
		"2027-01-18": "Birthday of Martin Luther King, Jr. 2027",
		"2027-06-18": "Juneteenth 2027 is a Saturday",
		"2027-07-05": "Independence Day 2027 is a Sunday",
		"2027-12-24": "Christmas 2027 is a Saturday",
		"2027-12-31": "New Year's Day 2028 is a Saturday: kept in the year before",
		"2028-02-21": "Washington's Birthday 2028",
		"2028-11-10": "Veterans Day 2028 is a Saturday",
		"2029-11-12": "Veterans Day 2029 is a Sunday",
		"2030-05-27": "Memorial Day 2030",
		"2031-09-01": "Labor Day 2031",
		"2031-10-13": "Columbus Day 2031",
		"2032-12-31": "New Year's Day 2033 is a Saturday: kept in the year before",
		"2033-06-20": "Juneteenth 2033 is a Sunday",
		"2033-12-26": "Christmas 2033 is a Sunday",
		"2034-01-02": "New Year's Day 2034 is a Sunday",
		"2035-11-12": "Veterans Day 2035 is a Sunday",
	} {
		require.False(t, day.BusinessDay(), "%s: %s", day, words)
	}
}

func TestA_day_beside_a_moved_holiday_and_a_day_that_is_no_federal_holiday_are_worked(t *testing.T) {
	t.Parallel()
	for day, words := range map[domain.Date]string{
		"2020-06-19": "Juneteenth is a holiday only since 2021",
		"2026-07-06": "Independence Day 2026 was kept on the Friday before",
		"2026-11-27": "the day after Thanksgiving is a holiday of some states only",
		"2028-01-03": "New Year's Day 2028 was kept on the Friday before",
		"2029-01-22": "Inauguration Day 2029 frees the District of Columbia only",
		"2033-01-03": "New Year's Day 2033 was kept on the Friday before",
	} {
		require.True(t, day.BusinessDay(), "%s: %s", day, words)
	}
}

func TestEleven_holidays_a_year_are_kept_from_2022_through_2035(t *testing.T) {
	t.Parallel()
	kept := 0
	// From the observance of New Year's Day 2022 to the last day before that of 2036.
	for day := domain.Date("2021-12-31"); day <= "2035-12-31"; day = day.AddDays(1) {
		weekday := day.In(time.UTC).Weekday()
		if weekday != time.Saturday && weekday != time.Sunday && !day.BusinessDay() {
			kept++
		}
	}
	require.Equal(t, 14*11, kept)
}

func TestBusiness_days_are_counted_from_the_day_after(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		from   domain.Date
		n      int
		closed []domain.Date
		want   domain.Date
	}{
		{"a weekend is passed over", "2026-11-20", 1, nil, "2026-11-23"},
		{"Thanksgiving is passed over", "2026-11-25", 1, nil, "2026-11-27"},
		{"a payer's own closed day is passed over too", "2026-11-25", 1, []domain.Date{"2026-11-27"}, "2026-11-30"},
		{"from a Saturday the Monday is the first", "2026-11-21", 1, nil, "2026-11-23"},
		{"Christmas and New Year's Day in one count", "2027-12-23", 5, nil, "2028-01-03"},
		{"five business days before a Friday", "2026-11-20", -5, nil, "2026-11-13"},
		{"back over Veterans Day", "2026-11-12", -1, nil, "2026-11-10"},
		{"none at all leaves a Sunday where it is", "2026-11-22", 0, nil, "2026-11-22"},
		{"a day that does not exist stays as it is", "2026-02-30", 3, nil, "2026-02-30"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, row.want, domain.AddBusinessDays(row.from, row.n, row.closed...))
		})
	}
}

func TestA_due_day_rolls_only_if_it_is_not_worked(t *testing.T) {
	t.Parallel()
	require.Equal(t, domain.Date("2026-11-24"), domain.NextBusinessDay("2026-11-24"))
	require.Equal(t, domain.Date("2026-11-27"), domain.NextBusinessDay("2026-11-26"))
	require.Equal(t, domain.Date("2026-11-30"), domain.NextBusinessDay("2026-11-26", "2026-11-27"))
	require.Equal(t, domain.Date("2028-01-03"), domain.NextBusinessDay("2027-12-31"))
	require.Equal(t, domain.Date(""), domain.NextBusinessDay(""))
}

func TestCounting_business_days_there_and_back_ends_on_a_business_day_no_earlier(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := domain.Date("2024-01-01").AddDays(rapid.IntRange(0, 4000).Draw(t, "day"))
		n := rapid.IntRange(1, 60).Draw(t, "n")
		to := domain.AddBusinessDays(from, n)
		require.True(t, to.BusinessDay())
		require.GreaterOrEqual(t, to, from.AddDays(n))
		worked := 0
		for day := from.AddDays(1); day <= to; day = day.AddDays(1) {
			if day.BusinessDay() {
				worked++
			}
		}
		require.Equal(t, n, worked)
	})
}

func TestSeven_calendar_days_across_the_change_to_summer_time_end_at_the_end_of_the_seventh_day(t *testing.T) {
	t.Parallel()
	chicago := domain.Zone("America/Chicago")
	// On 8 March 2026 clocks go from 2:00 to 3:00 there.
	received := time.Date(2026, 3, 4, 15, 30, 0, 0, chicago)
	due := domain.Length{N: 7, Unit: domain.CalendarDays}.After(received, chicago)
	require.Equal(t, "2026-03-11T23:59:59-05:00", due.In(chicago).Format(time.RFC3339))
	require.Equal(t, "2026-03-12T04:59:59Z", due.Format(time.RFC3339))
}

func TestSeventy_two_hours_across_a_change_of_the_clocks_are_seventy_two_hours(t *testing.T) {
	t.Parallel()
	chicago := domain.Zone("America/Chicago")
	hours := domain.Length{N: 72, Unit: domain.Hours}
	spring := time.Date(2026, 3, 6, 17, 0, 0, 0, chicago)
	require.Equal(t, "2026-03-09T18:00:00-05:00", hours.After(spring, chicago).In(chicago).Format(time.RFC3339))
	autumn := time.Date(2026, 10, 30, 17, 0, 0, 0, chicago)
	require.Equal(t, "2026-11-02T16:00:00-06:00", hours.After(autumn, chicago).In(chicago).Format(time.RFC3339))
}

func TestA_day_of_25_hours_ends_once(t *testing.T) {
	t.Parallel()
	chicago := domain.Zone("America/Chicago")
	require.Equal(t, "2026-11-01T23:59:59-06:00", domain.Date("2026-11-01").End(chicago).Format(time.RFC3339))
}
