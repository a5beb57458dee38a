package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/codes"
	"parley/domain"
)

func TestA_reject_says_which_field_is_wrong_and_who_corrects_it(t *testing.T) {
	t.Parallel()
	oneService := knee()
	oneService.Services = oneService.Services[:1]
	own := child()
	own.Coverage.OwnMemberID = true
	for _, row := range []struct {
		name   string
		order  domain.Order
		reject domain.Reject
		field  string
		queue  domain.Queue
		words  string // part of them
	}{
		{"AAA03 71 in 2010C: the member's birth date", knee(), domain.Reject{Loop: "2010C", Code: "71"}, "/patient/birthDate", domain.QueueRegistration, "(71)"},
		{"AAA03 71 in 2010C of a dependent's request: the subscriber's", child(), domain.Reject{Loop: "2010C", Code: "71"}, "/coverage/subscriber/birthDate", domain.QueueRegistration, "with the patient"},
		{"AAA03 71 in 2010D: the dependent's", child(), domain.Reject{Loop: "2010D", Code: "71"}, "/patient/birthDate", domain.QueueRegistration, ""},
		{"AAA03 71 in 2010C of a dependent with a number of its own: the patient's", own, domain.Reject{Loop: "2010C", Code: "71"}, "/patient/birthDate", domain.QueueRegistration, ""},
		{"AAA03 72: the member number", knee(), domain.Reject{Loop: "2010C", Code: "72"}, "/coverage/memberId", domain.QueueRegistration, "card"},
		{"AAA03 75: the member is not found by what we asked with", knee(), domain.Reject{Loop: "2010C", Code: "75"}, "/coverage/memberId", domain.QueueRegistration, "another set"},
		{"AAA03 73: the subscriber's name", child(), domain.Reject{Loop: "2010C", Code: "73"}, "/coverage/subscriber/lastName", domain.QueueRegistration, ""},
		{"AAA03 78: the group", knee(), domain.Reject{Loop: "2010C", Code: "78"}, "/coverage/groupNumber", domain.QueueRegistration, ""},
		{"AAA03 43 in 2010B: who asks", knee(), domain.Reject{Loop: "2010B", Code: "43"}, "/requesting/npi", domain.QueueAuthorizations, "all other cases"},
		{"AAA03 43 in 2010EA: where it is done", knee(), domain.Reject{Loop: "2010EA", Code: "43"}, "/facility/npi", domain.QueueAuthorizations, ""},
		{"AAA03 43 in 2010F: who performs it", knee(), domain.Reject{Loop: "2010F", Code: "43"}, "/servicing/npi", domain.QueueAuthorizations, ""},
		{"AAA03 45: the specialty", knee(), domain.Reject{Loop: "2010F", Code: "45"}, "/servicing/taxonomy", domain.QueueAuthorizations, ""},
		{"AAA03 51: a provider not on file is credentialing's", knee(), domain.Reject{Loop: "2010B", Code: "51"}, "/requesting/npi", domain.QueueLead, "credentialing"},
		{"AAA03 57 in 2000E: the planned date", knee(), domain.Reject{Loop: "2000E", Code: "57"}, "/plannedDate", domain.QueueAuthorizations, ""},
		{"AAA03 57 in 2000F: the service's own date", oneService, domain.Reject{Loop: "2000F", Code: "57"}, "/services/0/from", domain.QueueAuthorizations, ""},
		{"AAA03 AG in 2000F: which of two services it does not say", knee(), domain.Reject{Loop: "2000F", Code: "AG"}, "", domain.QueueAuthorizations, "procedure"},
		{"AAA03 AG in 2000F: the connector has found which", knee(), domain.Reject{Loop: "2000F", Field: "/services/1/code", Code: "AG"}, "/services/1/code", domain.QueueAuthorizations, ""},
		{"AAA03 AF: the diagnosis", knee(), domain.Reject{Loop: "2000E", Code: "AF"}, "/diagnoses/0", domain.QueueAuthorizations, ""},
		{"AAA03 15 in 2010D: the loop tells", child(), domain.Reject{Loop: "2010D", Code: "15"}, "/patient/lastName", domain.QueueAuthorizations, "the loop"},
		{"AAA03 15 in 2000A: no field of an order", knee(), domain.Reject{Loop: "2000A", Code: "15"}, "", domain.QueueAuthorizations, ""},
		{"AAA03 70: a clinician looks", oneService, domain.Reject{Loop: "2000F", Code: "70"}, "/patient/sex", domain.QueueClinical, "clinician"},
		{"AAA03 41: the manager enrols", knee(), domain.Reject{Loop: "2000A", Code: "41"}, "", domain.QueueLead, "enrol"},
		{"AAA03 42: the payer was down", knee(), domain.Reject{Loop: "2000A", Code: "42"}, "", domain.QueueIntegration, "later"},
		{"AAA03 T4: the payer's profile", knee(), domain.Reject{Loop: "2010A", Code: "T4"}, "", domain.QueueIntegration, "profile"},
		{"AAA04 N: not again", knee(), domain.Reject{Loop: "2010C", Code: "72", FollowUp: "N"}, "/coverage/memberId", domain.QueueRegistration, "another way"},
		{"AAA04 X: again after ten days", knee(), domain.Reject{Loop: "2010C", Code: "72", FollowUp: "X"}, "/coverage/memberId", domain.QueueRegistration, "after 10 days"},
		{"AAA04 Y: the answer follows", knee(), domain.Reject{Loop: "2010C", Code: "72", FollowUp: "Y"}, "/coverage/memberId", domain.QueueRegistration, "do not send again"},
		{"IK304 8: the form of the file is the integration's", knee(), domain.Reject{Loop: "2010C", Code: "8", Words: "Segment has data element errors"}, "", domain.QueueIntegration, "Segment has data element errors (8)"},
		{"a code nobody knows is shown as it came", knee(), domain.Reject{Loop: "2010C", Code: "Q9"}, "", domain.QueueIntegration, "The payer refused the request (Q9)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			words, field, queue := domain.RejectWords(row.reject, row.order)
			require.Equal(t, row.field, field)
			require.Equal(t, row.queue, queue)
			require.Contains(t, words, row.words)
			require.Contains(t, words, "("+row.reject.Code+")")
		})
	}
}

