package x12

import (
	"slices"
	"strconv"
)

// Answer is what a receiver says to one interchange.
type Answer struct {
	TA1       InterchangeAck
	Requested bool                 // the sender asked for a TA1 (ISA14)
	Groups    []Acknowledgement999 // one for each group; none when the interchange is rejected
}

// Acknowledge makes the answers to a file from the findings of [Validate], and any
// the caller adds. Warnings reject nothing and are not told. A set with an error is
// rejected, the others of its group are not. Groups that are acknowledgements
// themselves are never answered.
func Acknowledge(f *File, findings []Finding) []Answer {
	byInterchange := map[int][]Finding{}
	for _, found := range findings {
		if found.Severity == Error {
			byInterchange[found.Place.Interchange] = append(byInterchange[found.Place.Interchange], found)
		}
	}
	var answers []Answer
	for _, i := range f.Interchanges {
		answers = append(answers, answer(i, byInterchange[i.ISA.Place.Interchange]))
	}
	return answers
}

func answer(i Interchange, errors []Finding) Answer {
	a := Answer{Requested: i.ISA.Element(14) == "1"}
	a.TA1 = InterchangeAck{
		Control: digitsOr(i.Control(), "000000000"), Date: digitsOr(i.ISA.Element(9), "000000"),
		Time: digitsOr(i.ISA.Element(10), "0000"), Code: Accepted, Note: "000",
	}
	for _, f := range errors {
		if f.Code().Level == InTA1 {
			a.TA1.Code, a.TA1.Note = Rejected, f.Code().Code
			return a
		}
	}
	byGroup := map[int][]Finding{}
	for _, f := range errors {
		byGroup[f.Place.Group] = append(byGroup[f.Place.Group], f)
	}
	for _, g := range i.Groups {
		if g.GS.Element(1) != setFunctions["999"] {
			a.Groups = append(a.Groups, answerGroup(g, byGroup[g.GS.Place.Group]))
		}
	}
	return a
}

// digitsOr keeps what a TA1 must repeat only if a TA1 can hold it.
func digitsOr(text, otherwise string) string {
	if len(text) == len(otherwise) && isDigits(text) {
		return text
	}
	return otherwise
}

func answerGroup(g Group, errors []Finding) Acknowledgement999 {
	ack := Acknowledgement999{Group: AnsweredGroup{
		Function: g.GS.Element(1), Control: g.GS.Element(6), Version: GuideID(g.GS.Element(8)),
	}}
	bySet := map[int][]Finding{}
	for _, f := range errors {
		if code := f.Code(); code.Level == InGroup {
			ack.Result.Errors = addCode(ack.Result.Errors, code.Code)
			continue
		}
		bySet[f.Place.Set] = append(bySet[f.Place.Set], f)
	}
	accepted := 0
	for _, s := range g.Sets {
		set := answerSet(s, bySet[s.ST.Place.Set])
		if set.Result.Code == Accepted {
			accepted++
		}
		ack.Sets = append(ack.Sets, set)
	}
	switch {
	case len(ack.Result.Errors) > 0:
		ack.Result.Code, accepted = Rejected, 0
	case accepted == len(g.Sets):
		ack.Result.Code = Accepted
	case accepted == 0:
		ack.Result.Code = Rejected
	default:
		ack.Result.Code = PartlyAccepted
	}
	received := strconv.Itoa(len(g.Sets))
	ack.Result.Included = received
	if claimed := g.GE.Element(1); isDigits(claimed) && len(claimed) <= 6 {
		ack.Result.Included = claimed
	}
	ack.Result.Received, ack.Result.Accepted = received, strconv.Itoa(accepted)
	return ack
}

func answerSet(s Set, errors []Finding) AnsweredSet {
	set := AnsweredSet{
		Header: AnsweredHeader{Set: s.ST.Element(1), Control: s.ST.Element(2), Guide: GuideID(s.ST.Element(3))},
		Result: SetResult{Code: Accepted},
	}
	if len(errors) > 0 {
		set.Result.Code = Rejected
	}
	for _, f := range errors {
		switch code := f.Code(); {
		case code.Level == InSet:
			set.Result.Errors = addCode(set.Result.Errors, code.Code)
			continue
		case f.Depth == Syntax:
			set.Result.Errors = addCode(set.Result.Errors, "5")
		default:
			set.Result.Errors = addCode(set.Result.Errors, "I5")
		}
		set.note(f)
	}
	return set
}

// addCode adds a code once; an acknowledgement has room for five.
func addCode(codes []string, code string) []string {
	if len(codes) >= 5 || slices.Contains(codes, code) {
		return codes
	}
	return append(codes, code)
}

// elementsInError is the IK304 that says: see the IK4s.
const elementsInError = "8"

// note adds a finding to the segment it belongs to. Something in the place of an ID
// that no IK301 can hold is told by the set's result alone.
func (a *AnsweredSet) note(f Finding) {
	if f.SegmentID == "?" {
		return
	}
	n := SegmentNote{ID: f.SegmentID, Position: strconv.Itoa(f.Place.Segment), Loop: f.Loop, Code: f.Code().Code}
	if f.Code().Level == InSegment {
		a.Errors = append(a.Errors, SegmentError{Segment: n})
		return
	}
	n.Code = elementsInError
	var target *SegmentError
	for i := len(a.Errors) - 1; i >= 0 && a.Errors[i].Segment.Position == n.Position; i-- {
		if a.Errors[i].Segment.Code == elementsInError {
			target = &a.Errors[i]
		}
	}
	if target == nil {
		a.Errors = append(a.Errors, SegmentError{Segment: n})
		target = &a.Errors[len(a.Errors)-1]
	}
	if target.Segment.Loop == "" { // the standard's check knows no loops
		target.Segment.Loop = f.Loop
	}
	e := ElementNote{Position: ElementPosition{Element: strconv.Itoa(f.Element)}, Code: f.Code().Code}
	if f.Component > 0 {
		e.Position.Component = strconv.Itoa(f.Component)
	}
	if f.Repeat > 0 {
		e.Position.Repeat = strconv.Itoa(f.Repeat)
	}
	target.Elements = append(target.Elements, ElementError{Element: e})
}
