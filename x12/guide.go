package x12

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Guide is one implementation guide as data: what the engine walks, the validator
// checks and the typed readers follow. All facts about a transaction stand here.
type Guide struct {
	ID       GuideID
	Set      string // ST01
	Function string // GS01
	Purposes []string
	Name     string
	Loops    []*LoopRule // the first is the set itself
}

// LoopRule is one loop: the segment that opens it, where it hangs, how often.
type LoopRule struct {
	ID       string // as the guide names it; the set itself has none
	Parent   string
	Required bool
	Max      int // 0: any number
	Segments []*SegmentRule
	Children []*LoopRule

	level   string // HL03, for loops that an HL opens
	parents []string
}

// SegmentRule is one use of a segment in a loop.
type SegmentRule struct {
	ID        string
	Required  bool
	Mandatory bool // required by the standard itself, not only by the guide
	Max       int  // 0: any number
	Elements  []ElementRule
}

// ElementRule is what a guide says of an element or component.
type ElementRule struct {
	Element   int
	Component int
	Usage     Usage
	Codes     []string
	Open      bool // other codes may be right too: only a warning
	Qualifies bool // the codes tell this use of the segment from others
}

// Usage of an element or segment in a guide.
type Usage byte

// Usages: required, situational, not used.
const (
	Required    Usage = 'R'
	Situational Usage = 'S'
	NotUsed     Usage = 'N'
)

// How the tables spell usage: base is what the standard itself requires.
const (
	must = Required
	may  = Situational
	base = Usage('!')
)

// loop is a table row. max 0 means any number. A name with a slash is a segment that
// stands after the loops of its parent, which the engine treats as a loop of its own.
func loop(id, parent string, usage Usage, max int, segments ...*SegmentRule) *LoopRule {
	return &LoopRule{ID: id, Parent: parent, Required: usage == Required, Max: max, Segments: segments}
}

// seg is the row of a segment. Each element spec reads "2 R 1 2": number, usage,
// codes, a blank within a code as "_". "4-1" is a component and "1..12" a run of
// elements. "@" before the number: the codes tell this use of the segment from
// others. "+" at the end: the list is open.
func seg(id string, usage Usage, max int, elements ...string) *SegmentRule {
	s := &SegmentRule{ID: id, Required: usage != Situational, Mandatory: usage == base, Max: max}
	for _, spec := range elements {
		s.Elements = append(s.Elements, elementRules(spec)...)
	}
	return s
}

// elementRules reads one spec. The tables are constants of this package, so a wrong
// one is a mistake in the code, which a test of the tables shows.
func elementRules(spec string) []ElementRule {
	fields := strings.Fields(spec)
	var e ElementRule
	number := fields[0]
	number, e.Qualifies = strings.CutPrefix(number, "@")
	number, comp, _ := strings.Cut(number, "-")
	from, to, isRun := strings.Cut(number, "..")
	e.Component, _ = strconv.Atoi(comp)
	e.Usage = Usage(fields[1][0])
	for _, code := range fields[2:] {
		if code == "+" {
			e.Open = true
			continue
		}
		e.Codes = append(e.Codes, strings.ReplaceAll(code, "_", " "))
	}
	first, _ := strconv.Atoi(from)
	last := first
	if isRun {
		last, _ = strconv.Atoi(to)
	}
	var rules []ElementRule
	for e.Element = first; e.Element <= last; e.Element++ {
		rules = append(rules, e)
	}
	return rules
}

// name is how the guide calls the loop.
func (l *LoopRule) name() string {
	name, _, _ := strings.Cut(l.ID, "/")
	return name
}

// newGuide links the rows of a table into a tree.
func newGuide(g Guide, loops ...*LoopRule) *Guide {
	g.Loops = loops
	byID := map[string]*LoopRule{}
	for _, l := range loops {
		byID[l.ID] = l
		if len(l.Segments) > 0 && l.Segments[0].ID == "HL" {
			l.level = l.Segments[0].Elements[0].Codes[0] // tables give HL03 first
		}
	}
	for _, l := range loops[1:] {
		parent, known := byID[l.Parent]
		if !known {
			panic(fmt.Sprintf("guide %s: loop %s hangs under no loop", g.ID, l.ID))
		}
		parent.Children = append(parent.Children, l)
	}
	return &g
}

// under names the levels that may be the HL parent of loop id.
func (g *Guide) under(id string, parents ...string) *Guide {
	for _, l := range g.Loops {
		if l.ID == id {
			l.parents = parents
		}
	}
	return g
}

// Loop returns the row of a loop, or nil.
func (g *Guide) Loop(id string) *LoopRule {
	for _, l := range g.Loops {
		if l.ID == id {
			return l
		}
	}
	return nil
}

// uses says whether any loop of the guide holds the segment.
func (g *Guide) uses(segmentID string) bool {
	for _, l := range g.Loops {
		for _, s := range l.Segments {
			if s.ID == segmentID {
				return true
			}
		}
	}
	return false
}

// matches says whether the segment is this use: same ID and, where codes tell uses
// apart, one of them. Unless strict, an open list takes any code.
func (r *SegmentRule) matches(s Segment, strict bool) bool {
	if r.ID != s.ID {
		return false
	}
	for _, e := range r.Elements {
		if !e.Qualifies {
			continue
		}
		code := s.Component(e.Element, max(e.Component, 1))
		if !slices.Contains(e.Codes, code) && (strict || !e.Open || code == "") {
			return false
		}
	}
	return true
}

// guides returns the tables this package holds.
func guides() []*Guide {
	return []*Guide{request278, response278, inquiry278, inquiryResponse278, notification278, ack999}
}

// GuideFor returns the table a set follows, or nil. Guides that share an ID (a
// request and its response) are told apart by BHT02.
func GuideFor(s Set) *Guide {
	purpose := ""
	if len(s.Segments) > 0 && s.Segments[0].ID == "BHT" {
		purpose = s.Segments[0].Element(2)
	}
	var fit *Guide
	for _, g := range guides() {
		if g.Set != s.ST.Element(1) || !sameGuide(g.ID, s.Guide()) {
			continue
		}
		if fit == nil || slices.Contains(g.Purposes, purpose) {
			fit = g
		}
		if slices.Contains(g.Purposes, purpose) {
			break
		}
	}
	return fit
}

// sameGuide compares without the errata letter and number: 005010X231 is read by
// the table of 005010X231A1.
func sameGuide(a, b GuideID) bool { return a.base() == b.base() }

// base returns the ID without its errata.
func (g GuideID) base() GuideID {
	x := strings.IndexByte(string(g), 'X')
	if x < 0 {
		return g
	}
	if a := strings.IndexByte(string(g[x:]), 'A'); a > 0 {
		return g[:x+a]
	}
	return g
}
