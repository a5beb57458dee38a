package payersim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// refusal says in one line who refused what: TA1 with its note; the 999's IK3 and IK4;
// or each AAA after the loop it stands in.
func refusal(w *world, b []byte) string {
	w.t.Helper()
	status, answer, err := w.post(b)
	require.NoError(w.t, err)
	if status != http.StatusOK {
		return fmt.Sprint("HTTP ", status)
	}
	var said []string
	loop := ""
	for _, s := range strings.Split(told(w.t, answer), "\n") {
		e := strings.Split(s, "*")
		switch e[0] {
		case "TA1":
			return "TA1 " + e[4] + " " + e[5]
		case "HL":
			loop = map[string]string{"20": "2000A", "21": "2000B", "22": "2000C", "23": "2000D", "EV": "2000E", "SS": "2000F"}[e[3]]
		case "NM1":
			loop = strings.NewReplacer("2000A", "2010A", "2000B", "2010B", "2000C", "2010C", "2000D", "2010D", "2000E", "2010EA", "2000F", "2010FA").Replace(loop)
		case "AAA":
			said = append(said, loop+" "+s)
		case "IK3", "IK4", "IK5", "AK9":
			said = append(said, s)
		case "HCR":
			said = append(said, "reviewed")
		}
	}
	return strings.Join(said, " ")
}

