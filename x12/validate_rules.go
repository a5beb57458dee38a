package x12

import (
	"slices"

	"parley/codes"
)

// checkSetByRules checks what no table of a guide can say: parents of the right kind,
// check digits, periods that run forward.
func checkSetByRules(s Set) []Finding {
	g := GuideFor(s)
	if g == nil {
		return nil
	}
	all := checkLevelTree(g, s)
	for _, segment := range s.Segments {
		switch segment.ID {
		case "NM1":
			if segment.Element(8) == "XX" && !codes.ValidNPI(segment.Element(9)) {
				all = append(all, foundIn(ElementCheckDigit, ByRules, segment, 9, 0, 0))
			}
		case "DTP":
			all = append(all, checkForward(segment)...)
		case "HI":
			all = append(all, checkDiagnoses(segment)...)
		}
	}
	return all
}

// checkLevelTree checks that each level hangs under a level of the kind the guide
// wants, and that HL04 says truly whether levels follow.
func checkLevelTree(g *Guide, s Set) []Finding {
	var all []Finding
	kind := map[string]string{}
	hasChild := map[string]bool{}
	for _, segment := range s.Segments {
		if segment.ID == "HL" {
			kind[segment.Element(1)] = segment.Element(3)
			hasChild[segment.Element(2)] = true
		}
	}
	for _, segment := range s.Segments {
		if segment.ID != "HL" {
			continue
		}
		for _, l := range g.Loops {
			if l.level == segment.Element(3) && len(l.parents) > 0 && !slices.Contains(l.parents, kind[segment.Element(2)]) {
				all = append(all, foundIn(LevelParentKind, ByRules, segment, 2, 0, 0))
			}
		}
		if (segment.Element(4) == "1") != hasChild[segment.Element(1)] {
			all = append(all, foundIn(LevelChild, ByRules, segment, 4, 0, 0))
		}
	}
	return all
}

func checkForward(s Segment) []Finding {
	p := DatePeriod{Format: Qualifier(s.Element(2)), Value: s.Element(3)}
	if from, to, ok := p.Range(); ok && to < from {
		return []Finding{foundIn(ElementPeriodReversed, ByRules, s, 3, 0, 0)}
	}
	return nil
}

// checkDiagnoses checks the form of ICD-10 codes; which codes exist is dated and not
// ours to know.
func checkDiagnoses(s Segment) []Finding {
	var all []Finding
	for n := range s.Elements {
		switch s.Component(n+1, 1) {
		case "ABK", "ABF", "ABJ", "APR":
			if !codes.ICD10CMForm(s.Component(n+1, 2)) {
				all = append(all, foundIn(ElementPattern, ByRules, s, n+1, 2, 0))
			}
		}
	}
	return all
}

// checkTA1 checks the codes of a TA1.
func checkTA1(s Segment) []Finding {
	var all []Finding
	if !slices.Contains([]string{"A", "E", "R"}, s.Element(4)) {
		all = append(all, foundIn(ElementCode, Syntax, s, 4, 0, 0))
	}
	if note := s.Element(5); len(note) != 3 || note > "031" {
		all = append(all, foundIn(ElementCode, Syntax, s, 5, 0, 0))
	}
	return all
}
