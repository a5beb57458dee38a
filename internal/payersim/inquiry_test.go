package payersim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func pendingUntil(t *testing.T, later string) *world {
	t.Helper()
	w := start(t, `rules: [{name: it, then: {decide: pend, reasons: ["0V"], later: {`+later+`, then: {decide: approve, days: 90}}}}]`)
	require.Equal(t, "HCR*A4**0V", pick(w.ask(w.knee()), "HCR"))
	return w
}

func (w *world) status() string {
	w.t.Helper()
	return pick(w.ask(w.inquiry("TRN*1*TRACE1*9CEDARORTH", "UM*HS")), "HCR", "AAA")
}

func TestInquiry_finds_by_trace_by_number_and_by_member_and_dates(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	w.ask(w.knee())
	w.ask(w.knee(member("M200")))
	for how, event := range map[string][]string{
		"trace":            {"TRN*1*TRACE1*9CEDARORTH", "UM*HS"},
		"number":           {"TRN*1*OURS*9CEDARORTH", "UM*HS", "REF*BB*A00000101"},
		"dates":            {"TRN*1*OURS*9CEDARORTH", "UM*HS", "DTP*472*RD8*20260301-20260331"},
		"dates that touch": {"TRN*1*OURS*9CEDARORTH", "UM*HS", "DTP*472*D8*20260415"},
	} {
		answer := w.ask(w.inquiry(event...))
		require.Equal(t, "NM1*IL*1*DOE*JANE****MI*M100\nHCR*A1*A00000101", pick(answer, "NM1*IL", "HCR", "AAA"), how)
		require.Contains(t, answer, "TRN*2*TRACE1*9CEDARORTH", how)
	}
}

func TestInquiry_says_what_is_not_on_file_and_what_is_anothers(t *testing.T) {
	t.Parallel()
	w := start(t, "directory: {unknownMembers: [M404]}")
	w.ask(w.knee())
	w.ask(w.knee(member("M200")))
	for want, event := range map[string][]string{
		"AAA*N**AA*C": {"TRN*1*LOST*9CEDARORTH", "UM*HS"},
		"AAA*N**CI*C": {"TRN*1*OURS*9CEDARORTH", "UM*HS", "REF*BB*A00000201"},
	} {
		require.Equal(t, want, pick(w.ask(w.inquiry(event...)), "HCR", "AAA"))
	}
	require.Equal(t, "AAA*N**AA*C", pick(w.ask(w.inquiry("TRN*1*O*9CEDARORTH", "UM*HS", "REF*BB*A9", "DTP*472*D8*20260316")), "HCR", "AAA"),
		"a number that is not on file is not answered with another review of the member")
	require.Equal(t, "AAA*N**AA*C", pick(w.ask(w.inquiry("TRN*1*O*9CEDARORTH", "UM*HS", "DTP*472*D8*20260416")), "HCR", "AAA"))
	q := w.inquiry("TRN*1*O*9CEDARORTH", "UM*HS")
	q.body = member("M404")(q.body)
	require.Equal(t, "AAA*N**75*C", pick(w.ask(q), "HCR", "AAA"))
}

func TestInquiry_another_senders_request_is_not_on_file(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	w.ask(w.knee())
	q := w.inquiry("TRN*1*TRACE1*9CEDARORTH", "UM*HS")
	q.isa = "ISA*00*          *00*          *ZZ*ELSEBODY       *ZZ*LARKFIELD      *260302*0900*^*00501*000000002*0*T*:"
	require.Equal(t, "AAA*N**AA*C", pick(w.ask(q), "HCR", "AAA"))
}

func TestPend_is_decided_at_the_kth_inquiry(t *testing.T) {
	t.Parallel()
	w := pendingUntil(t, "inquiries: 3")
	require.Equal(t, "HCR*A4**0V", w.status())
	require.Equal(t, "HCR*A4**0V", w.status())
	w.restart()
	require.Equal(t, "HCR*A1*A00000101", w.status())
	require.Equal(t, "HCR*A1*A00000101", w.status())
}

func TestPend_is_decided_when_its_time_has_come_even_if_the_payer_was_down(t *testing.T) {
	t.Parallel()
	w := pendingUntil(t, "after: 48h, push: true")
	w.pass(47 * time.Hour)
	require.Empty(t, w.letters("CEDAR"))
	w.restart()
	w.pass(time.Hour)
	w.restart()
	letters := w.letters("CEDAR")
	require.Len(t, letters, 1)
	require.Equal(t, "BHT*0007*11*REF1*20260304*0900*18\nHCR*A1*A00000101\nDTP*007*D8*20260316\nDTP*036*D8*20260614\nDTP*472*RD8*20260316-20260614",
		pick(letters[0], "BHT", "HCR", "DTP"))
	require.Equal(t, "HCR*A1*A00000101", w.status())
	w.restart()
	require.Empty(t, w.letters("CEDAR"), "it is pushed once")
}

func TestPend_is_decided_when_released_as_planned_or_otherwise(t *testing.T) {
	t.Parallel()
	w := pendingUntil(t, "push: true")
	w.pass(1000 * time.Hour)
	require.Equal(t, "HCR*A4**0V", w.status())
	require.Equal(t, http.StatusNoContent, w.do(http.MethodPost, "/control/release?review=TRACE1", ""))
	require.Equal(t, "HCR*A1*A00000101", w.status())
	require.Len(t, w.letters("CEDAR"), 1)

	w = pendingUntil(t, "push: true")
	require.Equal(t, http.StatusNoContent, w.do(http.MethodPost, "/control/release?review=TRACE1", `{decide: deny, reasons: ["0F"]}`))
	require.Equal(t, "HCR*A3**0F", w.status())
	require.Equal(t, http.StatusNotFound, w.do(http.MethodPost, "/control/release?review=LOST", ""))
	require.Equal(t, http.StatusUnprocessableEntity, w.do(http.MethodPost, "/control/release?review=TRACE1", "{decide: perhaps}"))
}

func TestPush_lays_the_present_answer_or_any_bytes_into_the_mailbox(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	direct := w.ask(w.knee())
	require.Equal(t, http.StatusNoContent, w.do(http.MethodPost, "/control/push?review=TRACE1", ""))
	require.Equal(t, []string{direct}, w.letters("CEDAR"))
	require.Equal(t, http.StatusNoContent, w.do(http.MethodPost, "/control/push?receiver=CEDAR", "nonsense"))
	require.Equal(t, "nonsense", string(w.get("/mailbox/"+w.sim.Mailbox("CEDAR", "")[0].ID, http.StatusOK)))
}

func TestChange_a_cancelled_request_is_cancelled_and_may_be_asked_anew(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	w.ask(w.knee())
	cancel := w.knee(replace("UM", "UM*HS*3*2*22:B~REF*BB*A00000101"))
	require.Equal(t, "HCR*C", pick(w.ask(cancel), "HCR", "AAA"))
	require.Equal(t, "HCR*C*A00000101", w.status())
	require.Equal(t, "HCR*A1*A00000501", pick(w.ask(w.knee()), "HCR", "AAA"))
	require.Equal(t, "HCR*C", pick(w.ask(w.knee(replace("BHT", "BHT*0007*01*REF5*20260302*0900"), replace("TRN", "TRN*1*TRACE4*9CEDARORTH"))), "HCR", "AAA"),
		"a cancellation that knows our trace alone")
	require.Empty(t, w.sim.Ledger().SentTwice())
}
