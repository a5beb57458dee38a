package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

var (
	advantage  = domain.Coverage{Product: domain.MedicareAdvantage, Funding: domain.Government}
	managed    = domain.Coverage{Product: domain.MedicaidManagedCare, Funding: domain.Government}
	insured    = domain.Coverage{Product: domain.Commercial, Funding: domain.Insured}
	selfFunded = domain.Coverage{Product: domain.Commercial, Funding: domain.SelfFunded}
)

func TestAn_appeal_is_due_by_the_rule_of_the_coverage_or_the_letters_earlier_day(t *testing.T) {
	t.Parallel()
	const zone = "America/Denver"
	for _, row := range []struct {
		name            string
		coverage        domain.Coverage
		notice, printed domain.Date
		last            domain.Date
		rule            string // part of it
	}{
		{"42 CFR 422.582(b): 65 calendar days from the notice's date", advantage, "2026-03-02", "", "2026-05-06", "65 calendar days from the notice's date"},
		{"42 CFR 422.582(b): the letter prints the same day", advantage, "2026-03-02", "2026-05-06", "2026-05-06", "65 calendar days from the notice's date"},
		{"42 CFR 422.582(b): the letter prints an earlier day, which rules", advantage, "2026-03-02", "2026-05-01", "2026-05-01", "sooner than the rule's"},
		{"42 CFR 422.582(b): the letter prints a later day, which does not", advantage, "2026-03-02", "2026-05-20", "2026-05-06", "prints a later day"},
		{"42 CFR 422.633(d)(1): 60 days and the 5 of presumed receipt", domain.Coverage{Product: domain.IntegratedDSNP, Funding: domain.Government}, "2026-03-02", "", "2026-05-06", "65 calendar days"},
		{"42 CFR 438.402(c)(2)(ii): 60 calendar days from the notice", managed, "2026-03-02", "", "2026-05-01", "60 calendar days"},
		{"42 CFR 431.221(d): at most 90 days, and a state's letter says less", domain.Coverage{Product: domain.MedicaidFFS, Funding: domain.Government}, "2026-03-02", "2026-04-01", "2026-04-01", "sooner than the rule's"},
		{"29 CFR 2560.503-1(h)(3)(i): 180 days", selfFunded, "2026-03-02", "", "2026-08-29", "180 calendar days from receipt"},
		{"45 CFR 147.136(b): 180 days", insured, "2026-03-02", "", "2026-08-29", "180 calendar days from receipt"},
		{"45 CFR 147.136(b): on the exchange too", domain.Coverage{Product: domain.Exchange, Funding: domain.Insured}, "2026-03-02", "", "2026-08-29", "180 calendar days from receipt"},
		{"a letter without a date leaves the day it prints", insured, "", "2026-05-20", "2026-05-20", "its own date is not known"},
		{"a printed day that does not exist is passed over", managed, "2026-03-02", "2026-02-30", "2026-05-01", "60 calendar days"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a, ok := domain.AppealRule(row.coverage, row.notice, row.printed, zone)
			require.True(t, ok)
			require.Equal(t, row.last.End(domain.Zone(zone)).UTC(), a.Deadline.Due)
			require.Contains(t, a.Deadline.Rule, row.rule)
			require.Equal(t, domain.AppealName, a.Deadline.Name)
			require.NotEmpty(t, a.Deadline.Source)
			require.NotEmpty(t, a.Lane)
		})
	}
}

func TestNo_lane_is_named_where_nobody_knows_the_rule_but_the_letters_own_day_is_kept(t *testing.T) {
	t.Parallel()
	unknown := domain.Coverage{Product: domain.Commercial, Funding: domain.FundingUnknown}
	a, ok := domain.AppealRule(unknown, "2026-03-02", "2026-05-20", "America/Denver")
	require.False(t, ok)
	require.Empty(t, a.Lane)
	require.Empty(t, a.Deadline.Source)
	require.Equal(t, "2026-05-21T05:59:59Z", a.Deadline.Due.Format(time.RFC3339))

	for _, row := range []struct {
		name            string
		coverage        domain.Coverage
		notice, printed domain.Date
	}{
		{"unknown funding, and the letter prints nothing", unknown, "2026-03-02", ""},
		{"Medicare fee-for-service: a request not affirmed is sent again", domain.Coverage{Product: domain.MedicareFFS, Funding: domain.Government}, "2026-03-02", ""},
		{"42 CFR 422.582(b) before 2025 counted otherwise", advantage, "2024-12-31", ""},
		{"neither date is known", insured, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a, ok := domain.AppealRule(row.coverage, row.notice, row.printed, "America/Denver")
			require.False(t, ok)
			require.Empty(t, a)
		})
	}
}

func TestWho_files_for_the_patient_needs_consent_where_the_rule_says_so(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		coverage domain.Coverage
		filer    string
		consent  bool
		urgency  domain.Urgency
		may      bool
	}{
		{"42 CFR 422.578: the treating physician files without a form", advantage, domain.FilerPhysician, false, domain.Standard, true},
		{"42 CFR 422.578: a contracted provider has the contract's lane only", advantage, domain.FilerProvider, true, domain.Standard, false},
		{"42 CFR 438.402(c)(1)(ii): a provider with written consent", managed, domain.FilerProvider, true, domain.Standard, true},
		{"42 CFR 438.402(c)(1)(ii): a provider without it does not", managed, domain.FilerProvider, false, domain.Standard, false},
		{"42 CFR 438.402(c)(1)(ii): nor in haste", managed, domain.FilerPhysician, false, domain.Expedited, false},
		{"42 CFR 438.402(c)(1)(ii): the patient needs nobody's consent", managed, domain.FilerPatient, false, domain.Standard, true},
		{"29 CFR 2560.503-1(b)(4): in urgent care the treating physician speaks for the patient", selfFunded, domain.FilerPhysician, false, domain.Expedited, true},
		{"29 CFR 2560.503-1(b)(4): otherwise not without consent", selfFunded, domain.FilerPhysician, false, domain.Standard, false},
		{"29 CFR 2560.503-1(b)(4): a representative is appointed", insured, domain.FilerRepresentative, false, domain.Expedited, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a, ok := domain.AppealRule(row.coverage, "2026-03-02", "", "America/Denver")
			require.True(t, ok)
			require.Equal(t, row.may, a.MayFile(row.filer, row.consent, row.urgency))
		})
	}
}

func TestWhat_follows_an_upheld_denial_depends_on_who_bears_the_risk(t *testing.T) {
	t.Parallel()
	state, _ := domain.AppealRule(insured, "2026-03-02", "", "America/Denver")
	federal, _ := domain.AppealRule(selfFunded, "2026-03-02", "", "America/Denver")
	require.Contains(t, state.Next, "the state's process")
	require.Contains(t, federal.Next, "federal external review")
	require.Equal(t, "30 calendar days", federal.Standard.Words())
	require.Equal(t, "72 hours", federal.Expedited.Words())
}
