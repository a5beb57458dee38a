package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"parley/codes"
)

// Meaning is what a payer's answer means for a prior authorization as a whole.
type Meaning string

const (
	MeansApproved    Meaning = "approved"     // all of it, as asked
	MeansDenied      Meaning = "denied"       // all of it
	MeansPended      Meaning = "pended"       // the payer waits or works
	MeansRejected    Meaning = "rejected"     // never reviewed: correct and send again
	MeansNotRequired Meaning = "not-required" // said by a person only
	MeansCancelled   Meaning = "cancelled"    // said by a person only
	MeansNotOnFile   Meaning = "not-on-file"  // an inquiry found nothing
	MeansReceived    Meaning = "received"     // the payer has it
	MeansUnclear     Meaning = "unclear"      // a person must read it
)

// Decision is what a case holds to be decided, and by which answer.
type Decision struct {
	Meaning  Meaning          `json:"meaning,omitempty"`
	Number   string           `json:"number,omitempty"`
	Units    int              `json:"units,omitempty"`
	From     Date             `json:"from,omitempty"`
	Through  Date             `json:"through,omitempty"` // last day to perform
	Reasons  []Reason         `json:"reasons,omitempty"`
	Wanted   []DocumentWanted `json:"wanted,omitempty"`
	WantedBy Date             `json:"wantedBy,omitempty"`
	Noticed  Date             `json:"noticed,omitempty"`
	AppealBy Date             `json:"appealBy,omitempty"` // as the letter prints it
	Words    string           `json:"words,omitempty"`
	By       Actor            `json:"by"`
}

// Means tells what an answer means for an order, and why it is unclear if it is. Only an
// answer that agrees with the order in everything it says is an approval, and only one
// that refuses everything is a denial: all else is for a person (DESIGN.md, the one true path).
func (a Answer) Means(o Order) (Meaning, string) {
	if a.Raw != "" {
		return MeansUnclear, fmt.Sprintf("the payer used a code that is in no list: %s", a.Raw)
	}
	switch a.Said {
	case CertifiedInTotal:
		return unless(cmp.Or(a.contradiction(), a.differsFrom(o)), MeansApproved)
	case NotCertified:
		return unless(a.contradiction(), MeansDenied)
	case Pended:
		return unless(a.contradiction(), MeansPended)
	case Rejected:
		return unless(a.contradiction(), MeansRejected)
	case NotOnFile:
		return unless(a.contradiction(), MeansNotOnFile)
	case Received:
		return unless(a.contradiction(), MeansReceived)
	case CertifiedPartly, Modified, CancelledByPayer, ContactPayer, NoActionRequired:
		return MeansUnclear, codes.Words(codes.ReviewAction, string(a.Said))
	}
	return MeansUnclear, "the payer's answer holds no decision"
}

func unless(why string, m Meaning) (Meaning, string) {
	if why != "" {
		return MeansUnclear, why
	}
	return m, ""
}

// contradiction is what in an answer speaks against its own word.
func (a Answer) contradiction() string {
	for _, l := range a.Lines {
		if l.Said != a.Said {
			return fmt.Sprintf("the answer as a whole says %s, line %d says %s", a.Said, l.Line, l.Said)
		}
	}
	if len(a.Rejects) > 0 && a.Said != Rejected && a.Said != NotOnFile { // an inquiry finds nothing by an AAA
		return fmt.Sprintf("the answer says %s, and rejects a part of the request", a.Said)
	}
	if a.MoreFollows && (a.Said == CertifiedInTotal || a.Said == NotCertified) {
		return fmt.Sprintf("the answer says %s, and that more is to follow", a.Said)
	}
	return ""
}

