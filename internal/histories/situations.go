package main

import (
	"fmt"
	"hash/crc32"
	"time"

	"parley/domain"
)

// situation is a place where a case stands, and how it comes there.
type situation struct {
	kind   domain.CaseKind
	name   string
	order  domain.Order
	midway *domain.Midway
	script string // of the simulated payer
	acts   []act
	now    string // where it stands then
	asking bool   // and an inquiry is on its way
	first  bool   // the case's first run is meant, not its last
}

func (s situation) id() domain.CaseID { return domain.ChildID("histories", string(s.kind)+"/"+s.name) }

// start is the argument of the case's workflow.
func (s situation) start() any {
	opening := domain.Opening{CaseID: s.id(), Kind: s.kind, By: dana, At: time.Now().UTC(), Facility: "north", Zone: "America/Chicago"}
	if s.kind == domain.Escalation {
		return domain.NewEscalation{Opening: opening, Payer: "larkfield", Name: "Larkfield Health", Trouble: domain.PayerUnreachable, Since: time.Now().UTC()}
	}
	o := s.order
	// A member of its own: the same request for the same member is a duplicate to the payer.
	o.Coverage.MemberID = fmt.Sprintf("LKF%010d", crc32.ChecksumIEEE([]byte(s.name)))
	o.Fill("America/Chicago")
	return domain.NewAuthorization{Opening: opening, Order: o, Midway: s.midway}
}

func inDays(n int) domain.Date { return domain.DateOf(time.Now(), time.UTC).AddDays(n) }

// order is what most situations begin with: a knee for a Medicare Advantage plan.
func order(change ...func(*domain.Order)) domain.Order {
	ada := domain.Provider{NPI: "1234567893", Last: "Okafor", First: "Ada", Phone: "3125550100"}
	o := domain.Order{
		Facility: "north", Patient: domain.Patient{First: "Rosa", Last: "Featherstone", BirthDate: "1951-04-02", Sex: "F"},
		Coverage: domain.Coverage{
			Payer: "larkfield", MemberID: "LKF100200300", Product: domain.MedicareAdvantage, Funding: domain.Government, State: "OH", Relationship: "self",
		},
		Requesting: ada, Servicing: ada, Where: domain.Provider{NPI: "1245319599", Last: "Northside Surgery Center"},
		Services:  []domain.OrderService{{Code: "27447", Words: "Knee replacement", Units: 1}},
		Diagnoses: []string{"M17.11"}, Place: "24", Planned: inDays(20), Urgency: domain.Standard,
	}
	for _, c := range change {
		c(&o)
	}
	return o
}

func hernia(o *domain.Order) {
	o.Services = []domain.OrderService{{Code: "49505", Words: "Hernia repair", Units: 1}}
}

func past(o *domain.Order) { o.Planned = inDays(-3) }

func of(o *domain.Order, p domain.PayerID, product domain.Product, funding domain.Funding) {
	o.Coverage.Payer, o.Coverage.Product, o.Coverage.Funding = p, product, funding
}

// harrowgate is asked by hand.
func harrowgate(o *domain.Order) { of(o, "harrowgate", domain.MedicareAdvantage, domain.Government) }

// northmoor does not prove that nothing came by not finding it; here it is impatient.
func northmoor(o *domain.Order) { of(o, "northmoor", domain.Commercial, domain.Insured) }

// quillbrook is the payer of somebody whose employer may bear the risk, or not.
func quillbrook(o *domain.Order) { of(o, "quillbrook", domain.Commercial, domain.FundingUnknown) }

