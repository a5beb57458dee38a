package x12

import (
	"strconv"
	"strings"
	"sync"
)

// segmentDef is what the standard says of a segment, whatever the guide.
type segmentDef struct {
	elements   []elementDef
	conditions []condition
}

// elementDef is one element, or one component of a composite.
type elementDef struct {
	mandatory bool
	kind      string // AN ID N0 R DT TM
	min, max  int
	repeats   int           // how often it may stand in one segment, parted by the repetition separator
	composite *compositeDef // set for a composite; kind is empty then
}

type compositeDef struct {
	parts      []elementDef
	conditions []condition
}

// condition is a relational rule: P all or none, R at least one, E at most one, C if
// the first then all others, L if the first then at least one other.
type condition struct {
	kind     byte
	elements []int
}

// The standard's segments, one a line: ID, elements, conditions. An element is M or O,
// its type and its lengths, or the composite it is; "x5" lets it repeat. Numbers and
// lengths are facts of the 005010 data dictionary (see SOURCES.md).
const segmentTable = `
ISA M:ID2-2 M:AN10-10 M:ID2-2 M:AN10-10 M:ID2-2 M:AN15-15 M:ID2-2 M:AN15-15 M:DT6-6 M:TM4-4 M:AN1-1 M:ID5-5 M:N09-9 M:ID1-1 M:ID1-1 M:AN1-1
IEA M:N01-5 M:N09-9
TA1 M:N09-9 M:DT6-6 M:TM4-4 M:ID1-1 M:ID3-3
GS M:ID2-2 M:AN2-15 M:AN2-15 M:DT8-8 M:TM4-8 M:N01-9 M:ID1-2 M:AN1-12
GE M:N01-6 M:N01-9
ST M:ID3-3 M:AN4-9 O:AN1-35
SE M:N01-10 M:AN4-9
BHT M:ID4-4 M:ID2-2 O:AN1-50 O:DT8-8 O:TM4-8 O:ID2-2
HL M:AN1-12 O:AN1-12 M:ID1-2 O:ID1-1
TRN M:ID1-2 M:AN1-50 O:AN10-10 O:AN1-50
AAA M:ID1-1 O:ID2-2 O:ID2-2 O:ID1-1
NM1 M:ID2-3 M:ID1-1 O:AN1-60 O:AN1-35 O:AN1-25 O:AN1-10 O:AN1-10 O:ID1-2 O:AN2-80 O:ID2-2 O:ID2-3 O:AN1-60 ; P0809 P1110 C1203
N2 M:AN1-60 O:AN1-60
N3 M:AN1-55 O:AN1-55
N4 O:AN2-30 O:ID2-2 O:ID3-15 O:ID2-3 O:ID1-2 O:AN1-30 O:ID1-3 ; E0207 C0605 C0704
PER M:ID2-2 O:AN1-60 O:ID2-2 O:AN1-256 O:ID2-2 O:AN1-256 O:ID2-2 O:AN1-256 O:AN1-20 ; P0304 P0506 P0708
REF M:ID2-3 O:AN1-50 O:AN1-80 O:C040 ; R0203
PRV M:ID1-3 O:ID2-3 O:AN1-50 O:ID2-2 O:C035 O:ID3-3 ; P0203
DMG O:ID2-3 O:AN1-35 O:ID1-1 O:ID1-1 O:C056x10 O:ID1-2 O:ID2-3 O:ID1-2 O:R1-15 O:ID1-3 O:AN1-30 ; P0102 P1011 C1105
INS M:ID1-1 M:ID2-2 O:ID3-3 O:ID2-3 O:ID1-1 O:C052 O:ID1-2 O:ID2-2 O:ID1-1 O:ID1-1 O:ID2-3 O:AN1-35 O:ID1-1 O:AN2-30 O:ID2-2 O:ID2-3 O:N01-9 ; P1112
UM M:ID1-2 O:ID1-1 O:ID1-2 O:C023 O:C024 O:ID1-3 O:ID1-1 O:ID1-1 O:ID1-1 O:ID1-2
HCR M:ID1-2 O:AN1-50 O:AN1-30x5 O:ID1-1
DTP M:ID3-3 M:ID2-3 M:AN1-35
HI M:C022 O:C022 O:C022 O:C022 O:C022 O:C022 O:C022 O:C022 O:C022 O:C022 O:C022 O:C022
HSD O:ID2-2 O:R1-15 O:ID2-2 O:R1-6 O:ID1-2 O:N01-3 O:ID1-2 O:ID1-1 ; P0102 C0605
CRC M:ID2-2 M:ID1-1 M:ID2-3 O:ID2-3 O:ID2-3 O:ID2-3 O:ID2-3
CL1 O:ID1-1 O:ID1-1 O:ID1-2 O:ID1-1
CR1 O:ID2-2 O:R1-10 O:ID1-1 O:ID1-1 O:ID2-2 O:R1-15 O:AN1-55 O:AN1-55 O:AN1-80 O:AN1-80 ; P0102 P0506
CR2 O:N01-9 O:R1-15 O:ID2-3 O:ID2-3 O:ID2-2 O:R1-15 O:R1-15 O:ID1-1 O:ID1-1 O:AN1-80 O:AN1-80 O:ID1-1 ; P0102 C0403 P0506
CR5 O:ID1-1 O:R1-15 O:ID1-1 O:ID1-1 O:AN1-80 O:R1-15 O:R1-15 O:R1-15 O:AN1-80 O:R1-15 O:R1-15 O:ID1-1 O:ID1-1 O:ID1-1 O:ID1-1 O:R1-15 O:ID1-1 O:ID1-1
CR6 M:ID1-1 M:DT8-8 O:ID2-3 O:AN1-35 O:DT8-8 O:DT8-8 M:ID1-1 M:ID1-1 O:DT8-8 O:ID2-2 O:AN1-15 O:DT8-8 O:DT8-8 O:DT8-8 O:ID2-3 O:AN1-35 O:ID1-1 O:DT8-8 O:DT8-8 O:DT8-8 O:DT8-8 ; P0304 P091011 P151617
PWK M:ID2-2 O:ID1-2 O:N01-2 O:ID2-3 O:ID1-2 O:AN2-80 O:AN1-80 O:C002 O:ID1-2 ; P0506
MSG M:AN1-264 O:ID2-2 O:N01-9 ; C0302
SV1 M:C003 O:R1-18 O:ID2-2 O:R1-15 O:AN1-2 O:ID1-2 O:C004 O:R1-18 O:ID1-1 O:ID1-2 O:ID1-1 O:ID1-1 O:ID1-1 O:ID1-1 O:ID1-1 O:ID1-2 O:AN1-50 O:ID3-15 O:R1-18 O:ID1-1 O:ID1-1 ; P0304
SV2 O:AN1-48 O:C003 O:R1-18 O:ID2-2 O:R1-15 O:R1-10 O:R1-18 O:ID1-1 O:ID1-1 O:ID1-1 ; R0102 P0405
SV3 M:C003 O:R1-18 O:AN1-2 O:C006 O:ID1-1 O:R1-15 O:AN1-80 O:ID1-1 O:ID1-1 O:ID1-1 O:C004
TOO O:ID1-3 O:AN1-30 O:C005 ; P0102
AK1 M:ID2-2 M:N01-9 O:AN1-12
AK2 M:ID3-3 M:AN4-9 O:AN1-35
IK3 M:ID2-3 M:N01-10 O:AN1-6 O:ID1-3
CTX M:C998x10 O:ID2-3 O:N01-10 O:AN1-6 O:C030 O:C999
IK4 M:C030 O:N01-4 M:ID1-3 O:AN1-99
IK5 M:ID1-1 O:ID1-3 O:ID1-3 O:ID1-3 O:ID1-3 O:ID1-3
AK9 M:ID1-1 M:N01-6 M:N01-6 M:N01-6 O:ID1-3 O:ID1-3 O:ID1-3 O:ID1-3 O:ID1-3
`

