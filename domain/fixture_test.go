package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

const today = domain.Date("2026-11-20")

// knee is an order without fault or warning: a knee replacement and its physical therapy.
func knee() domain.Order {
	provider := domain.Provider{NPI: "1234567893", Last: "Ortiz", First: "Elena", Phone: "5055550101", Taxonomy: "207X00000X"}
	return domain.Order{
		Source: "ehr", SourceID: "order-7", Facility: "north", Zone: "America/Denver",
		Patient: domain.Patient{First: "Ruth", Last: "Hale", BirthDate: "1954-02-11", Sex: "F", Record: "R-100"},
		Coverage: domain.Coverage{
			Payer: "larkfield", MemberID: "LK1002003", Group: "G7", Product: domain.MedicareAdvantage, Funding: domain.Government,
			State: "NM", Effective: "2026-01-01", Relationship: "self",
		},
		Requesting: provider, Servicing: provider,
		Where: domain.Provider{NPI: "1245319599", Last: "North Mesa Hospital", Phone: "5055550100"},
		Services: []domain.OrderService{
			{Code: "27447", Words: "Knee replacement", Modifiers: []string{"RT"}, Units: 1, Unit: "UN", From: "2026-12-08"},
			{Code: "97110", Words: "Physical therapy", Units: 12, Unit: "VS", From: "2026-12-10", Through: "2027-01-20"},
		},
		Diagnoses: []string{"M17.11"}, Place: "21", Planned: "2026-12-08", Urgency: domain.Standard,
	}
}

// child is an order for a dependent whom the payer finds through the subscriber.
func child() domain.Order {
	o := knee()
	o.Patient.BirthDate = "2019-05-04"
	o.Coverage.Relationship = "child"
	o.Coverage.Product, o.Coverage.Funding = domain.Commercial, domain.Insured
	o.Coverage.Subscriber = &domain.Patient{First: "Ada", Last: "Hale", BirthDate: "1988-07-01", Sex: "F"}
	o.Services = o.Services[:1]
	return o
}

func TestThe_orders_these_tests_start_from_are_without_fault(t *testing.T) {
	t.Parallel()
	for _, o := range []domain.Order{knee(), child()} {
		require.NoError(t, domain.Check(o))
		faults, warnings := o.Judge(today)
		require.Empty(t, faults)
		require.Empty(t, warnings)
	}
}
