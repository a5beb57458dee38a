package x12

import (
	"fmt"
	"reflect"
)

// Acknowledgement999 is a 999: what a receiver's syntax and guide check made of one
// functional group (005010X231A1).
type Acknowledgement999 struct {
	Group  AnsweredGroup `x12:"AK1"`
	Sets   []AnsweredSet `x12:"2000"`
	Result GroupResult   `x12:"AK9"`
	Kept   KeptSegments  `x12:"kept"`
}

// AnsweredGroup is an AK1.
type AnsweredGroup struct {
	Function string  `x12:"1"` // AK101, the group's GS01
	Control  string  `x12:"2"` // AK102, its GS06
	Version  GuideID `x12:"3"` // AK103, its GS08
	Kept     Kept    `x12:"kept"`
}

// AnsweredSet is loop 2000: one set and what is wrong with it. A set that is not
// listed in an accepted group is accepted.
type AnsweredSet struct {
	Header AnsweredHeader `x12:"AK2"`
	Errors []SegmentError `x12:"2100"`
	Result SetResult      `x12:"IK5"`
	Kept   KeptSegments   `x12:"kept"`
}

// AnsweredHeader is an AK2.
type AnsweredHeader struct {
	Set     string  `x12:"1"` // AK201, ST01
	Control string  `x12:"2"` // AK202, ST02
	Guide   GuideID `x12:"3"` // AK203, ST03
	Kept    Kept    `x12:"kept"`
}

// SegmentError is loop 2100.
type SegmentError struct {
	Segment  SegmentNote    `x12:"IK3"`
	Contexts []Context      `x12:"CTX"`
	Elements []ElementError `x12:"2110"`
	Kept     KeptSegments   `x12:"kept"`
}

// SegmentNote is an IK3.
type SegmentNote struct {
	ID       string `x12:"1"` // IK301
	Position string `x12:"2"` // IK302, the ST being 1
	Loop     string `x12:"3"` // IK303
	Code     string `x12:"4"` // IK304
	Kept     Kept   `x12:"kept"`
}

// ElementError is loop 2110.
type ElementError struct {
	Element  ElementNote  `x12:"IK4"`
	Contexts []Context    `x12:"CTX"`
	Kept     KeptSegments `x12:"kept"`
}

// ElementNote is an IK4. Its copy of the bad data (IK404) is read but never written by
// [Acknowledge]: an acknowledgement is kept in more places than the file it answers.
type ElementNote struct {
	Position  ElementPosition `x12:"1"` // IK401
	Reference string          `x12:"2"` // IK402, the number of the data element
	Code      string          `x12:"3"` // IK403
	Copy      string          `x12:"4"` // IK404
	Kept      Kept            `x12:"kept"`
}

// ElementPosition is C030.
type ElementPosition struct {
	Element   string `x12:"1"`
	Component string `x12:"2"`
	Repeat    string `x12:"3"`
}

// Context is a CTX: what triggered a rule, or which business unit is meant.
type Context struct {
	Unit     ContextUnit     `x12:"1"` // CTX01
	Segment  string          `x12:"2"` // CTX02
	Position string          `x12:"3"` // CTX03
	Loop     string          `x12:"4"` // CTX04
	Element  ElementPosition `x12:"5"` // CTX05
	Kept     Kept            `x12:"kept"`
}

// ContextUnit is C998.
type ContextUnit struct {
	Name  string `x12:"1"` // SITUATIONAL TRIGGER, or an element such as CLM01
	Value string `x12:"2"`
}

// SetResult is an IK5.
type SetResult struct {
	Code   ResultCode `x12:"1"`   // IK501
	Errors []string   `x12:"2-6"` // IK502 to IK506
	Kept   Kept       `x12:"kept"`
}

// GroupResult is an AK9.
type GroupResult struct {
	Code     ResultCode `x12:"1"`   // AK901
	Included string     `x12:"2"`   // AK902, as the group's trailer says
	Received string     `x12:"3"`   // AK903, as counted
	Accepted string     `x12:"4"`   // AK904
	Errors   []string   `x12:"5-9"` // AK905 to AK909
	Kept     Kept       `x12:"kept"`
}

// ResultCode is IK501 or AK901, and TA104.
type ResultCode string

// Result codes. E accepts and notes errors; P accepts some sets of a group.
const (
	Accepted          ResultCode = "A"
	AcceptedWithNotes ResultCode = "E"
	PartlyAccepted    ResultCode = "P"
	Rejected          ResultCode = "R"
)

// InterchangeAck is a TA1: what a receiver made of one interchange's envelope.
type InterchangeAck struct {
	Control string     `x12:"1"` // TA101, the interchange's ISA13
	Date    string     `x12:"2"` // TA102, its ISA09
	Time    string     `x12:"3"` // TA103, its ISA10
	Code    ResultCode `x12:"4"` // TA104
	Note    string     `x12:"5"` // TA105
	Kept    Kept       `x12:"kept"`
}

// ReadAcknowledgement999 is like [ReadAuthorizationRequest], for a 999.
func ReadAcknowledgement999(s Set) (Acknowledgement999, []Finding, error) {
	return read[Acknowledgement999](ack999, s)
}

// WriteAcknowledgement999 is like [WriteAuthorizationRequest], for a 999.
func WriteAcknowledgement999(a Acknowledgement999, as SetControl) (Set, error) {
	return write(ack999, a, as)
}

// ReadInterchangeAck reads one of the TA1s of an interchange.
func ReadInterchangeAck(s Segment) (InterchangeAck, []Finding, error) {
	var out InterchangeAck
	if s.ID != "TA1" {
		return out, nil, fmt.Errorf("read interchange acknowledgement: %w", ErrOtherTransaction)
	}
	elements, err := neutral(s, "")
	if err != nil {
		return out, nil, fmt.Errorf("read interchange acknowledgement: %w", err)
	}
	v := reflect.ValueOf(&out).Elem()
	decodeSegment(v, planSegment(v.Type()), elements)
	return out, append(checkSegment(s), checkTA1(s)...), nil
}

// WriteInterchangeAck makes the segment; [Build] puts it into an interchange.
func WriteInterchangeAck(a InterchangeAck, d Delimiters) (Segment, error) {
	v := reflect.ValueOf(a)
	s, err := plain{id: "TA1", elements: encodeSegment(v, planSegment(v.Type()))}.segment(d)
	if err != nil {
		return Segment{}, fmt.Errorf("write interchange acknowledgement: %w", err)
	}
	return s, nil
}
