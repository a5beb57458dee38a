package cases

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"parley/domain"
)

const (
	facility = "bench"
	zone     = "America/Chicago"
)

var dana = domain.Actor{Kind: domain.Person, ID: "u-bench", Name: "Dana"}

func inDays(n int) domain.Date { return domain.DateOf(time.Now(), time.UTC).AddDays(n) }

// approved is an order that needs an authorization and that the simulated payer approves.
func approved() domain.NewAuthorization {
	surgeon := domain.Provider{NPI: "1234567893", Last: "Okafor", First: "Ada", Phone: "3125550100"}
	o := domain.Order{
		Facility: facility, Patient: domain.Patient{First: "Rosa", Last: "Featherstone", BirthDate: "1951-04-02", Sex: "F"},
		Coverage: domain.Coverage{
			// A member each: the same request for the same member is a duplicate to the payer.
			Payer: "larkfield", MemberID: "LKF" + strings.ToUpper(uuid.NewString()[:8]), Product: domain.MedicareAdvantage, Funding: domain.Government,
			State: "OH", Relationship: "self",
		},
		Requesting: surgeon, Servicing: surgeon, Where: domain.Provider{NPI: "1245319599", Last: "Northside Surgery Center"},
		Services:  []domain.OrderService{{Code: "27447", Words: "Knee replacement", Units: 1}},
		Diagnoses: []string{"M17.11"}, Place: "24", Planned: inDays(20), Urgency: domain.Standard,
	}
	o.Fill(zone)
	return domain.NewAuthorization{Opening: opening(), Order: o}
}

// undecided is an order of which no rule says whether it needs an authorization, for a
// policy that ends before the service: each of the first two steps puts a task before a
// person, and nothing leaves for the payer.
func undecided() domain.NewAuthorization {
	n := approved()
	n.Order.Services = []domain.OrderService{{Code: "49505", Words: "Hernia repair", Units: 1}}
	n.Order.Coverage.Term = inDays(3)
	return n
}

func opening() domain.Opening {
	return domain.Opening{CaseID: domain.CaseID(uuid.NewString()), Kind: domain.PriorAuthorization, By: dana, At: time.Now().UTC(), Facility: facility, Zone: zone}
}
