package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/internal/casestory"
	"parley/workflows"
)

// hernia is an order of which no rule can tell.
func hernia() domain.Order {
	o := knee
	o.Services = []domain.OrderService{{Code: "49505", Words: "Hernia repair", Units: 1}}
	return o
}

func TestPriorAuthorization_asked_by_hand_and_told_by_phone(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(2*hour, w.Does("sent", domain.SentByHand{Channel: domain.ByFax, At: casestory.Start.Add(2 * hour), Reference: "FX-7", Proof: "fax report"}))
		w.After(26*hour, w.IsTold("told", domain.Answer{
			Channel: domain.ByPhone, Said: domain.Pended, Reference: "H-3", Wanted: []domain.DocumentWanted{{Words: "operative note"}}, WantedBy: "2026-03-10", With: "Lou",
		}))
		w.After(50*hour, w.Does("papers", domain.DocumentsSent{Documents: []string{"note"}, Channel: domain.ByPortal}))
		w.After(4*day, w.Does("call", domain.PayerCalled{With: "Lou", Reference: "H-4"}))
		w.After(5*day, w.IsTold("yes", domain.Answer{Channel: domain.ByPortal, Said: domain.CertifiedInTotal, Number: "HG-1", Through: "2026-04-30"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, covered("harrowgate", domain.MedicareAdvantage, domain.Government))
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement (joints)
			day 0   - authorizations: Ask Harrowgate Provider Plan for the authorization by portal or fax or phone (due Mar 03 23:59)
			day 0   Done: Ask Harrowgate Provider Plan for the authorization by portal or fax or phone
			day 0   Asked Harrowgate Provider Plan by fax, reference FX-7
			day 0   Harrowgate Provider Plan must answer by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 1   Harrowgate Provider Plan pended the request: operative note wanted by 10 Mar 2026
			day 1   - clinical: Send operative note to Harrowgate Provider Plan (due Mar 10 23:59)
			day 2   Done: Send operative note to Harrowgate Provider Plan
			day 3   - authorizations: Call Harrowgate Provider Plan about the authorization (due Mar 06 23:59)
			day 4   Done: Call Harrowgate Provider Plan about the authorization
			day 4   Called Harrowgate Provider Plan, spoke to Lou, reference H-4
			day 5   Harrowgate Provider Plan approved the request, number HG-1, valid through 30 Apr 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

// From every wait a person can take the case back; whatever it waited for ends.
func TestPriorAuthorization_withdrawn_from_every_wait(t *testing.T) {
	off := knee
	off.Coverage.Term = "2026-03-10"
	for name, tt := range map[string]struct {
		order  domain.Order
		script string
		before func(*casestory.World)
	}{
		"need undecided":      {order: hernia()},
		"coverage to confirm": {order: off},
		"to be asked by hand": {order: covered("harrowgate", domain.MedicareAdvantage, domain.Government)},
		"pended":              {order: knee, script: `{rules: [{name: p, then: {decide: pend, wants: {pwk: [OZ]}}}]}`},
		"rejected":            {order: knee, script: `{rules: [{name: r, then: {decide: reject, rejects: [{loop: 2010C, code: "75"}]}}]}`},
		"to be read":          {order: knee, script: `{rules: [{name: r, then: {decide: cancel}}]}`},
		"denied":              {order: knee, script: denies},
		"appeal to be filed": {order: knee, script: denies, before: func(w *casestory.World) {
			w.After(hour, w.Does("a", domain.AppealDecided{Appeal: "appeal", Reason: "x"}))
		}},
		"approved":                {order: knee},
		"whether it has arrived":  {order: knee, script: `{rules: [{name: g, then: {decide: approve, deliver: garbage}}]}`, before: nil},
		"with a reminder waiting": {order: knee, before: func(w *casestory.World) { w.After(hour, w.Reminds("r", "look again", 5*day)) }},
		"on hold":                 {order: hernia(), before: func(w *casestory.World) { w.After(hour, w.Holds("h", "patient thinks", 5*day)) }},
	} {
		t.Run(name, func(t *testing.T) {
			casestory.Each(t, func(w *casestory.World) {
				if tt.script != "" {
					w.Payer(tt.script)
				}
				if tt.before != nil {
					tt.before(w)
				}
				w.After(2*hour, w.Withdraws("off", "the visit is off"))
				w.After(3*hour, w.Withdraws("again", "twice"))
				w.Opens(workflows.PriorAuthorization, tt.order)
				last := w.Timeline()[len(w.Timeline())-1]
				require.Equal(t, "day 0   Withdrawn", last)
				require.Equal(t, "closed withdrawn, 0 tasks, 0 clocks", w.Ends())
			})
		})
	}
}

// What the payer told a person counts from every wait, also before anyone asked.
func TestPriorAuthorization_told_an_approval_while_nobody_knew_whether_one_was_needed(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(2*hour, w.IsTold("told", domain.Answer{Channel: domain.ByPortal, Said: domain.CertifiedInTotal, Number: "PT-1", Through: "2026-05-01", Proof: "screenshot"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, hernia())
		w.Tells(`
			day 0   Ordered: Hernia repair, planned for 20 Mar 2026
			day 0   - authorizations: Find out whether Larkfield Health wants an authorization (due Mar 03 23:59)
			day 0   Larkfield Health approved the request, number PT-1, valid through 1 May 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_a_fact_corrected_before_asking_is_asked_rightly(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(2*hour, w.Corrects("c0", "typo", domain.Correct{Pointer: "/services/0/code", Value: "nonsense"}))
		w.After(3*hour, w.Corrects("c1", "the order was misread", domain.Correct{Pointer: "/services/0/code", Value: "27447"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, hernia())
		require.Contains(t, w.Said[0], "c0: refused: /services/0/code")
		w.Tells(`
			day 0   Ordered: Hernia repair, planned for 20 Mar 2026
			day 0   - authorizations: Find out whether Larkfield Health wants an authorization (due Mar 03 23:59)
			day 0   Corrected /services/0/code
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A00000101, valid through 18 Jun 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_a_fact_corrected_after_approval_may_undo_it(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: a, then: {decide: approve, number: A1, perLine: true, days: 60}}]}`)
		w.After(1*day, w.Corrects("c1", "partial knee", domain.Correct{Pointer: "/services/0/code", Value: "27446"}))
		w.After(2*day, w.Does("read", domain.AnswerReviewed{Meaning: domain.MeansApproved, Number: "A1", Note: "covers both"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A1, valid through 19 May 2026
			day 1   Corrected /services/0/code
			day 1   - authorizations: Read Larkfield Health's answer (due Mar 04 23:59)
			day 2   Done: Read Larkfield Health's answer
			day 2   Read as approved
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_funding_corrected_while_pended_moves_the_clock(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		w.After(hour, w.Corrects("c1", "card was old", domain.Correct{Pointer: "/coverage/product", Value: "medicare-advantage"}, domain.Correct{Pointer: "/coverage/funding", Value: "government"}))
		w.After(2*hour, w.Withdraws("off", "the visit is off"))
		w.Opens(workflows.PriorAuthorization, covered("quillbrook", domain.Commercial, domain.Insured))
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement of commercial members (commercial-joints)
			day 0   Quillbrook Health Group has taken up the request
			day 0   Quillbrook Health Group pended the request
			day 0   Quillbrook Health Group must answer by 17 Mar 2026 23:59 CDT: Insured plan pre-service, 15 calendar days
			day 0   Corrected /coverage/product
			day 0   Corrected /coverage/funding
			day 0   Quillbrook Health Group must answer by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 0   Withdrawn`)
	})
}

func TestPriorAuthorization_notes_reminders_and_holds_change_nothing_else(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(1*hour, w.Notes("n", "patient called, is away until Friday"))
		w.After(2*hour, w.Reminds("r", "call the patient", 26*hour))
		w.After(3*hour, w.Holds("h", "patient is away", 30*hour))
		w.After(4*hour, w.Holds("h2", "twice", 30*hour))
		w.After(27*hour, w.Does("rem", domain.ReminderDone{Note: "called"}))
		w.After(40*hour, w.Does("no", domain.NeedDecided{Needed: "no", Reference: "CALL-9"}))
		w.Opens(workflows.PriorAuthorization, hernia())
		require.Contains(t, w.Said, "h2: refused: case "+string(w.Case)+" is on hold already (type: Refused, retryable: false)")
		w.Tells(`
			day 0   Ordered: Hernia repair, planned for 20 Mar 2026
			day 0   - lead: Find out whether Larkfield Health wants an authorization (due Mar 03 23:59)
			day 0   patient called, is away until Friday
			day 0   Wants to be reminded 3 Mar 2026 11:00 CST
			day 0   On hold until 3 Mar 2026 15:00 CST
			day 1   - authorizations: Reminder: call the patient (due Mar 03 11:00)
			day 1   Done: Reminder: call the patient
			day 1   The hold is over
			day 1   Overdue, raised to the lead: Find out whether Larkfield Health wants an authorization
			day 1   Done: Find out whether Larkfield Health wants an authorization
			day 1   No authorization is needed: CALL-9
			day 1   Closed: no authorization is needed`)
	})
}

