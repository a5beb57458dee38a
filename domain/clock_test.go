package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"parley/domain"
)

func TestA_payers_clock_is_the_one_of_the_coverage(t *testing.T) {
	t.Parallel()
	const (
		std = domain.Standard
		exp = domain.Expedited
	)
	for _, row := range []struct {
		name     string
		product  domain.Product
		funding  domain.Funding
		urgency  domain.Urgency
		received string // in America/New_York
		due      string // in America/New_York
		source   string
	}{
		{"42 CFR 422.568(b): a standard request received in 2026 has 7 calendar days", domain.MedicareAdvantage, domain.Government, std, "2026-11-20T16:45", "2026-11-27T23:59", "42 CFR 422.568(b)"},
		{"42 CFR 422.568(b): one received on the last evening of 2025 has 14", domain.MedicareAdvantage, domain.Government, std, "2025-12-31T23:30", "2026-01-14T23:59", "42 CFR 422.568(b)"},
		{"42 CFR 422.568(b): one received in the first minutes of 2026 has 7", domain.MedicareAdvantage, domain.Government, std, "2026-01-01T00:10", "2026-01-08T23:59", "42 CFR 422.568(b)"},
		{"42 CFR 422.572: an expedited one has 72 hours, through a weekend", domain.MedicareAdvantage, domain.Government, exp, "2026-11-20T16:45", "2026-11-23T16:45", "42 CFR 422.572"},
		{"the product alone decides where Medicare pays", domain.MedicareAdvantage, domain.FundingUnknown, exp, "2026-11-20T16:45", "2026-11-23T16:45", "42 CFR 422.572"},
		{"42 CFR 422.631: an integrated plan's standard request has 7 calendar days", domain.IntegratedDSNP, domain.Government, std, "2026-03-04T09:00", "2026-03-11T23:59", "42 CFR 422.631"},
		{"42 CFR 422.631: and had 14 before 2026", domain.IntegratedDSNP, domain.Government, std, "2025-11-04T09:00", "2025-11-18T23:59", "42 CFR 422.631"},
		{"42 CFR 422.631: an integrated plan's expedited request has 72 hours", domain.IntegratedDSNP, domain.Government, exp, "2026-03-06T09:00", "2026-03-09T10:00", "42 CFR 422.631"},
		{"42 CFR 438.210(d)(1): Medicaid managed care had 14 calendar days before 2026", domain.MedicaidManagedCare, domain.Government, std, "2025-06-02T09:00", "2025-06-16T23:59", "42 CFR 438.210(d)(1)"},
		{"42 CFR 438.210(d)(1): and has 7 in rating periods that start from 2026", domain.MedicaidManagedCare, domain.Government, std, "2026-11-02T09:00", "2026-11-09T23:59", "42 CFR 438.210(d)(1)"},
		{"42 CFR 438.210(d)(1): from 2027 in all", domain.MedicaidManagedCare, domain.Government, std, "2027-01-01T09:00", "2027-01-08T23:59", "42 CFR 438.210(d)(1)"},
		{"42 CFR 438.210(d)(2): an expedited one has 72 hours", domain.MedicaidManagedCare, domain.Government, exp, "2026-11-25T09:00", "2026-11-28T09:00", "42 CFR 438.210(d)(2)"},
		{"42 CFR 440.230(e): Medicaid fee-for-service has 7 calendar days from 2026", domain.MedicaidFFS, domain.Government, std, "2026-02-02T09:00", "2026-02-09T23:59", "42 CFR 440.230(e)"},
		{"42 CFR 440.230(e): and 72 hours for an expedited one", domain.MedicaidFFS, domain.Government, exp, "2026-02-02T09:00", "2026-02-05T09:00", "42 CFR 440.230(e)"},
		{"42 CFR 419.82: Medicare hospital outpatient has 7 calendar days", domain.MedicareFFS, domain.Government, std, "2026-11-20T09:00", "2026-11-27T23:59", "42 CFR 419.82, notices of the MACs"},
		{"42 CFR 419.82: expedited is 2 business days, over Thanksgiving", domain.MedicareFFS, domain.Government, exp, "2026-11-25T09:00", "2026-11-30T23:59", "42 CFR 419.82, notices of the MACs"},
		{"29 CFR 2560.503-1(f)(2)(iii)(A): a self-funded plan has 15 days before the service", domain.Commercial, domain.SelfFunded, std, "2026-11-20T09:00", "2026-12-05T23:59", "29 CFR 2560.503-1(f)(2)(iii)(A)"},
		{"29 CFR 2560.503-1(f)(2)(i): 72 hours for urgent care", domain.Commercial, domain.SelfFunded, exp, "2026-11-20T09:00", "2026-11-23T09:00", "29 CFR 2560.503-1(f)(2)(i)"},
		{"45 CFR 147.136(b): the same days hold for an insured plan", domain.Commercial, domain.Insured, std, "2026-11-20T09:00", "2026-12-05T23:59", "45 CFR 147.136(b), 29 CFR 2560.503-1(f)(2)(iii)(A)"},
		{"45 CFR 147.136(b): and the same hours", domain.Commercial, domain.Insured, exp, "2026-11-20T09:00", "2026-11-23T09:00", "45 CFR 147.136(b), 29 CFR 2560.503-1(f)(2)(i)"},
		{"CMS-0057-F: its clocks do not hold for a plan on the exchange", domain.Exchange, domain.Insured, std, "2026-11-20T09:00", "2026-12-05T23:59", "45 CFR 147.136(b), 29 CFR 2560.503-1(f)(2)(iii)(A)"},
		{"45 CFR 147.136(b): urgent care on the exchange has 72 hours", domain.Exchange, domain.Insured, exp, "2026-11-20T09:00", "2026-11-23T09:00", "45 CFR 147.136(b), 29 CFR 2560.503-1(f)(2)(i)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			const zone = "America/New_York"
			received, err := time.ParseInLocation("2006-01-02T15:04", row.received, domain.Zone(zone))
			require.NoError(t, err)
			d, ok := domain.PayerClock(domain.Coverage{Product: row.product, Funding: row.funding}, row.urgency, received, zone, "Larkfield")
			require.True(t, ok)
			require.Equal(t, row.due, d.Due.In(domain.Zone(zone)).Format("2006-01-02T15:04"))
			require.Equal(t, row.source, d.Source)
			require.Equal(t, "Larkfield answers", d.Name)
			require.Equal(t, received.UTC(), d.From)
			require.Equal(t, zone, d.Zone)
			require.NotEmpty(t, d.Rule)
			require.Len(t, d.Warn, 2)
			require.True(t, d.Warning(d.Due.Add(-d.Warn[1])))
			require.False(t, d.Warning(received))
		})
	}
}

