package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

func found(fields []domain.FieldError) []string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Pointer+" "+f.Code)
	}
	return out
}

func TestAn_order_is_judged_for_what_its_fields_say_together(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		spoil    func(o *domain.Order)
		faults   []string
		warnings []string
	}{
		{
			"a patient cannot be born tomorrow",
			func(o *domain.Order) { o.Patient.BirthDate = "2026-11-21" },
			[]string{"/patient/birthDate in-future"},
			nil,
		},
		{"a patient may be born today", func(o *domain.Order) { o.Patient.BirthDate = "2026-11-20" }, nil, nil},
		{
			"nobody is more than 125 years old",
			func(o *domain.Order) { o.Patient.BirthDate = "1901-11-19" },
			[]string{"/patient/birthDate too-old"},
			nil,
		},
		{"someone may be 125 today", func(o *domain.Order) { o.Patient.BirthDate = "1901-11-20" }, nil, nil},
		{
			"a service before birth is impossible, by its planned date and by its own",
			func(o *domain.Order) {
				o.Patient.BirthDate = "2026-11-10"
				o.Planned, o.Services[0].From = "2026-11-09", "2026-11-09"
			},
			[]string{"/plannedDate before-birth", "/services/0/from before-birth"},
			nil,
		},
		{
			"no payer decides two years and a day ahead",
			func(o *domain.Order) {
				o.Planned, o.Services[0].From = "2028-11-21", "2028-11-21"
			},
			[]string{"/plannedDate too-far"},
			nil,
		},
		{
			"nor on what was planned more than a year ago",
			func(o *domain.Order) {
				o.Planned, o.Services[0].From, o.Coverage.Effective = "2025-11-19", "2025-11-19", ""
			},
			[]string{"/plannedDate too-late"},
			nil,
		},
		{
			"a year ago to the day may still be asked for",
			func(o *domain.Order) {
				o.Planned, o.Services[0].From, o.Coverage.Effective = "2025-11-20", "2025-11-20", ""
			},
			nil, nil,
		},
		{
			"a service's own first day is held to the same bounds",
			func(o *domain.Order) { o.Services[1].From, o.Services[1].Through = "2029-01-01", "2029-02-01" },
			[]string{"/services/1/from too-far"},
			nil,
		},
		{
			"a service cannot end before it begins",
			func(o *domain.Order) { o.Services[1].Through = "2026-12-09" },
			[]string{"/services/1/through ends-before-start"},
			nil,
		},
		{
			"nor before the planned day, if it names no first day",
			func(o *domain.Order) { o.Services[1].From, o.Services[1].Through = "", "2026-12-07" },
			[]string{"/services/1/through ends-before-start"},
			nil,
		},
		{
			"coverage cannot end before it begins",
			func(o *domain.Order) { o.Coverage.Term = "2025-12-31" },
			[]string{"/coverage/term ends-before-start"},
			nil,
		},
		{
			"coverage that ends before the service is a warning: it may be renewed",
			func(o *domain.Order) { o.Coverage.Term = "2026-12-07" },
			nil,
			[]string{"/coverage/term not-in-force"},
		},
		{
			"coverage that begins after the service is a warning: it may be granted for the past",
			func(o *domain.Order) { o.Coverage.Effective = "2026-12-09" },
			nil,
			[]string{"/coverage/effective not-in-force"},
		},
		{
			"a plan on the exchange is never self-funded",
			func(o *domain.Order) { o.Coverage.Product, o.Coverage.Funding = domain.Exchange, domain.SelfFunded },
			[]string{"/coverage/funding funding"},
			nil,
		},
		{
			"a line asked for twice is a mistake, in whatever order its modifiers stand",
			func(o *domain.Order) {
				o.Services[1] = o.Services[0]
				o.Services[0].Modifiers, o.Services[1].Modifiers = []string{"RT", "LT"}, []string{"LT", "RT"}
			},
			[]string{"/services/1 duplicate"},
			nil,
		},
		{
			"the same code on the other knee is another service",
			func(o *domain.Order) {
				o.Services[1] = o.Services[0]
				o.Services[1].Modifiers = []string{"LT"}
			},
			nil, nil,
		},
		{
			"a modifier stands once",
			func(o *domain.Order) { o.Services[0].Modifiers = []string{"RT", "RT"} },
			[]string{"/services/0/modifiers/1 duplicate"},
			nil,
		},
		{
			"a diagnosis with and without its point is the same",
			func(o *domain.Order) { o.Diagnoses = []string{"M17.11", "M1711"} },
			[]string{"/diagnoses/1 duplicate"},
			nil,
		},
		{
			"codes that our partial lists lack may be right: HCPCS II, modifier, ICD-10-CM, place",
			func(o *domain.Order) {
				o.Services[0].Code, o.Services[0].Modifiers = "E9999", []string{"Q0", "0Z"}
				o.Diagnoses[0], o.Place = "M17.119A", "98"
			},
			nil,
			[]string{
				"/services/0/code unlisted-code", "/services/0/modifiers/1 unlisted-code",
				"/diagnoses/0 unlisted-code", "/place unlisted-code",
			},
		},
		{
			"HCPCS II V5180 ended with 2018, modifier CP with 2017",
			func(o *domain.Order) { o.Services[0].Code, o.Services[0].Modifiers = "V5180", []string{"CP"} },
			nil,
			[]string{"/services/0/code code-not-in-force", "/services/0/modifiers/0 code-not-in-force"},
		},
		{"the ADA's codes are in no list of ours", func(o *domain.Order) { o.Services[0].Code = "D7140" }, nil, nil},
		{
			"an expedited request wants the physician's statement",
			func(o *domain.Order) { o.Urgency = domain.Expedited },
			nil,
			[]string{"/urgencyStatement statement"},
		},
		{
			"a statement of urgency on a standard request is strange",
			func(o *domain.Order) { o.Statement = "delay risks loss of function" },
			nil,
			[]string{"/urgency statement"},
		},
		{
			"dates that do not exist are left to the check of the fields",
			func(o *domain.Order) { o.Planned, o.Patient.BirthDate, o.Services[1].Through = "2026-02-30", "", "x" },
			nil, nil,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			o := knee()
			row.spoil(&o)
			faults, warnings := o.Judge(today)
			require.Equal(t, row.faults, found(faults))
			require.Equal(t, row.warnings, found(warnings))
		})
	}
}

func TestA_subscribers_birth_date_is_judged_too(t *testing.T) {
	t.Parallel()
	o := child()
	o.Coverage.Subscriber.BirthDate = "2030-01-01"
	faults, _ := o.Judge(today)
	require.Equal(t, []string{"/coverage/subscriber/birthDate in-future"}, found(faults))
}

func TestFilling_an_order_twice_changes_nothing_and_overwrites_nothing(t *testing.T) {
	t.Parallel()
	o := knee()
	o.Zone = ""
	o.Services[0].Unit, o.Services[0].From = "", ""
	o.Fill("America/Chicago")
	want := knee()
	want.Zone = "America/Chicago"
	require.Equal(t, want, o)
	o.Fill("America/New_York")
	require.Equal(t, want, o)
}
