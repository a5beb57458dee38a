package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/internal/casestory"
	"parley/workflows"
)

// A send of which nobody knows whether it arrived is settled by asking, never by sending
// new bytes: the payer's own ledger is looked at after each story.
func TestPriorAuthorization_an_unknown_send_is_found_by_asking(t *testing.T) {
	for name, deliver := range map[string]string{
		"a server error after it was processed": "error-after",
		"a page instead of an answer":           "garbage",
		"half an answer":                        "truncated",
		"a connection that dies in it":          "cut-off",
		"a reset":                               "reset-after",
		"another request's answer":              "other-request",
	} {
		t.Run(name, func(t *testing.T) {
			casestory.Each(t, func(w *casestory.World) {
				w.Payer(`{rules: [{name: u, when: {asks: [review]}, then: {decide: approve, number: A7, deliver: ` + deliver + `}}]}`)
				w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
				w.Opens(workflows.PriorAuthorization, knee)
				require.NotEmpty(t, w.Line("approved the request, number A7"))
				require.Equal(t, "closed used, 0 tasks, 0 clocks", w.Ends())
			})
		})
	}
}

func TestPriorAuthorization_an_unknown_send_that_never_arrived_goes_again_with_the_same_bytes(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: u, when: {asks: [review]}, times: 1, then: {deliver: error-before}}]}`)
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   We do not know whether Larkfield Health has the request. It is not sent again; we ask.
			day 0   Larkfield Health has no such request: the same bytes are sent again
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A00000301, valid through 20 Mar 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

// Northmoor's 'not on file' proves nothing: a person must find out.
func TestPriorAuthorization_an_unknown_send_that_asking_cannot_settle_is_for_a_person(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: u, when: {asks: [review]}, times: 1, then: {deliver: error-before}}]}`)
		w.After(3*day, w.Does("no", domain.FoundOut{Arrived: "no", With: "Kim"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		o := covered("northmoor", domain.Commercial, domain.Insured)
		o.Coverage.State = "OH"
		w.Opens(workflows.PriorAuthorization, o)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement (joints)
			day 0   We do not know whether Northmoor Mutual has the request. It is not sent again; we ask.
			day 0   Northmoor Mutual finds no such request; that proves nothing yet
			day 0   Northmoor Mutual finds no such request; that proves nothing yet
			day 1   Northmoor Mutual finds no such request; that proves nothing yet
			day 1   - lead: Find out whether Northmoor Mutual has our request (due Mar 03 15:10)
			day 1   Overdue, raised to the lead: Find out whether Northmoor Mutual has our request
			day 3   Done: Find out whether Northmoor Mutual has our request
			day 3   Northmoor Mutual has no such request, says Kim: the same bytes are sent again
			day 3   Northmoor Mutual has taken up the request
			day 3   Northmoor Mutual approved the request, number A00000501, valid through 20 Mar 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_a_person_finds_out_that_it_arrived(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [
			{name: i, when: {asks: [inquiry]}, times: 3, then: {deliver: garbage}},
			{name: u, when: {asks: [review]}, then: {decide: pend, deliver: garbage}}]}`)
		w.After(3*day, w.Does("yes", domain.FoundOut{Arrived: "yes", With: "Kim", Reference: "R-5"}))
		w.After(3*day+hour, w.Withdraws("off", "the visit is off"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   We do not know whether Larkfield Health has the request. It is not sent again; we ask.
			day 1   - lead: Find out whether Larkfield Health has our request (due Mar 03 14:05)
			day 1   Overdue, raised to the lead: Find out whether Larkfield Health has our request
			day 3   Done: Find out whether Larkfield Health has our request
			day 3   Larkfield Health has the request
			day 3   Larkfield Health must answer by 12 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 3   Withdrawn`)
	})
}

func TestPriorAuthorization_an_answer_that_comes_while_nobody_knows_settles_it(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: u, when: {asks: [review]}, then: {decide: approve, number: A7, deliver: garbage}}]}`)
		w.After(hour/60, w.IsTold("told", domain.Answer{Channel: domain.ByPortal, Said: domain.CertifiedInTotal, Number: "A7", Through: "2026-05-01"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   We do not know whether Larkfield Health has the request. It is not sent again; we ask.
			day 0   Larkfield Health has the request
			day 0   Larkfield Health approved the request, number A7, valid through 1 May 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestEscalation_ends_when_the_payer_answers_again(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(2*hour, w.Hears("back", domain.TellReachable))
		w.Escalates(workflows.Escalation, domain.PayerUnreachable)
		w.Tells(`
			day 0   Larkfield Health is out of reach, since 2 Mar 2026 08:50 CST
			day 0   - lead: Larkfield Health is out of reach (due Mar 02 13:00)
			day 0   Larkfield Health answers again`)
		require.Equal(t, "closed resolved, 0 tasks, 0 clocks", w.Ends())
	})
}

func TestEscalation_is_settled_by_a_person(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(6*hour, w.Does("done", domain.TroubleSettled{Note: "told the payer and privacy"}))
		w.Escalates(workflows.Escalation, domain.AnswerUnmatched)
		w.Tells(`
			day 0   An answer of Larkfield Health fits no open question, since 2 Mar 2026 08:50 CST
			day 0   - lead: An answer of Larkfield Health fits no open question (due Mar 02 13:00)
			day 0   Overdue, raised to the lead: An answer of Larkfield Health fits no open question
			day 0   Done: An answer of Larkfield Health fits no open question
			day 0   Settled: told the payer and privacy`)
	})
}
