package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/internal/casestory"
	"parley/internal/testpg"
	"parley/workflows"
)

func TestMain(m *testing.M) { testpg.Main(m) }

const (
	day  = casestory.Day
	hour = time.Hour
)

// knee is an order that a Medicare Advantage plan wants authorized.
var knee = domain.Order{
	Facility: "north",
	Patient:  domain.Patient{First: "Rosa", Last: "Featherstone", BirthDate: "1951-04-02", Sex: "F"},
	Coverage: domain.Coverage{
		Payer: "larkfield", MemberID: "LKF100200300", Product: domain.MedicareAdvantage, Funding: domain.Government, State: "TX", Relationship: "self",
	},
	Requesting: domain.Provider{NPI: "1234567893", Last: "Okafor", First: "Ada", Phone: "3125550100"},
	Servicing:  domain.Provider{NPI: "1234567893", Last: "Okafor", First: "Ada"},
	Where:      domain.Provider{NPI: "1245319599", Last: "Northside Surgery Center"},
	Services:   []domain.OrderService{{Code: "27447", Words: "Knee replacement", Units: 1}},
	Diagnoses:  []string{"M17.11"}, Place: "24", Planned: "2026-03-20", Urgency: domain.Standard,
}

// covered is the same order under another coverage.
func covered(payer domain.PayerID, product domain.Product, funding domain.Funding) domain.Order {
	o := knee
	o.Coverage.Payer, o.Coverage.Product, o.Coverage.Funding = payer, product, funding
	return o
}

func TestPriorAuthorization_approved_at_once_and_used(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A00000101, valid through 18 Jun 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
		require.Equal(t, []string{"done: step 3"}, w.Said)
	})
}

func TestPriorAuthorization_approved_and_asked_about_the_day_after_until_it_expires(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: short, then: {decide: approve, number: A77, days: 30}}]}`)
		w.After(19*day, w.Does("no", domain.ServiceConfirmed{Done: "no"}))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A77, valid through 19 Apr 2026
			day 18  - authorizations: Confirm that the service was done (due Mar 23 23:59)
			day 19  Done: Confirm that the service was done
			day 19  The service was not done yet
			day 25  - lead: Confirm that the service was done (due Mar 30 23:59)
			day 28  Overdue, raised to the lead: Confirm that the service was done
			day 48  The last day to use the authorization is over
			day 48  Closed: approved, and expired unused`)
	})
}

