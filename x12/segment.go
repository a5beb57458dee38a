package x12

import (
	"strings"
)

// Place says where in a file something stands. Numbers count from 1; 0 means
// "not inside one".
type Place struct {
	Interchange int
	Group       int   // within the interchange
	Set         int   // within the group
	Segment     int   // within the set, the ST being 1: what a 999 calls the segment position
	Ordinal     int   // within the whole file, the first ISA being 1
	Offset      int64 // bytes from the start of the file
}

// Segment is one segment as it came: Elements[0] is the first element after the
// ID, its repeats and components unsplit, so that writing gives the same bytes.
type Segment struct {
	ID         string
	Elements   []string
	Delimiters Delimiters
	Place      Place
}

// NewSegment makes a segment from elements already parted by d.
func NewSegment(d Delimiters, id string, elements ...string) Segment {
	return Segment{ID: id, Elements: elements, Delimiters: d}
}

// Present says whether the segment was there: the trailers of a broken file may not be.
func (s Segment) Present() bool { return s.ID != "" }

// Element returns element n, counted from 1 as guides do, or "" when absent.
func (s Segment) Element(n int) string {
	if n < 1 || n > len(s.Elements) {
		return ""
	}
	return s.Elements[n-1]
}

// Repeats returns the repeats of element n; an absent element has none.
func (s Segment) Repeats(n int) []string {
	e := s.Element(n)
	switch {
	case e == "":
		return nil
	case s.Delimiters.Repetition == 0 || s.verbatim(n):
		return []string{e}
	}
	return strings.Split(e, string(s.Delimiters.Repetition))
}

// Component returns component c of the first repeat of element n, or "".
func (s Segment) Component(n, c int) string {
	first, _, _ := strings.Cut(s.Element(n), string(s.Delimiters.Repetition))
	if s.Delimiters.Repetition == 0 || s.verbatim(n) {
		first = s.Element(n)
	}
	if s.verbatim(n) {
		return first
	}
	return component(first, c, s.Delimiters)
}

// verbatim says that element n declares a delimiter and must not be split by it.
func (s Segment) verbatim(n int) bool { return s.ID == "ISA" && (n == 11 || n == 16) }

// component returns part c of a composite.
func component(composite string, c int, d Delimiters) string {
	for ; c > 1; c-- {
		_, rest, found := strings.Cut(composite, string(d.Component))
		if !found {
			return ""
		}
		composite = rest
	}
	part, _, _ := strings.Cut(composite, string(d.Component))
	return part
}

// elementOffset returns where element n starts in the file; 0 gives the segment itself.
func (s Segment) elementOffset(n int) int64 {
	if n < 1 || s.Place.Ordinal == 0 {
		return s.Place.Offset
	}
	at := s.Place.Offset + int64(len(s.ID)) + 1
	for i := 0; i < n-1 && i < len(s.Elements); i++ {
		at += int64(len(s.Elements[i])) + 1
	}
	return at
}

// length is the number of bytes up to and with the terminator.
func (s Segment) length() int64 { return s.elementOffset(len(s.Elements)+1) - s.Place.Offset }

// append writes the segment with its terminator.
func (s Segment) append(to []byte) []byte {
	to = append(to, s.ID...)
	for _, e := range s.Elements {
		to = append(to, s.Delimiters.Element)
		to = append(to, e...)
	}
	return append(to, s.Delimiters.Terminator)
}
