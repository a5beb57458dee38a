package x12

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Validate tells what is wrong with a file, to the depth asked for, in the order of
// the file.
func Validate(f *File, depth Depth) []Finding {
	var all []Finding
	for _, i := range f.Interchanges {
		all = append(all, checkInterchange(i)...)
		for _, g := range i.Groups {
			all = append(all, checkGroup(g)...)
			all = append(all, checkSets(g, depth)...)
		}
	}
	inFileOrder(all)
	return all
}

// ValidateSet is [Validate] for one set, such as one about to be sent.
func ValidateSet(s Set, depth Depth) []Finding {
	all := append(checkSetEnvelope(s), checkSetSyntax(s)...)
	if depth >= ByGuide {
		all = append(all, checkSetByGuide(s)...)
	}
	if depth >= ByRules {
		all = append(all, checkSetByRules(s)...)
	}
	inFileOrder(all)
	return all
}

func inFileOrder(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Place.Ordinal, b.Place.Ordinal), cmp.Compare(a.Offset, b.Offset))
	})
}

// setFunctions says in which functional group a set belongs.
var setFunctions = map[string]string{
	"270": "HS", "271": "HB", "275": "PI", "276": "HR", "277": "HN", "278": "HI",
	"820": "RA", "834": "BE", "835": "HP", "837": "HC", "997": "FA", "999": "FA",
}

// knownPartyQualifier says whether the standard knows how a sender or receiver is
// named: 01 to 38 and some letters. HIPAA's guides list fewer; partners use more.
func knownPartyQualifier(q string) bool {
	return len(q) == 2 && isDigits(q) && q >= "01" && q <= "38" || slices.Contains([]string{"AM", "NR", "SA", "SN", "ZZ"}, q)
}

// isaWidths are the widths of ISA01 to ISA16.
var isaWidths = [isaElements]int{2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1}

func checkInterchange(i Interchange) []Finding {
	var all []Finding
	add := func(wrong bool, name FindingName, s Segment, element int) {
		if wrong {
			all = append(all, foundIn(name, Syntax, s, element, 0, 0))
		}
	}
	isa := i.ISA
	for n, width := range isaWidths {
		add(len(isa.Element(n+1)) != width, InterchangeWidth, isa, n+1)
	}
	add(!isDigits(isa.Element(1)) || isa.Element(1) > "08", InterchangeAuthorization, isa, 1)
	add(!slices.Contains([]string{"00", "01"}, isa.Element(3)), InterchangeSecurity, isa, 3)
	add(!knownPartyQualifier(isa.Element(5)), InterchangeSender, isa, 5)
	add(!knownPartyQualifier(isa.Element(7)), InterchangeReceiver, isa, 7)
	add(len(isa.Element(9)) != 6 || !validDate(isa.Element(9)), InterchangeDate, isa, 9)
	add(len(isa.Element(10)) != 4 || !validTime(isa.Element(10)), InterchangeTime, isa, 10)
	add(isa.Delimiters.Repetition == 0, InterchangeRepetition, isa, 11)
	add(isa.Element(12) != "00501", InterchangeVersion, isa, 12)
	add(len(isa.Element(13)) != 9 || !isDigits(isa.Element(13)), InterchangeControlInvalid, isa, 13)
	add(!slices.Contains([]string{"0", "1"}, isa.Element(14)), InterchangeAckFlag, isa, 14)
	add(!slices.Contains([]string{"P", "T"}, isa.Element(15)), InterchangeUsage, isa, 15)
	for _, s := range i.Stray {
		add(true, SegmentOutsideGroup, s, 0)
	}
	for _, s := range i.TA1s {
		all = append(all, checkSegment(s)...)
		all = append(all, checkTA1(s)...)
	}
	if !i.IEA.Present() {
		add(true, InterchangeTrailerMissing, isa, 0)
		return all
	}
	add(!sameNumber(i.IEA.Element(1), len(i.Groups)), InterchangeGroupCount, i.IEA, 1)
	add(i.IEA.Element(2) != isa.Element(13), InterchangeControlMismatch, i.IEA, 2)
	add(len(i.Groups)+len(i.TA1s)+len(i.Stray) == 0, InterchangeEmpty, i.IEA, 0)
	return all
}

