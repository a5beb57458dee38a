package payersim_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/internal/payersim"
)

func TestScript_is_strict(t *testing.T) {
	t.Parallel()
	for wrong, script := range map[string]string{
		"unknown field":      "rules: [{name: a, than: {decide: approve}}]",
		"a name of its own":  "rules: [{name: a, then: {}}, {name: a, then: {}}]",
		"either then or mix": "rules: [{name: a}]",
		"unknown verdict":    "rules: [{name: a, then: {decide: perhaps}}]",
		"unknown delivery":   "rules: [{name: a, then: {deliver: pigeon}}]",
		"verdict 'code'":     "rules: [{name: a, then: {decide: code}}]",
		"verdict 'reject'":   "rules: [{name: a, then: {decide: reject}}]",
		"loop of the":        "rules: [{name: a, then: {decide: reject, rejects: [{loop: 2300, code: \"15\"}]}}]",
		"weight":             "rules: [{name: a, mix: [{weight: 0, then: {}}]}]",
		"pattern":            "rules: [{name: a, when: {member: [\"[\"]}, then: {}}]",
		"kind of question":   "rules: [{name: a, when: {asks: [tea]}, then: {}}]",
		"duration":           "rules: [{name: a, then: {delay: soon}}]",
		"inquiry or push":    "rules: [{name: a, then: {decide: pend, later: {then: {deliver: silent}}}}]",
	} {
		_, err := payersim.ReadScript([]byte(script))
		require.ErrorContains(t, err, wrong)
	}
}

func TestScript_reads_JSON_too(t *testing.T) {
	t.Parallel()
	s, err := payersim.ReadScript([]byte(`{"seed": 3, "rules": [{"name": "a", "when": {"trace": ["T*"]}, "then": {"decide": "deny", "delay": "2s"}}]}`))
	require.NoError(t, err)
	require.Equal(t, payersim.Deny, s.Rules[0].Then.Decide)
}

func TestScript_rules_fit_by_everything_they_name(t *testing.T) {
	t.Parallel()
	fitting := "sender: [CEDAR], payer: [LARK*], member: [\"M1??\"], procedure: [\"27447\"], trace: [TRACE1], provider: [\"1245319599\"]"
	w := start(t, "rules: [{name: a, when: {"+fitting+"}, then: {decide: deny}}]")
	require.Contains(t, w.ask(w.knee()), "HCR*A3")
	for _, other := range []string{"sender: [X]", "payer: [X]", "member: [X]", "procedure: [X]", "trace: [X]", "provider: [X]", "asks: [inquiry]"} {
		w := start(t, "rules: [{name: a, when: {"+other+"}, then: {decide: deny}}]")
		require.Contains(t, w.ask(w.knee()), "HCR*A1", other)
	}
}

func TestScript_can_be_replaced_and_added_to_while_it_runs(t *testing.T) {
	t.Parallel()
	w := start(t, "rules: [{name: a, then: {decide: deny}}]")
	require.NoError(t, w.sim.Script(payersim.Rule{Name: "b", Times: 1, Then: &payersim.Behaviour{Decide: payersim.CallUs}}))
	require.Contains(t, w.ask(w.knee()), "HCR*CT")
	require.Contains(t, w.ask(w.knee(member("M2"))), "HCR*A3")
	require.NoError(t, w.sim.Script(payersim.Rule{Name: "a", Then: &payersim.Behaviour{Decide: payersim.NotRequired}}))
	require.Contains(t, w.ask(w.knee(member("M3"))), "HCR*NA")
	script := string(w.get("/control/script", http.StatusOK))
	require.Contains(t, script, "not-required")
	require.NotContains(t, script, "deny")
	require.Equal(t, http.StatusNoContent, w.do(http.MethodPut, "/control/script", "rules: [{name: c, then: {decide: cancel}}]"))
	require.Contains(t, w.ask(w.knee(member("M4"))), "HCR*C")
	require.Equal(t, http.StatusUnprocessableEntity, w.do(http.MethodPut, "/control/script", "rules: [{}]"))
	require.Contains(t, w.ask(w.knee(member("M5"))), "HCR*C")
}

// The script that is shown can be given back as it is.
func TestScript_of_the_demonstration_survives_being_written_and_read(t *testing.T) {
	t.Parallel()
	w := start(t, string(payersim.DemoScript()))
	shown := w.get("/control/script", http.StatusOK)
	require.Equal(t, http.StatusNoContent, w.do(http.MethodPut, "/control/script", string(shown)))
	require.Equal(t, string(shown), string(w.get("/control/script", http.StatusOK)))
}

func TestScript_of_the_demonstration_shows_every_path(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ member, procedure, want string }{
		{"M100", "27447", "HCR*A1"},
		{"M100", "73721", "HCR*A4"},
		{"M100", "J1745", "HCR*A4"},
		{"M100", "64483", "HCR*A3"},
		{"M100", "15823", "HCR*A3"},
		{"M100", "97110", "HCR*A2"},
		{"M100", "E0601", "HCR*A6"},
		{"M100", "81162", "HCR*CT"},
		{"M100", "99213", "HCR*NA"},
		{"M100", "11042", "HCR*A1"},
		{"M100Z81", "27447", "AAA*N**75*C"},
		{"M100Z82", "27447", "AAA*N**71*C"},
		{"M100Z83", "27447", "AAA*N**51*C"},
		{"M100Z84", "27447", "AAA*Y**42*P"},
		{"M100Z85", "27447", "AAA*Y**80*Y"},
		{"M100Z91", "27447", "HCR*A4"},
		{"M100Z92", "27447", "HCR*A9"},
		{"M100Z93", "27447", "HCR*C*"},
		{"M100Z94", "27447", "HCR*A2"},
		{"M100Z95", "27447", "HCR*A1"},
		{"M100Z96", "27447", "HCR*A1"},
		{"M100Z14", "27447", ""},
	} {
		w := start(t, string(payersim.DemoScript()))
		require.Contains(t, pick(w.ask(w.knee(procedure(c.procedure), member(c.member))), "HCR", "AAA"), c.want, "%s %s", c.member, c.procedure)
	}
}