// Whatever a field names must be a fact that can be corrected, or the task leads nowhere.
func TestEvery_field_a_reject_names_can_be_corrected(t *testing.T) {
	t.Parallel()
	order := child()
	for code := 0; code < 100; code++ {
		for _, c := range []string{twoDigits(code), "AE", "AF", "AG", "AO", "CI", "E8", "T5"} {
			for _, loop := range []string{"", "2000A", "2010A", "2010B", "2010C", "2010D", "2000E", "2010EA", "2000F", "2010F"} {
				_, field, _ := domain.RejectWords(domain.Reject{Loop: loop, Code: c}, order)
				if field == "" {
					continue
				}
				_, _, err := order.With([]domain.Correct{{Pointer: field, Value: ""}})
				if err != nil {
					require.NotContains(t, strings.Join(found(err.(*domain.Invalid).Fields), " "), "pointer", "%s in %s: %s", c, loop, field)
				}
			}
		}
	}
}

func twoDigits(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

func TestA_reject_code_that_we_explain_has_words(t *testing.T) {
	t.Parallel()
	for code := 0; code < 100; code++ {
		words, _, _ := domain.RejectWords(domain.Reject{Code: twoDigits(code)}, knee())
		if !strings.HasPrefix(words, "The payer refused") {
			require.NotEmpty(t, codes.Words(codes.RejectReason, twoDigits(code)))
			require.False(t, strings.HasPrefix(words, " ("), words)
		}
	}
}

func TestWhat_the_payer_wants_next_is_told_by_AAA04(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name                       string
		followUp                   string
		resend                     bool
		days                       int
		answerFollows, sameOneMore bool
	}{
		{"C correct and resubmit", "C", true, 0, false, false},
		{"R resubmission allowed", "R", true, 0, false, false},
		{"P resend the original", "P", true, 0, false, true},
		{"N not allowed", "N", false, 0, false, false},
		{"W wait 30 days", "W", true, 30, false, false},
		{"X wait 10 days", "X", true, 10, false, false},
		{"S asked a third party: do not resend", "S", false, 0, true, false},
		{"Y held, answer follows: do not resend", "Y", false, 0, true, false},
		{"none, from a 999", "", true, 0, false, false},
		{"a letter nobody knows", "Q", false, 0, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := domain.Reject{FollowUp: row.followUp}
			require.Equal(t, row.resend, r.MayResend())
			require.Equal(t, row.days, r.WaitDays())
			require.Equal(t, row.answerFollows, r.AnswerFollows())
			require.Equal(t, row.sameOneMore, r.SameAgain())
		})
	}
}

func TestAn_answer_may_be_sent_again_only_if_all_its_rejects_allow_it_after_the_longest_wait(t *testing.T) {
	t.Parallel()
	of := func(followUps ...string) domain.Answer {
		a := domain.Answer{Said: domain.Rejected}
		for _, f := range followUps {
			a.Rejects = append(a.Rejects, domain.Reject{Code: "72", FollowUp: f})
		}
		return a
	}
	ok, days := of("C", "X", "W").MayResend()
	require.True(t, ok)
	require.Equal(t, 30, days)
	ok, days = of("C", "W", "N").MayResend()
	require.False(t, ok)
	require.Zero(t, days)
	ok, _ = of().MayResend()
	require.True(t, ok)
}