const compositeTable = `
C002 M:ID2-2 O:ID2-2 O:ID2-2 O:ID2-2 O:ID2-2
C003 M:ID2-2 M:AN1-48 O:AN2-2 O:AN2-2 O:AN2-2 O:AN2-2 O:AN1-80 O:AN1-48
C004 M:N01-2 O:N01-2 O:N01-2 O:N01-2
C005 M:ID1-2 O:ID1-2 O:ID1-2 O:ID1-2 O:ID1-2
C006 M:ID1-3 O:ID1-3 O:ID1-3 O:ID1-3 O:ID1-3
C022 M:ID1-3 M:AN1-30 O:ID2-3 O:AN1-35 O:R1-18 O:R1-15 O:AN1-30 O:AN1-30 O:ID1-1 ; P0304 E0809
C023 M:AN1-2 O:ID1-2 O:ID1-1
C024 M:ID2-3 O:ID2-3 O:ID2-3 O:ID2-2 O:ID2-3
C030 M:N01-2 O:N01-2 O:N01-4
C035 M:AN1-3 O:ID2-2 O:ID1-1
C040 M:ID2-3 M:AN1-50 O:ID2-3 O:AN1-50 O:ID2-3 O:AN1-50 ; P0304 P0506
C052 M:ID1-1 O:ID1-1 O:ID1-1
C056 O:ID1-1 O:ID1-3 O:AN1-30 ; P0203
C998 M:AN1-35 O:AN1-35
C999 M:N01-4 O:N01-4
`