func TestPriorAuthorization_whatever_happens_ends_a_hold(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(1*hour, w.Holds("h", "patient is away", 10*day))
		w.After(5*hour, w.Does("no", domain.NeedDecided{Needed: "no", Reference: "CALL-9"}))
		w.Opens(workflows.PriorAuthorization, hernia())
		w.Tells(`
			day 0   Ordered: Hernia repair, planned for 20 Mar 2026
			day 0   - authorizations: Find out whether Larkfield Health wants an authorization (due Mar 03 23:59)
			day 0   On hold until 12 Mar 2026 10:00 CDT
			day 0   No longer on hold: something happened
			day 0   Done: Find out whether Larkfield Health wants an authorization
			day 0   No authorization is needed: CALL-9
			day 0   Closed: no authorization is needed`)
	})
}

func TestPriorAuthorization_started_in_the_middle_its_clocks_are_right_from_the_first_step(t *testing.T) {
	sent := casestory.Start.Add(-3 * day)
	midway := func(answer *domain.Answer) func(*domain.NewAuthorization) {
		return func(n *domain.NewAuthorization) {
			n.Midway = &domain.Midway{SentAt: sent, Channel: domain.ByPortal, Reference: "OLD-1", Answer: answer, UnitsUsed: 0}
		}
	}
	t.Run("waiting", func(t *testing.T) {
		casestory.Each(t, func(w *casestory.World) {
			w.After(hour, w.Withdraws("off", "the visit is off"))
			w.Opens(workflows.PriorAuthorization, knee, midway(nil))
			w.Tells(`
				day 0   Ordered: Knee replacement, planned for 20 Mar 2026
				day 0   Taken over: asked by portal on 27 Feb 2026
				day 0   Larkfield Health must answer by 6 Mar 2026 23:59 CST: Medicare Advantage standard, 7 calendar days
				day 0   Withdrawn`)
		})
	})
	t.Run("denied", func(t *testing.T) {
		casestory.Each(t, func(w *casestory.World) {
			w.After(hour, w.Does("accept", domain.AppealDecided{Appeal: "accept", Reason: "x"}))
			w.Opens(workflows.PriorAuthorization, knee, midway(&domain.Answer{
				Channel: domain.ByLetter, Said: domain.NotCertified, Noticed: "2026-02-20", Reasons: []domain.Reason{{Code: "0F"}}, At: sent, By: casestory.Dana,
			}))
			w.Tells(`
				day 0   Ordered: Knee replacement, planned for 20 Mar 2026
				day 0   Taken over: asked by portal on 27 Feb 2026
				day 0   Larkfield Health denied the request: not medically necessary (0F)
				day 0   An appeal must be filed by 26 Apr 2026 23:59 CDT: Medicare Advantage reconsideration, 65 calendar days from the notice's date
				day 0   - authorizations: Decide whether to appeal Larkfield Health's denial (due Mar 09 23:59)
				day 0   Done: Decide whether to appeal Larkfield Health's denial
				day 0   The denial is accepted
				day 0   Closed: denied`)
		})
	})
	t.Run("approved", func(t *testing.T) {
		casestory.Each(t, func(w *casestory.World) {
			w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
			w.Opens(workflows.PriorAuthorization, knee, midway(&domain.Answer{
				Channel: domain.ByPortal, Said: domain.CertifiedInTotal, Number: "OLD-2", Through: "2026-04-30", At: sent, By: casestory.Dana,
			}))
			w.Tells(`
				day 0   Ordered: Knee replacement, planned for 20 Mar 2026
				day 0   Taken over: asked by portal on 27 Feb 2026
				day 0   Larkfield Health approved the request, number OLD-2, valid through 30 Apr 2026
				day 18  The service was done on 20 Mar 2026
				day 18  Closed: approved, and the service was done`)
		})
	})
}

