package domain

import (
	"slices"
	"time"
)

// Who may file an appeal: the words of AppealFiled.Filer.
const (
	FilerPhysician      = "physician" // who treats the patient
	FilerPatient        = "patient"
	FilerRepresentative = "representative"
	FilerProvider       = "provider" // who performs the service
)

// AppealName is the name of the clock under which an appeal must be filed.
const AppealName = "appeal is filed"

// Appeal is the first formal lane against a denial before the service: who may go it, until
// when, and how long the payer then has.
type Appeal struct {
	Lane      string   `json:"lane,omitempty"`    // what it is called
	Next      string   `json:"next,omitempty"`    // what follows where the payer upholds its denial
	Filer     []string `json:"filer,omitempty"`   // who may file
	Consent   bool     `json:"consent,omitempty"` // whoever files for the patient needs written consent
	Urgent    []string `json:"urgent,omitempty"`  // who may file an expedited one without it
	Deadline  Deadline `json:"deadline"`
	Standard  Length   `json:"standard"`  // within which the payer decides
	Expedited Length   `json:"expedited"` // within which it decides if life, health or function hang on it; zero: not known
	Source    string   `json:"source,omitempty"`
	Note      string   `json:"note,omitempty"`
}

// MayFile reports whether someone may file, with or without the patient's written consent.
func (a Appeal) MayFile(filer string, consent bool, u Urgency) bool {
	if !slices.Contains(a.Filer, filer) {
		return false
	}
	return !a.Consent || consent || filer == FilerPatient || u == Expedited && slices.Contains(a.Urgent, filer)
}

// appealLane is one row of the law of appeals.
type appealLane struct {
	Name     string
	Products []Product
	Fundings []Funding // none: the product alone decides
	From     Date      // first date of a notice it holds for
	Days     int       // calendar days from the notice's date within which the appeal is received
	Counted  string    // how, in words
	Appeal             // without Deadline
	Verified bool
}

// The patient appeals before the service, and others in the patient's place; a contracted
// provider's dispute about payment is another lane, from the contract.
var appealLanes = []appealLane{
	{
		Name: "Medicare Advantage reconsideration, 65 calendar days", Products: []Product{MedicareAdvantage},
		// 60 days from receipt, which is presumed 5 days after the notice's date.
		From: "2025-01-01", Days: 65, Counted: "from the notice's date", Verified: true,
		Appeal: Appeal{
			Lane: "reconsideration by the plan", Next: "the plan sends it to the independent review entity by itself",
			Filer:    []string{FilerPhysician, FilerPatient, FilerRepresentative},
			Standard: Length{30, CalendarDays}, Expedited: Length{72, Hours}, Source: "42 CFR 422.578 to 422.590",
			Note: "the treating physician needs no representative form, and tells the patient; a representative needs form CMS-1696 or its equal",
		},
	},
	{
		Name: "Integrated reconsideration, 65 calendar days", Products: []Product{IntegratedDSNP},
		From: "2025-01-01", Days: 65, Counted: "from the notice's date", Verified: true,
		Appeal: Appeal{
			Lane: "integrated reconsideration by the plan", Next: "the independent review entity for Medicare, a state fair hearing for Medicaid",
			Filer:    []string{FilerPhysician, FilerPatient, FilerRepresentative},
			Standard: Length{30, CalendarDays}, Expedited: Length{72, Hours}, Source: "42 CFR 422.633",
			Note: "one path for Medicare and Medicaid, with other rights than Medicare Advantage gives",
		},
	},
	{
		Name: "Medicaid managed care appeal, 60 calendar days", Products: []Product{MedicaidManagedCare},
		Days: 60, Counted: "from the notice's date", Verified: true,
		Appeal: Appeal{
			Lane: "appeal to the plan", Next: "state fair hearing, asked within 120 days of the plan's resolution",
			Filer:    []string{FilerPatient, FilerProvider, FilerPhysician, FilerRepresentative},
			Consent:  true,
			Standard: Length{30, CalendarDays}, Expedited: Length{72, Hours}, Source: "42 CFR 438.402 to 438.408",
			Note: "for care to go on, the patient asks within 10 days of the notice or before the cut takes effect, whichever is later",
		},
	},
	{
		// 431.221(d) lets a state set less than 90 days: the letter's date, where it prints one, comes first.
		Name: "Medicaid fair hearing, at most 90 calendar days", Products: []Product{MedicaidFFS},
		Days: 90, Counted: "from the notice's mailing; a state may set less", Verified: true,
		Appeal: Appeal{
			Lane: "state fair hearing", Next: "the state's courts",
			Filer:    []string{FilerPatient, FilerRepresentative},
			Consent:  true,
			Standard: Length{90, CalendarDays}, Source: "42 CFR 431.220 to 431.244",
			Note: "ask the state how fast an expedited hearing is",
		},
	},
	{
		Name: "Internal appeal of an insured plan, 180 calendar days", Products: []Product{Commercial, Exchange}, Fundings: []Funding{Insured},
		Days: 180, Counted: "from receipt of the notice, taken to be its date", Verified: true,
		Appeal: Appeal{
			Lane: "internal appeal", Next: "external review by the state's process, asked within 4 months (45 CFR 147.136(c))",
			Filer:   []string{FilerPatient, FilerRepresentative, FilerPhysician},
			Consent: true, Urgent: []string{FilerPhysician},
			Standard: Length{30, CalendarDays}, Expedited: Length{72, Hours}, Source: "45 CFR 147.136(b), 29 CFR 2560.503-1(h)",
			Note: "a plan with two levels has 15 days for each; the state's department of insurance oversees it",
		},
	},
	{
		Name: "Internal appeal of a self-funded plan, 180 calendar days", Products: []Product{Commercial}, Fundings: []Funding{SelfFunded},
		Days: 180, Counted: "from receipt of the notice, taken to be its date", Verified: true,
		Appeal: Appeal{
			Lane: "internal appeal", Next: "federal external review by an independent organization, asked within 4 months (29 CFR 2590.715-2719(d))",
			Filer:   []string{FilerPatient, FilerRepresentative, FilerPhysician},
			Consent: true, Urgent: []string{FilerPhysician},
			Standard: Length{30, CalendarDays}, Expedited: Length{72, Hours}, Source: "29 CFR 2560.503-1(h)",
			Note: "a plan with two levels has 15 days for each; no state regulator",
		},
	},
}

