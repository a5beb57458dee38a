package x12

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Date is a date as X12 writes it, CCYYMMDD, kept as it came.
type Date string

// NewDate writes the day of t, in t's own zone.
func NewDate(t time.Time) Date { return Date(t.Format("20060102")) }

// Time returns the day at midnight UTC; ok is false when there is no such day.
func (d Date) Time() (t time.Time, ok bool) {
	if len(d) != 8 {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102", string(d))
	return t, err == nil
}

// Decimal is a number as X12 writes it, kept as it came.
type Decimal string

// NewDecimal writes a number: no needless zeros, no thousands mark.
func NewDecimal(d decimal.Decimal) Decimal { return Decimal(d.String()) }

// Value returns the number; ok is false when it is none.
func (d Decimal) Value() (n decimal.Decimal, ok bool) {
	if !validNumber(string(d), true) {
		return decimal.Decimal{}, false
	}
	n, err := decimal.NewFromString(string(d))
	return n, err == nil
}

// OnDate is a DTP of one day.
func OnDate(q Qualifier, day Date) DatePeriod {
	return DatePeriod{Qualifier: q, Format: "D8", Value: string(day)}
}

// DuringDates is a DTP of a range of days, both included.
func DuringDates(q Qualifier, from, to Date) DatePeriod {
	return DatePeriod{Qualifier: q, Format: "RD8", Value: fmt.Sprintf("%s-%s", from, to)}
}

// Range returns the first and last day; for a single day they are the same.
func (p DatePeriod) Range() (from, to Date, ok bool) {
	switch p.Format {
	case "D8":
		from, to = Date(p.Value), Date(p.Value)
	case "RD8":
		a, b, _ := strings.Cut(p.Value, "-")
		from, to = Date(a), Date(b)
	default:
		return "", "", false
	}
	_, fromOK := from.Time()
	_, toOK := to.Time()
	return from, to, fromOK && toOK
}

// FindDate returns the first DTP with the qualifier.
func FindDate(dates []DatePeriod, q Qualifier) (DatePeriod, bool) {
	for _, d := range dates {
		if d.Qualifier == q {
			return d, true
		}
	}
	return DatePeriod{}, false
}

// FindReference returns the value of the first REF with the qualifier, or "".
func FindReference(refs []Reference, q Qualifier) string {
	for _, r := range refs {
		if r.Qualifier == q {
			return r.Value
		}
	}
	return ""
}

// FindTrace returns the number of the first TRN of the type, or "".
func FindTrace(traces []Trace, kind Qualifier) string {
	for _, t := range traces {
		if t.Type == kind {
			return t.Number
		}
	}
	return ""
}

// validNumber says whether s is a number: a sign only when negative, digits, and at
// most one point where fraction allows it.
func validNumber(s string, fraction bool) bool {
	s = strings.TrimPrefix(s, "-")
	digits := 0
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && fraction:
			fraction = false
		default:
			return false
		}
	}
	return digits > 0
}
