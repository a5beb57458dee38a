package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/internal/casestory"
	"parley/workflows"
)

const denies = `{rules: [{name: d, then: {decide: deny, reasons: ["0F"]}}]}`

func TestPriorAuthorization_a_denial_fought_and_overturned_is_used(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(denies)
		w.After(1*day+hour, w.Does("appeal", domain.AppealDecided{Appeal: "appeal", Reason: "conservative care failed"}))
		w.After(2*day+hour, w.Does("wrong", domain.AppealFiled{Channel: domain.ByFax, On: "2026-03-04", Filer: domain.FilerProvider}))
		w.After(3*day+hour, w.Does("filed", domain.AppealFiled{Channel: domain.ByFax, On: "2026-03-05", Filer: domain.FilerPhysician}))
		w.After(12*day+hour, w.IsTold("won", domain.Answer{
			Channel: domain.ByLetter, Said: domain.CertifiedInTotal, Number: "OV-1", From: "2026-03-14", Through: "2026-06-12", Proof: "letter of 14 March",
		}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.Equal(t, "wrong: refused: /filer: in this lane physician, patient, representative may file (type: ResultInvalid, retryable: false)", w.Said[1])
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health denied the request: not medically necessary (0F)
			day 0   An appeal must be filed by 6 May 2026 23:59 CDT: Medicare Advantage reconsideration, 65 calendar days from the notice's date
			day 0   - authorizations: Decide whether to appeal Larkfield Health's denial (due Mar 09 23:59)
			day 1   Done: Decide whether to appeal Larkfield Health's denial
			day 1   The denial is appealed: reconsideration by the plan
			day 1   - authorizations: File the appeal with Larkfield Health (due Mar 10 23:59)
			day 3   Done: File the appeal with Larkfield Health
			day 3   Appeal filed by fax on 5 Mar 2026
			day 12  Larkfield Health approved the request, number OV-1, valid through 12 Jun 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_a_denial_upheld_ends_there(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(denies)
		w.After(1*day+hour, w.Does("appeal", domain.AppealDecided{Appeal: "appeal", Reason: "conservative care failed"}))
		w.After(3*day+hour, w.Does("filed", domain.AppealFiled{Channel: domain.ByFax, On: "2026-03-05", Filer: domain.FilerPhysician}))
		w.After(40*day+hour, w.Does("called", domain.PayerCalled{With: "Mo", Reference: "C-8"}))
		w.After(41*day+hour, w.IsTold("lost", domain.Answer{Channel: domain.ByLetter, Said: domain.NotCertified, Reasons: []domain.Reason{{Code: "0F"}}, Noticed: "2026-04-10"}))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health denied the request: not medically necessary (0F)
			day 0   An appeal must be filed by 6 May 2026 23:59 CDT: Medicare Advantage reconsideration, 65 calendar days from the notice's date
			day 0   - authorizations: Decide whether to appeal Larkfield Health's denial (due Mar 09 23:59)
			day 1   Done: Decide whether to appeal Larkfield Health's denial
			day 1   The denial is appealed: reconsideration by the plan
			day 1   - authorizations: File the appeal with Larkfield Health (due Mar 10 23:59)
			day 3   Done: File the appeal with Larkfield Health
			day 3   Appeal filed by fax on 5 Mar 2026
			day 33  Larkfield Health is late with its answer
			day 33  - lead: Call Larkfield Health about the authorization (due Apr 06 23:59)
			day 35  Overdue, raised to the lead: Call Larkfield Health about the authorization
			day 40  Done: Call Larkfield Health about the authorization
			day 40  Called Larkfield Health, spoke to Mo, reference C-8
			day 41  Larkfield Health denied the request: not medically necessary (0F)
			day 41  The denial was upheld
			day 41  Closed: denied`)
	})
}

func TestPriorAuthorization_an_appeal_nobody_decides_on_lapses_with_its_clock(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(denies)
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health denied the request: not medically necessary (0F)
			day 0   An appeal must be filed by 6 May 2026 23:59 CDT: Medicare Advantage reconsideration, 65 calendar days from the notice's date
			day 0   - lead: Decide whether to appeal Larkfield Health's denial (due Mar 09 23:59)
			day 7   Overdue, raised to the lead: Decide whether to appeal Larkfield Health's denial
			day 65  The time to appeal has passed
			day 65  Closed: denied`)
	})
}