// AppealRule is the lane against a denial whose notice bears a date, and whose letter may
// print the last day to appeal. The earlier of that day and the one the rule gives is due:
// the deadline's rule says which. Filed means received by the reviewer.
//
// It is false where the coverage is not known, where no rule is known to hold, and where
// neither date is known. Then there is no citation, and the deadline, if there is one, is the
// letter's own. Medicare FFS has no row: a request that was not affirmed is sent again, and
// what can be appealed is the claim's denial.
func AppealRule(c Coverage, notice, printed Date, zone string) (Appeal, bool) {
	lane, ok := appealLaneFor(c, notice, printed)
	if !ok {
		if !printed.Valid() {
			return Appeal{}, false
		}
		return Appeal{Deadline: appealDue(printed, notice, zone, "the last day the letter prints; no rule is known to hold", "")}, false
	}
	a := lane.Appeal
	rule, byRule := lane.Name+" "+lane.Counted, notice.AddDays(lane.Days)
	switch {
	case !notice.Valid() && !printed.Valid():
		return Appeal{}, false
	case !notice.Valid():
		a.Deadline = appealDue(printed, notice, zone, "the last day the letter prints; its own date is not known ("+rule+")", a.Source)
	case printed.Valid() && printed < byRule:
		a.Deadline = appealDue(printed, notice, zone, "the last day the letter prints, sooner than the rule's ("+rule+")", a.Source)
	case printed.Valid() && printed > byRule:
		a.Deadline = appealDue(byRule, notice, zone, rule+"; the letter prints a later day", a.Source)
	default:
		a.Deadline = appealDue(byRule, notice, zone, rule, a.Source)
	}
	return a, true
}

func appealLaneFor(c Coverage, notice, printed Date) (appealLane, bool) {
	on := notice
	if !on.Valid() {
		on = printed // later than the notice, but all that is known
	}
	i := slices.IndexFunc(appealLanes, func(l appealLane) bool {
		return slices.Contains(l.Products, c.Product) && (len(l.Fundings) == 0 || slices.Contains(l.Fundings, c.Funding)) && on >= l.From
	})
	if i < 0 || !c.Known() {
		return appealLane{}, false
	}
	return appealLanes[i], true
}

func appealDue(last, notice Date, zone, rule, source string) Deadline {
	place := Zone(zone)
	d := Deadline{
		Name: AppealName, Rule: rule, Source: source, Due: last.End(place).UTC(), Zone: place.String(),
		Warn: []time.Duration{14 * 24 * time.Hour, 7 * 24 * time.Hour, 48 * time.Hour},
		Then: "the right to appeal lapses",
	}
	if notice.Valid() {
		d.From = notice.In(place).UTC()
	}
	return d
}
