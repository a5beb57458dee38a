package workflows_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/internal/casestory"
	"parley/workflows"
)

// What a payer says is held against what it is about, and against what it has said before.
// That nothing was asked twice is looked at after each story, in the payer's own ledger.

const knowsNobody = `{directory: {unknownMembers: ["*"]}, rules: [{name: i, when: {asks: [inquiry]}, then: {}}]}`

func TestPriorAuthorization_a_refused_inquiry_is_no_refusal_of_the_request(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		w.After(hour, func() { w.Payer(knowsNobody) })
		w.After(3*day, w.IsTold("told", domain.Answer{Channel: domain.ByPhone, Said: domain.CertifiedInTotal, Number: "PH-1"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health pended the request
			day 0   Larkfield Health must answer by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 1   Asked where the request stands; no answer could be had
			day 2   Asked where the request stands; no answer could be had
			day 3   Larkfield Health approved the request, number PH-1
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_an_inquiry_refused_through_the_mailbox_changes_nothing(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		w.After(hour, func() { w.Payer(strings.Replace(knowsNobody, "then: {}", "then: {deliver: mailbox}", 1)) })
		w.After(1*day+hour, w.PicksUp)
		w.After(1*day+2*hour, w.IsTold("told", domain.Answer{Channel: domain.ByPhone, Said: domain.CertifiedInTotal, Number: "PH-1"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.NotEmpty(w.T, w.Line("said rejected again or late: nothing changes"))
		require.Equal(w.T, "closed used, 0 tasks, 0 clocks", w.Ends())
	})
}

// Where nobody knows whether the payer has the request, a refused inquiry tells nobody.
func TestPriorAuthorization_a_refused_inquiry_settles_no_unknown_send(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: u, when: {asks: [review]}, then: {decide: approve, number: A7, deliver: garbage}}]}`)
		w.After(hour/60, func() { w.Payer(knowsNobody) })
		w.After(3*day, w.Does("yes", domain.FoundOut{Arrived: "yes", With: "Kim", Reference: "R-5"}))
		w.After(4*day, w.IsTold("told", domain.Answer{Channel: domain.ByPhone, Said: domain.CertifiedInTotal, Number: "A7"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.NotEmpty(w.T, w.Line("Done: Find out whether Larkfield Health has our request"))
		require.Equal(w.T, "closed used, 0 tasks, 0 clocks", w.Ends())
	})
}

func TestPriorAuthorization_told_that_an_unknown_send_is_not_on_file_a_person_still_finds_out(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: i, when: {asks: [inquiry]}, then: {deliver: garbage}}, {name: u, when: {asks: [review]}, times: 1, then: {deliver: error-before}}]}`)
		w.After(hour/60, w.IsTold("told", domain.Answer{Channel: domain.ByPhone, Said: domain.NotOnFile}))
		w.After(2*hour, w.IsTold("again", domain.Answer{Channel: domain.ByPhone, Said: domain.NotOnFile, Reference: "C-2"}))
		w.After(3*hour, w.Does("no", domain.FoundOut{Arrived: "no", With: "Kim"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   We do not know whether Larkfield Health has the request. It is not sent again; we ask.
			day 0   Larkfield Health finds no such request; that proves nothing yet
			day 0   - authorizations: Find out whether Larkfield Health has our request (due Mar 02 13:01)
			day 0   Larkfield Health finds no such request; that proves nothing yet
			day 0   - authorizations: Find out whether Larkfield Health has our request (due Mar 02 15:00)
			day 0   Done: Find out whether Larkfield Health has our request
			day 0   Larkfield Health has no such request, says Kim: the same bytes are sent again
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health approved the request, number A00000201, valid through 20 Mar 2026
			day 18  The service was done on 20 Mar 2026
			day 18  Closed: approved, and the service was done`)
	})
}

func TestPriorAuthorization_a_payer_that_wants_more_papers_is_sent_those_too(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend, wants: {pwk: [OZ], dueDays: 5}}}]}`)
		sent := domain.DocumentsSent{Documents: []string{"notes"}, Channel: domain.ByFax}
		images := domain.Answer{Channel: domain.ByPhone, Said: domain.Pended, Wanted: []domain.DocumentWanted{{Words: "images"}}}
		w.After(1*hour, w.IsTold("has", domain.Answer{Channel: domain.ByPhone, Said: domain.Received}))
		w.After(2*hour, w.IsTold("still", domain.Answer{Channel: domain.ByPhone, Said: domain.Pended, Reference: "C-1"}))
		w.After(3*hour, w.Does("papers", sent))
		w.After(4*hour, w.IsTold("more", images))
		w.After(5*hour, w.Does("images", sent))
		w.After(6*hour, w.Withdraws("off", "the visit is off"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0   Ordered: Knee replacement, planned for 20 Mar 2026
			day 0   Authorization is needed: 27447: Joint replacement, wherever it is done (joints)
			day 0   Larkfield Health has taken up the request
			day 0   Larkfield Health pended the request: Support data for claim wanted by 7 Mar 2026
			day 0   Larkfield Health must answer by 9 Mar 2026 23:59 CDT: Medicare Advantage standard, 7 calendar days
			day 0   - clinical: Send Support data for claim to Larkfield Health (due Mar 07 23:59)
			day 0   Dana said received again or late: nothing changes
			day 0   Larkfield Health pended the request
			day 0   - clinical: Send Support data for claim to Larkfield Health (due Mar 07 23:59)
			day 0   Done: Send Support data for claim to Larkfield Health
			day 0   Larkfield Health pended the request: images wanted
			day 0   - clinical: Send images to Larkfield Health (due Mar 16 23:59)
			day 0   Done: Send images to Larkfield Health
			day 0   Withdrawn`)
	})
}

// People are not kept waiting by a payer that cannot be reached to be asked.
func TestPriorAuthorization_while_an_inquiry_cannot_leave_people_and_clocks_go_on(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend, wants: {pwk: [OZ], dueDays: 5}}}]}`)
		w.After(1*day-hour/60, func() { w.Away = true })
		w.After(1*day+hour/60, w.Does("papers", domain.DocumentsSent{Documents: []string{"notes"}, Channel: domain.ByFax}))
		var said []string
		w.After(1*day+hour/30, func() { said, w.Away = slices.Clone(w.Said), false })
		w.After(2*day-hour, w.Withdraws("off", "the visit is off"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.Equal(w.T, []string{"papers: step 4"}, said)
		require.Contains(w.T, w.Line("Asked where the request stands: still pended"), "day 1 ")
	})
}

// An approval and an older pend that come at once are taken in either order.
func TestPriorAuthorization_a_pend_that_comes_with_the_approval_undoes_nothing(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Acts.Crashpoint = func(point string) {
			if point == "after-last-byte" {
				w.Say(domain.HearAnswer, "pend", domain.Answer{
					ID: "pend", Exchange: w.Case.Exchange(1), Channel: domain.ByX12, Said: domain.Pended, At: casestory.Start, By: domain.ByPayer("larkfield", "Larkfield Health"),
				})
			}
		}
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.NotEmpty(w.T, w.Line("Larkfield Health said A4 again or late: nothing changes"))
		require.Equal(w.T, "closed used, 0 tasks, 0 clocks", w.Ends())
	})
}

func TestPriorAuthorization_told_the_decision_while_the_request_cannot_leave_it_is_taken_at_once(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Away = true
		w.After(hour/30, func() {
			w.IsTold("told", domain.Answer{Exchange: w.Case.Exchange(1), Channel: domain.ByPhone, Said: domain.CertifiedInTotal, Number: "PH-1"})()
		})
		var said []string
		w.After(hour/20, func() { said, w.Away = slices.Clone(w.Said), false })
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.Equal(w.T, []string{"told: step 2"}, said)
		require.NotEmpty(w.T, w.Line("approved the request, number PH-1"))
		require.Empty(w.T, w.Sim.Ledger().Entries())
	})
}

