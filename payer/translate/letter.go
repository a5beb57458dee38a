package translate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"parley/x12"
)

// Why something that came is not believed. Each is a stable finding; none holds a text of
// the other side's.
var (
	ErrUnreadable   = errors.New("unreadable")        // not X12, cut short, or broken
	ErrOtherPatient = errors.New("other-patient")     // it names another patient than we asked about, or nobody
	ErrOtherTrace   = errors.New("other-trace")       // it answers another question
	ErrOtherUsage   = errors.New("other-usage")       // a test interchange for a production request, or the reverse
	ErrOtherKind    = errors.New("other-transaction") // nothing that was asked for
)

// PartKind is what a part of a letter is.
type PartKind string

const (
	PartTA1     PartKind = "ta1"
	Part999     PartKind = "999"
	PartAnswer  PartKind = "278-answer"  // X217
	PartInquiry PartKind = "278-inquiry" // the answer to an X215
	PartOther   PartKind = "other"
)

// Part is one thing that a letter says, about one send of ours.
type Part struct {
	Kind     PartKind
	Sender   string   // ours, as the send it is about had it
	Receiver string   // the payer's
	Control  string   // ISA13 of that send, where the part names it
	Traces   []string // numbers of ours that it carries, the surest first
	Test     bool

	ta1  x12.InterchangeAck
	ack  x12.Acknowledgement999
	set  x12.AnsweredSet // of ack; its result is empty where the group alone is judged
	from x12.Set
}

// Open reads what came: one or more interchanges, whole. What is cut short or broken is
// [ErrUnreadable] as a whole, since nobody knows what is missing.
func Open(b []byte) ([]Part, error) {
	file, err := x12.Parse(b, x12.Options{})
	if err != nil || x12.HasErrors(x12.Validate(file, x12.Syntax)) {
		return nil, fmt.Errorf("open letter: %w", ErrUnreadable)
	}
	var parts []Part
	for _, i := range file.Interchanges {
		base := Part{
			Sender: strings.TrimSpace(i.ISA.Element(8)), Receiver: strings.TrimSpace(i.ISA.Element(6)), Test: i.ISA.Element(15) == "T",
		}
		more, err := openInterchange(i, base)
		if err != nil {
			return nil, fmt.Errorf("open letter: %w", err)
		}
		parts = append(parts, more...)
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("open letter: %w", ErrUnreadable)
	}
	return parts, nil
}

func openInterchange(i x12.Interchange, base Part) (parts []Part, err error) {
	for _, s := range i.TA1s {
		ack, _, err := x12.ReadInterchangeAck(s)
		if err != nil {
			return nil, ErrUnreadable
		}
		p := base
		p.Kind, p.ta1, p.Control = PartTA1, ack, ack.Control
		parts = append(parts, p)
	}
	for _, g := range i.Groups {
		for _, set := range g.Sets {
			more, err := openSet(set, base)
			if err != nil {
				return nil, err
			}
			parts = append(parts, more...)
		}
	}
	return parts, nil
}

func openSet(set x12.Set, base Part) ([]Part, error) {
	base.from = set
	guide := string(set.Guide())
	switch kind := set.ST.Element(1); {
	case kind == "999":
		return open999(set, base)
	case kind == "278" && strings.HasPrefix(guide, "005010X217"):
		base.Kind = PartAnswer
	case kind == "278" && strings.HasPrefix(guide, "005010X215"):
		base.Kind = PartInquiry
	default:
		base.Kind = PartOther
		return []Part{base}, nil
	}
	base.Traces = tracesOf(set, base.Kind)
	return []Part{base}, nil
}

// tracesOf are BHT03 and the event's TRN02, which an answer returns: of a request both are
// its own number, of an inquiry BHT03 alone.
func tracesOf(set x12.Set, kind PartKind) (traces []string) {
	level := ""
	for _, s := range set.Segments {
		switch {
		case s.ID == "BHT":
			traces = append(traces, s.Element(3))
		case s.ID == "HL":
			level = s.Element(3)
		case s.ID == "TRN" && level == "EV" && kind == PartAnswer:
			traces = append(traces, s.Element(2))
		}
	}
	return traces
}

// open999 makes one part for each set that a 999 judges, and one for the group where it
// judges none by itself: a set that is not listed in an accepted group is accepted.
func open999(set x12.Set, base Part) ([]Part, error) {
	ack, _, err := x12.ReadAcknowledgement999(set)
	if err != nil {
		return nil, ErrUnreadable
	}
	base.Kind, base.ack = Part999, ack
	group, err := strconv.Atoi(ack.Group.Control)
	if err == nil {
		base.Control = fmt.Sprintf("%09d", group) // GS06 and ISA13 of a send of ours are one number
	}
	if len(ack.Sets) == 0 {
		return []Part{base}, nil
	}
	var parts []Part
	for _, s := range ack.Sets {
		p := base
		p.set = s
		parts = append(parts, p)
	}
	return parts, nil
}