func TestPriorAuthorization_which_appeal_holds_comes_from_the_coverage(t *testing.T) {
	for name, tt := range map[string]struct {
		order domain.Order
		clock string
	}{
		"Medicare Advantage":    {covered("quillbrook", domain.MedicareAdvantage, domain.Government), "65 calendar days"},
		"Medicaid managed care": {covered("quillbrook", domain.MedicaidManagedCare, domain.Government), "60 calendar days"},
		"insured commercial":    {covered("quillbrook", domain.Commercial, domain.Insured), "180 calendar days"},
		"self-funded":           {covered("quillbrook", domain.Commercial, domain.SelfFunded), "180 calendar days"},
	} {
		t.Run(name, func(t *testing.T) {
			casestory.Each(t, func(w *casestory.World) {
				w.Payer(denies)
				w.After(hour, w.Does("accept", domain.AppealDecided{Appeal: "accept", Reason: "another service will do"}))
				w.Opens(workflows.PriorAuthorization, tt.order)
				require.Contains(t, w.Line("An appeal must be filed"), tt.clock)
			})
		})
	}
}

func TestPriorAuthorization_whose_clock_binds_the_payer_comes_from_the_coverage(t *testing.T) {
	expedited := func(o domain.Order) domain.Order {
		o.Urgency, o.Statement = domain.Expedited, "SEVERE PAIN AND LOSS OF FUNCTION"
		return o
	}
	for name, tt := range map[string]struct {
		order domain.Order
		clock string
	}{
		"Medicare Advantage":            {covered("quillbrook", domain.MedicareAdvantage, domain.Government), "by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days"},
		"Medicare Advantage, expedited": {expedited(covered("quillbrook", domain.MedicareAdvantage, domain.Government)), "by 5 Mar 2026 09:00 CST: Medicare Advantage expedited, 72 hours"},
		"Medicaid managed care":         {covered("quillbrook", domain.MedicaidManagedCare, domain.Government), "by 9 Mar 2026 23:59 CDT"},
		"insured commercial":            {covered("quillbrook", domain.Commercial, domain.Insured), "by 17 Mar 2026 23:59 CDT"},
		"self-funded":                   {covered("quillbrook", domain.Commercial, domain.SelfFunded), "by 17 Mar 2026 23:59 CDT"},
	} {
		t.Run(name, func(t *testing.T) {
			casestory.Each(t, func(w *casestory.World) {
				w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
				w.After(hour, w.Withdraws("off", "the visit is off"))
				w.Opens(workflows.PriorAuthorization, tt.order)
				require.Contains(t, w.Line("must answer by"), tt.clock)
			})
		})
	}
}

func TestPriorAuthorization_where_funding_is_unknown_there_is_no_citation_but_a_task(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend, later: {after: 70h, then: {decide: deny, reasons: ["0G"]}}}}]}`)
		w.After(26*hour, w.Does("funding", domain.CoverageConfirmed{Product: domain.Commercial, Funding: domain.SelfFunded, Note: "employer's HR"}))
		w.After(5*day+hour, w.Does("accept", domain.AppealDecided{Appeal: "accept", Reason: "other service"}))
		w.Opens(workflows.PriorAuthorization, covered("quillbrook", domain.Commercial, domain.FundingUnknown))
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement of commercial members (commercial-joints)
			day 0   Quillbrook Health Group has taken up the request
			day 0   Quillbrook Health Group pended the request
			day 0   - registration: Confirm the coverage with Quillbrook Health Group (due Mar 03 23:59)
			day 1   Asked where the request stands: still pended
			day 1   Done: Confirm the coverage with Quillbrook Health Group
			day 1   Confirmed /coverage/funding
			day 1   Quillbrook Health Group must answer by 17 Mar 2026 23:59 CDT: Self-funded plan pre-service, 15 calendar days
			day 3   Quillbrook Health Group denied the request: level of care not appropriate (0G)
			day 3   An appeal must be filed by 1 Sep 2026 23:59 CDT: Internal appeal of a self-funded plan, 180 calendar days from receipt of the notice, taken to be its date
			day 3   - authorizations: Decide whether to appeal Quillbrook Health Group's denial (due Mar 12 23:59)
			day 5   Done: Decide whether to appeal Quillbrook Health Group's denial
			day 5   The denial is accepted
			day 5   Closed: denied`)
	})
}