// The same words mean one thing as an answer to the request, and another to the appeal.
func TestPriorAuthorization_a_denial_upheld_in_the_words_of_the_denial_ends_the_case(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		no := domain.Answer{Channel: domain.ByPhone, Said: domain.NotCertified}
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		w.After(1*hour, w.IsTold("denied", no))
		w.After(1*day, w.Does("appeal", domain.AppealDecided{Appeal: "appeal", Reason: "x"}))
		w.After(2*day, w.Does("filed", domain.AppealFiled{Channel: domain.ByFax, On: "2026-03-04", Filer: domain.FilerPhysician}))
		w.After(9*day, w.IsTold("upheld", no))
		w.Opens(workflows.PriorAuthorization, knee)
		require.Contains(w.T, w.Line("The denial was upheld"), "day 9 ")
		require.Equal(w.T, "closed denied, 0 tasks, 0 clocks", w.Ends())
	})
}

func TestPriorAuthorization_a_decision_ends_the_clocks_of_the_one_before(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		var armed [][]string
		look := func() { armed = append(armed, w.Clocks()) }
		w.Payer(denies)
		w.After(1*day, look)
		w.After(2*day, w.IsTold("second thought", domain.Answer{Channel: domain.ByPhone, Said: domain.CertifiedInTotal, Number: "PH-1", Through: "2026-06-30"}))
		w.After(3*day, look)
		w.After(4*day, w.IsTold("third", domain.Answer{Channel: domain.ByPhone, Said: domain.NotCertified, Reference: "C-3"}))
		w.After(5*day, look)
		w.After(6*day, w.Withdraws("off", "the visit is off"))
		w.Opens(workflows.PriorAuthorization, knee)
		appeal := []string{domain.AppealName}
		require.Equal(w.T, [][]string{appeal, {"ask whether the service was done", "authorization expires"}, appeal}, armed)
	})
}

