package payersim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnswer_a_request_without_a_rule_is_approved_as_asked(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	require.Equal(t, `BHT*0007*11*REF1*20260302*0900*18
HL*1**20*1
NM1*X3*2*LARKFIELD HEALTH*****PI*LARKFIELD
HL*2*1*21*1
NM1*1P*2*CEDAR ORTHOPEDICS*****XX*1234567893
HL*3*2*22*1
NM1*IL*1*DOE*JANE****MI*M100
DMG*D8*19610412*F
HL*4*3*EV*1
TRN*2*TRACE1*9CEDARORTH
UM*HS*I*2*22:B
HCR*A1*A00000101
DTP*007*D8*20260316
DTP*036*D8*20260415
HI*ABK:M1711
NM1*SJ*1*STONE*RUTH****XX*1245319599
HL*5*4*SS*0
DTP*472*RD8*20260316-20260415
SV1*HC:27447*12000*UN*1`, w.ask(w.knee()))
}

// Every verdict as it stands in the answer's event and services.
func TestAnswer_each_verdict_is_written_as_the_guide_has_it(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ verdict, then, want string }{
		{"partial", `{decide: partial, units: "6", reasons: ["04", "0L"], perLine: true, days: 45}`, `HCR*A2*A00000101*04^0L
DTP*007*D8*20260316
DTP*036*D8*20260430
HCR*A2*A00000101*04^0L
DTP*472*RD8*20260316-20260430
SV1*HC:27447*12000*UN*6`},
		{"partial by share", `{decide: partial, units: 50%}`, `HCR*A2*A00000101
DTP*007*D8*20260316
DTP*036*D8*20260415
DTP*472*RD8*20260316-20260415
SV1*HC:27447*12000*UN*2`},
		{"deny", `{decide: deny, reasons: ["0F"], contact: {name: APPEALS DESK, phone: "5550100142"}}`, `HCR*A3**0F
REF*NT*N00000101
NM1*L5*1*APPEALS DESK
PER*IC*APPEALS DESK*TE*5550100142
DTP*472*RD8*20260316-20260415
SV1*HC:27447*12000*UN*1`},
		{"pend", `{decide: pend, reasons: ["0U"], wants: {pwk: [OZ], loinc: ["11506-3"], dueDays: 14}, message: "NOTES: ALL*OF~THEM"}`, `HCR*A4**0U
REF*NT*N00000101
DTP*ABC*D8*20260316
HI*ABK:M1711*LOI:11506-3
PWK*OZ*EL
MSG*NOTES  ALL OF THEM
DTP*472*RD8*20260316-20260415
SV1*HC:27447*12000*UN*1`},
		{"modify", `{decide: modify, number: M77, shift: 30}`, `HCR*A6*M77
DTP*007*D8*20260415
DTP*036*D8*20260515
DTP*472*RD8*20260415-20260515
SV1*HC:27447*12000*UN*1`},
		{"cancel", `{decide: cancel, reasons: ["07"]}`, `HCR*C**07
REF*NT*N00000101
DTP*472*RD8*20260316-20260415
SV1*HC:27447*12000*UN*1`},
		{"not required", `{decide: not-required}`, `HCR*NA*A00000101
DTP*472*RD8*20260316-20260415
SV1*HC:27447*12000*UN*1`},
		{"unknown code", `{decide: code, code: A9}`, `HCR*A9
REF*NT*N00000101
DTP*472*RD8*20260316-20260415
SV1*HC:27447*12000*UN*1`},
		{"more follows", `{decide: pend, more: true}`, `BHT*0007*11*REF1*20260302*0900*19
HCR*A4
REF*NT*N00000101
DTP*472*RD8*20260316-20260415
SV1*HC:27447*12000*UN*1`},
		{"lines that differ", `{decide: approve, lines: [{line: 1, code: A3, procedure: "27446", reasons: ["0F"]}, {line: 2, code: A1, procedure: "99199", units: "2"}]}`, `HCR*A1*A00000101
DTP*007*D8*20260316
DTP*036*D8*20260415
HCR*A3**0F
DTP*472*RD8*20260316-20260415
SV1*HC:27446*12000*UN*1
HCR*A1
SV1*HC:99199*12000*UN*2`},
		{"a line left out", `{decide: approve, lines: [{line: 1, omit: true}]}`, `HCR*A1*A00000101
DTP*007*D8*20260316
DTP*036*D8*20260415`},
		{"rejected", `{decide: reject, rejects: [{loop: 2010C, code: "75", followUp: C}]}`, `AAA*N**75*C`},
		{"rejected though valid", `{decide: reject, rejects: [{loop: 2010A, code: "42", followUp: P, valid: true}]}`, `AAA*Y**42*P`},
	} {
		t.Run(c.verdict, func(t *testing.T) {
			t.Parallel()
			w := start(t, "rules: [{name: it, then: "+c.then+"}]")
			edit := add()
			if c.verdict == "partial by share" {
				edit = replace("SV1", "SV1*HC:27447*12000*UN*3")
			}
			prefixes := []string{"HCR", "REF", "DTP", "PWK", "MSG", "NM1*L5", "PER", "SV1", "AAA", "HI*ABK:M1711*"}
			if c.verdict == "more follows" {
				prefixes = append(prefixes, "BHT")
			}
			require.Equal(t, c.want, pick(w.ask(w.knee(edit)), prefixes...))
		})
	}
}

