package payersim_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/internal/payersim"
)

func TestLedger_notes_what_came_what_was_decided_and_what_was_answered(t *testing.T) {
	t.Parallel()
	w := start(t, "rules: [{name: yes, then: {decide: approve}}]")
	r := w.knee()
	_, answer, err := w.post(r.bytes())
	require.NoError(t, err)
	b, err := os.ReadFile(w.path)
	require.NoError(t, err)
	var e payersim.Entry
	require.NoError(t, json.Unmarshal(b, &e))
	require.Equal(t, string(r.bytes()), string(e.Bytes))
	require.Equal(t, string(answer), string(e.Answer.Bytes))
	e.Bytes, e.Answer, e.SHA256 = nil, nil, ""
	decision := *e.Sets[0].Decision
	e.Sets[0].Decision = nil
	require.Equal(t, payersim.Entry{
		Seq: 1, At: w.clock(), Kind: payersim.Arrived, Outcome: payersim.Processed, Sender: "CEDAR", Receiver: "LARKFIELD", Control: "000000001",
		Sets: []payersim.SetFact{{
			Group: "1", Set: "0001", Asks: payersim.AsksReview, Reference: "REF1", Trace: "TRACE1", Payer: "LARKFIELD", Member: "M100",
			Provider: "1245319599", Services: "HC:27447", Dates: "20260316-20260415", Rule: "yes", Review: "00000101",
		}},
	}, e)
	require.Equal(t, payersim.Decision{At: w.clock(), Code: "A1", Number: "A00000101", From: "20260316", Through: "20260415"}, decision)
}

// This is what the fault tests ask: it must find every way of sending twice.
func TestLedger_finds_every_way_of_sending_twice(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	first := w.knee()
	require.Contains(t, w.ask(first), "HCR*A1*A00000101")
	require.Empty(t, w.sim.Ledger().SentTwice())

	require.Equal(t, "TA1*000000001*260302*0900*R*025", w.ask(first))
	other := w.knee(member("M200"))
	other.control = 1
	require.Equal(t, "TA1*000000001*260302*0900*R*025", w.ask(other))
	again := w.ask(w.knee())
	require.Equal(t, "TRN*2*TRACE3*9CEDARORTH\nHCR*A3**0Q\nREF*BB*A00000101", pick(again, "TRN", "HCR", "REF"))

	w.restart()
	require.Equal(t, []payersim.Repeat{
		{Entry: 2, First: 1, Control: "000000001", How: "same-bytes"},
		{Entry: 3, First: 1, Control: "000000001", How: "same-control"},
		{Entry: 4, First: 1, Control: "000000003", Trace: "TRACE3", How: "same-subject"},
	}, w.sim.Ledger().SentTwice())
	all := w.sim.Ledger().Acceptances()
	require.Len(t, all, 1)
	for subject, acceptances := range all {
		require.Equal(t, payersim.Subject{Payer: "LARKFIELD", Member: "M100", Services: "HC:27447", Provider: "1245319599", Dates: "20260316-20260415"}, subject)
		require.Len(t, acceptances, 2)
		require.Equal(t, []bool{false, true}, []bool{acceptances[0].Duplicate, acceptances[1].Duplicate})
	}
	require.Contains(t, string(w.get("/control/sent-twice", http.StatusOK)), `"how":"same-subject"`)
	require.Contains(t, string(w.get("/control/acceptances", http.StatusOK)), `"trace":"TRACE3"`)
}

func TestLedger_a_different_subject_is_no_duplicate(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	for _, edit := range []func([]string) []string{
		add(), member("M200"), procedure("27130"), replace("DTP", "DTP*472*D8*20260601"), replace("NM1*SJ", "NM1*SJ*1*HILL*ANN****XX*1659308906"),
	} {
		require.Equal(t, "HCR*A1", pick(w.ask(w.knee(edit)), "HCR")[:6])
	}
	require.Len(t, w.sim.Ledger().Acceptances(), 5)
}