// differsFrom compares what was granted with what was asked, field by field: less, more or
// other than asked is no approval, nor is one that gives reasons or wants documents.
func (a Answer) differsFrom(o Order) string {
	var differs []string
	note := func(format string, args ...any) { differs = append(differs, fmt.Sprintf(format, args...)) }
	span := func(what string, from, through, first, last Date) {
		switch {
		case from != "" && !from.Valid() || through != "" && !through.Valid():
			note("%s is valid to or from a date that does not exist", what)
		case from != "" && first < from || through != "" && last > through:
			note("%s is valid %s, asked was %s", what, spanWords(from, through), spanWords(first, last))
		}
	}
	if a.Number == "" && len(a.Lines) == 0 {
		note("no authorization number")
	}
	if len(a.Wanted) > 0 {
		note("the payer wants documents")
	}
	if reasons := ReasonWords(a.Reasons); reasons != "" {
		note("it gives a reason: %s", reasons)
	}
	first, last := o.span()
	span("it", a.From, a.Through, first, last)
	if a.Units != 0 && a.Units != o.units() {
		note("%d units granted, %d asked", a.Units, o.units())
	}
	seen := map[int]bool{}
	for _, l := range a.Lines {
		if l.Line < 1 || l.Line > len(o.Services) {
			note("line %d was never asked for", l.Line)
			continue
		}
		asked := o.Services[l.Line-1]
		seen[l.Line] = true
		if a.Number == "" && l.Number == "" {
			note("line %d has no authorization number", l.Line)
		}
		if l.Code != "" && l.Code != asked.Code {
			note("line %d grants %s, asked was %s", l.Line, l.Code, asked.Code)
		}
		if l.Units != 0 && l.Units != asked.Units {
			note("line %d grants %d units, asked were %d", l.Line, l.Units, asked.Units)
		}
		if reasons := ReasonWords(l.Reasons); reasons != "" {
			note("line %d gives a reason: %s", l.Line, reasons)
		}
		first, last := asked.span(o.Planned)
		span(fmt.Sprintf("line %d", l.Line), l.From, l.Through, first, last)
	}
	if len(a.Lines) > 0 && len(seen) < len(o.Services) {
		note("%d of %d lines are answered", len(seen), len(o.Services))
	}
	return strings.Join(differs, "; ")
}

func spanWords(from, through Date) string {
	switch {
	case from == through:
		return "on " + from.Words()
	case from == "":
		return "through " + through.Words()
	case through == "":
		return "from " + from.Words()
	}
	return from.Words() + " through " + through.Words()
}

// span is the first and the last day of a service; both are the planned day unless it says otherwise.
func (s OrderService) span(planned Date) (first, last Date) {
	first = cmp.Or(s.From, planned)
	return first, max(first, s.Through)
}

// span is the first and the last day of all services.
func (o Order) span() (first, last Date) {
	for _, s := range o.Services {
		from, through := s.span(o.Planned)
		if first == "" || from < first {
			first = from
		}
		last = max(last, through)
	}
	return first, last
}

func (o Order) units() (n int) {
	for _, s := range o.Services {
		n += s.Units
	}
	return n
}

// Decide makes a decision of an answer with a meaning.
func (a Answer) Decide(m Meaning) Decision {
	d := Decision{
		Meaning: m, Number: a.Number, Units: a.Units, From: a.From, Through: a.Through, Reasons: slices.Clone(a.Reasons),
		Wanted: a.Wanted, WantedBy: a.WantedBy, Noticed: a.Noticed, AppealBy: a.AppealBy, Words: a.Words, By: a.By,
	}
	for _, l := range a.Lines {
		if d.Number == "" {
			d.Number = l.Number
		}
		d.From = max(d.From, l.From) // the first day on which all of it may be done
		if d.Through == "" || l.Through != "" && l.Through < d.Through {
			d.Through = l.Through // the first that lapses
		}
		d.Reasons = append(d.Reasons, l.Reasons...)
	}
	return d
}

// ReasonWords is why, in words a coordinator reads, with the codes.
func ReasonWords(reasons []Reason) string {
	var out []string
	for _, r := range reasons {
		words := r.Words
		if words == "" {
			words = codes.Words(codes.DecisionReasons, r.Code)
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s (%s)", words, r.Code)))
	}
	return strings.Join(out, "; ")
}