func TestPriorAuthorization_the_same_completion_twice_counts_once_and_a_second_person_is_told(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		no := domain.NeedDecided{Needed: "yes"}
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		var task domain.TaskID
		w.After(hour, func() { task = w.OpenTask(no.Task()) })
		w.After(2*hour, func() { w.DoesTask("first", task, no)(); w.DoesTask("second", task, no)() })
		w.After(3*hour, func() { w.DoesTask("first", task, no)() })
		w.After(4*hour, w.Withdraws("off", "the visit is off"))
		w.Opens(workflows.PriorAuthorization, hernia())
		require.NotContains(t, w.Said, "second: step 2")
		require.Equal(t, 2, w.Count("first: step 2"), "the repetition has the first one's answer")
	})
}

func TestPriorAuthorization_completed_and_withdrawn_at_once_tells_both(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(2*hour, func() {
			w.Does("yes", domain.NeedDecided{Needed: "no", Reference: "X"})()
			w.Withdraws("off", "the visit is off")()
		})
		w.Opens(workflows.PriorAuthorization, hernia())
		require.Equal(t, 1, w.Count("yes: step 2"))
		require.Equal(t, "closed not-required, 0 tasks, 0 clocks", w.Ends())
	})
}

func TestPriorAuthorization_told_what_is_shown_it_speaks_only_when_that_is_wrong(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(1*hour, func() { w.Say(domain.PutRight, "p1", w.Shown()) })
		w.After(2*hour, func() { w.Say(domain.PutRight, "p2", domain.Shown{CaseID: w.Case, Step: 4, Digest: "other"}) })
		w.After(3*hour, w.Withdraws("off", "the visit is off"))
		w.Opens(workflows.PriorAuthorization, hernia())
		require.Contains(t, w.Said[0], "AsRecorded")
		require.Equal(t, "p2: step 2", w.Said[1])
	})
}