func TestLedger_another_senders_request_or_the_same_services_in_another_order(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	second := add("HL*6*4*SS*0", "DTP*472*RD8*20260316-20260415", "SV1*HC:29881*900*UN*1")
	swapped := []func([]string) []string{procedure("29881"), add("HL*6*4*SS*0", "DTP*472*RD8*20260316-20260415", "SV1*HC:27447*900*UN*1")}
	require.Equal(t, "HCR*A1", pick(w.ask(w.knee(second)), "HCR")[:6])
	require.Equal(t, "HCR*A3**0Q", pick(w.ask(w.knee(swapped...)), "HCR"))
	r := w.knee(second)
	r.isa = "ISA*00*          *00*          *ZZ*ELSEBODY       *ZZ*LARKFIELD      *260302*0900*^*00501*000000003*0*T*:"
	require.Equal(t, "HCR*A1", pick(w.ask(r), "HCR")[:6])
}

func TestLedger_counts_go_on_after_a_restart(t *testing.T) {
	t.Parallel()
	w := start(t, "rules: [{name: twice, times: 2, then: {decide: deny}}]")
	for n, want := range []string{"A3", "A3", "A1"} {
		_, answer, err := w.post(w.knee(member("M" + string(rune('A'+n)))).bytes())
		require.NoError(t, err)
		require.Contains(t, string(answer), "HCR*"+want)
		require.Equal(t, "00000000"+string(rune('1'+n)), string(answer[90:99]), "its control numbers")
		w.restart()
	}
}

func TestLedger_after_a_denial_the_same_may_be_asked_anew(t *testing.T) {
	t.Parallel()
	w := start(t, "rules: [{name: no, times: 1, then: {decide: deny}}]")
	require.Contains(t, w.ask(w.knee()), "HCR*A3\n")
	require.Contains(t, w.ask(w.knee()), "HCR*A1*")
	require.Empty(t, w.sim.Ledger().SentTwice())
}

func TestLedger_a_control_number_is_used_by_a_TA1_and_a_999_too(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	r := w.knee(replace("UM", ""))
	require.Contains(t, w.ask(r), "IK5*R*I5")
	require.Equal(t, "TA1*000000001*260302*0900*R*025", w.ask(r))
	require.Equal(t, []payersim.Outcome{payersim.Processed, payersim.Repeated}, w.outcomes())
	require.Empty(t, w.sim.Reviews())
}

func TestLedger_a_line_cut_short_is_dropped_and_other_damage_is_told(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	w.ask(w.knee())
	w.ask(w.knee(member("M200")))
	w.shut()
	whole, err := os.ReadFile(w.path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.path, whole[:len(whole)-40], 0o600))
	w.open()
	require.Len(t, w.sim.Ledger().Entries(), 1)
	first, rest, _ := strings.Cut(string(whole), "\n")
	kept, err := os.ReadFile(w.path)
	require.NoError(t, err)
	require.Equal(t, first+"\n", string(kept))
	require.Contains(t, w.ask(w.knee(member("M300"))), "HCR*A1*A00000201")
	w.shut()

	for name, damaged := range map[string]string{
		"a line that is missing": rest,
		"a line that is broken":  first[:20] + "\n" + rest,
	} {
		require.NoError(t, os.WriteFile(w.path, []byte(damaged), 0o600))
		_, err := payersim.New(w.opts)
		require.ErrorContains(t, err, "line 1", name)
	}
	require.NoError(t, os.WriteFile(w.path, whole, 0o600))
	w.open()
}

func TestLedger_belongs_to_one_simulator_at_a_time(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	_, err := payersim.New(w.opts)
	require.ErrorContains(t, err, "another payersim")
}

func TestLedger_keeps_bytes_that_are_no_text(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	status, _, err := w.post([]byte{0xff, 0xfe, 0x00})
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, status)
	w.restart()
	require.Equal(t, payersim.Bytes{0xff, 0xfe, 0x00}, w.sim.Ledger().Entries()[0].Bytes)
}

func TestLedger_what_cannot_be_noted_is_not_answered(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	require.NoError(t, w.sim.Close()) // and with it the ledger's file
	status, body, err := w.post(w.knee().bytes())
	require.NoError(t, err)
	require.Equal(t, http.StatusInternalServerError, status)
	require.Equal(t, "not processed\n", string(body))
	require.Empty(t, w.sim.Ledger().Entries())
}
