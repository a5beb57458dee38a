package x12

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// SetControl is what the caller decides about a set.
type SetControl struct {
	Number     string     // ST02: four to nine characters, unique in its group
	Delimiters Delimiters // the zero value means DefaultDelimiters
}

// plain is a segment between struct and file.
type plain struct {
	id       string
	elements []string // parted by the codec's own separators
	loop     string
	unnumber bool // an HL the writer must number
}

// write makes the set of a T.
func write[T any](g *Guide, value T, as SetControl) (Set, error) {
	if n := len(as.Number); n < 4 || n > 9 {
		return Set{}, fmt.Errorf("write %s: the set control number has not four to nine characters", g.Name)
	}
	if as.Delimiters == (Delimiters{}) {
		as.Delimiters = DefaultDelimiters()
	}
	if err := as.Delimiters.Check(); err != nil {
		return Set{}, fmt.Errorf("write %s: %w", g.Name, err)
	}
	var body []plain
	for _, unit := range encodeLoop(g, reflect.ValueOf(value), planLoop(reflect.TypeFor[T]()), g.Loops[0], false) {
		body = append(body, unit...)
	}
	numberLevels(g, body)
	set := Set{Version: g.ID}
	segments := make([]Segment, 0, len(body)+2)
	header := plain{id: "ST", elements: []string{g.Set, as.Number, string(g.ID)}}
	trailer := plain{id: "SE", elements: []string{strconv.Itoa(len(body) + 2), as.Number}}
	for _, p := range append(append([]plain{header}, body...), trailer) {
		s, err := p.segment(as.Delimiters)
		if err != nil {
			return Set{}, fmt.Errorf("write %s: %w", g.Name, err)
		}
		segments = append(segments, s)
	}
	set.ST, set.Segments, set.SE = segments[0], segments[1:len(segments)-1], segments[len(segments)-1]
	return set, nil
}

// segment puts the delimiters in, and refuses data that holds one.
func (p plain) segment(d Delimiters) (Segment, error) {
	s := Segment{ID: p.id, Delimiters: d}
	for i, e := range p.elements {
		b := []byte(e)
		for j, c := range b {
			switch {
			case c == neutralComponent[0]:
				b[j] = d.Component
			case c == neutralRepetition[0] && d.Repetition != 0:
				b[j] = d.Repetition
			case c == neutralRepetition[0]:
				return s, &DataError{Loop: p.loop, Segment: shownID(p.id), Element: i + 1, Reason: "repeats, and there is no repetition separator"}
			case d.splits(c):
				return s, &DataError{Loop: p.loop, Segment: shownID(p.id), Element: i + 1, Reason: "holds a delimiter"}
			case c < ' ' || c == 0x7f:
				return s, &DataError{Loop: p.loop, Segment: shownID(p.id), Element: i + 1, Reason: "holds a control character"}
			}
		}
		s.Elements = append(s.Elements, string(b))
	}
	return s, nil
}

// encodeLoop gives the segments of v in units: one per segment field entry, one per
// loop, one per kept segment; kept order rearranges units, never what is in them. A
// loop that must open does so even when its first segment says nothing.
func encodeLoop(g *Guide, v reflect.Value, p *loopPlan, rule *LoopRule, open bool) [][]plain {
	var units [][]plain
	for n, f := range p.fields {
		field := v.Field(f.index)
		switch {
		case f.many:
			for i := range field.Len() {
				units = append(units, f.encode(g, field.Index(i), rule))
			}
		case f.pointer && field.IsNil():
			if f.ids[0] == "HL" {
				units = append(units, []plain{{id: "HL", elements: []string{"", "", rule.level}, loop: rule.name(), unnumber: true}})
			}
		case f.pointer:
			units = append(units, f.encode(g, field.Elem(), rule))
		case !empty(field) || open && n == 0:
			units = append(units, f.encode(g, field, rule))
		}
	}
	kept := v.Field(p.kept).Interface().(KeptSegments)
	for _, s := range kept.Segments {
		units = append(units, []plain{{id: s.ID, elements: s.Elements, loop: rule.name()}})
	}
	if len(kept.Order) != len(units) {
		return units
	}
	ordered := make([][]plain, len(units))
	for i, from := range kept.Order {
		if from < 0 || from >= len(units) {
			return units
		}
		ordered[i] = units[from]
	}
	return ordered
}

func (f loopField) encode(g *Guide, v reflect.Value, rule *LoopRule) []plain {
	if !f.isLoop {
		return []plain{{id: f.ids[0], elements: encodeSegment(v, f.segment), loop: rule.name()}}
	}
	inner := f.rule(g, rule)
	var all []plain
	for _, unit := range encodeLoop(g, v, f.loop, inner, f.many || f.pointer) {
		all = append(all, unit...)
	}
	return all
}

