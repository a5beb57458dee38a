package x12

import (
	"slices"
	"strings"
	"time"
)

// checkSetSyntax checks every segment of a set against the standard.
func checkSetSyntax(s Set) []Finding {
	var all []Finding
	for _, segment := range s.Segments {
		if len(all) >= maxFindings {
			break
		}
		all = append(all, checkSegment(segment)...)
	}
	return all
}

// checkSegment checks one segment against the standard: elements, types, lengths and
// the conditions among them. A segment the dictionary lacks is checked for characters
// only.
func checkSegment(s Segment) []Finding {
	c := checker{segment: s}
	def, known := dictionary()[s.ID]
	if !known {
		for i, e := range s.Elements {
			c.characters(e, i+1, 0, 0)
		}
		return c.findings
	}
	if len(s.Elements) > len(def.elements) {
		c.find(ElementsTooMany, len(def.elements)+1, 0, 0)
	}
	for i, e := range def.elements {
		c.element(e, i+1)
	}
	c.conditions(def.conditions, func(n int) bool { return s.Element(n) != "" }, func(n int) (int, int) { return n, 0 })
	if n := len(s.Elements); n > 0 && s.Elements[n-1] == "" && s.ID != "ISA" {
		c.find(ElementTrailing, n, 0, 0)
	}
	return c.findings
}

type checker struct {
	segment  Segment
	findings []Finding
}

func (c *checker) find(name FindingName, element, comp, repeat int) {
	c.findings = append(c.findings, foundIn(name, Syntax, c.segment, element, comp, repeat))
}

func (c *checker) element(def elementDef, n int) {
	if c.segment.Element(n) == "" {
		if def.mandatory {
			c.find(ElementMissing, n, 0, 0)
		}
		return
	}
	repeats := c.segment.Repeats(n)
	if len(repeats) > def.repeats {
		c.find(ElementRepeats, n, 0, 0)
	}
	for i, text := range repeats {
		repeat := 0
		if len(repeats) > 1 {
			repeat = i + 1
		}
		if def.composite != nil {
			c.composite(def.composite, text, n, repeat)
			continue
		}
		if !c.segment.verbatim(n) && strings.IndexByte(text, c.segment.Delimiters.Component) >= 0 {
			c.find(ElementComponents, n, 0, repeat)
			continue
		}
		c.text(def, text, n, 0, repeat)
	}
}

func (c *checker) composite(def *compositeDef, text string, n, repeat int) {
	parts := strings.Split(text, string(c.segment.Delimiters.Component))
	if len(parts) > len(def.parts) {
		c.find(ElementComponents, n, 0, repeat)
	}
	for i, part := range def.parts {
		switch value := at(parts, i); {
		case value != "":
			c.text(part, value, n, i+1, repeat)
		case part.mandatory:
			c.find(ElementMissing, n, i+1, repeat)
		}
	}
	c.conditions(def.conditions, func(p int) bool { return at(parts, p-1) != "" }, func(p int) (int, int) { return n, p })
}

// text checks one value that cannot be parted further.
func (c *checker) text(def elementDef, text string, n, comp, repeat int) {
	if !c.characters(text, n, comp, repeat) {
		return
	}
	size := len([]rune(text))
	if def.kind == "R" || def.kind == "N0" {
		if !validNumber(text, def.kind == "R") {
			c.find(ElementNumber, n, comp, repeat)
			return
		}
		size = len(strings.NewReplacer("-", "", ".", "").Replace(text))
	}
	switch {
	case size < def.min:
		c.find(ElementTooShort, n, comp, repeat)
	case size > def.max:
		c.find(ElementTooLong, n, comp, repeat)
	case def.kind == "DT" && !validDate(text):
		c.find(ElementDate, n, comp, repeat)
	case def.kind == "TM" && !validTime(text):
		c.find(ElementTime, n, comp, repeat)
	}
}

// characters refuses control characters and remarks on those outside ASCII, which
// trading partners must agree on.
func (c *checker) characters(text string, n, comp, repeat int) bool {
	foreign := false
	for _, b := range []byte(text) {
		if b < ' ' || b == 0x7f {
			c.find(ElementCharacter, n, comp, repeat)
			return false
		}
		foreign = foreign || b >= 0x80
	}
	if foreign {
		c.find(ElementForeign, n, comp, repeat)
	}
	return true
}

// conditions checks the relational rules; present and where speak of elements of the
// segment or components of a composite.
func (c *checker) conditions(rules []condition, present func(int) bool, where func(int) (int, int)) {
	for _, rule := range rules {
		count := 0
		for _, n := range rule.elements {
			if present(n) {
				count++
			}
		}
		first := present(rule.elements[0])
		switch {
		case rule.kind == 'P' && count > 0 && count < len(rule.elements),
			rule.kind == 'C' && first && count < len(rule.elements),
			rule.kind == 'L' && first && count == 1,
			rule.kind == 'R' && count == 0:
			c.absent(rule, present, where)
		case rule.kind == 'E' && count > 1:
			n, comp := where(rule.elements[len(rule.elements)-1])
			c.find(ElementExclusive, n, comp, 0)
		}
	}
}

