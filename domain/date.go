package domain

import (
	"fmt"
	"time"
	_ "time/tzdata" // zones where the machine has none
)

// Date is a day on a calendar, 2026-12-31, of no zone. The zero Date is the empty string.
type Date string

// DateOf is the day an instant falls on in a zone.
func DateOf(t time.Time, zone *time.Location) Date { return Date(t.In(zone).Format(time.DateOnly)) }

// Valid reports whether d is a day that exists.
func (d Date) Valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// In is the midnight that begins the day in a zone; the zero time for an invalid date.
func (d Date) In(zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// End is the last second of the day in a zone: what a date-only due means. The zero time
// for an invalid date.
func (d Date) End(zone *time.Location) time.Time {
	if !d.Valid() {
		return time.Time{}
	}
	return d.AddDays(1).In(zone).Add(-time.Second)
}

// AddDays is n calendar days later; an invalid date stays as it is.
func (d Date) AddDays(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Date(t.AddDate(0, 0, n).Format(time.DateOnly))
}

// Compact is the date as X12 writes it, CCYYMMDD.
func (d Date) Compact() string {
	if len(d) != 10 {
		return ""
	}
	return string(d[:4] + d[5:7] + d[8:])
}

// ParseCompact reads CCYYMMDD.
func ParseCompact(s string) (Date, error) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return "", fmt.Errorf("read date: not CCYYMMDD")
	}
	return Date(t.Format(time.DateOnly)), nil
}

// Words is the date as people write it: 12 Mar 2026.
func (d Date) Words() string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	return t.Format("2 Jan 2006")
}

// Zone loads an IANA zone, and UTC where the name is empty or unknown. The machine's own
// zone has no name: a case must replay the same on every machine.
func Zone(name string) *time.Location {
	if l, err := time.LoadLocation(name); err == nil && l != time.Local {
		return l
	}
	return time.UTC
}
