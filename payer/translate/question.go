package translate

import (
	"fmt"
	"strconv"
	"strings"

	"parley/domain"
	"parley/x12"
)

// Question is what a send asked, read back from its bytes.
type Question struct {
	Kind   domain.RequestKind
	Trace  string // its own number
	About  string // of an inquiry: the number of the request asked after
	Number string // of an inquiry: the payer's
	Test   bool

	control, group, set string
	member              string
	subscriber          person
	dependent           *person
	lines               []line
}

type person struct{ last, first, birth string }

type line struct{ code, modifiers string }

// Asked reads a send of ours.
func Asked(sent []byte) (*Question, error) {
	file, err := x12.Parse(sent, x12.Options{})
	if err != nil || len(file.Interchanges) != 1 || len(file.Interchanges[0].Groups) != 1 || len(file.Interchanges[0].Groups[0].Sets) != 1 {
		return nil, fmt.Errorf("read what was asked: %w", ErrUnreadable)
	}
	i := file.Interchanges[0]
	set := i.Groups[0].Sets[0]
	q := &Question{Kind: domain.AskAuthorization, control: i.Control(), group: i.Groups[0].GS.Element(6), set: set.ST.Element(2), Test: i.ISA.Element(15) == "T"}
	if strings.HasPrefix(string(set.Guide()), "005010X215") {
		q.Kind = domain.AskStatus
		asked, _, err := x12.ReadAuthorizationInquiry(set)
		if err != nil {
			return nil, fmt.Errorf("read what was asked: %w", ErrUnreadable)
		}
		q.take(asked.Header, asked.Subscriber, asked.Dependent, asked.Event)
		q.About, q.Number = x12.FindTrace(asked.Event.Traces, "1"), x12.FindReference(asked.Event.References, "NT")
		return q, nil
	}
	asked, _, err := x12.ReadAuthorizationRequest(set)
	if err != nil {
		return nil, fmt.Errorf("read what was asked: %w", ErrUnreadable)
	}
	q.take(asked.Header, asked.Subscriber, asked.Dependent, asked.Event)
	return q, nil
}

func (q *Question) take(h x12.Header, subscriber x12.Level, dependent *x12.Level, e x12.RequestEvent) {
	q.Trace = h.Reference
	q.member = subscriber.Party.Name.ID
	q.subscriber = personOf(subscriber.Party)
	if dependent != nil {
		p := personOf(dependent.Party)
		q.dependent = &p
	}
	for _, s := range e.Services {
		var l line
		switch {
		case s.Professional != nil:
			l = lineAsked(s.Professional.Procedure)
		case s.Institutional != nil:
			l = lineAsked(s.Institutional.Procedure)
		}
		q.lines = append(q.lines, l)
	}
}

func personOf(p x12.Party) person {
	out := person{last: p.Name.Last, first: p.Name.First}
	if p.Demographics != nil {
		out.birth = string(p.Demographics.BirthDate)
	}
	return out
}

func lineAsked(p x12.Procedure) line {
	return line{code: p.Code, modifiers: strings.Join([]string{p.Modifier1, p.Modifier2, p.Modifier3, p.Modifier4}, " ")}
}

// named refuses an answer that is about somebody else. Everything it says of a person has
// to agree; the member number has to be there if it decides anything.
func (q *Question) named(subscriber, dependent *x12.Level, decides bool) error {
	if subscriber == nil {
		if decides {
			return ErrOtherPatient
		}
		return nil // refused above the patient: its trace alone says whose it is
	}
	member := subscriber.Party.Name.ID
	if member == "" && decides || member != "" && plain(member) != plain(q.member) {
		return ErrOtherPatient
	}
	if !q.subscriber.same(subscriber.Party) {
		return ErrOtherPatient
	}
	switch {
	case q.dependent == nil && dependent != nil:
		return ErrOtherPatient
	case q.dependent != nil && dependent == nil && decides:
		return ErrOtherPatient // the subscriber was not who it was asked for
	case q.dependent != nil && dependent != nil && !q.dependent.same(dependent.Party):
		return ErrOtherPatient
	}
	return nil
}

func (p person) same(other x12.Party) bool {
	o := personOf(other)
	return (o.last == "" || sameName(o.last, p.last)) && (o.first == "" || sameName(o.first, p.first)) &&
		(o.birth == "" || p.birth == "" || o.birth == p.birth)
}

// order is as much of the order as a reject's words need: who stands where, how many lines.
func (q *Question) order() domain.Order {
	o := domain.Order{Coverage: domain.Coverage{Relationship: "self"}}
	if q.dependent != nil {
		o.Coverage.Relationship = "other"
	}
	for _, l := range q.lines {
		o.Services = append(o.Services, domain.OrderService{Code: l.code})
	}
	return o
}

// lineOf finds which service of ours an answer's service is: by the number it returns,
// else by its code, else by its place. What was never asked for gets a line beyond ours.
func (q *Question) lineOf(traces []x12.Trace, code string, place int, taken map[int]bool) int {
	for _, t := range traces {
		if n, ok := lineOf(q.Trace, t.Number); ok && n <= len(q.lines) && !taken[n] {
			return n
		}
		if n, ok := lineOf(q.About, t.Number); ok && q.About != "" && !taken[n] {
			return n // an inquiry names no services: the numbers are those of the request asked after
		}
	}
	for i, l := range q.lines {
		if code != "" && l.code == code && !taken[i+1] {
			return i + 1
		}
	}
	if (place <= len(q.lines) || len(q.lines) == 0) && !taken[place] {
		return place // if it has another code than asked for, the comparison with the order says so
	}
	for n := len(q.lines) + 1; ; n++ {
		if !taken[n] {
			return n
		}
	}
}

// date is a day of X12's in ours; no day is none.
func date(d x12.Date) domain.Date {
	day, err := domain.ParseCompact(string(d))
	if err != nil {
		return ""
	}
	return day
}

func pointerOfLine(field string, n int) string {
	if rest, ok := strings.CutPrefix(field, "/services/0/"); ok {
		return "/services/" + strconv.Itoa(n-1) + "/" + rest
	}
	return field
}