// rule finds the loop the field stands for under its parent.
func (f loopField) rule(g *Guide, parent *LoopRule) *LoopRule {
	for _, child := range parent.Children {
		for _, id := range f.ids {
			if child.ID == id {
				return child
			}
		}
	}
	return g.Loops[0]
}

// empty says that a struct says nothing, so that a required field left out is left
// out of the file too and the validator can miss it.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String, reflect.Slice:
		return v.Len() == 0
	case reflect.Pointer:
		return v.IsNil()
	case reflect.Struct:
		for i := range v.NumField() {
			if !empty(v.Field(i)) {
				return false
			}
		}
		return true
	default:
		return v.IsZero()
	}
}

// encodeSegment gives the elements of a segment struct with what was kept.
func encodeSegment(v reflect.Value, p *segmentPlan) []string {
	elements := encodeFields(v, p)
	if p.kept < 0 {
		return elements
	}
	for _, k := range v.Field(p.kept).Interface().(Kept) {
		if k.Element < 1 || k.Element > 1000 || at(elements, k.Element-1) != k.Said {
			continue
		}
		elements = put(elements, k.Element, k.Text)
	}
	return elements
}

// encodeFields gives the elements of the fields, without empty ones at the end.
func encodeFields(v reflect.Value, p *segmentPlan) []string {
	var elements []string
	for _, f := range p.fields {
		field := v.Field(f.index)
		switch f.shape {
		case oneText:
			elements = put(elements, f.from, field.String())
		case oneComposite:
			elements = put(elements, f.from, encodeComposite(field, f.sub))
		case repeatedTexts:
			parts := make([]string, field.Len())
			for i := range parts {
				parts[i] = field.Index(i).String()
			}
			elements = put(elements, f.from, strings.Join(parts, neutralRepetition))
		default:
			elements = encodeRun(elements, field, f)
		}
	}
	return trim(elements)
}

func encodeRun(elements []string, v reflect.Value, f elementField) []string {
	for i := range v.Len() {
		first := f.from + i*f.by
		switch f.shape {
		case runOfTexts:
			elements = put(elements, first, v.Index(i).String())
		case runOfComposites:
			elements = put(elements, first, encodeComposite(v.Index(i), f.sub))
		default:
			for _, part := range f.sub.fields {
				elements = put(elements, first+part.from-1, v.Index(i).Field(part.index).String())
			}
		}
	}
	return elements
}

func encodeComposite(v reflect.Value, p *segmentPlan) string {
	return strings.Join(encodeFields(v, p), neutralComponent)
}

// put sets element n, counted from 1.
func put(elements []string, n int, text string) []string {
	for len(elements) < n {
		elements = append(elements, "")
	}
	elements[n-1] = text
	return elements
}

func trim(elements []string) []string {
	for len(elements) > 0 && elements[len(elements)-1] == "" {
		elements = elements[:len(elements)-1]
	}
	return elements
}

// levelNumbers are the HL01, HL02 and HL04 the writer gives to levels in order.
func levelNumbers(g *Guide, codes []string) (numbers [][3]string, ok bool) {
	rank := map[string]int{}
	for _, l := range g.Loops {
		if l.level != "" {
			rank[l.level] = len(rank) + 1
		}
	}
	type level struct{ rank, index int }
	var open []level
	for i, code := range codes {
		r, known := rank[code]
		if !known {
			return nil, false
		}
		for len(open) > 0 && open[len(open)-1].rank >= r {
			open = open[:len(open)-1]
		}
		n := [3]string{strconv.Itoa(i + 1), "", "0"}
		if len(open) > 0 {
			parent := open[len(open)-1].index
			n[1] = numbers[parent][0]
			numbers[parent][2] = "1"
		}
		numbers = append(numbers, n)
		open = append(open, level{r, i})
	}
	return numbers, true
}

// numberLevels numbers all levels when any asks for it.
func numberLevels(g *Guide, body []plain) {
	var codes []string
	var where []int
	asked := false
	for i, p := range body {
		if p.id != "HL" {
			continue
		}
		asked = asked || p.unnumber
		codes = append(codes, at(p.elements, 2))
		where = append(where, i)
	}
	numbers, ok := levelNumbers(g, codes)
	if !asked || !ok {
		return
	}
	for i, n := range numbers {
		body[where[i]].elements = []string{n[0], n[1], codes[i], n[2]}
	}
}

// numberedAsWritten says whether the HL numbers of a set are those the writer gives.
func numberedAsWritten(g *Guide, segments []Segment) bool {
	var codes []string
	var levels []Segment
	for _, s := range segments {
		if s.ID == "HL" {
			codes = append(codes, s.Element(3))
			levels = append(levels, s)
		}
	}
	numbers, ok := levelNumbers(g, codes)
	if !ok {
		return false
	}
	for i, s := range levels {
		n := numbers[i]
		if len(s.Elements) != 4 || s.Element(1) != n[0] || s.Element(2) != n[1] || s.Element(4) != n[2] {
			return false
		}
	}
	return true
}
