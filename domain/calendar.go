package domain

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2/us"
)

// BusinessDay reports whether federal offices work on a day: no Saturday, no Sunday, no
// federal holiday on the day it is observed (5 U.S.C. 6103), and none of the days closed
// names besides, such as a payer's own. An invalid date is none.
func (d Date) BusinessDay(closed ...Date) bool {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil || t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		return false
	}
	return !slices.Contains(closed, d) && !federalHoliday(t)
}

// federalHoliday asks the holidays' own rules, year by year. The library's calendar is
// not used: it holds a cache, and a case replays what it decides here.
func federalHoliday(t time.Time) bool {
	for _, h := range us.Holidays {
		// New Year's Day on a Saturday is observed on 31 December of the year before.
		for _, year := range []int{t.Year(), t.Year() + 1} {
			if _, observed := h.Calc(year); sameDay(observed, t) {
				return true
			}
		}
	}
	return false
}

func sameDay(a, b time.Time) bool { return a.Year() == b.Year() && a.YearDay() == b.YearDay() }

// NextBusinessDay is the day itself if it is a business day, else the first after it:
// what a due day rolls over to where a rule says that it rolls. An invalid date stays.
func NextBusinessDay(d Date, closed ...Date) Date {
	if !d.Valid() {
		return d
	}
	for !d.BusinessDay(closed...) {
		d = d.AddDays(1)
	}
	return d
}

// AddBusinessDays is the nth business day after a day, or before it if n is negative.
// The day itself is not counted, whether it is a business day or not; zero leaves it as
// it is, and so does an invalid date.
func AddBusinessDays(d Date, n int, closed ...Date) Date {
	if !d.Valid() {
		return d
	}
	step := 1
	if n < 0 {
		step = -1
	}
	for n != 0 {
		if d = d.AddDays(step); d.BusinessDay(closed...) {
			n -= step
		}
	}
	return d
}
