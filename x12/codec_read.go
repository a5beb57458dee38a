package x12

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// ErrOtherTransaction says that a set is not the transaction a reader was asked for.
var ErrOtherTransaction = errors.New("the set is another transaction")

// read walks the set by the guide and fills a T.
func read[T any](g *Guide, s Set) (T, []Finding, error) {
	var out T
	if fit := GuideFor(s); fit == nil || fit != g {
		return out, nil, fmt.Errorf("read %s: %w", g.Name, ErrOtherTransaction)
	}
	root, byGuide := Walk(g, s)
	findings := append(checkSetSyntax(s), byGuide...)
	d := decoder{numbered: numberedAsWritten(g, s.Segments)}
	if err := d.loop(reflect.ValueOf(&out).Elem(), planLoop(reflect.TypeFor[T]()), root); err != nil {
		return out, findings, fmt.Errorf("read %s: %w", g.Name, err)
	}
	return out, findings, nil
}

// decoder fills structs from loops.
type decoder struct {
	numbered bool // the HL numbers are those the writer would give: none need be kept
}

// loop fills v from l: each field takes the items of its ID, the rest is kept.
func (d decoder) loop(v reflect.Value, p *loopPlan, l *Loop) error {
	var order []int // items in the order the writer would give them
	taken := make([]bool, len(l.Items))
	for _, f := range p.fields {
		for i, item := range l.Items {
			if taken[i] || !f.takes(item) {
				continue
			}
			if err := d.item(f, v.Field(f.index), item, l); err != nil {
				return err
			}
			taken[i] = true
			order = append(order, i)
			if !f.many {
				break
			}
		}
	}
	var kept KeptSegments
	for i, item := range l.Items {
		if taken[i] {
			continue
		}
		if err := d.keep(&kept, item, l); err != nil {
			return err
		}
		// A kept loop is many segments to the writer and one item here, so only single
		// segments can be put back between others; a loop goes to the end.
		order = append(order, i)
	}
	if !slices.IsSorted(order) && len(kept.Segments) == len(order)-countTrue(taken) {
		kept.Order = make([]int, len(order))
		for place, item := range order {
			kept.Order[item] = place
		}
	}
	v.Field(p.kept).Set(reflect.ValueOf(kept))
	return nil
}

func countTrue(flags []bool) (n int) {
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}

func (f loopField) takes(item Item) bool {
	if f.isLoop {
		return item.Loop != nil && slices.Contains(f.ids, item.Loop.Rule.ID)
	}
	if item.Loop != nil { // a closing segment stands in a loop of its own
		return strings.HasSuffix(item.Loop.Rule.ID, "/"+f.ids[0])
	}
	return item.Segment.ID == f.ids[0]
}

func (d decoder) item(f loopField, field reflect.Value, item Item, l *Loop) error {
	if item.Segment.ID == "HL" && d.numbered {
		return nil
	}
	target := field
	switch {
	case f.many:
		field.Set(reflect.Append(field, reflect.Zero(field.Type().Elem())))
		target = field.Index(field.Len() - 1)
	case f.pointer:
		field.Set(reflect.New(field.Type().Elem()))
		target = field.Elem()
	}
	if f.isLoop {
		return d.loop(target, f.loop, item.Loop)
	}
	if item.Loop != nil {
		item = item.Loop.Items[0]
	}
	elements, err := neutral(item.Segment, l.Rule.name())
	if err != nil {
		return err
	}
	decodeSegment(target, f.segment, elements)
	return nil
}

// keep stores an item no field takes; a loop is stored as its segments.
func (d decoder) keep(kept *KeptSegments, item Item, l *Loop) error {
	if item.Loop != nil {
		for _, inner := range item.Loop.Items {
			if err := d.keep(kept, inner, item.Loop); err != nil {
				return err
			}
		}
		return nil
	}
	elements, err := neutral(item.Segment, l.Rule.name())
	if err != nil {
		return err
	}
	kept.Segments = append(kept.Segments, KeptSegment{ID: item.Segment.ID, Elements: elements})
	return nil
}

// neutral returns the elements parted by the codec's own separators.
func neutral(s Segment, loop string) ([]string, error) {
	out := make([]string, len(s.Elements))
	for i, e := range s.Elements {
		b := []byte(e)
		for j, c := range b {
			switch {
			case c == s.Delimiters.Component:
				b[j] = neutralComponent[0]
			case c == s.Delimiters.Repetition && c != 0:
				b[j] = neutralRepetition[0]
			case c == neutralComponent[0] || c == neutralRepetition[0]:
				return nil, &DataError{Loop: loop, Segment: shownID(s.ID), Element: i + 1, Reason: "holds a control character"}
			}
		}
		out[i] = string(b)
	}
	return out, nil
}

// decodeSegment fills the fields, then keeps each element the fields would not give
// back as it came.
func decodeSegment(v reflect.Value, p *segmentPlan, elements []string) {
	for _, f := range p.fields {
		decodeElement(v.Field(f.index), f, elements)
	}
	if p.kept < 0 {
		return
	}
	said := encodeFields(v, p)
	var kept Kept
	for i := range max(len(elements), len(said)) {
		if at(elements, i) != at(said, i) {
			kept = append(kept, KeptElement{Element: i + 1, Said: at(said, i), Text: at(elements, i)})
		}
	}
	if n := len(elements); n > len(said) && at(elements, n-1) == "" { // empty elements at the end
		kept = append(kept, KeptElement{Element: n})
	}
	if kept != nil {
		v.Field(p.kept).Set(reflect.ValueOf(kept))
	}
}

func at(list []string, i int) string {
	if i >= len(list) {
		return ""
	}
	return list[i]
}

func decodeElement(v reflect.Value, f elementField, elements []string) {
	text := at(elements, f.from-1)
	switch f.shape {
	case oneText:
		v.SetString(text)
	case oneComposite:
		decodeComposite(v, f.sub, text)
	case repeatedTexts:
		if text == "" {
			return
		}
		parts := strings.Split(text, neutralRepetition)
		v.Set(reflect.MakeSlice(v.Type(), len(parts), len(parts)))
		for i, part := range parts {
			v.Index(i).SetString(part)
		}
	default:
		decodeRun(v, f, elements)
	}
}

// decodeRun fills a slice from consecutive elements, up to the last that says anything.
func decodeRun(v reflect.Value, f elementField, elements []string) {
	last := min(f.to, len(elements))
	for last >= f.from && elements[last-1] == "" {
		last--
	}
	n := (last - f.from + f.by) / f.by
	if n <= 0 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		first := f.from - 1 + i*f.by
		switch f.shape {
		case runOfTexts:
			v.Index(i).SetString(at(elements, first))
		case runOfComposites:
			decodeComposite(v.Index(i), f.sub, at(elements, first))
		default:
			for _, part := range f.sub.fields {
				v.Index(i).Field(part.index).SetString(at(elements, first+part.from-1))
			}
		}
	}
}

func decodeComposite(v reflect.Value, p *segmentPlan, text string) {
	if text == "" {
		return
	}
	first, _, _ := strings.Cut(text, neutralRepetition)
	decodeSegment(v, p, strings.Split(first, neutralComponent))
}