const (
	pends   = `{rules: [{name: p, then: {decide: pend}}]}`
	papers  = `{rules: [{name: p, then: {decide: pend, wants: {pwk: [OZ], dueDays: 9}}}]}`
	denies  = `{rules: [{name: d, then: {decide: deny, reasons: ["0F"]}}]}`
	cancels = `{rules: [{name: c, then: {decide: cancel}}]}`
	rejects = `{rules: [{name: r, then: {decide: reject, rejects: [{loop: 2010C, code: "75", followUp: C}]}}]}`
	silent  = `{rules: [{name: s, then: {deliver: silent}}]}`
	garbage = `{rules: [{name: g, then: {deliver: garbage}}]}`
	lasting = `{rules: [{name: a, then: {decide: approve, number: A1, days: 90}}]}`
	lost    = `{rules: [{name: l, times: 1, when: {asks: [review]}, then: {deliver: error-before}}]}`
	// Payers that say nothing to an inquiry, about a request that was lost and about one that was not.
	lostMute  = `{rules: [{name: l, when: {asks: [review]}, then: {deliver: error-before}}, {name: m, when: {asks: [inquiry]}, then: {deliver: silent}}]}`
	pendsMute = `{rules: [{name: m, when: {asks: [inquiry]}, then: {deliver: silent}}, {name: p, then: {decide: pend}}]}`
	corrects  = `{rules: [{name: r, times: 1, then: {decide: reject, rejects: [{loop: 2010C, code: "75", followUp: C}]}}]}`
)

func asked(days int, a *domain.Answer) *domain.Midway {
	at := time.Now().UTC().AddDate(0, 0, -days)
	if a != nil {
		a.By, a.At, a.Channel = dana, at, domain.ByPortal
	}
	return &domain.Midway{SentAt: at, Channel: domain.ByPortal, Reference: "OLD-1", Answer: a}
}

const (
	pa        = domain.PriorAuthorization
	undecided = "nobody knows yet whether authorization is needed"
	denied    = "denied; appeal or accept?"
	toFile    = "the appeal is to be filed"
	approved  = "approved, until the service is done"
	pended    = "Larkfield Health pended the request"
	toRead    = "Larkfield Health answered; a person must read it"
	toCorrect = "rejected, to be corrected"
	byHand    = "to be asked by hand"
	appealed  = "Larkfield Health has the appeal"
	lostOne   = "nobody knows whether Northmoor Mutual has the request"
	away      = "Larkfield Health is out of reach"
)

var (
	no     = domain.NeedDecided{Needed: "no", Reference: "CALL-9"}
	fight  = domain.AppealDecided{Appeal: "appeal", Reason: "conservative care failed"}
	accept = domain.AppealDecided{Appeal: "accept", Reason: "another service will do"}
	filed  = domain.AppealFiled{Channel: domain.ByFax, On: inDays(0), Filer: domain.FilerPhysician}

	expired = &domain.Answer{Said: domain.CertifiedInTotal, Number: "OLD-3", Through: inDays(-1)}
	goesOn  = []act{notes(undecided, 40), does(undecided, domain.NeedDecided{Needed: "yes"})}
)

