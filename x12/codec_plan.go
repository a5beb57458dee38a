package x12

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// Kept holds what a segment said that its struct has no field for, or said in another
// way than the writer would: it is written back as it came.
type Kept []KeptElement

// KeptElement is one element as it came. It stands only while the fields still say
// what they said when it was read, so that a changed field is never overruled.
type KeptElement struct {
	Element int
	Said    string // what the fields gave
	Text    string
}

// KeptSegments holds what a loop's struct has no field for, and the order of the file
// where it was not the guide's.
type KeptSegments struct {
	Segments []KeptSegment
	Order    []int
}

// KeptSegment is one segment no field holds.
type KeptSegment struct {
	ID       string
	Elements []string
}

// Inside the codec elements are parted by control characters that no X12 data may
// hold, so that reading and writing need not know the delimiters of a file.
const (
	neutralRepetition = "\x1e"
	neutralComponent  = "\x1f"
)

// segmentPlan says which field of a struct holds which element.
type segmentPlan struct {
	fields []elementField
	kept   int // index of the Kept field, -1 if the struct has none
}

type elementField struct {
	index    int
	from, to int // elements; equal for a single one
	by       int // elements per entry of a run
	shape    fieldShape
	sub      *segmentPlan // of the composite or the entry
}

type fieldShape int

const (
	oneText fieldShape = iota
	oneComposite
	repeatedTexts
	runOfTexts
	runOfComposites
	runOfGroups // entries of several elements, such as the pairs of a PER
)

// loopPlan says which field of a struct holds which segment or loop.
type loopPlan struct {
	fields []loopField
	kept   int
}

type loopField struct {
	index   int
	ids     []string // segment ID, or the loops that may stand here
	isLoop  bool
	many    bool
	pointer bool
	segment *segmentPlan
	loop    *loopPlan
}

var (
	segmentPlans sync.Map // reflect.Type → *segmentPlan
	loopPlans    sync.Map // reflect.Type → *loopPlan
)

// planSegment reads the tags of a segment struct. The structs are this package's own:
// a wrong tag is a mistake in the code, which the first test shows.
func planSegment(t reflect.Type) *segmentPlan {
	if p, ok := segmentPlans.Load(t); ok {
		return p.(*segmentPlan)
	}
	p := &segmentPlan{kept: -1}
	for i := range t.NumField() {
		tag := t.Field(i).Tag.Get("x12")
		if tag == "kept" {
			p.kept = i
			continue
		}
		p.fields = append(p.fields, planElement(i, t.Field(i).Type, tag))
	}
	segmentPlans.Store(t, p)
	return p
}

func planElement(index int, t reflect.Type, tag string) elementField {
	f := elementField{index: index, by: 1}
	numbers, by, grouped := strings.Cut(tag, ",by")
	if grouped {
		f.by, _ = strconv.Atoi(by)
	}
	from, to, isRun := strings.Cut(numbers, "-")
	f.from, _ = strconv.Atoi(from)
	f.to = f.from
	if isRun {
		f.to, _ = strconv.Atoi(to)
	}
	switch {
	case t.Kind() == reflect.String:
		f.shape = oneText
	case t.Kind() == reflect.Struct:
		f.shape, f.sub = oneComposite, planSegment(t)
	case t.Elem().Kind() == reflect.String && isRun:
		f.shape = runOfTexts
	case t.Elem().Kind() == reflect.String:
		f.shape = repeatedTexts
	case grouped:
		f.shape, f.sub = runOfGroups, planSegment(t.Elem())
	default:
		f.shape, f.sub = runOfComposites, planSegment(t.Elem())
	}
	return f
}

func planLoop(t reflect.Type) *loopPlan {
	if p, ok := loopPlans.Load(t); ok {
		return p.(*loopPlan)
	}
	p := &loopPlan{kept: -1}
	for i := range t.NumField() {
		tag := t.Field(i).Tag.Get("x12")
		if tag == "kept" {
			p.kept = i
			continue
		}
		f := loopField{index: i, ids: strings.Split(tag, ",")}
		f.isLoop = tag[0] >= '0' && tag[0] <= '9' || tag[0] == '/'
		inner := t.Field(i).Type
		switch inner.Kind() {
		case reflect.Slice:
			f.many, inner = true, inner.Elem()
		case reflect.Pointer:
			f.pointer, inner = true, inner.Elem()
		}
		if f.isLoop {
			f.loop = planLoop(inner)
		} else {
			f.segment = planSegment(inner)
		}
		p.fields = append(p.fields, f)
	}
	loopPlans.Store(t, p)
	return p
}

// DataError says that data cannot stand in a file. It names the place, never the value.
type DataError struct {
	Loop    string
	Segment string
	Element int
	Reason  string
}

func (e *DataError) Error() string {
	at := fmt.Sprintf("%s%02d", e.Segment, e.Element)
	if e.Loop != "" {
		at = e.Loop + " " + at
	}
	return at + " " + e.Reason
}
