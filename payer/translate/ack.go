package translate

import (
	"fmt"
	"strings"
	"time"

	"parley/codes"
	"parley/domain"
	"parley/x12"
)

// Answer is what a part says to a question, in the domain's words. Its ID, its exchange
// and whoever gave it are the caller's to set. An error is one of this package's findings:
// then nothing of the part may be applied.
func (p Part) Answer(q *Question, at time.Time) (domain.Answer, error) {
	if p.Test != q.Test {
		return domain.Answer{}, ErrOtherUsage
	}
	a := domain.Answer{Channel: domain.ByX12, At: at.UTC()}
	var err error
	switch p.Kind {
	case PartTA1:
		err = p.interchange(q, &a)
	case Part999:
		err = p.group(q, &a)
	case PartAnswer:
		if q.Kind != domain.AskAuthorization {
			return domain.Answer{}, ErrOtherTrace
		}
		err = p.review(q, &a)
	case PartInquiry:
		if q.Kind != domain.AskStatus {
			return domain.Answer{}, ErrOtherTrace
		}
		err = p.status(q, &a)
	default:
		err = ErrOtherKind
	}
	if err != nil {
		return domain.Answer{}, err
	}
	return a, nil
}

// interchange reads a TA1. E accepts with notes: the payer has it.
func (p Part) interchange(q *Question, a *domain.Answer) error {
	if p.ta1.Control != q.control {
		return ErrOtherTrace
	}
	switch p.ta1.Code {
	case x12.Accepted, x12.AcceptedWithNotes:
		a.Said = domain.Received
	case x12.Rejected:
		a.Said = domain.Rejected
		a.Rejects = []domain.Reject{{
			Loop: "ISA", Code: clipped(p.ta1.Note, 10),
			Words: "The envelope was refused: " + listed(codes.InterchangeNote, p.ta1.Note),
		}}
	default:
		return ErrUnreadable
	}
	return nil
}

// group reads a 999's word on our set. Security failures refuse as R does.
func (p Part) group(q *Question, a *domain.Answer) error {
	if p.ack.Group.Control != q.group || p.set.Header.Control != "" && p.set.Header.Control != q.set {
		return ErrOtherTrace
	}
	result := p.set.Result.Code
	if result == "" {
		result = p.ack.Result.Code
	}
	if p.ack.Result.Code == x12.Rejected {
		result = x12.Rejected
	}
	switch result {
	case x12.Accepted, x12.AcceptedWithNotes, x12.PartlyAccepted:
		a.Said = domain.Received
	case x12.Rejected, "M", "W", "X":
		a.Said, a.Rejects = domain.Rejected, p.faults()
	default:
		return ErrUnreadable
	}
	return nil
}

// faults are what a 999 found, in words; at least one, so that a reject is never mute.
func (p Part) faults() (rejects []domain.Reject) {
	add := func(loop, code, words string) {
		if len(rejects) < 50 {
			rejects = append(rejects, domain.Reject{Loop: clipped(loop, 20), Code: clipped(code, 10), Words: clipped(words, 300)})
		}
	}
	for _, e := range p.set.Errors {
		at := fmt.Sprintf("segment %s at position %s", text(e.Segment.ID, 3), text(e.Segment.Position, 6))
		if len(e.Elements) == 0 {
			add(e.Segment.Loop, e.Segment.Code, fmt.Sprintf("%s: %s", at, listed(codes.SegmentError, e.Segment.Code)))
		}
		for _, el := range e.Elements {
			add(e.Segment.Loop, el.Element.Code, fmt.Sprintf("%s, element %s: %s", at, text(el.Element.Position.Element, 2), listed(codes.ElementError, el.Element.Code)))
		}
	}
	for _, code := range p.set.Result.Errors {
		add("ST", code, listed(codes.SetError, code))
	}
	for _, code := range p.ack.Result.Errors {
		add("GS", code, listed(codes.GroupError, code))
	}
	if len(rejects) == 0 {
		add("ST", "R", "The payer's front end refused the request and did not say why")
	}
	return rejects
}

// listed is what a list says of a code, and the code itself where it says nothing.
func listed(list codes.List, code string) string {
	if words := codes.Words(list, code); words != "" {
		return words
	}
	return "code " + text(code, 10) + ", which is in no list"
}

func clipped(s string, longest int) string {
	s = strings.TrimSpace(s)
	if len(s) <= longest {
		return s
	}
	cut := longest
	for cut > 0 && s[cut]&0xc0 == 0x80 { // not through a letter
		cut--
	}
	return s[:cut]
}
