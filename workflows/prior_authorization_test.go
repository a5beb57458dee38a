package workflows_test

import (
	"testing"

	"parley/domain"
	"parley/internal/casestory"
	"parley/internal/testpg"
	"parley/workflows"
)

func TestMain(m *testing.M) { testpg.Main(m) }

const day = casestory.Day

// knee is an order that a Medicare Advantage plan wants authorized.
var knee = domain.Order{
	Facility: "north", Patient: domain.Patient{First: "Rosa", Last: "Featherstone", BirthDate: "1951-04-02", Sex: "F"},
	Coverage:   domain.Coverage{Payer: "larkfield", MemberID: "LKF100200300", Product: domain.MedicareAdvantage, Funding: domain.Government, State: "TX", Relationship: "self"},
	Requesting: domain.Provider{NPI: "1234567893", Last: "Okafor", First: "Ada", Phone: "3125550100"},
	Servicing:  domain.Provider{NPI: "1234567893", Last: "Okafor", First: "Ada"},
	Where:      domain.Provider{NPI: "1245319599", Last: "Northside Surgery Center"},
	Services:   []domain.OrderService{{Code: "27447", Words: "Knee replacement", Units: 1}},
	Diagnoses:  []string{"M17.11"}, Place: "24", Planned: "2026-03-20", Urgency: domain.Standard,
}

func TestPriorAuthorization_approved_at_once_and_used(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		w.Tells(`
			day 0`)
	})
}
