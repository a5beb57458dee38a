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

func of(p domain.PayerID, product domain.Product, funding domain.Funding) func(*domain.Order) {
	return func(o *domain.Order) { o.Coverage.Payer, o.Coverage.Product, o.Coverage.Funding = p, product, funding }
}

const (
	pends   = `{rules: [{name: p, then: {decide: pend}}]}`
	papers  = `{rules: [{name: p, then: {decide: pend, wants: {pwk: [OZ], dueDays: 9}}}]}`
	denies  = `{rules: [{name: d, then: {decide: deny, reasons: ["0F"]}}]}`
	cancels = `{rules: [{name: c, then: {decide: cancel}}]}`
	rejects = `{rules: [{name: r, then: {decide: reject, rejects: [{loop: 2010C, code: "75", followUp: C}]}}]}`
	silent  = `{rules: [{name: s, then: {deliver: silent}}]}`
	garbage = `{rules: [{name: g, then: {deliver: garbage}}]}`
	lasting = `{rules: [{name: a, then: {decide: approve, number: A1, days: 90}}]}`
	lost    = `{rules: [{name: l, when: {asks: [review]}, then: {deliver: error-before}}]}`
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
)

var (
	no     = domain.NeedDecided{Needed: "no", Reference: "CALL-9"}
	fight  = domain.AppealDecided{Appeal: "appeal", Reason: "conservative care failed"}
	accept = domain.AppealDecided{Appeal: "accept", Reason: "another service will do"}
)