// situations are every wait of every kind, and every way to end.
var situations = []situation{
	{kind: pa, name: "need-undecided", order: order(hernia), now: undecided},
	{kind: pa, name: "coverage-to-confirm", order: order(func(o *domain.Order) { o.Coverage.Term = inDays(3) }), now: "coverage is not in force on the planned date"},
	{kind: pa, name: "to-be-asked-by-hand", order: order(harrowgate), now: byHand},
	{kind: pa, name: "asked-by-hand", order: order(harrowgate), acts: []act{
		does(byHand, domain.SentByHand{Channel: domain.ByFax, At: time.Now(), Reference: "FX-1"}),
	}, now: "waiting for Harrowgate Provider Plan"},
	{kind: pa, name: "asking", order: order(), script: silent, now: "asking Larkfield Health"},
	{kind: pa, name: "pended", order: order(), script: pends, now: pended},
	{kind: pa, name: "pended-with-papers", order: order(), script: papers, now: pended},
	{kind: pa, name: "pended-papers-sent", order: order(), script: papers, acts: []act{
		does(pended, domain.DocumentsSent{Documents: []string{"notes"}, Channel: domain.ByFax}),
	}, now: pended},
	{kind: pa, name: "pended-told-approved", order: order(), script: papers, acts: []act{
		isTold(pended, domain.Answer{Channel: domain.ByPortal, Said: domain.CertifiedInTotal, Number: "PT-1", Through: inDays(60)}),
	}, now: approved},
	{kind: pa, name: "status-asked", order: order(northmoor), script: pends, acts: []act{once(inquired)}, now: "Northmoor Mutual pended the request"},
	{kind: pa, name: "status-being-asked", order: order(northmoor), script: pendsMute, now: "Northmoor Mutual pended the request", asking: true},
	{kind: pa, name: "funding-unknown", order: order(quillbrook), script: pends, now: "Quillbrook Health Group pended the request"},
	{kind: pa, name: "funding-found", order: order(quillbrook), script: pends, acts: []act{
		does("pended the request", domain.CoverageConfirmed{Product: domain.Commercial, Funding: domain.Insured, State: "OH"}),
	}, now: "Quillbrook Health Group pended the request"},
	{kind: pa, name: "late-to-be-called", order: order(), midway: asked(12, nil), now: "waiting for Larkfield Health"},
	{kind: pa, name: "late-called", order: order(), midway: asked(12, nil), acts: []act{
		does("waiting for", domain.PayerCalled{With: "Tom", Reference: "C-1", Promised: inDays(2)}),
	}, now: "waiting for Larkfield Health"},
	{kind: pa, name: "to-be-read", order: order(), script: cancels, now: toRead},
	{kind: pa, name: "to-be-read-past-its-last-day", order: order(), midway: asked(40, expired), now: toRead},
	{kind: pa, name: "rejected", order: order(), script: rejects, now: toCorrect},
	{kind: pa, name: "corrected-and-sent-again", order: order(), script: corrects, acts: []act{
		does(toCorrect, domain.RequestCorrected{Action: "send-again", Corrections: []domain.Correct{{Pointer: "/patient/birthDate", Value: "1951-04-03"}}}),
	}, now: approved},
	{kind: pa, name: "unknown-to-be-asked", order: order(), script: garbage, now: "finding out whether Larkfield Health has the request"},
	{kind: pa, name: "unknown-being-asked", order: order(northmoor), script: lostMute, now: "finding out whether Northmoor Mutual has the request", asking: true},
	{kind: pa, name: "unknown-for-a-person", order: order(northmoor), script: lost, now: lostOne},
	{kind: pa, name: "unknown-found-absent", order: order(northmoor), script: lost, acts: []act{
		does(lostOne, domain.FoundOut{Arrived: "no", With: "Tom"}),
	}, now: approved},
	{kind: pa, name: "unknown-found-arrived", order: order(northmoor), script: lost, acts: []act{
		does(lostOne, domain.FoundOut{Arrived: "yes", With: "Tom", Reference: "N-1"}),
	}, now: "waiting for Northmoor Mutual"},
	{kind: pa, name: "denied-to-decide", order: order(), script: denies, now: denied},
	{kind: pa, name: "denied-funding-unknown", order: order(quillbrook), script: denies, now: "denied; nobody knows yet which appeal holds"},
	{kind: pa, name: "appeal-to-file", order: order(), script: denies, acts: []act{does(denied, fight)}, now: toFile},
	{kind: pa, name: "appeal-awaited", order: order(), script: denies, acts: []act{does(denied, fight), does(toFile, filed)}, now: appealed},
	{kind: pa, name: "appeal-won", order: order(), script: denies, acts: []act{
		does(denied, fight), does(toFile, filed),
		isTold(appealed, domain.Answer{Channel: domain.ByLetter, Said: domain.CertifiedInTotal, Number: "AP-1", Through: inDays(60)}),
	}, now: approved},
	{kind: pa, name: "approved", order: order(), now: approved},
	{kind: pa, name: "was-it-done", order: order(past), script: lasting, now: "was the service done?"},
	{kind: pa, name: "visit-moved", order: order(past), script: lasting, acts: []act{
		does("was the service done?", domain.ServiceConfirmed{Done: "moved", On: inDays(10)}),
	}, now: approved},
	{kind: pa, name: "held", order: order(hernia), acts: []act{holds(undecided)}, now: undecided},
	{kind: pa, name: "resumed", order: order(hernia), acts: []act{
		holds(undecided), says(undecided, domain.ResumeCase, domain.Resumption{ID: domain.ResumeCase + "-1", By: dana}),
	}, now: undecided},
	{kind: pa, name: "with-a-reminder", order: order(hernia), acts: []act{reminds(undecided, 9*24*time.Hour)}, now: undecided},
	{kind: pa, name: "reminder-done", order: order(hernia), acts: []act{
		reminds(undecided, 3*time.Second), does(undecided, domain.ReminderDone{}),
	}, now: undecided},
	{kind: pa, name: "told-before-asking", order: order(hernia), acts: []act{
		isTold(undecided, domain.Answer{Channel: domain.ByPhone, Said: domain.CertifiedInTotal, Number: "PH-1", Through: inDays(60)}),
	}, now: approved},
	{kind: pa, name: "told-late", order: order(), acts: []act{isTold(approved, domain.Answer{Channel: domain.ByFax, Said: domain.Pended})}, now: approved},
	{kind: pa, name: "corrected", order: order(hernia), acts: []act{
		tells(undecided, domain.TellCorrection, domain.FactsCorrected{Corrections: []domain.Correct{{Pointer: "/services/0/code", Value: "27447"}}}),
	}, now: approved},
	{kind: pa, name: "taken-over-approved", order: order(), midway: asked(12, &domain.Answer{Said: domain.CertifiedInTotal, Number: "OLD-2", Through: inDays(60)}), now: approved},
	{kind: pa, name: "continued", order: order(hernia), script: pends, acts: goesOn, now: pended},
	{kind: pa, name: "continued-first-run", order: order(hernia), script: pends, acts: goesOn, now: pended, first: true},
	{kind: pa, name: "reopened", order: order(), script: denies, acts: []act{does(denied, accept), reopens("denied")}, now: denied},
	{kind: pa, name: "closed-not-required", order: order(hernia), acts: []act{does(undecided, no)}, now: "no authorization is needed"},
	{kind: pa, name: "closed-denied", order: order(), script: denies, acts: []act{does(denied, accept)}, now: "denied"},
	{kind: pa, name: "closed-upheld", order: order(), script: denies, acts: []act{
		does(denied, fight), does(toFile, filed),
		isTold(appealed, domain.Answer{Channel: domain.ByLetter, Said: domain.NotCertified, Reasons: []domain.Reason{{Code: "0P"}}, Noticed: inDays(0)}),
	}, now: "denied"},
	{kind: pa, name: "closed-used", order: order(), acts: []act{
		tells(approved, domain.TellServiceDone, domain.ServiceDone{On: inDays(20)}),
	}, now: "approved, and the service was done"},
	{kind: pa, name: "closed-expired", order: order(), midway: asked(40, expired), acts: []act{
		does(toRead, domain.AnswerReviewed{Meaning: domain.MeansApproved, Number: "OLD-3", Through: inDays(-1)}),
	}, now: "approved, and expired unused"},
	{kind: pa, name: "closed-cancelled", order: order(), script: cancels, acts: []act{
		does(toRead, domain.AnswerReviewed{Meaning: domain.MeansCancelled}),
	}, now: "cancelled by the payer"},
	{kind: pa, name: "closed-given-up", order: order(), script: rejects, acts: []act{
		does(toCorrect, domain.RequestCorrected{Action: "stop", Note: "not a member"}),
	}, now: "given up after a rejection"},
	{kind: pa, name: "closed-withdrawn", order: order(), script: papers, acts: []act{withdraws(pended)}, now: "withdrawn"},
	{kind: pa, name: "closed-withdrawn-while-asking", order: order(), script: silent, acts: []act{withdraws("asking Larkfield")}, now: "withdrawn"},
	{kind: domain.Escalation, name: "open", now: away},
	{kind: domain.Escalation, name: "closed-payer-back", acts: []act{
		tells(away, domain.TellReachable, struct{}{}),
	}, now: "Larkfield Health answers again"},
	{kind: domain.Escalation, name: "closed-settled", acts: []act{
		does(away, domain.TroubleSettled{Note: "asked by phone meanwhile"}),
	}, now: "settled by a person"},
}
