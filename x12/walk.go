package x12

import "strings"

// Loop is one occurrence of a loop in a set, as the engine found it.
type Loop struct {
	Rule  *LoopRule
	Items []Item // segments and child loops in the order of the file

	at     int // the row last matched; later ones are in order
	counts []int
	childs map[*LoopRule]int
	last   *LoopRule // the child loop last opened
}

// Item is either a segment or a child loop.
type Item struct {
	Segment Segment
	Rule    *SegmentRule // nil when the guide has no place for the segment
	Loop    *Loop        // set for a child loop; then the rest is empty
}

// walker is the loop engine: it places each segment of a set by the guide's table.
type walker struct {
	guide    *Guide
	stack    []*Loop // from the set down to the innermost open loop
	levels   map[string]*Loop
	findings []Finding
}

// Walk places all segments of a set. It always gives a tree that holds every
// segment once; what did not fit is told in the findings.
func Walk(g *Guide, s Set) (*Loop, []Finding) {
	w := &walker{guide: g, levels: map[string]*Loop{}}
	root := newLoop(g.Loops[0])
	w.stack = []*Loop{root}
	for _, segment := range s.Segments {
		w.place(segment)
	}
	w.finish(root, s.SE)
	return root, w.findings
}

// firstRow is the first row a segment may be matched to: the trigger of an open loop
// opens the next one instead.
func (l *Loop) firstRow() int {
	if l.Rule.ID == "" {
		return 0
	}
	return 1
}

func newLoop(rule *LoopRule) *Loop {
	return &Loop{Rule: rule, counts: make([]int, len(rule.Segments)), childs: map[*LoopRule]int{}}
}

func (w *walker) place(s Segment) {
	if s.ID == "HL" && w.placeLevel(s) {
		return
	}
	if w.placeInOrder(s) || w.placeAnywhere(s) {
		return
	}
	w.placeUnknown(s)
}

// placeLevel opens the loop whose HL03 the segment has. Its parent is the level
// that HL02 names when the table allows it, else the nearest one above.
func (w *walker) placeLevel(s Segment) bool {
	for _, rule := range w.guide.Loops {
		if rule.level == "" || rule.level != s.Element(3) {
			continue
		}
		parent := w.levels[s.Element(2)]
		if parent == nil || parent.Rule.ID != rule.Parent {
			parent = w.nearest(rule.Parent)
		}
		if parent == nil {
			return false
		}
		for i, l := range w.stack {
			if l == parent {
				w.closeTo(i)
				break
			}
		}
		if w.stack[len(w.stack)-1] != parent { // HL02 names a level already left
			w.closeTo(0)
			w.stack = append(w.stack, parent)
		}
		w.open(rule, s)
		w.levels[s.Element(1)] = w.stack[len(w.stack)-1]
		return true
	}
	return false
}

func (w *walker) nearest(id string) *Loop {
	for i := len(w.stack) - 1; i >= 0; i-- {
		if w.stack[i].Rule.ID == id {
			return w.stack[i]
		}
	}
	return nil
}

// placeInOrder tries the innermost loop first: its own rows from the last matched
// on, then the loops under it, then the same one loop further out.
func (w *walker) placeInOrder(s Segment) bool {
	for i := len(w.stack) - 1; i >= 0; i-- {
		l := w.stack[i]
		if row, ok := l.row(s, max(l.at, l.firstRow())); ok && l.last == nil {
			w.closeTo(i)
			w.put(l, row, s)
			return true
		}
		if rule := l.child(s); rule != nil {
			w.closeTo(i)
			w.open(rule, s)
			return true
		}
	}
	return false
}

// row finds the use of the segment at or after from: one whose codes name it before
// one with an open list, and one with room before one that is full.
func (l *Loop) row(s Segment, from int) (int, bool) {
	full := -1
	for _, strict := range []bool{true, false} {
		for i := from; i < len(l.Rule.Segments); i++ {
			r := l.Rule.Segments[i]
			if !r.matches(s, strict) {
				continue
			}
			if r.Max == 0 || l.counts[i] < r.Max {
				return i, true
			}
			if full < 0 {
				full = i
			}
		}
	}
	return full, full >= 0
}

