package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Two rows that hold at once would make the order of the table decide.
func TestAt_most_one_clock_holds_at_a_time(t *testing.T) {
	t.Parallel()
	products := []Product{MedicareAdvantage, IntegratedDSNP, MedicareFFS, MedicaidManagedCare, MedicaidFFS, Commercial, Exchange, ProductUnknown}
	for _, p := range products {
		for _, f := range []Funding{Insured, SelfFunded, Government, FundingUnknown} {
			for _, u := range []Urgency{Standard, Expedited} {
				for _, k := range []ReviewKind{PreService, Concurrent, Retro, DrugReview} {
					for _, on := range []Date{"2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01", "2031-06-30"} {
						var held []string
						for _, r := range clockRules {
							if r.holds(k, Coverage{Product: p, Funding: f}, u, on) {
								held = append(held, r.Name)
							}
						}
						require.LessOrEqual(t, len(held), 1, "%s %s %s %s %s: %v", p, f, u, k, on, held)
					}
				}
			}
		}
	}
}

// A rule without its source cannot be cited, and one whose name hides its length misleads.
func TestEvery_clock_names_its_length_and_its_source(t *testing.T) {
	t.Parallel()
	for _, r := range clockRules {
		require.Contains(t, r.Name, r.Length.Words())
		require.Regexp(t, `CFR \d+\.\d+`, r.Source, r.Name)
		require.NotEmpty(t, r.Extends, r.Name)
		require.NotEmpty(t, r.Late, r.Name)
		require.Equal(t, r.Length.Unit == Hours, r.Zone == NoZone, r.Name)
	}
}
