package x12

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// File is everything read from one file.
type File struct {
	Interchanges []Interchange
}

// Interchange is what stands between an ISA and its IEA.
type Interchange struct {
	ISA    Segment
	TA1s   []Segment
	Groups []Group
	Stray  []Segment // segments that belong to no group; written before the IEA
	IEA    Segment   // not present in a truncated file
}

// Group is a functional group: sets of one kind and one guide.
type Group struct {
	GS    Segment
	Sets  []Set
	Stray []Segment // segments that belong to no set; written before the GE
	GE    Segment
}

// Set is one transaction set. Segments are those between ST and SE.
type Set struct {
	ST       Segment
	Segments []Segment
	SE       Segment
	Version  GuideID // GS08 of its group, for sets whose ST03 is empty
}

// GuideID names an implementation guide, as GS08 and ST03 do: 005010X217.
type GuideID string

// Guide returns the guide the set says it follows: ST03, else GS08.
func (s Set) Guide() GuideID {
	if g := s.ST.Element(3); g != "" {
		return GuideID(g)
	}
	return s.Version
}

// Control returns the interchange control number as it came (ISA13).
func (i Interchange) Control() string { return i.ISA.Element(13) }

// Parse reads a whole file, well formed or not: [Validate] tells what is wrong with
// it. The error is [ErrNotX12], a [LimitError] or refused
// delimiters; what was read before it is returned with it.
func Parse(b []byte, opts Options) (*File, error) {
	opts = opts.withDefaults()
	if int64(len(b)) > opts.MaxFileSize {
		return &File{}, fmt.Errorf("parse file: %w", &LimitError{Limit: "MaxFileSize"})
	}
	a := assembler{file: &File{}, maxDepth: opts.MaxDepth}
	r := NewReader(bytes.NewReader(b), opts)
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = a.add(s)
		}
		if err != nil {
			return a.file, fmt.Errorf("parse file: %w", err)
		}
	}
	if len(a.file.Interchanges) == 0 {
		return a.file, fmt.Errorf("parse file: %w", ErrNotX12)
	}
	return a.file, nil
}

// assembler nests segments; the open* fields point into the file while they last.
type assembler struct {
	file        *File
	interchange *Interchange
	group       *Group
	set         *Set
	maxDepth    int
	depths      map[string]int // HL01 → level, of the open set
}

func (a *assembler) add(s Segment) error {
	switch s.ID {
	case "ISA":
		a.group, a.set = nil, nil
		a.file.Interchanges = append(a.file.Interchanges, Interchange{ISA: s})
		a.interchange = &a.file.Interchanges[len(a.file.Interchanges)-1]
	case "IEA":
		a.interchange.IEA = s
		a.interchange, a.group, a.set = nil, nil, nil
	case "GS":
		a.set = nil
		a.interchange.Groups = append(a.interchange.Groups, Group{GS: s})
		a.group = &a.interchange.Groups[len(a.interchange.Groups)-1]
	case "GE":
		a.set = nil
		if a.group == nil {
			a.stray(s)
			return nil
		}
		a.group.GE = s
		a.group = nil
	case "ST":
		if a.group == nil {
			a.stray(s)
			return nil
		}
		a.group.Sets = append(a.group.Sets, Set{ST: s, Version: GuideID(a.group.GS.Element(8))})
		a.set = &a.group.Sets[len(a.group.Sets)-1]
		a.depths = nil
	case "SE":
		if a.set == nil {
			a.stray(s)
			return nil
		}
		a.set.SE = s
		a.set = nil
	default:
		return a.addInner(s)
	}
	return nil
}

func (a *assembler) addInner(s Segment) error {
	switch {
	case a.set != nil:
		if s.ID == "HL" && a.tooDeep(s) {
			return &LimitError{Limit: "MaxDepth", Place: s.Place}
		}
		a.set.Segments = append(a.set.Segments, s)
	case s.ID == "TA1" && a.group == nil:
		a.interchange.TA1s = append(a.interchange.TA1s, s)
	default:
		a.stray(s)
	}
	return nil
}

func (a *assembler) tooDeep(hl Segment) bool {
	if a.depths == nil {
		a.depths = map[string]int{}
	}
	depth := a.depths[hl.Element(2)] + 1
	a.depths[hl.Element(1)] = depth
	return depth > a.maxDepth
}

func (a *assembler) stray(s Segment) {
	if a.group != nil {
		a.group.Stray = append(a.group.Stray, s)
		return
	}
	a.interchange.Stray = append(a.interchange.Stray, s)
}