func TestPriorAuthorization_opened_again_the_payers_clock_runs_again(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		w.After(hour, w.Withdraws("off", "a mistake"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.After(10*day, w.Withdraws("off again", "the visit is off"))
		w.Reopens(context.Background(), workflows.PriorAuthorization, "r", "it was a mistake")
		require.Contains(w.T, w.Line("Larkfield Health is late with its answer"), "day 7 ")
	})
}

// A payer that goes on talking of a request that was corrected and asked anew has said
// nothing about the new one.
func TestPriorAuthorization_a_word_on_an_earlier_request_decides_nothing(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		earlier := func(id string, said domain.Certification, number string) func() {
			return func() {
				w.Say(domain.HearAnswer, id, domain.Answer{
					ID: domain.MessageID(id), Exchange: w.Case.Exchange(1), Channel: domain.ByX12, Said: said, Number: number, At: casestory.Start,
					By: domain.ByPayer("larkfield", "Larkfield Health"),
				})
			}
		}
		w.Payer(`{directory: {birthDates: {LKF100200300: "19510403"}}, rules: [{name: p, then: {decide: pend}}]}`)
		w.After(1*hour, w.Does("good", domain.RequestCorrected{Action: "send-again", Corrections: []domain.Correct{{Pointer: "/patient/birthDate", Value: "1951-04-03"}}}))
		w.After(2*hour, earlier("late", domain.Rejected, ""))
		w.After(3*hour, earlier("later", domain.CertifiedInTotal, "A1"))
		w.After(4*hour, w.Does("read", domain.AnswerReviewed{Meaning: domain.MeansDenied, Note: "they closed both"}))
		w.After(5*hour, w.Does("accept", domain.AppealDecided{Appeal: "accept", Reason: "x"}))
		w.Opens(workflows.PriorAuthorization, knee)
		require.NotEmpty(w.T, w.Line("Larkfield Health said rejected again or late: nothing changes"))
		require.NotEmpty(w.T, w.Line("Larkfield Health approved the request (it answers an earlier request)"))
		require.Equal(w.T, "closed denied, 0 tasks, 0 clocks", w.Ends())
	})
}

func TestPriorAuthorization_an_answer_that_settles_an_unknown_send_is_one_event(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: u, when: {asks: [review]}, then: {deliver: garbage}}]}`)
		w.After(hour/60, w.IsTold("told", domain.Answer{Channel: domain.ByPortal, Said: domain.CertifiedInTotal, Number: "A7"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		var n int
		require.NoError(w.T, w.Pool.QueryRow(w.T.Context(), `select count(*) from event where case_id = $1 and type = 'exchange.answered'`, w.Case).Scan(&n))
		require.Equal(w.T, 1, n)
	})
}

// The same word brought twice, by whomever and in whichever run, opens nothing anew.
func TestPriorAuthorization_the_same_word_brought_by_two_leaves_the_task_as_it_is(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		images := domain.Answer{Channel: domain.ByPhone, Said: domain.Pended, Wanted: []domain.DocumentWanted{{Words: "images"}}}
		var tasks []domain.TaskID
		look := func() { tasks = append(tasks, w.OpenTask(domain.DocumentsSent{}.Task())) }
		w.After(1*hour, w.IsTold("once", images))
		w.After(2*hour, look)
		images.Channel = domain.ByPortal
		w.After(3*hour, w.IsTold("twice", images))
		w.After(4*hour, look)
		w.After(5*hour, w.Withdraws("off", "the visit is off"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.NotEmpty(w.T, tasks[0])
		require.Equal(w.T, tasks[0], tasks[1])
		require.NotEmpty(w.T, w.Line("Dana said A4 again or late: nothing changes"))
	})
}

func TestPriorAuthorization_a_reminder_outlives_the_run_it_was_asked_for_in(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: p, then: {decide: pend}}]}`)
		w.After(1*hour, w.Reminds("r", "call the patient", 3*day))
		w.After(4*day, w.Does("done", domain.ReminderDone{Note: "called"}))
		w.After(5*day, w.Withdraws("off", "the visit is off"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.Contains(w.T, w.Line("Reminder: call the patient"), "day 3 ")
		require.Contains(w.T, w.Line("Done: Reminder: call the patient"), "day 4 ")
	})
}