func TestPriorAuthorization_denied_with_unknown_funding_waits_for_it_and_for_the_printed_day(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		w.After(2*hour, w.IsTold("no", domain.Answer{
			Channel: domain.ByLetter, Said: domain.NotCertified, Noticed: "2026-03-02", AppealBy: "2026-03-16", Reasons: []domain.Reason{{Code: "0F"}},
		}))
		w.Opens(workflows.PriorAuthorization, covered("quillbrook", domain.Commercial, domain.FundingUnknown))
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement of commercial members (commercial-joints)
			day 0   Quillbrook Health Group has taken up the request
			day 0   Quillbrook Health Group pended the request
			day 0   - registration: Confirm the coverage with Quillbrook Health Group (due Mar 03 23:59)
			day 0   Quillbrook Health Group denied the request: not medically necessary (0F)
			day 0   An appeal must be filed by 16 Mar 2026 23:59 CDT: the last day the letter prints; no rule is known to hold
			day 0   - lead: Confirm the coverage with Quillbrook Health Group (due Mar 03 23:59)
			day 1   Overdue, raised to the lead: Confirm the coverage with Quillbrook Health Group
			day 14  The time to appeal has passed
			day 14  Closed: denied`)
	})
}

func TestPriorAuthorization_a_rejected_request_is_corrected_and_asked_anew(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{directory: {birthDates: {LKF100200300: "19510403"}}, rules: []}`)
		w.After(2*hour, w.Does("bad", domain.RequestCorrected{Action: "send-again", Corrections: []domain.Correct{{Pointer: "/patient/birthDate", Value: "1951-13-03"}}}))
		w.After(3*hour, w.Does("good", domain.RequestCorrected{Action: "send-again", Corrections: []domain.Correct{{Pointer: "/patient/birthDate", Value: "1951-04-03"}}}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.Equal(t, "bad: refused: /patient/birthDate: is not a date that exists; write YYYY-MM-DD (type: ResultInvalid, retryable: false)", w.Said[0])
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health refused the request
			day 0   Larkfield Health rejected the request: Patient birth date does not match (71): compare with the card and the payer's eligibility answer, with the patient, and correct it
			day 0   - registration: Correct the request Larkfield Health would not look at (due Mar 03 23:59)
			day 0   Done: Correct the request Larkfield Health would not look at
			day 0   Corrected /patient/birthDate
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A00000201, valid through 20 Mar 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_a_rejected_request_can_be_given_up(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: r, then: {decide: reject, rejects: [{loop: 2010C, code: "75", followUp: C}]}}]}`)
		w.After(3*hour, w.Does("stop", domain.RequestCorrected{Action: "stop", Note: "not a member"}))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health refused the request
			day 0   Larkfield Health rejected the request: Subscriber not found (75): check eligibility with another set of member number, name and birth date, and correct what differs
			day 0   - registration: Correct the request Larkfield Health would not look at (due Mar 03 23:59)
			day 0   Done: Correct the request Larkfield Health would not look at
			day 0   Closed: given up after a rejection`)
	})
}

// None of these may ever be taken for an approval or a denial.
func TestPriorAuthorization_an_answer_no_rule_may_interpret_is_for_a_person(t *testing.T) {
	for name, rule := range map[string]string{
		"certified in part":            `{decide: partial, reasons: ["04"]}`,
		"modified":                     `{decide: modify, units: "1", shift: 14}`,
		"cancelled":                    `{decide: cancel}`,
		"contact the payer":            `{decide: contact, contact: {name: REVIEW DESK, phone: "5550100142"}}`,
		"no action required":           `{decide: not-required}`,
		"a code nobody knows":          `{decide: code, code: Z9}`,
		"a line that differs":          `{decide: approve, number: A1, perLine: true, lines: [{line: 1, code: A3, reasons: ["0F"]}]}`,
		"another service":              `{decide: approve, number: A1, perLine: true, lines: [{line: 1, procedure: "27446"}]}`,
		"other dates":                  `{decide: approve, number: A1, shift: 60}`,
		"approved, and more to follow": `{decide: approve, number: A1, more: true}`,
	} {
		t.Run(name, func(t *testing.T) {
			casestory.Each(t, func(w *casestory.World) {
				w.Payer(`{rules: [{name: x, then: ` + rule + `}]}`)
				w.After(hour, func() { w.Said = append(w.Said, w.Line("- authorizations: ")) })
				w.After(2*hour, w.Does("read", domain.AnswerReviewed{Meaning: domain.MeansNotRequired, Number: "R-1"}))
				w.Opens(workflows.PriorAuthorization, knee)
				require.Equal(t, []string{"day 0   - authorizations: Read Larkfield Health's answer (due Mar 03 23:59)", "read: step 3"}, w.Said)
				require.NotContains(t, w.Timeline(), "approved and used")
			})
		})
	}
}