// child finds the loop under l that the segment opens. Loops that the same segment
// ID opens may come in any order among themselves.
func (l *Loop) child(s Segment) *LoopRule {
	for _, strict := range []bool{true, false} {
		for _, rule := range l.Rule.Children {
			if rule.level == "" && rule.Segments[0].matches(s, strict) {
				return rule
			}
		}
	}
	return nil
}

// placeAnywhere takes a segment whose loop is open but whose row has passed, and
// then one that only its qualifier keeps from a row.
func (w *walker) placeAnywhere(s Segment) bool {
	for i := len(w.stack) - 1; i >= 0; i-- {
		l := w.stack[i]
		if row, ok := l.row(s, l.firstRow()); ok {
			w.find(w.inLoop(found(SegmentOutOfOrder, ByGuide, s), l))
			w.putAside(i, row, s)
			return true
		}
	}
	for i := len(w.stack) - 1; i >= 0; i-- {
		l := w.stack[i]
		for _, rule := range l.Rule.Segments[l.firstRow():] {
			if rule.ID == s.ID {
				w.misqualified(rule, s, l)
				w.closeTo(i)
				l.Items = append(l.Items, Item{Segment: s})
				return true
			}
		}
	}
	return false
}

// putAside keeps the loop's place in the table: one segment out of order must not
// make those after it so too.
func (w *walker) putAside(depth, row int, s Segment) {
	l := w.stack[depth]
	at := l.at
	w.closeTo(depth)
	w.put(l, row, s)
	l.at = at
}

// misqualified tells which qualifier the guide does not know.
func (w *walker) misqualified(rule *SegmentRule, s Segment, l *Loop) {
	for _, e := range rule.Elements {
		if !e.Qualifies {
			continue
		}
		name := ElementCodeByGuide
		if s.Component(e.Element, max(e.Component, 1)) == "" {
			name = ElementMissing
		}
		w.find(w.inLoop(foundIn(name, ByGuide, s, e.Element, e.Component, 0), l))
		return
	}
}

func (w *walker) placeUnknown(s Segment) {
	l := w.innermost()
	name := SegmentUnexpected
	switch _, known := dictionary()[s.ID]; {
	case !known:
		name = SegmentUnknown
	case !w.guide.uses(s.ID):
		name = SegmentNotUsed
	}
	if misplaced := w.misqualifiedChild(s); !misplaced {
		w.find(w.inLoop(found(name, ByGuide, s), l))
	}
	l.Items = append(l.Items, Item{Segment: s})
}

// innermost returns the open loop that may hold segments the table does not know: not
// one that only stands for a closing segment.
func (w *walker) innermost() *Loop {
	i := len(w.stack) - 1
	for i > 0 && strings.Contains(w.stack[i].Rule.ID, "/") {
		i--
	}
	return w.stack[i]
}

// misqualifiedChild tells of a segment that would open a loop, were its qualifier
// one of the guide.
func (w *walker) misqualifiedChild(s Segment) bool {
	for i := len(w.stack) - 1; i >= 0; i-- {
		for _, rule := range w.stack[i].Rule.Children {
			if rule.Segments[0].ID == s.ID && rule.level == "" {
				w.misqualified(rule.Segments[0], s, w.stack[i])
				return true
			}
		}
	}
	if s.ID == "HL" {
		w.find(w.inLoop(foundIn(ElementCodeByGuide, ByGuide, s, 3, 0, 0), w.stack[0]))
		return true
	}
	return false
}

// open starts a loop under the innermost one with its trigger segment.
func (w *walker) open(rule *LoopRule, s Segment) {
	parent := w.stack[len(w.stack)-1]
	l := newLoop(rule)
	parent.Items = append(parent.Items, Item{Loop: l})
	parent.childs[rule]++
	parent.last = rule
	w.stack = append(w.stack, l)
	if rule.Max > 0 && parent.childs[rule] == rule.Max+1 {
		w.find(w.inLoop(found(LoopTooOften, ByGuide, s), l))
	}
	w.put(l, 0, s)
}

