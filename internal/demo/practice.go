package demo

import (
	"fmt"
	"time"

	"parley/domain"
)

// order is an order as the API takes it.
type order struct {
	domain.Order
	Midway *midway `json:"midway,omitempty"`
}

type midway struct {
	SentAt    time.Time      `json:"sentAt"`
	Channel   domain.Channel `json:"channel"`
	Reference string         `json:"reference"`
	Answer    *answer        `json:"answer,omitempty"`
}

// answer is what the payer had said before Parley had the case.
type answer struct {
	Channel domain.Channel       `json:"channel"`
	Said    domain.Certification `json:"said"`
	Number  string               `json:"number,omitempty"`
	From    domain.Date          `json:"from,omitempty"`
	Through domain.Date          `json:"through,omitempty"`
	Reasons []domain.Reason      `json:"reasons,omitempty"`
	Noticed domain.Date          `json:"noticed,omitempty"`
	At      time.Time            `json:"at"`
}

var (
	okafor  = domain.Provider{NPI: "1234567893", Last: "Okafor", First: "Ada", Phone: "3125550100"}
	lindt   = domain.Provider{NPI: "1200000010", Last: "Lindt", First: "Piet", Phone: "3125550101"}
	surgery = domain.Provider{NPI: "1245319599", Last: "Northside Surgery Center"}
	clinic  = domain.Provider{NPI: "1300000019", Last: "Southside Clinic"}
)

// coverage of the invented payers.
var coverages = map[string]domain.Coverage{
	"larkfield":          {Payer: "larkfield", Product: domain.MedicareAdvantage, Funding: domain.Government, State: "OH"},
	"saltmeadow":         {Payer: "saltmeadow", Product: domain.MedicaidManagedCare, Funding: domain.Government, State: "OH"},
	"northmoor":          {Payer: "northmoor", Product: domain.Commercial, Funding: domain.Insured, State: "OH"},
	"fenwright":          {Payer: "fenwright", Product: domain.Commercial, Funding: domain.SelfFunded, State: "OH", Group: "KILN-02"},
	"harrowgate":         {Payer: "harrowgate", Product: domain.Commercial, Funding: domain.Insured, State: "OH"},
	"quillbrook":         {Payer: "quillbrook", Product: domain.Commercial, Funding: domain.Insured, State: "OH"},
	"quillbrook-unknown": {Payer: "quillbrook", Product: domain.Commercial, Funding: domain.FundingUnknown, State: "OH"},
}

// line is one order of the practice. The end of the member number and the procedure tell
// the simulated payer what to do (internal/payersim/README.md).
type line struct {
	last, first, born, sex string
	coverage, member       string
	code, words, dx        string
	inDays                 int
	also                   func(o *order, today domain.Date)
}