// dictionary returns the standard's segments by ID.
var dictionary = sync.OnceValue(func() map[string]*segmentDef {
	composites := map[string]*compositeDef{}
	eachRow(compositeTable, func(id string, elements []elementDef, conditions []condition) {
		composites[id] = &compositeDef{parts: elements, conditions: conditions}
	}, nil)
	segments := map[string]*segmentDef{}
	eachRow(segmentTable, func(id string, elements []elementDef, conditions []condition) {
		segments[id] = &segmentDef{elements: elements, conditions: conditions}
	}, composites)
	return segments
})

func eachRow(table string, do func(string, []elementDef, []condition), composites map[string]*compositeDef) {
	for line := range strings.Lines(strings.TrimSpace(table)) {
		left, right, _ := strings.Cut(line, ";")
		fields := strings.Fields(left)
		var elements []elementDef
		for _, spec := range fields[1:] {
			elements = append(elements, elementSpec(spec, composites))
		}
		var conditions []condition
		for _, spec := range strings.Fields(right) {
			c := condition{kind: spec[0]}
			for i := 1; i+1 < len(spec); i += 2 {
				n, _ := strconv.Atoi(spec[i : i+2])
				c.elements = append(c.elements, n)
			}
			conditions = append(conditions, c)
		}
		do(fields[0], elements, conditions)
	}
}

// elementSpec reads one of "M:AN1-50", "O:C022", "O:AN1-30x5".
func elementSpec(spec string, composites map[string]*compositeDef) elementDef {
	usage, rest, _ := strings.Cut(spec, ":")
	e := elementDef{mandatory: usage == "M", repeats: 1}
	rest, times, repeats := strings.Cut(rest, "x")
	if repeats {
		e.repeats, _ = strconv.Atoi(times)
	}
	if rest[0] == 'C' {
		e.composite = composites[rest]
		return e
	}
	e.kind = strings.TrimRight(rest[:2], "123456789")
	low, high, _ := strings.Cut(rest[len(e.kind):], "-")
	e.min, _ = strconv.Atoi(low)
	e.max, _ = strconv.Atoi(high)
	return e
}
