package domain

import (
	"fmt"
	"strings"

	"parley/codes"
)

// MayResend reports whether the payer takes the request again: AAA04. C and R ask for a
// corrected one, P for the same one, W and X for one after a wait. N refuses; S and Y say that
// the payer holds the request and will answer, so that another one would be a duplicate. A
// 999 or TA1 has no AAA04: what it refused never arrived.
func (r Reject) MayResend() bool {
	switch r.FollowUp {
	case "", "C", "R", "P", "W", "X":
		return true
	}
	return false // N, S, Y, and what nobody knows
}

// WaitDays is how many calendar days the payer wants to pass before it is asked again.
func (r Reject) WaitDays() int {
	switch r.FollowUp {
	case "W":
		return 30
	case "X":
		return 10
	}
	return 0
}

// AnswerFollows reports whether the payer holds the request and will answer by itself.
func (r Reject) AnswerFollows() bool { return r.FollowUp == "S" || r.FollowUp == "Y" }

// SameAgain reports whether the payer wants the same request once more, uncorrected.
func (r Reject) SameAgain() bool { return r.FollowUp == "P" }

// MayResend reports whether every reject of an answer lets the request be sent again, and
// after how many days.
func (a Answer) MayResend() (ok bool, waitDays int) {
	for _, r := range a.Rejects {
		if !r.MayResend() {
			return false, 0
		}
		waitDays = max(waitDays, r.WaitDays())
	}
	return true, waitDays
}

// remedy is what to do about a reject, who does it, and which field it is about. A field may
// begin with a word for whose data it is, told by the loop: see Reject.field.
type remedy struct {
	do    string
	field string
	queue Queue
}

// remedyTable is what AAA03 asks for, as data. Who corrects follows from whose data is wrong:
// a member's are registration's, a provider's record is kept once for all cases.
var remedyTable = []struct {
	codes string
	remedy
}{
	{"15 33 T5", remedy{"correct what the loop names and send again", "@loop", QueueAuthorizations}},
	{"43 47 97", remedy{doProvider, "@provider/npi", QueueAuthorizations}},
	{"44", remedy{doProvider, "@provider/name", QueueAuthorizations}},
	{"45", remedy{doProvider, "@provider/taxonomy", QueueAuthorizations}},
	{"46", remedy{doProvider, "@provider/phone", QueueAuthorizations}},
	{"48", remedy{doProvider, "/requesting/npi", QueueAuthorizations}},
	{"49 50 51 52 79", remedy{"the payer does not take requests for this provider: have the credentialing looked into", "@provider/npi", QueueLead}},
	{"53", remedy{"the service does not go with this kind of provider: correct either", "@service/code", QueueAuthorizations}},
	{"54 55 AG", remedy{"correct the procedure", "@service/code", QueueAuthorizations}},
	{"56 57 63", remedy{"correct the date", "@date", QueueAuthorizations}},
	{"62", remedy{"the payer does not look at this date: correct it, or ask by another way", "@date", QueueAuthorizations}},
	{"58 60 71", remedy{doMember, "@person/birthDate", QueueRegistration}},
	{"61", remedy{"the payer has a date of death before the service: ask the family, then the payer", "@date", QueueRegistration}},
	{"64 72", remedy{doMember, "/coverage/memberId", QueueRegistration}},
	{"65 73", remedy{doMember, "@person/lastName", QueueRegistration}},
	{"66 74", remedy{doMember, "@person/sex", QueueRegistration}},
	{"67 68 75 76", remedy{doSearch, "/coverage/memberId", QueueRegistration}},
	{"77", remedy{doSearch, "/coverage/relationship", QueueRegistration}},
	{"78", remedy{doSearch, "/coverage/groupNumber", QueueRegistration}},
	{"95", remedy{"check eligibility on the day of the service", "/coverage/memberId", QueueRegistration}},
	{"35", remedy{doClinical, "@provider/npi", QueueClinical}},
	{"69", remedy{doClinical, "@person/birthDate", QueueClinical}},
	{"70", remedy{doClinical, "@person/sex", QueueClinical}},
	{"98 E8", remedy{doClinical, "@service/code", QueueClinical}},
	{"AA IA MA CI", remedy{"look for the patient's authorization number on the payer's letter or portal", "", QueueAuthorizations}},
	{"AE", remedy{"the primary care provider must authorize it first: get the referral", "", QueueAuthorizations}},
	{"AF", remedy{"correct or add the diagnosis", "/diagnoses/0", QueueAuthorizations}},
	{"AO", remedy{"the payer wants more about the patient's condition: send clinical notes", "", QueueAuthorizations}},
	{"AH AI AJ AK AM AN", remedy{"the payer wants a date that an order does not hold: ask by another way", "", QueueAuthorizations}},
	{"41", remedy{"enrol with the payer for this transaction, or have it authorized", "", QueueLead}},
	{"42 80", remedy{"the payer was down: send again later, then call", "", QueueIntegration}},
	{"04", remedy{"too much in one file: the sending must be split", "", QueueIntegration}},
	{"T4", remedy{"the payer's profile lacks its name or ID", "", QueueIntegration}},
}

