package payersim_test

import (
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