func checkGroup(g Group) []Finding {
	var all []Finding
	add := func(wrong bool, name FindingName, s Segment, element int) {
		if wrong {
			all = append(all, foundIn(name, Syntax, s, element, 0, 0))
		}
	}
	// What is wrong with an element of GS or GE has no place in a 999, only in a TA1.
	for _, s := range []Segment{g.GS, g.GE} {
		for _, f := range checkSegment(s) {
			named := s.ID == "GS" && (f.Element == 6 || f.Element == 1) || s.ID == "GE"
			if s.Present() && f.Severity == Error && !named {
				f.Name = GroupElement
				all = append(all, f)
			}
		}
	}
	known := false
	for _, function := range setFunctions {
		known = known || function == g.GS.Element(1)
	}
	add(!known, GroupFunction, g.GS, 1)
	control := g.GS.Element(6)
	add(!isDigits(control) || len(control) > 9, GroupControlInvalid, g.GS, 6)
	version := g.GS.Element(8)
	add(!strings.HasPrefix(version, "005010") && !strings.HasPrefix(version, "006020"), GroupVersion, g.GS, 8)
	for _, s := range g.Stray {
		add(true, SegmentOutsideSet, s, 0)
	}
	add(len(g.Sets) == 0, GroupEmpty, g.GS, 0)
	if !g.GE.Present() {
		add(true, GroupTrailerMissing, g.GS, 0)
		return all
	}
	add(!sameNumber(g.GE.Element(1), len(g.Sets)), GroupSetCount, g.GE, 1)
	add(g.GE.Element(2) != control, GroupControlMismatch, g.GE, 2)
	return all
}

// checkSets checks the sets of a group, each alone and against the group.
func checkSets(g Group, depth Depth) []Finding {
	var all []Finding
	seen := map[string]bool{}
	for _, s := range g.Sets {
		all = append(all, ValidateSet(s, depth)...)
		control := s.ST.Element(2)
		if seen[control] {
			all = append(all, foundIn(SetControlNotUnique, Syntax, s.ST, 2, 0, 0))
		}
		seen[control] = true
		if function, known := setFunctions[s.ST.Element(1)]; known && function != g.GS.Element(1) {
			all = append(all, foundIn(SetInWrongGroup, Syntax, s.ST, 1, 0, 0))
		}
		if named := s.ST.Element(3); named != "" && named != g.GS.Element(8) {
			all = append(all, foundIn(GroupSetGuidesDiffer, Syntax, s.ST, 3, 0, 0))
		}
	}
	return all
}

func checkSetEnvelope(s Set) []Finding {
	var all []Finding
	add := func(wrong bool, name FindingName, s Segment, element int) {
		if wrong {
			all = append(all, foundIn(name, Syntax, s, element, 0, 0))
		}
	}
	kind, control := s.ST.Element(1), s.ST.Element(2)
	add(len(kind) != 3 || !isDigits(kind), SetUnknown, s.ST, 1)
	add(len(control) < 4 || len(control) > 9, SetControlInvalid, s.ST, 2)
	add(s.ST.Element(3) == "" && kind != "835" && kind != "997", SetGuideMissing, s.ST, 3)
	if !s.SE.Present() {
		add(true, SetTrailerMissing, s.ST, 0)
		return all
	}
	add(!sameNumber(s.SE.Element(1), len(s.Segments)+2), SetSegmentCount, s.SE, 1)
	add(s.SE.Element(2) != control, SetControlMismatch, s.SE, 2)
	return all
}

// checkSetByGuide walks the set by its guide's table.
func checkSetByGuide(s Set) []Finding {
	g := GuideFor(s)
	if g == nil {
		return append(checkLevels(s), foundIn(SetGuideUnknown, ByGuide, s.ST, 3, 0, 0))
	}
	_, all := Walk(g, s)
	return append(all, checkLevels(s)...)
}

// checkLevels checks what HL segments say of their own tree: numbers in sequence,
// parents that came before.
func checkLevels(s Set) []Finding {
	var all []Finding
	seen := map[string]bool{}
	count := 0
	for _, segment := range s.Segments {
		if segment.ID != "HL" {
			continue
		}
		count++
		if !sameNumber(segment.Element(1), count) {
			all = append(all, foundIn(LevelNumber, ByGuide, segment, 1, 0, 0))
		}
		if parent := segment.Element(2); parent != "" && !seen[parent] {
			all = append(all, foundIn(LevelParent, ByGuide, segment, 2, 0, 0))
		}
		seen[segment.Element(1)] = true
	}
	return all
}

// sameNumber compares a count in a file, which may have leading zeros.
func sameNumber(text string, n int) bool {
	if !isDigits(text) {
		return false
	}
	got, err := strconv.Atoi(text)
	return err == nil && got == n
}

func isDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