var lines = []line{
	// Approved at once, approved fast, and approved through the mailbox.
	{"Alderbrook", "June", "1949-03-11", "F", "larkfield", "LKF1000A01", "27447", "Knee replacement", "M17.11", 21, nil},
	{"Cobblewood", "Iris", "1947-12-05", "F", "larkfield", "LKF1000A03", "27130", "Hip replacement", "M16.11", 14, expedited},
	{"Juniper", "Mae", "1991-06-14", "F", "saltmeadow", "SMC2000Z14", "29881", "Knee arthroscopy", "M23.205", 20, nil},
	{"Nettleton", "Vera", "1975-05-21", "F", "northmoor", "NMM3000A03", "27130", "Hip replacement", "M16.11", 16, nil},
	// Pended: the payer wants papers.
	{"Birchfield", "Otto", "1952-07-30", "M", "larkfield", "LKF1000A02", "70553", "MRI of the brain", "G43.909", 6, nil},
	{"Oakhurst", "Hugo", "1969-01-09", "M", "fenwright", "FBS4000A01", "72148", "MRI of the lumbar spine", "M54.16", 8, nil},
	{"Larchmont", "Opal", "1979-11-26", "F", "northmoor", "NMM3000A01", "J1745", "Infliximab infusion", "K50.00", 7, expedited},
	// Denied.
	{"Umberleigh", "Pia", "1985-08-16", "F", "saltmeadow", "SMC2000A03", "64483", "Spinal injection", "M54.16", 11, nil},
	// Rejected: the payer did not look at it.
	{"Dunmore", "Felix", "1950-01-17", "M", "larkfield", "LKF1000Z81", "27447", "Knee replacement", "M17.12", 30, nil},
	// To be read by a person: another period, a code that nobody knows, lines that differ, cancelled.
	{"Kestrelton", "Ian", "1987-10-01", "M", "saltmeadow", "SMC2000A02", "E0601", "CPAP device", "G47.33", 9, nil},
	{"Pebbleton", "Ines", "1972-12-12", "F", "fenwright", "FBS4000Z92", "27447", "Knee replacement", "M17.12", 22, nil},
	{"Rushmere", "Edie", "1981-02-13", "F", "quillbrook", "QHG6000Z94", "27447", "Knee replacement", "M17.11", 24, nil},
	{"Thornley", "Wren", "1964-04-30", "F", "quillbrook", "QHG6000Z93", "27447", "Knee replacement", "M17.12", 27, nil},
	// Nobody knows whether it arrived: garbage, a connection that died, no answer at all.
	{"Fallowfield", "Abel", "1946-05-02", "M", "larkfield", "LKF1000Z04", "27447", "Knee replacement", "M17.11", 18, nil},
	{"Mossbank", "Cyril", "1983-03-03", "M", "northmoor", "NMM3000Z12", "27447", "Knee replacement", "M17.11", 25, nil},
	{"Yarrowby", "Gil", "1944-10-20", "M", "larkfield", "LKF1000Z01", "27447", "Knee replacement", "M17.11", 17, nil},
	// No rule can tell; none is needed; coverage has ended; nobody knows who bears the risk; asked by hand.
	{"Gorseland", "Tess", "1951-02-28", "F", "larkfield", "LKF1000A07", "49505", "Hernia repair", "K40.90", 12, nil},
	{"Hazelmere", "Ruth", "1948-08-08", "F", "larkfield", "LKF1000A08", "99213", "Office visit", "I10", 3, nil},
	{"Elmsworth", "Nora", "1955-09-23", "F", "larkfield", "LKF1000A05", "27130", "Hip replacement", "M16.12", 28, coverageEnds},
	{"Saltby", "Noel", "1977-09-09", "M", "quillbrook-unknown", "QHG6000Z91", "27130", "Hip replacement", "M16.12", 13, nil},
	{"Quarryman", "Lou", "1966-07-07", "M", "harrowgate", "HPP5000A01", "27447", "Knee replacement", "M17.11", 19, nil},
	// Taken over in the middle: the payer is late, has denied, has approved.
	{"Inglenook", "Sam", "1953-04-19", "M", "larkfield", "LKF1000A09", "27447", "Knee replacement", "M17.11", 10, late},
	{"Vantry", "Cleo", "1970-02-02", "F", "fenwright", "FBS4000A04", "27130", "Hip replacement", "M16.11", 26, denied},
	{"Wexcombe", "Ned", "1968-11-11", "M", "quillbrook", "QHG6000A05", "27447", "Knee replacement", "M17.12", 15, approved},
}

func expedited(o *order, _ domain.Date) {
	o.Urgency, o.Statement = domain.Expedited, "DELAY COULD SERIOUSLY JEOPARDIZE FUNCTION"
}

func coverageEnds(o *order, today domain.Date) { o.Coverage.Term = today.AddDays(14) }

func late(o *order, today domain.Date) { o.Midway = asked(today.AddDays(-9), "PRT-4001") }

func denied(o *order, today domain.Date) {
	o.Midway = asked(today.AddDays(-20), "PRT-4002")
	o.Midway.Answer = &answer{
		Channel: domain.ByLetter, Said: domain.NotCertified, Reasons: []domain.Reason{{Code: "0F"}},
		Noticed: today.AddDays(-6), At: morning(today.AddDays(-2)),
	}
}

func approved(o *order, today domain.Date) {
	o.Midway = asked(today.AddDays(-12), "PRT-4003")
	o.Midway.Answer = &answer{
		Channel: domain.ByPortal, Said: domain.CertifiedInTotal, Number: "QA-77120", From: today.AddDays(-5), Through: today.AddDays(60),
		At: morning(today.AddDays(-5)),
	}
}

func asked(on domain.Date, reference string) *midway {
	return &midway{SentAt: morning(on), Channel: domain.ByPortal, Reference: reference}
}

func morning(on domain.Date) time.Time { return on.In(zone).Add(10 * time.Hour).UTC() }

var zone = domain.Zone("America/Chicago")

// orders are the practice's, with dates around a day: on the same day they are the same.
func orders(today domain.Date) (out []order) {
	for i, l := range lines {
		c := coverages[l.coverage]
		c.MemberID, c.Relationship = l.member, "self"
		o := order{Order: domain.Order{
			Source: "demonstration", SourceID: fmt.Sprintf("ORD-%03d", i+1), Facility: "north",
			Patient: domain.Patient{
				First: l.first, Last: l.last, BirthDate: domain.Date(l.born), Sex: l.sex, Record: fmt.Sprintf("MRN-%05d", 10001+i),
			},
			Coverage: c, Requesting: okafor, Servicing: okafor, Where: surgery,
			Services:  []domain.OrderService{{Code: l.code, Words: l.words, Units: 1}},
			Diagnoses: []string{l.dx}, Place: "24", Planned: today.AddDays(l.inDays), Urgency: domain.Standard,
		}}
		switch i % 4 {
		case 1:
			o.Facility = "central"
		case 3:
			o.Facility, o.Requesting, o.Servicing, o.Where, o.Place = "south", lindt, lindt, clinic, "22"
		}
		if l.also != nil {
			l.also(&o, today)
		}
		out = append(out, o)
	}
	return out
}