func TestPriorAuthorization_closed_and_opened_again_it_goes_on_where_it_stood(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(denies)
		w.After(hour, w.Does("accept", domain.AppealDecided{Appeal: "accept", Reason: "other service"}))
		w.Opens(workflows.PriorAuthorization, knee)
		require.Equal(t, "closed denied, 0 tasks, 0 clocks", w.Ends())
		w.After(2*day, w.Does("appeal", domain.AppealDecided{Appeal: "appeal", Reason: "the surgeon insists"}))
		w.After(3*day, w.Withdraws("off", "the visit is off"))
		w.Reopens(context.Background(), workflows.PriorAuthorization, "r", "the surgeon insists")
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health denied the request: not medically necessary (0F)
			day 0   An appeal must be filed by 6 May 2026 23:59 CDT: Medicare Advantage reconsideration, 65 calendar days from the notice's date
			day 0   - authorizations: Decide whether to appeal Larkfield Health's denial (due Mar 09 23:59)
			day 0   Done: Decide whether to appeal Larkfield Health's denial
			day 0   The denial is accepted
			day 0   Closed: denied
			day 0   Opened again
			day 0   An appeal must be filed by 6 May 2026 23:59 CDT: Medicare Advantage reconsideration, 65 calendar days from the notice's date
			day 0   - authorizations: Decide whether to appeal Larkfield Health's denial (due Mar 09 23:59)
			day 2   Done: Decide whether to appeal Larkfield Health's denial
			day 2   The denial is appealed: reconsideration by the plan
			day 2   - authorizations: File the appeal with Larkfield Health (due Mar 11 23:59)
			day 3   Withdrawn`)
	})
}

// Opened again after an end that nothing would change by itself, it is put before a person:
// else it would close again at once.
func TestPriorAuthorization_opened_again_after_it_was_used_or_not_required_is_for_a_person(t *testing.T) {
	visit := knee
	visit.Services = []domain.OrderService{{Code: "99213", Words: "Office visit", Units: 1}}
	for name, tt := range map[string]struct {
		order domain.Order
		ended string
		does  domain.Result
		ends  string
	}{
		"used": {knee, "closed used, 0 tasks, 0 clocks", domain.AnswerReviewed{Meaning: domain.MeansCancelled}, "closed cancelled, 0 tasks, 0 clocks"},
		"not required": {
			visit, "closed not-required, 0 tasks, 0 clocks", domain.NeedDecided{Needed: "no", Reference: "CALL-9"}, "closed not-required, 0 tasks, 0 clocks",
		},
	} {
		t.Run(name, func(t *testing.T) {
			casestory.Each(t, func(w *casestory.World) {
				w.After(hour, w.ServiceIsDone("done", "2026-03-20"))
				w.Opens(workflows.PriorAuthorization, tt.order)
				require.Equal(t, tt.ended, w.Ends())
				w.After(2*hour, w.Does("again", tt.does))
				w.Reopens(context.Background(), workflows.PriorAuthorization, "r", "the claim was denied")
				require.NotEmpty(t, w.Line("Done: "))
				require.Equal(t, tt.ends, w.Ends())
			})
		})
	}
}