// situations are every wait of every kind, and every way to end.
var situations = []situation{
	{kind: pa, name: "need-undecided", order: order(hernia), now: undecided},
	{kind: pa, name: "coverage-to-confirm", order: order(func(o *domain.Order) { o.Coverage.Term = inDays(3) }), now: "coverage is not in force"},
	{kind: pa, name: "to-be-asked-by-hand", order: order(of("harrowgate", domain.MedicareAdvantage, domain.Government)), now: "to be asked by hand"},
	{kind: pa, name: "asked-by-hand", order: order(of("harrowgate", domain.MedicareAdvantage, domain.Government)), acts: []act{
		does("to be asked by hand", domain.SentByHand{Channel: domain.ByFax, At: time.Now(), Reference: "FX-1"}),
	}, now: "waiting for Harrowgate"},
	{kind: pa, name: "asking", order: order(), script: silent, now: "asking Larkfield"},
	{kind: pa, name: "pended", order: order(), script: pends, now: "pended the request"},
	{kind: pa, name: "pended-with-papers", order: order(), script: papers, now: "pended the request"},
	{kind: pa, name: "pended-papers-sent", order: order(), script: papers, acts: []act{
		does("pended the request", domain.DocumentsSent{Documents: []string{"notes"}, Channel: domain.ByFax}),
	}, now: "pended the request"},
	{kind: pa, name: "funding-unknown", order: order(of("quillbrook", domain.Commercial, domain.FundingUnknown)), script: pends, now: "pended the request"},
	{kind: pa, name: "late-to-be-called", order: order(), midway: asked(12, nil), now: "waiting for Larkfield"},
	{kind: pa, name: "to-be-read", order: order(), script: cancels, now: "a person must read it"},
	{kind: pa, name: "rejected", order: order(), script: rejects, now: "rejected, to be corrected"},
	{kind: pa, name: "unknown-to-be-asked", order: order(), script: garbage, now: "finding out whether"},
	{
		kind: pa, name: "unknown-for-a-person", order: order(of("northmoor", domain.Commercial, domain.Insured)), script: lost, now: "nobody knows whether",
	},
	{kind: pa, name: "denied-to-decide", order: order(), script: denies, now: denied},
	{
		kind: pa, name: "denied-funding-unknown", order: order(of("quillbrook", domain.Commercial, domain.FundingUnknown)), script: denies,
		now: "nobody knows yet which appeal holds",
	},
	{kind: pa, name: "appeal-to-file", order: order(), script: denies, acts: []act{does(denied, fight)}, now: toFile},
	{kind: pa, name: "appeal-awaited", order: order(), script: denies, acts: []act{
		does(denied, fight), does(toFile, domain.AppealFiled{Channel: domain.ByFax, On: inDays(0), Filer: domain.FilerPhysician}),
	}, now: "has the appeal"},
	{kind: pa, name: "approved", order: order(), now: approved},
	{kind: pa, name: "was-it-done", order: order(func(o *domain.Order) { o.Planned = inDays(-3) }), script: lasting, now: "was the service done?"},
	{kind: pa, name: "held", order: order(hernia), acts: []act{
		says(undecided, domain.HoldCase, domain.HoldRequest{ID: domain.HoldCase + "-1", By: dana, Reason: "patient is away", Until: time.Now().AddDate(0, 0, 9)}),
	}, now: undecided},
	{kind: pa, name: "with-a-reminder", order: order(hernia), acts: []act{
		says(undecided, domain.RemindMe, domain.Reminder{ID: domain.RemindMe + "-1", By: dana, Words: "call", At: time.Now().AddDate(0, 0, 9)}),
	}, now: undecided},
	{kind: pa, name: "told-before-asking", order: order(hernia), acts: []act{
		isTold(undecided, domain.Answer{Channel: domain.ByPhone, Said: domain.CertifiedInTotal, Number: "PH-1", Through: inDays(60)}),
	}, now: approved},
	{kind: pa, name: "corrected", order: order(hernia), acts: []act{
		tells(undecided, domain.TellCorrection, domain.FactsCorrected{Corrections: []domain.Correct{{Pointer: "/services/0/code", Value: "27447"}}}),
	}, now: approved},
	{kind: pa, name: "taken-over-approved", order: order(), midway: asked(12, &domain.Answer{Said: domain.CertifiedInTotal, Number: "OLD-2", Through: inDays(60)}), now: approved},
	{kind: pa, name: "continued", order: order(hernia), script: pends, acts: []act{
		notes(undecided, 40), does(undecided, domain.NeedDecided{Needed: "yes"}),
	}, now: "pended the request"},
	{kind: pa, name: "reopened", order: order(), script: denies, acts: []act{does(denied, accept), reopens("denied")}, now: denied},
	{kind: pa, name: "closed-not-required", order: order(hernia), acts: []act{does(undecided, no)}, now: "no authorization is needed"},
	{kind: pa, name: "closed-denied", order: order(), script: denies, acts: []act{does(denied, accept)}, now: "denied"},
	{kind: pa, name: "closed-used", order: order(), acts: []act{tells(approved, domain.TellServiceDone, domain.ServiceDone{On: inDays(20)})}, now: "the service was done"},
	{kind: pa, name: "closed-expired", order: order(), midway: asked(40, &domain.Answer{Said: domain.CertifiedInTotal, Number: "OLD-3", Through: inDays(-1)}), now: "a person must read it"},
	{kind: pa, name: "closed-given-up", order: order(), script: rejects, acts: []act{
		does("rejected, to be corrected", domain.RequestCorrected{Action: "stop", Note: "not a member"}),
	}, now: "given up after a rejection"},
	{kind: pa, name: "closed-withdrawn", order: order(), script: papers, acts: []act{withdraws("pended the request")}, now: "withdrawn"},
	{kind: pa, name: "closed-withdrawn-while-asking", order: order(), script: silent, acts: []act{withdraws("asking Larkfield")}, now: "withdrawn"},
	{kind: domain.Escalation, name: "open", now: "Larkfield Health is out of reach"},
	{kind: domain.Escalation, name: "closed-payer-back", acts: []act{
		tells("is out of reach", domain.TellReachable, struct{}{}),
	}, now: "answers again"},
	{kind: domain.Escalation, name: "closed-settled", acts: []act{
		does("is out of reach", domain.TroubleSettled{Note: "asked by phone meanwhile"}),
	}, now: "settled by a person"},
}