// put adds the segment to the loop under the row and checks it against the row.
func (w *walker) put(l *Loop, row int, s Segment) {
	rule := l.Rule.Segments[row]
	l.at = row
	l.counts[row]++
	l.Items = append(l.Items, Item{Segment: s, Rule: rule})
	if rule.Max > 0 && l.counts[row] > rule.Max {
		w.find(w.inLoop(found(SegmentTooOften, ByGuide, s), l))
	}
	for _, f := range checkByGuide(rule, s) {
		w.find(w.inLoop(f, l))
	}
}

// closeTo leaves the loops deeper than depth.
func (w *walker) closeTo(depth int) { w.stack = w.stack[:depth+1] }

// finish tells what a loop and those under it lack, each at the place where it
// should have stood; next is what follows a set that holds nothing.
func (w *walker) finish(l *Loop, next Segment) {
	for _, item := range l.Items {
		if item.Loop != nil {
			w.finish(item.Loop, next)
		}
	}
	for row, rule := range l.Rule.Segments {
		if !rule.Required || l.counts[row] > 0 {
			continue
		}
		name := SegmentMissingByGuide
		if rule.Mandatory {
			name = SegmentMissing
		}
		w.find(w.missing(name, rule.ID, l, l.before(row), next))
	}
	for _, child := range l.Rule.Children {
		if !child.Required || l.childs[child] > 0 {
			continue
		}
		name := LoopMissing
		if strings.Contains(child.ID, "/") {
			name = SegmentMissing
		}
		f := w.missing(name, child.Segments[0].ID, l, l.beforeChild(child), next)
		f.Loop = child.name()
		w.find(f)
	}
}

// before returns the last segment that stands before row; ok is false if none does.
func (l *Loop) before(row int) (last Segment) {
	for _, item := range l.Items {
		if item.Loop != nil {
			break
		}
		if item.Rule == nil {
			continue
		}
		for _, rule := range l.Rule.Segments[:row] {
			if rule == item.Rule {
				last = item.Segment
			}
		}
	}
	return last
}

// beforeChild returns the last segment before the place of a missing child loop.
func (l *Loop) beforeChild(missing *LoopRule) (last Segment) {
	earlier := map[*LoopRule]bool{}
	for _, child := range l.Rule.Children {
		if child == missing {
			break
		}
		earlier[child] = true
	}
	for _, item := range l.Items {
		switch {
		case item.Loop == nil && item.Rule != nil:
			last = item.Segment
		case item.Loop != nil && earlier[item.Loop.Rule]:
			last = item.Loop.lastSegment()
		}
	}
	return last
}

func (l *Loop) lastSegment() Segment {
	item := l.Items[len(l.Items)-1]
	if item.Loop != nil {
		return item.Loop.lastSegment()
	}
	return item.Segment
}

// missing places a finding after the segment it should have followed, or where the
// next segment stands when it should have come first.
func (w *walker) missing(name FindingName, id string, l *Loop, after, next Segment) Finding {
	f := Finding{SegmentID: id, Severity: findingTable[name].severity(), Depth: ByGuide, Name: name}
	if after.Present() {
		f.Place = after.Place
		f.Place.Segment++
		f.Place.Ordinal++
		f.Place.Offset += after.length()
	} else {
		f.Place = l.firstPlace(next)
	}
	f.Offset = f.Place.Offset
	return w.inLoop(f, l)
}

func (l *Loop) firstPlace(next Segment) Place {
	switch {
	case len(l.Items) == 0:
		return next.Place
	case l.Items[0].Loop != nil:
		return l.Items[0].Loop.firstPlace(next)
	}
	return l.Items[0].Segment.Place
}

// maxFindings bounds what is told of one set, so that a hostile file cannot make the
// answer much bigger than itself.
const maxFindings = 1000

func (w *walker) find(f Finding) {
	if len(w.findings) < maxFindings {
		w.findings = append(w.findings, f)
	}
}

func (w *walker) inLoop(f Finding, l *Loop) Finding {
	f.Loop = l.Rule.name()
	return f
}
