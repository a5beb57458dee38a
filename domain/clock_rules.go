package domain

// Words that more than one rule needs.
const (
	extendMA       = "14 calendar days more with written notice: the member asks, evidence from a provider without contract, or exceptional cause; papers missing from a contracted practice are no ground"
	extendMedicaid = "14 calendar days more if the member or provider asks, or the plan shows that it serves the member"
	lateMA         = "counts as an adverse decision and may be appealed"
	lateMedicaid   = "counts as a denial on the day the time runs out: notice and appeal"
	lateERISA      = "internal review may be deemed exhausted: external review or court"
	pauseERISA     = "15 days more once, with notice before day 15; if information is lacking the clock stands still and the claimant has at least 45 days"
	urgentERISA    = "none; if the request is incomplete the plan says so in 24 hours, gives at least 48 hours, and decides 48 hours after it has the information or that time ends, whichever is first"
	stateShorter   = "state law may be shorter"
)

var (
	toInsured    = []Funding{Insured}
	toSelfFunded = []Funding{SelfFunded}
	insuredKinds = []Product{Commercial, Exchange}
)

// clockRules is every clock a payer answers under, as data: changed law is a changed row.
// Of a product, funding, urgency, kind and day of receipt at most one row holds.
//
// CMS-0057-F (89 FR 8758) shortened the standard clocks from 2026-01-01, not for drugs,
// not for plans on the exchange, not for commercial plans, not for Medicare FFS.
var clockRules = []ClockRule{
	{
		Name: "Medicare Advantage standard, 7 calendar days", Products: []Product{MedicareAdvantage},
		Urgency: Standard, Kind: PreService, From: "2026-01-01", Length: Length{7, CalendarDays}, Zone: AskersZone,
		Extends: extendMA, Late: lateMA, Source: "42 CFR 422.568(b)", Verified: true,
		Note: "services under prior authorization; others have 14 days",
	},
	{
		Name: "Medicare Advantage standard, 14 calendar days", Products: []Product{MedicareAdvantage},
		Urgency: Standard, Kind: PreService, Before: "2026-01-01", Length: Length{14, CalendarDays}, Zone: AskersZone,
		Extends: extendMA, Late: lateMA, Source: "42 CFR 422.568(b)", Verified: true,
	},
	{
		Name: "Medicare Advantage expedited, 72 hours", Products: []Product{MedicareAdvantage},
		Urgency: Expedited, Kind: PreService, Length: Length{72, Hours}, Zone: NoZone,
		Extends: extendMA, Late: lateMA, Source: "42 CFR 422.572", Verified: true,
		Note: "a physician's word expedites it: 42 CFR 422.570(c)(2)(ii)",
	},
	{
		Name: "Medicare Advantage Part B drug standard, 72 hours", Products: []Product{MedicareAdvantage},
		Urgency: Standard, Kind: DrugReview, Length: Length{72, Hours}, Zone: NoZone,
		Extends: "none", Late: lateMA, Source: "42 CFR 422.568(b)",
	},
	{
		Name: "Medicare Advantage Part B drug expedited, 24 hours", Products: []Product{MedicareAdvantage},
		Urgency: Expedited, Kind: DrugReview, Length: Length{24, Hours}, Zone: NoZone,
		Extends: "none", Late: lateMA, Source: "42 CFR 422.572",
	},
	// Integrated plans follow 422.629 to .634 in lieu of 422.568, .570 and .572 (422.566(a)).
	{
		Name: "Integrated D-SNP standard, 7 calendar days", Products: []Product{IntegratedDSNP},
		Urgency: Standard, Kind: PreService, From: "2026-01-01", Length: Length{7, CalendarDays}, Zone: AskersZone,
		Extends: extendMA, Late: "integrated reconsideration", Source: "42 CFR 422.631",
	},
	{
		Name: "Integrated D-SNP standard, 14 calendar days", Products: []Product{IntegratedDSNP},
		Urgency: Standard, Kind: PreService, Before: "2026-01-01", Length: Length{14, CalendarDays}, Zone: AskersZone,
		Extends: extendMA, Late: "integrated reconsideration", Source: "42 CFR 422.631",
	},
	{
		Name: "Integrated D-SNP expedited, 72 hours", Products: []Product{IntegratedDSNP},
		Urgency: Expedited, Kind: PreService, Length: Length{72, Hours}, Zone: NoZone,
		Extends: extendMA, Late: "integrated reconsideration", Source: "42 CFR 422.631",
		Note: "a provider's word expedites it: 42 CFR 422.631(c)(3)",
	},
	// 438.210(d)(1) counts by rating period: 7 days in one that starts on or after 2026-01-01. A
	// July-to-June contract changes on 2026-07-01, and by the end of 2026 every one has. An order does
	// not know its contract's period, so that the row of that year says what may hold instead.
	{
		Name: "Medicaid managed care standard, 14 calendar days", Products: []Product{MedicaidManagedCare},
		Urgency: Standard, Kind: PreService, Before: "2026-01-01", Length: Length{14, CalendarDays}, Zone: AskersZone,
		Extends: extendMedicaid, Late: lateMedicaid, Source: "42 CFR 438.210(d)(1)", Verified: true, Note: stateShorter,
	},
	{
		Name:     "Medicaid managed care standard, 7 calendar days (14 while a rating period begun before 2026 runs)",
		Products: []Product{MedicaidManagedCare},
		Urgency:  Standard, Kind: PreService, From: "2026-01-01", Before: "2027-01-01", Length: Length{7, CalendarDays}, Zone: AskersZone,
		Extends: extendMedicaid, Late: lateMedicaid, Source: "42 CFR 438.210(d)(1)", Verified: true, Note: stateShorter,
	},
	{
		Name: "Medicaid managed care standard, 7 calendar days", Products: []Product{MedicaidManagedCare},
		Urgency: Standard, Kind: PreService, From: "2027-01-01", Length: Length{7, CalendarDays}, Zone: AskersZone,
		Extends: extendMedicaid, Late: lateMedicaid, Source: "42 CFR 438.210(d)(1)", Verified: true, Note: stateShorter,
	},
	{
		Name: "Medicaid managed care expedited, 72 hours", Products: []Product{MedicaidManagedCare},
		Urgency: Expedited, Kind: PreService, Length: Length{72, Hours}, Zone: NoZone,
		Extends: extendMedicaid, Late: lateMedicaid, Source: "42 CFR 438.210(d)(2)", Verified: true,
		Note: "the provider's indication is enough",
	},
	{
		Name: "Medicaid fee-for-service standard, 7 calendar days", Products: []Product{MedicaidFFS},
		Urgency: Standard, Kind: PreService, From: "2026-01-01", Length: Length{7, CalendarDays}, Zone: AskersZone,
		Extends: "14 calendar days more", Late: "the state's rule", Source: "42 CFR 440.230(e)", Verified: true,
		Note: "some states begin later with the consent of CMS",
	},
	{
		Name: "Medicaid fee-for-service expedited, 72 hours", Products: []Product{MedicaidFFS},
		Urgency: Expedited, Kind: PreService, From: "2026-01-01", Length: Length{72, Hours}, Zone: NoZone,
		Extends: "none", Late: "the state's rule", Source: "42 CFR 440.230(e)", Verified: true,
		Note: "some states begin later with the consent of CMS",
	},
	{
		Name: "Medicare hospital outpatient standard, 7 calendar days", Products: []Product{MedicareFFS},
		Urgency: Standard, Kind: PreService, From: "2025-01-01", Length: Length{7, CalendarDays}, Zone: AskersZone,
		Extends: "none", Late: "ask the MAC", Source: "42 CFR 419.82, notices of the MACs", Verified: true,
		Note: "the programmes for ambulance and surgery centers have the same days",
	},
	{
		Name: "Medicare hospital outpatient expedited, 2 business days", Products: []Product{MedicareFFS},
		Urgency: Expedited, Kind: PreService, From: "2025-01-01", Length: Length{2, BusinessDays}, Zone: AskersZone,
		Extends: "none", Late: "ask the MAC", Source: "42 CFR 419.82, notices of the MACs", Verified: true,
		Note: "ambulance has no expedited review",
	},
	{
		Name: "Insured plan pre-service, 15 calendar days", Products: insuredKinds, Fundings: toInsured,
		Urgency: Standard, Kind: PreService, Length: Length{15, CalendarDays}, Zone: AskersZone,
		Extends: pauseERISA, Late: lateERISA, Source: "45 CFR 147.136(b), 29 CFR 2560.503-1(f)(2)(iii)(A)", Verified: true, Note: stateShorter,
	},
	{
		Name: "Insured plan urgent, 72 hours", Products: insuredKinds, Fundings: toInsured,
		Urgency: Expedited, Kind: PreService, Length: Length{72, Hours}, Zone: NoZone,
		Extends: urgentERISA, Late: lateERISA, Source: "45 CFR 147.136(b), 29 CFR 2560.503-1(f)(2)(i)", Verified: true, Note: stateShorter,
	},
	{
		Name: "Insured plan urgent extension, 24 hours", Products: insuredKinds, Fundings: toInsured,
		Urgency: Expedited, Kind: Concurrent, Length: Length{24, Hours}, Zone: NoZone,
		Extends: "none", Late: "care goes on meanwhile", Source: "45 CFR 147.136(b), 29 CFR 2560.503-1(f)(2)(ii)", Verified: true,
		Note: "asked at least 24 hours before the approved care ends",
	},
	{
		Name: "Insured plan post-service, 30 calendar days", Products: insuredKinds, Fundings: toInsured,
		Urgency: Standard, Kind: Retro, Length: Length{30, CalendarDays}, Zone: AskersZone,
		Extends: "15 days more once", Late: lateERISA, Source: "45 CFR 147.136(b), 29 CFR 2560.503-1(f)(2)(iii)(B)", Verified: true, Note: stateShorter,
	},
	{
		Name: "Self-funded plan pre-service, 15 calendar days", Products: []Product{Commercial}, Fundings: toSelfFunded,
		Urgency: Standard, Kind: PreService, Length: Length{15, CalendarDays}, Zone: AskersZone,
		Extends: pauseERISA, Late: lateERISA, Source: "29 CFR 2560.503-1(f)(2)(iii)(A)", Verified: true,
	},
	{
		Name: "Self-funded plan urgent, 72 hours", Products: []Product{Commercial}, Fundings: toSelfFunded,
		Urgency: Expedited, Kind: PreService, Length: Length{72, Hours}, Zone: NoZone,
		Extends: urgentERISA, Late: lateERISA, Source: "29 CFR 2560.503-1(f)(2)(i)", Verified: true,
	},
	{
		Name: "Self-funded plan urgent extension, 24 hours", Products: []Product{Commercial}, Fundings: toSelfFunded,
		Urgency: Expedited, Kind: Concurrent, Length: Length{24, Hours}, Zone: NoZone,
		Extends: "none", Late: "care goes on meanwhile", Source: "29 CFR 2560.503-1(f)(2)(ii)", Verified: true,
		Note: "asked at least 24 hours before the approved care ends",
	},
	{
		Name: "Self-funded plan post-service, 30 calendar days", Products: []Product{Commercial}, Fundings: toSelfFunded,
		Urgency: Standard, Kind: Retro, Length: Length{30, CalendarDays}, Zone: AskersZone,
		Extends: "15 days more once", Late: lateERISA, Source: "29 CFR 2560.503-1(f)(2)(iii)(B)", Verified: true,
	},
}
