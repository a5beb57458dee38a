package x12

import "fmt"

// Depth says how far a file is checked; each depth includes those before it.
type Depth int

// The depths of [Validate].
const (
	Syntax  Depth = 1 // envelope, counts, lengths, types, required and conditional elements
	ByGuide Depth = 2 // loops, segments, elements, qualifiers, codes and repeats of the guide
	ByRules Depth = 3 // check digits, dates that make sense, codes of outside lists
)

// Severity says what a finding does to the file.
type Severity string

// Severities. Only an Error rejects.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// AckLevel says which element of an acknowledgement a code stands in.
type AckLevel string

// The places of an acknowledgement code.
const (
	InTA1     AckLevel = "TA105"
	InGroup   AckLevel = "AK905"
	InSet     AckLevel = "IK502"
	InSegment AckLevel = "IK304"
	InElement AckLevel = "IK403"
)

// AckCode is a code of a 999 or TA1 with the element it stands in. The zero AckCode
// means that no acknowledgement has a word for the finding.
type AckCode struct {
	Level AckLevel
	Code  string
}

// Finding is one thing wrong with a file. It never holds a value from the file.
type Finding struct {
	Place     Place // of the segment; for a missing one, where it should stand
	SegmentID string
	Loop      string // as the guide names it; empty outside loops
	Element   int    // 0: the segment as a whole
	Component int
	Repeat    int
	Offset    int64 // of the element, else of the segment
	Severity  Severity
	Depth     Depth
	Name      FindingName
}

// Code returns the code a 999 or TA1 uses for it.
func (f Finding) Code() AckCode { return findingTable[f.Name].code }

// Words says in one line what is wrong, from a fixed table.
func (f Finding) Words() string { return findingTable[f.Name].words }

// String gives place, name and words.
func (f Finding) String() string {
	at := f.SegmentID
	if f.Element > 0 {
		at = fmt.Sprintf("%s%02d", at, f.Element)
		if f.Component > 0 {
			at = fmt.Sprintf("%s-%d", at, f.Component)
		}
	}
	if f.Loop != "" {
		at = f.Loop + " " + at
	}
	return fmt.Sprintf("%s: interchange %d group %d set %d segment %d (%d in file, byte %d) %s: %s: %s",
		f.Severity, f.Place.Interchange, f.Place.Group, f.Place.Set, f.Place.Segment, f.Place.Ordinal, f.Offset, at, f.Name, f.Words())
}

// HasErrors says whether any finding rejects.
func HasErrors(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == Error {
			return true
		}
	}
	return false
}

// found makes a finding about a whole segment.
func found(name FindingName, depth Depth, s Segment) Finding {
	return Finding{Place: s.Place, SegmentID: shownID(s.ID), Offset: s.Place.Offset, Severity: findingTable[name].severity(), Depth: depth, Name: name}
}

// shownID returns a segment ID that may be shown. Where terminators are missing, what
// stands in an ID's place is data.
func shownID(id string) string {
	if len(id) < 2 || len(id) > 3 || id[0] < 'A' || id[0] > 'Z' {
		return "?"
	}
	for _, c := range []byte(id) {
		if !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
			return "?"
		}
	}
	return id
}

// foundIn makes a finding about an element.
func foundIn(name FindingName, depth Depth, s Segment, element, component, repeat int) Finding {
	f := found(name, depth, s)
	f.Element, f.Component, f.Repeat = element, component, repeat
	f.Offset = s.elementOffset(element)
	return f
}

// FindingName names a kind of finding; names are stable and may be stored.
type FindingName string
