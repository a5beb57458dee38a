package domain

import (
	"slices"
	"strings"
	"time"

	"parley/codes"
)

const (
	longestLife = 125 // years; a birth before it is a typing error
	yearsAhead  = 2   // no payer decides on a service planned later
	yearsBack   = 1   // a request after the service is never looked at after that
)

// Fill sets what an order may leave out: its facility's zone, a service's unit (UN) and
// first day (the planned one). Filling twice changes nothing.
func (o *Order) Fill(zone string) {
	if o.Zone == "" {
		o.Zone = zone
	}
	for i := range o.Services {
		s := &o.Services[i]
		if s.Unit == "" {
			s.Unit = "UN"
		}
		if s.From == "" {
			s.From = o.Planned
		}
	}
}

// Judge says of an order that passed Check what tags cannot say: faults, with which no payer
// can answer it, and warnings, which a person should see and may let stand. A code that a
// complete list lacks is a fault; one that a partial list lacks may be right. Texts never hold
// values. Dates that Check refuses are not judged.
func (o Order) Judge(today Date) (faults, warnings []FieldError) {
	var j judgement
	j.itself(o)
	j.against(o, today)
	return j.faults, j.warnings
}

// judgement gathers what is wrong with an order.
type judgement struct{ faults, warnings []FieldError }

func (j *judgement) fault(pointer, code, detail string) {
	j.faults = append(j.faults, FieldError{Pointer: pointer, Code: code, Detail: detail})
}

func (j *judgement) warn(pointer, code, detail string) {
	j.warnings = append(j.warnings, FieldError{Pointer: pointer, Code: code, Detail: detail})
}

// itself judges what needs no knowledge of today.
func (j *judgement) itself(o Order) {
	if before(o.Planned, o.Patient.BirthDate) {
		j.fault("/plannedDate", "before-birth", "lies before the patient's birth")
	}
	j.coverage(o)
	for i, s := range o.Services {
		j.service(o, i, s)
	}
	j.diagnoses(o)
	j.code("/place", codes.PlaceOfService, o.Place, o.Planned)
	if o.Urgency == Expedited && o.Statement == "" {
		j.warn("/urgencyStatement", "statement", "is missing: the physician's statement is what makes a payer decide fast")
	}
	if o.Urgency == Standard && o.Statement != "" {
		j.warn("/urgency", "statement", "is standard, and there is a statement of urgency")
	}
}

func (j *judgement) coverage(o Order) {
	c := o.Coverage
	switch {
	case before(c.Term, c.Effective):
		j.fault("/coverage/term", "ends-before-start", "lies before the first day in force")
	case before(o.Planned, c.Effective):
		j.warn("/coverage/effective", "not-in-force", "lies after the planned date")
	case before(c.Term, o.Planned):
		j.warn("/coverage/term", "not-in-force", "lies before the planned date")
	}
	if c.Product == Exchange && c.Funding == SelfFunded {
		j.fault("/coverage/funding", "funding", "cannot be: a plan on the exchange is insured")
	}
}

func (j *judgement) service(o Order, i int, s OrderService) {
	at := pointerTo("/services", i)
	first, _ := s.span(o.Planned)
	if before(s.From, o.Patient.BirthDate) {
		j.fault(at+"/from", "before-birth", "lies before the patient's birth")
	}
	if before(s.Through, first) {
		j.fault(at+"/through", "ends-before-start", "lies before the service's first day")
	}
	for _, other := range o.Services[:i] {
		if sameService(o, s, other) {
			j.fault(at, "duplicate", "asks for a service that an earlier line asks for")
			break
		}
	}
	if codes.HCPCS2Form(s.Code) && s.Code[0] != 'D' { // the list leaves out the ADA's codes
		j.code(at+"/code", codes.HCPCS2, s.Code, first)
	}
	for m, modifier := range s.Modifiers {
		if slices.Contains(s.Modifiers[:m], modifier) {
			j.fault(pointerTo(at+"/modifiers", m), "duplicate", "stands there twice")
		}
		j.code(pointerTo(at+"/modifiers", m), codes.Modifier, modifier, first)
	}
}

// sameService reports whether two lines ask for one thing: a payer takes the second for a
// mistake. The same code on other days, or with another modifier, is another service.
func sameService(o Order, a, b OrderService) bool {
	aFirst, aLast := a.span(o.Planned)
	bFirst, bLast := b.span(o.Planned)
	return a.Code == b.Code && aFirst == bFirst && aLast == bLast &&
		slices.Equal(slices.Sorted(slices.Values(a.Modifiers)), slices.Sorted(slices.Values(b.Modifiers)))
}

func (j *judgement) diagnoses(o Order) {
	var seen []string
	for i, d := range o.Diagnoses {
		at, plain := pointerTo("/diagnoses", i), strings.ReplaceAll(d, ".", "")
		if slices.Contains(seen, plain) && !slices.Contains(o.Diagnoses[:i], d) { // Check finds what is written alike
			j.fault(at, "duplicate", "stands there twice, with and without its point")
		}
		seen = append(seen, plain)
		j.code(at, codes.ICD10CM, d, o.Planned)
	}
}

// code looks a code up in its list, as of the day of the service.
func (j *judgement) code(pointer string, list codes.List, code string, on Date) {
	if !on.Valid() || code == "" {
		return
	}
	switch _, known := codes.Lookup(list, code, on.In(time.UTC)); known {
	case codes.Unlisted:
		j.fault(pointer, "unknown-code", "is in no edition of its list")
	case codes.Uncertain:
		j.warn(pointer, "unlisted-code", "is not in our edition of its list: look twice")
	case codes.NotYet:
		j.warn(pointer, "code-not-in-force", "is not in force yet on the day of the service")
	case codes.Ended:
		j.warn(pointer, "code-not-in-force", "is no longer in force on the day of the service")
	case codes.Listed:
	}
}

// against judges what depends on today.
func (j *judgement) against(o Order, today Date) {
	j.birth("/patient/birthDate", o.Patient.BirthDate, today)
	if o.Coverage.Subscriber != nil {
		j.birth("/coverage/subscriber/birthDate", o.Coverage.Subscriber.BirthDate, today)
	}
	j.day("/plannedDate", o.Planned, today)
	for i, s := range o.Services {
		if s.From != o.Planned {
			j.day(pointerTo("/services", i)+"/from", s.From, today)
		}
	}
}

func (j *judgement) birth(pointer string, d, today Date) {
	switch {
	case before(today, d):
		j.fault(pointer, "in-future", "lies in the future")
	case before(d, today.addYears(-longestLife)):
		j.fault(pointer, "too-old", "lies more than 125 years back")
	}
}

func (j *judgement) day(pointer string, d, today Date) {
	switch {
	case before(today.addYears(yearsAhead), d):
		j.fault(pointer, "too-far", "lies more than 2 years ahead")
	case before(d, today.addYears(-yearsBack)):
		j.fault(pointer, "too-late", "lies more than a year back")
	}
}

// before reports whether a comes before b; dates that do not exist come before none.
func before(a, b Date) bool { return a.Valid() && b.Valid() && a < b }

func (d Date) addYears(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Date(t.AddDate(n, 0, 0).Format(time.DateOnly))
}