func TestThere_is_no_clock_and_no_citation_where_nobody_knows_the_rule(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name     string
		coverage domain.Coverage
		received time.Time
	}{
		{"unknown funding of a commercial plan", domain.Coverage{Product: domain.Commercial, Funding: domain.FundingUnknown}, now},
		{"an unknown product, whoever pays", domain.Coverage{Product: domain.ProductUnknown, Funding: domain.SelfFunded}, now},
		{"a plan of a government's employees, which has rules of its own", domain.Coverage{Product: domain.Commercial, Funding: domain.Government}, now},
		{"a self-funded plan on the exchange, which cannot be", domain.Coverage{Product: domain.Exchange, Funding: domain.SelfFunded}, now},
		{"42 CFR 440.230(e): Medicaid fee-for-service before 2026", domain.Coverage{Product: domain.MedicaidFFS, Funding: domain.Government}, now.AddDate(-1, 0, 0)},
		{"nothing told at all", domain.Coverage{}, now},
		{"an unknown instant of receipt", domain.Coverage{Product: domain.MedicareAdvantage, Funding: domain.Government}, time.Time{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d, ok := domain.PayerClock(row.coverage, domain.Standard, row.received, "America/Chicago", "Larkfield")
			require.False(t, ok)
			require.Empty(t, d)
		})
	}
}

func TestReviews_other_than_before_the_service_have_clocks_of_their_own(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		kind     domain.ReviewKind
		coverage domain.Coverage
		urgency  domain.Urgency
		words    string
		verified bool
	}{
		{"42 CFR 422.568(b): a Part B drug", domain.DrugReview, advantage, domain.Standard, "72 hours", false},
		{"42 CFR 422.572: a Part B drug, expedited", domain.DrugReview, advantage, domain.Expedited, "24 hours", false},
		{"29 CFR 2560.503-1(f)(2)(ii): more of a course of urgent care", domain.Concurrent, selfFunded, domain.Expedited, "24 hours", true},
		{"29 CFR 2560.503-1(f)(2)(ii): the same in an insured plan", domain.Concurrent, insured, domain.Expedited, "24 hours", true},
		{"29 CFR 2560.503-1(f)(2)(iii)(B): after the service", domain.Retro, selfFunded, domain.Standard, "30 calendar days", true},
		{"29 CFR 2560.503-1(f)(2)(iii)(B): the same in an insured plan", domain.Retro, insured, domain.Standard, "30 calendar days", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r, ok := domain.ClockRuleFor(row.kind, row.coverage, row.urgency, "2026-11-20")
			require.True(t, ok)
			require.Equal(t, row.words, r.Length.Words())
			require.Less(t, r.Length.Warn()[0], r.Length.After(time.Time{}, time.UTC).Sub(time.Time{}), "a warning before the start warns of nothing")
			require.Equal(t, row.verified, r.Verified)
		})
	}
}

func TestA_payer_is_never_given_more_time_by_a_zone_than_a_day(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		received := time.Unix(rapid.Int64Range(1767312000, 2082758400).Draw(t, "received"), 0)
		zone := rapid.SampledFrom([]string{"America/New_York", "America/Chicago", "America/Phoenix", "Pacific/Honolulu", "Pacific/Guam", "", "Nowhere/None"}).Draw(t, "zone")
		standard, ok := domain.PayerClock(advantage, domain.Standard, received, zone, "Larkfield")
		require.True(t, ok)
		length := standard.Due.Sub(received)
		require.Greater(t, length, 7*24*time.Hour-2*time.Hour)
		require.LessOrEqual(t, length, 8*24*time.Hour+2*time.Hour)
		expedited, ok := domain.PayerClock(advantage, domain.Expedited, received, zone, "Larkfield")
		require.True(t, ok)
		require.Equal(t, 72*time.Hour, expedited.Due.Sub(received))
	})
}

func TestA_length_of_one_is_written_in_the_singular(t *testing.T) {
	t.Parallel()
	require.Equal(t, "1 business day", domain.Length{N: 1, Unit: domain.BusinessDays}.Words())
	require.Equal(t, "2 business days", domain.Length{N: 2, Unit: domain.BusinessDays}.Words())
}