// Every row breaks one thing of a request that is right, and says who must notice.
func TestRefusal_each_broken_part_of_a_request_gets_the_reject_it_deserves(t *testing.T) {
	t.Parallel()
	isa := func(edit func(string) string) func(request) []byte {
		return func(r request) []byte {
			text := string(r.bytes())
			return []byte(edit(text[:106]) + text[106:])
		}
	}
	body := func(edits ...func([]string) []string) func(request) []byte {
		return func(r request) []byte {
			for _, edit := range edits {
				r.body = edit(r.body)
			}
			return r.bytes()
		}
	}
	part := func(edit func(*request)) func(request) []byte {
		return func(r request) []byte { edit(&r); return r.bytes() }
	}
	swap := func(old, with string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, with, 1) }
	}
	for _, c := range []struct {
		broken string
		bytes  func(request) []byte
		want   string
	}{
		{"nothing", body(), "reviewed"},

		// The envelope.
		{"ISA05 unknown qualifier", isa(swap("*ZZ*CEDAR", "*XX*CEDAR")), "TA1 R 005"},
		{"ISA07 unknown qualifier", isa(swap("*ZZ*LARKFIELD", "*XX*LARKFIELD")), "TA1 R 007"},
		{"ISA08 somebody else", isa(swap("LARKFIELD", "NOBODY   ")), "TA1 R 009"},
		{"ISA09 no date", isa(swap("260302", "260231")), "TA1 R 014"},
		{"ISA10 no time", isa(swap("*0900*", "*2560*")), "TA1 R 015"},
		{"ISA12 another version", isa(swap("00501", "00401")), "TA1 R 017"},
		{"ISA13 no number", isa(swap("000000001", "00000000A")), "TA1 R 018"},
		{"ISA14 no flag", isa(swap("*0*T", "*7*T")), "TA1 R 019"},
		{"ISA15 neither test nor production", isa(swap("*0*T", "*0*X")), "TA1 R 020"},
		{"IEA01 counts wrong", part(func(r *request) { r.iea = "IEA*2*000000001" }), "TA1 R 021"},
		{"IEA02 another number", part(func(r *request) { r.iea = "IEA*1*000000009" }), "TA1 R 001"},
		{"IEA missing", part(func(r *request) { r.iea = "-" }), "TA1 R 023"},
		{"GS02 missing", part(func(r *request) { r.gs = "GS*HI**LARKFIELD*20260302*0900*1*X*005010X217" }), "TA1 R 024"},
		{"GS04 no date", part(func(r *request) { r.gs = "GS*HI*CEDAR*LARKFIELD*20260231*0900*1*X*005010X217" }), "TA1 R 024"},
		{"no X12 at all", func(request) []byte { return []byte("hello") }, "HTTP 400"},

		// Group and set.
		{"GS01 unknown", part(func(r *request) { r.gs = "GS*QQ*CEDAR*LARKFIELD*20260302*0900*1*X*005010X217" }), "AK9*R*1*1*0*1"},
		{"GS01 of another set", part(func(r *request) { r.gs = "GS*HC*CEDAR*LARKFIELD*20260302*0900*1*X*005010X217" }), "IK5*R*18"},
		{"GS08 another guide", part(func(r *request) { r.gs = "GS*HI*CEDAR*LARKFIELD*20260302*0900*1*X*005010X215" }), "IK5*R*19"},
		{"GE01 counts wrong", part(func(r *request) { r.ge = "GE*2*1" }), "IK5*A AK9*R*2*1*0*5"},
		{"GE02 another number", part(func(r *request) { r.ge = "GE*1*7" }), "IK5*A AK9*R*1*1*0*4"},
		{"GE missing", part(func(r *request) { r.ge = "-" }), "IK5*A AK9*R*1*1*0*3"},
		{"ST01 unknown", part(func(r *request) { r.st = "ST*299*0001*005010X217" }), "IK5*R"},
		{"ST03 missing", part(func(r *request) { r.st = "ST*278*0001" }), "IK5*R*19"},
		{"ST03 a guide nobody has", part(func(r *request) {
			r.gs, r.st = "GS*HI*CEDAR*LARKFIELD*20260302*0900*1*X*005010X999", "ST*278*0001*005010X999"
		}), "IK5*R*I6"},
		{"SE01 counts wrong", part(func(r *request) { r.se = "SE*3*0001" }), "IK5*R*4"},
		{"SE02 another number", part(func(r *request) { r.se = "SE*18*0002" }), "IK5*R*3"},
		{"SE missing", part(func(r *request) { r.se = "-" }), "IK5*R*2"},

		// Segments the guide requires.
		{"BHT missing", body(replace("BHT", "")), "IK3*BHT*2**3 … IK5*R"},
		{"2000A missing", body(replace("HL*1", ""), replace("NM1*X3", "")), "IK3*HL*3*2000A*I7 … IK5*R"},
		{"2010A NM1 missing", body(replace("NM1*X3", "")), "IK3*NM1*4*2010A*I7 IK5*R*I5"},
		{"2000B missing", body(replace("HL*2", ""), replace("NM1*1P", "")), "IK3*HL*5*2000B*I7 … IK5*R"},
		{"2010B NM1 missing", body(replace("NM1*1P", "")), "IK3*NM1*6*2010B*I7 IK5*R*I5"},
		{"2000C missing", body(replace("HL*3", ""), replace("NM1*IL", ""), replace("DMG", "")), "IK3*HL*7*2000C*I7 … IK5*R"},
		{"2010C NM1 missing", body(replace("NM1*IL", "")), "IK3*NM1*8*2010C*I7 IK5*R*I5"},
		{"2000E missing", body(replace("HL*4", ""), replace("TRN", ""), replace("UM", ""), replace("HI", ""), replace("NM1*SJ", ""), replace("HL*5", ""), replace("DTP", ""), replace("SV1", "")), "IK3*HL*10*2000E*I7 IK5*R*I5"},
		{"UM missing", body(replace("UM", "")), "IK3*UM*12*2000E*I8 IK5*R*I5"},
		{"a segment nobody knows", body(replace("HI", "XYZ*1")), "IK3*XYZ*13*2000E*1 IK5*R"},
		{"a segment out of order", body(replace("BHT", "HI*ABK:M1711")), "IK3*HI*2**2 … IK5*R"},

		// Elements the guide requires.
		{"BHT01", body(replace("BHT", "BHT**13*REF1*20260302*0900")), "IK3*BHT*2**8 IK4*1**1"},
		{"BHT02", body(replace("BHT", "BHT*0007**REF1*20260302*0900")), "IK3*BHT*2**8 IK4*2**1"},
		{"BHT03", body(replace("BHT", "BHT*0007*13**20260302*0900")), "IK3*BHT*2**8 IK4*3**1"},
		{"BHT04", body(replace("BHT", "BHT*0007*13*REF1**0900")), "IK3*BHT*2**8 IK4*4**1"},
		{"BHT04 no date", body(replace("BHT", "BHT*0007*13*REF1*20260231*0900")), "IK3*BHT*2**8 IK4*4**8"},
		{"BHT05", body(replace("BHT", "BHT*0007*13*REF1*20260302")), "IK3*BHT*2**8 IK4*5**1"},
		{"HL01", body(replace("HL*2", "HL**1*21*1")), "IK3*HL*5* … IK4*1**1"},
		{"HL02", body(replace("HL*2", "HL*2**21*1")), "IK3*HL*5*2000B*8 IK4*2**1"},
		{"HL02 no earlier level", body(replace("HL*2", "HL*2*9*21*1")), "IK3*HL*5* … IK4*2**7"},
		{"HL03", body(replace("HL*2", "HL*2*1**1")), "IK3*HL*5* … IK4*3**1"},
		{"HL04", body(replace("HL*2", "HL*2*1*21")), "IK3*HL*5*2000B*8 IK4*4**1"},
		{"2010A NM101", body(replace("NM1*X3", "NM1**2*LARKFIELD HEALTH*****PI*LARKFIELD")), "IK3*NM1*4* … IK4*1**1"},
		{"2010A NM102", body(replace("NM1*X3", "NM1*X3**LARKFIELD HEALTH*****PI*LARKFIELD")), "IK3*NM1*4**8 IK4*2**1"},
		{"2010A NM108", body(replace("NM1*X3", "NM1*X3*2*LARKFIELD HEALTH******LARKFIELD")), "IK3*NM1*4*2010A*8 … IK4*8**1"},
		{"2010A NM109", body(replace("NM1*X3", "NM1*X3*2*LARKFIELD HEALTH*****PI")), "IK3*NM1*4*2010A*8 … IK4*9**1"},
		{"2010B NM108", body(replace("NM1*1P", "NM1*1P*2*CEDAR******1234567893")), "IK3*NM1*6*2010B*8 … IK4*8**1"},
		{"2010B NM109", body(replace("NM1*1P", "NM1*1P*2*CEDAR*****XX")), "IK3*NM1*6*2010B*8 … IK4*9**1"},
		{"2010C NM102", body(replace("NM1*IL", "NM1*IL**DOE*JANE****MI*M100")), "IK3*NM1*8**8 IK4*2**1"},
		{"2010C NM108", body(replace("NM1*IL", "NM1*IL*1*DOE*JANE*****M100")), "IK3*NM1*8*2010C*8 … IK4*8**1"},
		{"2010C NM109", body(replace("NM1*IL", "NM1*IL*1*DOE*JANE****MI")), "IK3*NM1*8*2010C*8 … IK4*9**1"},
		{"DMG01", body(replace("DMG", "DMG**19610412*F")), "IK3*DMG*9*2010C*8 … IK4*1**1"},
		{"DMG02", body(replace("DMG", "DMG*D8**F")), "IK3*DMG*9*2010C*8 … IK4*2**1"},
		{"DMG02 no date", body(replace("DMG", "DMG*D8*19610431*F")), "IK3*DMG*9*2010C*8 IK4*2**8"},
		{"DMG03 no gender", body(replace("DMG", "DMG*D8*19610412*Q")), "IK3*DMG*9*2010C*8 IK4*3**I6"},
		{"TRN01", body(replace("TRN", "TRN**TRACE1*9CEDARORTH")), "IK3*TRN*11**8 IK4*1**1"},
		{"TRN02", body(replace("TRN", "TRN*1**9CEDARORTH")), "IK3*TRN*11**8 IK4*2**1"},
		{"UM01", body(replace("UM", "UM**I*2*22:B")), "IK3*UM*12**8 IK4*1**1"},
		{"UM01 unknown", body(replace("UM", "UM*QQ*I*2*22:B")), "IK3*UM*12*2000E*8 IK4*1**I6"},
		{"UM04-2", body(replace("UM", "UM*HS*I*2*22")), "IK3*UM*12*2000E*8 IK4*4:2**1"},
		{"HI01-2", body(replace("HI", "HI*ABK")), "IK3*HI*13**8 IK4*1:2**1"},
		{"DTP02", body(replace("DTP", "DTP*472**20260316-20260415")), "IK3*DTP*16**8 IK4*2**1"},
		{"DTP03", body(replace("DTP", "DTP*472*RD8")), "IK3*DTP*16**8 IK4*3**1"},
		{"DTP03 no date", body(replace("DTP", "DTP*472*D8*20260231")), "IK3*DTP*16*2000F*8 IK4*3**8"},
		{"SV101", body(replace("SV1", "SV1**12000*UN*1")), "IK3*SV1*17**8 IK4*1**1"},
		{"SV101-2", body(replace("SV1", "SV1*HC*12000*UN*1")), "IK3*SV1*17**8 IK4*1:2**1"},
		{"SV104 no number", body(replace("SV1", "SV1*HC:27447*12000*UN*one")), "IK3*SV1*17**8 IK4*4**6"},

		// What only the payer can know.
		{"another payer's", body(replace("NM1*X3", "NM1*X3*2*SOMEBODY*****PI*OTHER")), "2010A AAA*N**79*C"},
		{"NPI with a wrong check digit", body(replace("NM1*1P", "NM1*1P*2*CEDAR*****XX*1234567890")), "2010B AAA*N**43*C"},
		{"requester not on file", body(replace("NM1*1P", "NM1*1P*2*CEDAR*****XX*1659308906")), "2010B AAA*N**51*C"},
		{"requester may not ask", body(replace("NM1*1P", "NM1*1P*2*CEDAR*****XX*1588667638")), "2010B AAA*N**50*C"},
		{"provider's NPI with a wrong check digit", body(replace("NM1*SJ", "NM1*SJ*1*STONE*RUTH****XX*1245319591")), "2010EA AAA*N**43*C"},
		{"provider not on file", body(replace("NM1*SJ", "NM1*SJ*1*STONE*RUTH****XX*1659308906")), "2010EA AAA*N**51*C"},
		{"member unknown", body(member("M404")), "2010C AAA*N**75*C"},
		{"member without a name", body(replace("NM1*IL", "NM1*IL*1******MI*M100")), "2010C AAA*N**73*C"},
		{"no birth date", body(replace("DMG", "")), "2010C AAA*N**58*C"},
		{"birth date to come", body(replace("DMG", "DMG*D8*20270412*F")), "2010C AAA*N**58*C"},
		{"birth after the service", body(replace("DTP", "DTP*472*D8*20260301"), replace("DMG", "DMG*D8*20260302*F")), "2010C AAA*N**60*C"},
		{"birth date not the one on file", body(member("M200")), "2010C AAA*N**71*C"},
		{"no diagnosis", body(replace("HI", "")), "2000E AAA*N**AF*C"},
		{"diagnosis that is none", body(replace("HI", "HI*ABK:QQQ")), "2000E AAA*N**AF*C"},
		{"diagnosis unknown", body(replace("HI", "HI*ABK:Z9999")), "2000E AAA*N**AF*C"},
		{"diagnosis of the old list", body(replace("HI", "HI*BK:71536")), "2000E AAA*N**AF*C"},
		{"procedure that is none", body(procedure("2744")), "2000F AAA*N**AG*C"},
		{"procedure unknown", body(procedure("27999")), "2000F AAA*N**AG*C"},
		{"neither service nor its type", body(replace("UM", "UM*HS*I**22:B~DTP*472*D8*20260316"), replace("HL*5", ""), replace("DTP", ""), replace("SV1", ""), replace("HL*4", "HL*4*3*EV*0")), "2000E AAA*N**15*C"},
		{"no date", body(replace("DTP", "")), "2000F AAA*N**57*C"},
		{"date long ago", body(replace("DTP", "DTP*472*D8*20240316")), "2000F AAA*N**56*C"},
		{"date far ahead", body(replace("DTP", "DTP*472*D8*20290316")), "2000F AAA*N**56*C"},
		{"period that runs backward", body(replace("DTP", "DTP*472*RD8*20260415-20260316")), "2000F AAA*N**56*C"},
		{"change without a number", body(replace("UM", "UM*HS*4*2*22:B")), "2000E AAA*N**MA*C"},
		{"change of something unknown", body(replace("UM", "UM*HS*4*2*22:B"), replace("HI", "REF*BB*A77~HI*ABK:M1711")), "2000E AAA*N**AA*C"},
		{"patient is a dependent without a name", body(replace("HL*4", "HL*4*3*23*1~NM1*QC*1~DMG*D8*20190412*F~HL*5*4*EV*1"), replace("HL*5*4*SS", "HL*6*5*SS*0")), "2010D AAA*N**73*C"},
	} {
		t.Run(c.broken, func(t *testing.T) {
			t.Parallel()
			w := start(t, refusingDirectory)
			got := refusal(w, c.bytes(w.knee()))
			if !strings.Contains(c.want, "*R") && !strings.HasPrefix(c.want, "IK") {
				require.Equal(t, c.want, got)
				return
			}
			rest := got // of a 999: what matters, in its order
			for _, want := range strings.Split(c.want, " … ") {
				_, after, found := strings.Cut(rest, want)
				require.True(t, found, "%s in %s", want, got)
				rest = after
			}
			require.Contains(t, got, "AK9*R*", "the group must be refused")
			require.NotContains(t, got, "AAA")
			require.NotContains(t, got, "reviewed")
		})
	}
}

const refusingDirectory = `
directory:
  receivers: [LARKFIELD]
  payers: [LARKFIELD]
  unknownMembers: [M404]
  birthDates: {M200: "19500101"}
  unknownProviders: ["1659308906"]
  ineligibleProviders: ["1588667638"]
  unknownProcedures: ["27999"]
  unknownDiagnoses: [Z9999]
`