// absent names the first element that is wanted and not there.
func (c *checker) absent(rule condition, present func(int) bool, where func(int) (int, int)) {
	for _, n := range rule.elements {
		if !present(n) {
			element, comp := where(n)
			c.find(ElementConditional, element, comp, 0)
			return
		}
	}
}

// validDate takes CCYYMMDD, and YYMMDD as the ISA has it.
func validDate(s string) bool {
	layout := "20060102"
	if len(s) == 6 {
		layout = "060102"
	}
	_, err := time.Parse(layout, s)
	return err == nil && len(s) == len(layout)
}

// validTime takes HHMM, HHMMSS and up to two decimals of a second.
func validTime(s string) bool {
	limits := []string{"23", "59", "59", "99"}
	if len(s) != 4 && len(s) != 6 && len(s) != 7 && len(s) != 8 {
		return false
	}
	for i := 0; i < len(s); i += 2 {
		part := s[i:min(i+2, len(s))]
		if !validNumber(part, false) || strings.HasPrefix(part, "-") || len(part) == 2 && part > limits[i/2] {
			return false
		}
	}
	return true
}

// validPeriod takes a value of the format that its qualifier names.
func validPeriod(format, value string) (ok, checked bool) {
	switch format {
	case "D8":
		return len(value) == 8 && validDate(value), true
	case "RD8":
		from, to, cut := strings.Cut(value, "-")
		return cut && len(from) == 8 && len(to) == 8 && validDate(from) && validDate(to), true
	case "TM":
		return validTime(value), true
	case "DT":
		return len(value) == 12 && validDate(value[:8]) && validTime(value[8:]), true
	}
	return true, false
}

// checkByGuide checks a segment against its row of the guide's table.
func checkByGuide(rule *SegmentRule, s Segment) []Finding {
	var all []Finding
	find := func(name FindingName, e ElementRule, repeat int) {
		all = append(all, foundIn(name, ByGuide, s, e.Element, e.Component, repeat))
	}
	for _, e := range rule.Elements {
		if s.Element(e.Element) == "" {
			if e.Usage == Required && e.Component == 0 && !mandatoryAnyway(s.ID, e) {
				find(ElementMissing, e, 0)
			}
			continue
		}
		for i, text := range s.Repeats(e.Element) {
			value := component(text, max(e.Component, 1), s.Delimiters)
			repeat := 0
			if i > 0 {
				repeat = i + 1
			}
			switch {
			case e.Usage == NotUsed && value != "":
				find(ElementNotUsed, e, repeat)
			case e.Usage == Required && value == "" && !mandatoryAnyway(s.ID, e):
				find(ElementMissing, e, repeat)
			case value == "" || len(e.Codes) == 0 || slices.Contains(e.Codes, value):
			case e.Open:
				find(ElementCodeUnusual, e, repeat)
			default:
				find(ElementCodeByGuide, e, repeat)
			}
		}
	}
	return append(all, checkPeriods(s)...)
}

// mandatoryAnyway says that the standard requires the element, so that its absence
// was told at depth 1.
func mandatoryAnyway(segmentID string, e ElementRule) bool {
	def, known := dictionary()[segmentID]
	if !known || e.Element > len(def.elements) {
		return false
	}
	d := def.elements[e.Element-1]
	if e.Component == 0 {
		return d.mandatory
	}
	return d.composite != nil && e.Component <= len(d.composite.parts) && d.composite.parts[e.Component-1].mandatory
}

// periods are the elements whose form another element names: segment → pairs of
// format and value.
var periods = map[string][][2]int{"DTP": {{2, 3}}, "DMG": {{1, 2}}, "INS": {{11, 12}}, "CR6": {{3, 4}}}

func checkPeriods(s Segment) []Finding {
	var all []Finding
	for _, pair := range periods[s.ID] {
		if value := s.Element(pair[1]); value != "" {
			if ok, _ := validPeriod(s.Element(pair[0]), value); !ok {
				all = append(all, foundIn(ElementDate, ByGuide, s, pair[1], 0, 0))
			}
		}
	}
	if s.ID == "HI" {
		for n := range s.Elements {
			if value := s.Component(n+1, 4); value != "" {
				if ok, _ := validPeriod(s.Component(n+1, 3), value); !ok {
					all = append(all, foundIn(ElementDate, ByGuide, s, n+1, 4, 0))
				}
			}
		}
	}
	return all
}