// What more than one remedy says.
const (
	doProvider = "correct it here, and in the provider's record for all other cases"
	doMember   = "compare with the card and the payer's eligibility answer, with the patient, and correct it"
	doSearch   = "check eligibility with another set of member number, name and birth date, and correct what differs"
	doClinical = "a clinician looks at the order: it does not fit the patient, or the payer wants it reviewed another way"
)

var remedies = func() map[string]remedy {
	byCode := map[string]remedy{}
	for _, row := range remedyTable {
		for _, code := range strings.Fields(row.codes) {
			byCode[code] = row.remedy
		}
	}
	return byCode
}()

// RejectWords says what a reject means and what to do, which field of the order it is about (a
// JSON pointer, empty if none can be told), and whose queue corrects it. A field that the
// connector has found is believed. A code of a 999 or TA1, or one that nobody knows, is the
// integration's: people who work cases can do nothing about the form of a file.
func RejectWords(r Reject, o Order) (words, field string, queue Queue) {
	means := codes.Words(codes.RejectReason, r.Code)
	todo, known := remedies[r.Code]
	if !known {
		if means = r.Words; means == "" {
			means = "The payer refused the request"
		}
		todo = remedy{"look at the file that was refused", "", QueueIntegration}
	}
	if field = r.Field; field == "" {
		field = r.field(todo.field, o)
	}
	return fmt.Sprintf("%s (%s): %s%s", means, r.Code, todo.do, r.followUpWords()), field, todo.queue
}

func (r Reject) followUpWords() string {
	switch r.FollowUp {
	case "N":
		return "; the payer does not take it again: ask by another way"
	case "P":
		return "; the payer wants the same request again"
	case "S", "Y":
		return "; do not send again: the payer holds the request and will answer"
	case "W", "X":
		return fmt.Sprintf("; send again after %d days", r.WaitDays())
	}
	return ""
}

// field resolves whose data a remedy is about. AAA stands in the loop of the data that is
// wrong: 2010B is who asks, 2010C the subscriber or a patient who stands as one, 2010D the
// dependent, 2000E the event and 2010E where it happens, 2000F a service and 2010F who performs it.
func (r Reject) field(of string, o Order) string {
	owner, rest, _ := strings.Cut(of, "/")
	switch owner {
	case "@person":
		return o.personIn(r.Loop) + "/" + rest
	case "@provider":
		return providerIn(r.Loop) + "/" + rest
	case "@service":
		return o.onlyService(rest)
	case "@date":
		if strings.HasPrefix(r.Loop, "2000F") {
			return o.onlyService("from")
		}
		return "/plannedDate"
	case "@loop":
		return o.loopField(r.Loop)
	}
	return of
}

func (o Order) personIn(loop string) string {
	subscriber := strings.HasPrefix(loop, "2010C") || strings.HasPrefix(loop, "2000C")
	if subscriber && o.Coverage.Relationship != "self" && !o.Coverage.OwnMemberID {
		return "/coverage/subscriber"
	}
	return "/patient"
}

func providerIn(loop string) string {
	switch {
	case strings.HasPrefix(loop, "2010F"), strings.HasPrefix(loop, "2000F"):
		return "/servicing"
	case strings.HasPrefix(loop, "2010E"), strings.HasPrefix(loop, "2000E"):
		return "/facility"
	}
	return "/requesting"
}

// onlyService is a field of the service, where there is but one: the loop does not say which.
func (o Order) onlyService(field string) string {
	if len(o.Services) != 1 {
		return ""
	}
	return pointerTo("/services", 0) + "/" + field
}

func (o Order) loopField(loop string) string {
	switch {
	case strings.HasPrefix(loop, "2010B"), strings.HasPrefix(loop, "2010E"), strings.HasPrefix(loop, "2010F"):
		return providerIn(loop) + "/npi"
	case strings.HasPrefix(loop, "2010C"), strings.HasPrefix(loop, "2010D"):
		return o.personIn(loop) + "/lastName"
	case strings.HasPrefix(loop, "2000F"):
		return o.onlyService("code")
	case strings.HasPrefix(loop, "2000E"):
		return "/plannedDate"
	}
	return ""
}