func TestPriorAuthorization_a_visit_moved_past_the_last_day_is_for_a_person(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: short, then: {decide: approve, number: A77, days: 30}}]}`)
		w.After(19*day, w.Does("moved", domain.ServiceConfirmed{Done: "moved", On: "2026-05-04"}))
		w.After(20*day, w.Does("read", domain.AnswerReviewed{Meaning: domain.MeansApproved, Number: "A78", Through: "2026-06-30", Note: "they moved the dates"}))
		w.After(64*day, w.ServiceIsDone("done", "2026-05-04"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A77, valid through 19 Apr 2026
			day 18  - authorizations: Confirm that the service was done (due Mar 23 23:59)
			day 19  Done: Confirm that the service was done
			day 19  The visit was moved to 4 May 2026
			day 19  - authorizations: Read Larkfield Health's answer (due Mar 23 23:59)
			day 20  Done: Read Larkfield Health's answer
			day 20  Read as approved
			day 63  - authorizations: Confirm that the service was done (due May 06 23:59)
			day 64  The service was done on 4 May 2026
			day 64  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_no_rule_wants_it(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		visit := knee
		visit.Services = []domain.OrderService{{Code: "99213", Words: "Office visit", Units: 1}}
		w.Opens(workflows.PriorAuthorization, visit)
		w.Tells(`
			day 0   Ordered: Office visit, planned for 20 Mar 2026
			day 0   No authorization is needed: 99213: Office visits need none (visits)
			day 0   Closed: no authorization is needed`)
	})
}

func TestPriorAuthorization_where_no_rule_can_tell_a_person_finds_out(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		hernia := knee
		hernia.Services = []domain.OrderService{{Code: "49505", Words: "Hernia repair", Units: 1}}
		w.After(2*hour, w.Does("bad", domain.NeedDecided{Needed: "no"}))
		w.After(3*hour, w.Does("no", domain.NeedDecided{Needed: "no", Reference: "CALL-9", With: "Ines"}))
		w.Opens(workflows.PriorAuthorization, hernia)
		w.Tells(`
			day 0   Ordered: Hernia repair, planned for 20 Mar 2026
			day 0   - authorizations: Find out whether Larkfield Health wants an authorization (due Mar 03 23:59)
			day 0   Done: Find out whether Larkfield Health wants an authorization
			day 0   No authorization is needed: CALL-9
			day 0   Closed: no authorization is needed`)
		require.Equal(t, []string{"bad: refused: /reference: is needed (type: ResultInvalid, retryable: false)", "no: step 2"}, w.Said)
	})
}

func TestPriorAuthorization_coverage_that_is_not_in_force_is_confirmed_first(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		lapsed := knee
		lapsed.Coverage.Term = "2026-03-10"
		w.After(3*hour, w.Does("cov", domain.CoverageConfirmed{
			Product: domain.MedicareAdvantage, Funding: domain.Government, Term: "2026-12-31", Note: "portal",
		}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, lapsed)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   - registration: Confirm the coverage with Larkfield Health (due Mar 03 23:59)
			day 0   Done: Confirm the coverage with Larkfield Health
			day 0   Confirmed /coverage/term
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A00000101, valid through 18 Jun 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_pended_until_the_papers_are_there(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend, wants: {pwk: [OZ], dueDays: 5}, reasons: ["0U"], message: NOTES OF SIX WEEKS, later: {after: 60h, then: {decide: approve, number: A9}}}}]}`)
		w.After(hour, func() {
			var told string
			require.NoError(w.T, w.Pool.QueryRow(w.T.Context(), `select instructions from task where id = $1`, w.OpenTask("send documents")).Scan(&told))
			require.Contains(w.T, told, "Its words: NOTES OF SIX WEEKS.")
		})
		w.After(30*hour, w.Does("papers", domain.DocumentsSent{Documents: []string{"notes"}, Channel: domain.ByFax, Reference: "FX1"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health pended the request: Support data for claim wanted by 7 Mar 2026: more patient information required (0U)
			day 0   Larkfield Health must answer by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 0   - clinical: Send Support data for claim to Larkfield Health (due Mar 07 23:59)
			day 1   Asked where the request stands: still pended
			day 1   Done: Send Support data for claim to Larkfield Health
			day 2   Asked where the request stands: still pended
			day 4   Larkfield Health approved the request, number A9, valid through 20 Mar 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_a_payer_that_is_late_is_called_with_the_citation(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		w.After(8*day+hour, w.Does("call", domain.PayerCalled{With: "Tom", Reference: "C-1", Promised: "2026-03-12"}))
		w.After(9*day+hour, w.IsTold("told", domain.Answer{Channel: domain.ByPhone, Said: domain.CertifiedInTotal, Number: "PH-1", With: "Tom", Reference: "C-2"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health pended the request
			day 0   Larkfield Health must answer by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 1   Asked where the request stands: still pended
			day 2   Asked where the request stands: still pended
			day 4   Asked where the request stands: still pended
			day 6   Asked where the request stands: still pended
			day 7   Larkfield Health is late with its answer
			day 7   - authorizations: Call Larkfield Health about the authorization (due Mar 10 23:59)
			day 8   Asked where the request stands: still pended
			day 8   Done: Call Larkfield Health about the authorization
			day 8   Called Larkfield Health, spoke to Tom, reference C-1: promised by 12 Mar 2026
			day 9   Larkfield Health approved the request, number PH-1
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_papers_nobody_sends_are_raised_to_the_lead(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend, wants: {pwk: [OZ], dueDays: 2}}}]}`)
		w.After(3*day+hour, w.IsTold("told", domain.Answer{Channel: domain.ByPortal, Said: domain.NotCertified, Reasons: []domain.Reason{{Code: "0P"}}, Noticed: "2026-03-06"}))
		w.After(5*day, w.Does("accept", domain.AppealDecided{Appeal: "accept", Reason: "papers were never there"}))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health pended the request: Support data for claim wanted by 4 Mar 2026
			day 0   Larkfield Health must answer by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 0   - lead: Send Support data for claim to Larkfield Health (due Mar 04 23:59)
			day 1   Asked where the request stands: still pended
			day 2   Asked where the request stands: still pended
			day 2   Overdue, raised to the lead: Send Support data for claim to Larkfield Health
			day 3   Larkfield Health denied the request: requested information not received (0P)
			day 3   An appeal must be filed by 10 May 2026 23:59 CDT: Medicare Advantage reconsideration, 65 calendar days from the notice's date
			day 3   - authorizations: Decide whether to appeal Larkfield Health's denial (due Mar 12 23:59)
			day 5   Done: Decide whether to appeal Larkfield Health's denial
			day 5   The denial is accepted
			day 5   Closed: denied`)
	})
}

func TestPriorAuthorization_an_answer_through_the_mailbox_is_heard_once(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: m, then: {decide: approve, number: A5, deliver: mailbox}}]}`)
		w.After(2*hour, w.PicksUp)
		w.After(3*hour, w.PicksUp)
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has the request
			day 0   Larkfield Health must answer by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 0   Larkfield Health approved the request, number A5, valid through 20 Mar 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_answered_twice_counts_once(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: m, then: {decide: approve, number: A5, deliver: twice}}]}`)
		w.After(2*hour, w.PicksUp)
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A5, valid through 20 Mar 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_a_pend_that_comes_late_changes_no_decision(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: m, then: {decide: approve, number: A5, deliver: stale-pend}}]}`)
		w.After(2*hour, w.PicksUp)
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A5, valid through 20 Mar 2026
			day 0   Larkfield Health said A4 again or late: nothing changes
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_another_patients_answer_is_refused_and_reported(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: m, times: 1, then: {decide: approve, number: A5, deliver: other-patient}}]}`)
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has the request
			day 0   Larkfield Health must answer by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 1   Larkfield Health approved the request, number A5, valid through 20 Mar 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}
