package api

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/store"
)

func TestWriteCase_a_case_as_text(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }
	dana := domain.Actor{Kind: domain.Person, ID: "u-1", Name: "Dana"}
	closed := at(2, 12)
	c := CaseDetail{
		CaseWhole: store.CaseWhole{
			CaseRow: store.CaseRow{
				ID: "x", Number: "26-000031", Kind: domain.PriorAuthorization, Facility: "north", Payer: "larkfield", Stage: "answer payer", Status: domain.Open,
				WaitingOn: []domain.Party{domain.Coordinator}, Now: "Larkfield waits for documents", Title: "Knee replacement, right", Urgent: true,
				Patient: domain.Patient{First: "Ruth", Last: "Hale", BirthDate: "1954-02-11"}, Planned: "2026-04-08",
			},
			Member: "LK1002003",
		},
		Stages: stagesAt(domain.PriorAuthorization, "answer payer", domain.Open, []store.StepRow{
			{Stage: "check need"}, {Stage: "confirm coverage", StruckAt: &closed}, {Stage: "ask payer"}, {Stage: "appeal"}, {Stage: "answer payer"},
		}),
		Deadlines: []store.DeadlineRow{{
			Name: "Larkfield answers", Rule: "Medicare Advantage standard, 7 calendar days", Source: "42 CFR 422.568(b)(1)", DueAt: at(9, 17), Zone: "America/Denver",
			Armed: true, Then: "a task: call the payer",
		}, {
			Name: "ask Larkfield where it stands", Rule: "payer profile, status schedule", DueAt: at(5, 17), Zone: "UTC", EndedAt: &closed,
		}, {
			Name: "papers reach Larkfield", Rule: "payer profile", DueAt: at(1, 17), Zone: "UTC", EndedAt: &closed,
		}},
		Tasks: []store.TaskRow{
			{ID: "x-4-send-documents", Title: "Send clinical notes to Larkfield", Queue: domain.QueueClinical, DueAt: at(9, 17), Assignee: &dana},
			{ID: "x-1-decide-need", Title: "Decide whether it is needed", Queue: domain.QueueAuthorizations, DueAt: at(3, 17), ClosedAt: &closed},
		},
	}
	exchanges := []store.ExchangeRow{{
		ID: "x-x1", Kind: domain.AskAuthorization, AskedAt: at(2, 13), UnderWay: true,
		Sends: []store.SendRow{{Control: "000000012", Sends: 1, States: []store.SendState{{State: domain.Prepared}, {State: domain.Sending}, {State: domain.Acknowledged}}}},
	}}
	timeline := []store.TimelineRow{
		{At: at(2, 11), By: dana, Words: "Ordered by Dr. Ortiz"},
		{At: at(2, 12), By: dana, Words: "Member number corrected", Why: "card seen", Before: "LK1", After: "LK1002003"},
		{At: at(3, 9), By: domain.ByPayer("larkfield", "Larkfield"), Words: "Pended: clinical notes wanted\x1b[2J"},
	}
	var b strings.Builder
	require.NoError(t, WriteCase(&b, c, exchanges, timeline, time.UTC))
	require.Equal(t, strings.TrimPrefix(`
26-000031  prior authorization  open
Knee replacement, right, urgent
Hale, Ruth, born 11 Feb 1954, member LK1002003
payer larkfield, planned 8 Apr 2026, facility north
stages  check need ✓ > (confirm coverage) > ask payer ✓ > [answer payer] > appeal > keep usable > close
now     Larkfield waits for documents
waits   on coordinator
clocks
  Larkfield answers              armed   due 2026-03-09 11:00 MDT  Medicare Advantage standard, 7 calendar days (42 CFR 422.568(b)(1))  a task: call the payer
  ask Larkfield where it stands  ended   due 2026-03-05 17:00 UTC  payer profile, status schedule
  papers reach Larkfield         passed  due 2026-03-01 17:00 UTC  payer profile
tasks
  Send clinical notes to Larkfield  clinical        due 2026-03-09 17:00  open, Dana has it        x-4-send-documents
  Decide whether it is needed       authorizations  due 2026-03-03 17:00  closed 2026-03-02 12:00  x-1-decide-need
ledger
  authorization  asked 2026-03-02 13:00  under way                          x-x1
    send         control 000000012       prepared > sending > acknowledged  left 1×
timeline
  2026-03-02 11:00  Dana       Ordered by Dr. Ortiz
  2026-03-02 12:00  Dana       Member number corrected (card seen): "LK1002003", before "LK1"
  2026-03-03 09:00  Larkfield  Pended: clinical notes wanted [2J
`, "\n"), b.String())
}
