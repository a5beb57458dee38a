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
	expedited              bool
	asked                  int // days ago, by portal, before Parley had it
}

var lines = []line{
	{"Alderbrook", "June", "1949-03-11", "F", "larkfield", "LKF1000A01", "27447", "Knee replacement", "M17.11", 21, false, 0},
	{"Birchfield", "Otto", "1952-07-30", "M", "larkfield", "LKF1000A02", "70553", "MRI of the brain", "G43.909", 6, false, 0},
	{"Cobblewood", "Iris", "1947-12-05", "F", "larkfield", "LKF1000A03", "27130", "Hip replacement", "M16.11", 14, true, 0},
	{"Dunmore", "Felix", "1950-01-17", "M", "larkfield", "LKF1000Z81", "27447", "Knee replacement", "M17.12", 30, false, 0},
	{"Elmsworth", "Nora", "1955-09-23", "F", "larkfield", "LKF1000Z82", "27130", "Hip replacement", "M16.12", 28, false, 0},
	{"Fallowfield", "Abel", "1946-05-02", "M", "larkfield", "LKF1000Z04", "27447", "Knee replacement", "M17.11", 18, false, 0},
	{"Gorseland", "Tess", "1951-02-28", "F", "larkfield", "LKF1000A07", "49505", "Hernia repair", "K40.90", 12, false, 0},
	{"Hazelmere", "Ruth", "1948-08-08", "F", "larkfield", "LKF1000A08", "99213", "Office visit", "I10", 3, false, 0},
	{"Inglenook", "Sam", "1953-04-19", "M", "larkfield", "LKF1000A09", "27447", "Knee replacement", "M17.11", 10, false, 9},
	{"Juniper", "Mae", "1991-06-14", "F", "saltmeadow", "SMC2000Z14", "29881", "Knee arthroscopy", "M23.205", 20, false, 0},
	{"Kestrelton", "Ian", "1987-10-01", "M", "saltmeadow", "SMC2000A02", "E0601", "CPAP device", "G47.33", 9, false, 0},
	{"Larchmont", "Opal", "1979-11-26", "F", "northmoor", "NMM3000A01", "J1745", "Infliximab infusion", "K50.00", 7, true, 0},
	{"Mossbank", "Cyril", "1983-03-03", "M", "northmoor", "NMM3000Z12", "27447", "Knee replacement", "M17.11", 25, false, 0},
	{"Nettleton", "Vera", "1975-05-21", "F", "northmoor", "NMM3000A03", "27130", "Hip replacement", "M16.11", 16, false, 0},
	{"Oakhurst", "Hugo", "1969-01-09", "M", "fenwright", "FBS4000A01", "72148", "MRI of the lumbar spine", "M54.16", 8, false, 0},
	{"Pebbleton", "Ines", "1972-12-12", "F", "fenwright", "FBS4000Z92", "27447", "Knee replacement", "M17.12", 22, false, 0},
	{"Quarryman", "Lou", "1966-07-07", "M", "harrowgate", "HPP5000A01", "27447", "Knee replacement", "M17.11", 19, false, 0},
	{"Rushmere", "Edie", "1981-02-13", "F", "quillbrook", "QHG6000Z94", "27447", "Knee replacement", "M17.11", 24, false, 0},
	{"Saltby", "Noel", "1977-09-09", "M", "quillbrook-unknown", "QHG6000Z91", "27130", "Hip replacement", "M16.12", 13, false, 0},
	{"Thornley", "Wren", "1964-04-30", "F", "quillbrook", "QHG6000Z93", "27447", "Knee replacement", "M17.12", 27, false, 0},
}

// orders are the practice's, with dates around now.
func orders(now time.Time) (out []order) {
	today := domain.DateOf(now, domain.Zone("America/Chicago"))
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
		if i%4 == 3 {
			o.Facility, o.Requesting, o.Servicing, o.Where, o.Place = "south", lindt, lindt, clinic, "11"
		}
		if l.expedited {
			o.Urgency, o.Statement = domain.Expedited, "DELAY COULD SERIOUSLY JEOPARDIZE FUNCTION"
		}
		if l.asked > 0 {
			o.Midway = &midway{SentAt: now.AddDate(0, 0, -l.asked).UTC(), Channel: domain.ByPortal, Reference: fmt.Sprintf("PRT-%04d", 4000+i)}
		}
		out = append(out, o)
	}
	return out
}