func TestAnswer_a_reject_is_the_last_level_that_comes_back(t *testing.T) {
	t.Parallel()
	w := start(t, `rules: [{name: it, then: {decide: reject, rejects: [{loop: 2010B, code: "51", followUp: C}]}}]`)
	require.Equal(t, `BHT*0007*11*REF1*20260302*0900*18
HL*1**20*1
NM1*X3*2*LARKFIELD HEALTH*****PI*LARKFIELD
HL*2*1*21*0
NM1*1P*2*CEDAR ORTHOPEDICS*****XX*1234567893
AAA*N**51*C`, w.ask(w.knee()))
	require.Empty(t, w.sim.Reviews(), "what was rejected was never reviewed")
}

func TestAnswer_a_group_of_good_and_bad_sets_gets_a_999_and_a_278(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	r := w.knee()
	r.body = append(r.body, "SE*18*0001", "ST*278*0002*005010X217")
	r.body = append(r.body, w.knee(replace("UM", "")).body...)
	r.se, r.ge = "SE*17*0002", "GE*2*1"
	answer := w.ask(r)
	require.Equal(t, `AK2*278*0001*005010X217
IK5*A
AK2*278*0002*005010X217
IK3*UM*12*2000E*I8
IK5*R*I5
AK9*P*2*2*1
HCR*A1*A00000101`, pick(answer, "AK2", "IK", "AK9", "HCR"))
}

func TestAnswer_a_TA1_comes_when_it_is_asked_for(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	r := w.knee()
	r.isa = "ISA*00*          *00*          *ZZ*CEDAR          *ZZ*LARKFIELD      *260302*0900*^*00501*000000001*1*T*:"
	require.Contains(t, w.ask(r), "TA1*000000001*260302*0900*A*000\nBHT")
}

func TestAnswer_other_delimiters_come_back_as_they_were(t *testing.T) {
	t.Parallel()
	w := start(t, `rules: [{name: it, then: {decide: partial, reasons: ["04", "0L"]}}]`)
	b := []byte(strings.NewReplacer("*", "|", "~", "'", ":", ">", "^", "!").Replace(string(w.knee().bytes())))
	_, answer, err := w.post(b)
	require.NoError(t, err)
	require.Contains(t, string(answer), "HCR|A2|A00000101|04!0L'")
	require.Contains(t, string(answer), "SV1|HC>27447|12000|UN|1'")
}
