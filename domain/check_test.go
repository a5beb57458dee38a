package domain_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

func TestA_check_names_every_fault_by_its_place_in_the_JSON(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		spoil  func(o *domain.Order)
		faults []string
	}{
		{"nothing at all", func(o *domain.Order) { *o = domain.Order{} }, []string{
			"/facilityId required", "/patient/firstName required", "/patient/lastName required", "/patient/birthDate required", "/patient/sex required",
			"/coverage/payer required", "/coverage/memberId required", "/coverage/product required", "/coverage/funding required", "/coverage/relationship required",
			"/coverage/subscriber required_unless", "/requesting/npi required", "/requesting/name required", "/servicing/npi required", "/servicing/name required",
			"/facility/npi required", "/facility/name required", "/services required", "/diagnoses required", "/place required", "/plannedDate required", "/urgency required",
		}},
		{"a source without its ID", func(o *domain.Order) { o.SourceID = "" }, []string{"/sourceId required_with"}},
		{"a zone of no place", func(o *domain.Order) { o.Zone = "America/Nowhere" }, []string{"/zone timezone"}},
		{"the machine's own zone is no zone", func(o *domain.Order) { o.Zone = "Local" }, []string{"/zone timezone"}},
		{"45 CFR 162.406: an NPI whose check digit is wrong", func(o *domain.Order) { o.Servicing.NPI = "1234567890" }, []string{"/servicing/npi npi"}},
		{"a day that does not exist", func(o *domain.Order) { o.Patient.BirthDate = "1954-02-30" }, []string{"/patient/birthDate date"}},
		{"a date not written as dates are", func(o *domain.Order) { o.Planned = "12/08/2026" }, []string{"/plannedDate date"}},
		{"a state that is none", func(o *domain.Order) { o.Coverage.State = "XX" }, []string{"/coverage/state state"}},
		{"a place that has no two digits", func(o *domain.Order) { o.Place = "OR" }, []string{"/place place"}},
		{"a phone without its area", func(o *domain.Order) { o.Requesting.Phone = "5550101" }, []string{"/requesting/phone phone10"}},
		{"a taxonomy cut short", func(o *domain.Order) { o.Requesting.Taxonomy = "207X" }, []string{"/requesting/taxonomy len"}},
		{"a procedure in the wrong shape", func(o *domain.Order) { o.Services[1].Code = "971" }, []string{"/services/1/code procedure"}},
		{"a modifier of three", func(o *domain.Order) { o.Services[0].Modifiers = []string{"RT", "LTX"} }, []string{"/services/0/modifiers/1 modifier"}},
		{"a diagnosis in the wrong shape", func(o *domain.Order) { o.Diagnoses = []string{"M17.11", "arthritis"} }, []string{"/diagnoses/1 icd10cm"}},
		{"a diagnosis twice", func(o *domain.Order) { o.Diagnoses = []string{"M17.11", "M17.11"} }, []string{"/diagnoses unique"}},
		{"a subscriber half known", func(o *domain.Order) { o.Coverage.Subscriber = &domain.Patient{First: "Jon"} }, []string{
			"/coverage/subscriber/lastName required", "/coverage/subscriber/birthDate required", "/coverage/subscriber/sex required",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			o := knee()
			row.spoil(&o)
			err := domain.Check(o)
			var invalid *domain.Invalid
			require.True(t, errors.As(err, &invalid), "%v", err)
			require.ErrorIs(t, err, domain.ErrInvalid)
			require.Equal(t, row.faults, found(invalid.Fields))
		})
	}
}

func TestCodes_in_every_shape_that_exists_pass(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"27447", "0001A", "0102T", "2029F", "0001U", "E0114", "J0129", "G0463"} {
		o := knee()
		o.Services[0].Code = code
		require.NoError(t, domain.Check(o), code)
	}
	for _, code := range []string{"M17.11", "M1711", "U07.1", "C7A.00", "Z3A.10", "I10", "S72.001A"} {
		o := knee()
		o.Diagnoses = []string{code}
		require.NoError(t, domain.Check(o), code)
	}
}

// I8: an error text travels where values must not.
func TestNo_fault_repeats_a_value(t *testing.T) {
	t.Parallel()
	const secret = "Zebulon"
	o := knee()
	o.Zone, o.Place, o.Planned, o.Urgency = secret, secret, secret, secret
	o.Patient = domain.Patient{First: strings.Repeat(secret, 10), Last: strings.Repeat(secret, 10), BirthDate: secret, Sex: secret}
	o.Coverage.State, o.Coverage.Product, o.Coverage.Funding, o.Coverage.Relationship = secret, secret, secret, secret
	o.Requesting = domain.Provider{NPI: secret, Last: strings.Repeat(secret, 10), Phone: secret, Taxonomy: secret}
	o.Services[0] = domain.OrderService{Code: secret, Modifiers: []string{secret}, Units: -7, Unit: secret, From: secret, Through: secret}
	o.Diagnoses = []string{secret, secret}
	_, _, corrected := knee().With([]domain.Correct{{Pointer: "/" + secret, Value: secret}, {Pointer: "/services/0/units", Value: secret}})
	for _, err := range []error{domain.Check(o), corrected} {
		var invalid *domain.Invalid
		require.True(t, errors.As(err, &invalid))
		text, marshalErr := json.Marshal(invalid.Fields)
		require.NoError(t, marshalErr)
		require.NotContains(t, string(text)+err.Error(), secret)
		require.NotContains(t, string(text), "breaks the rule")
	}
	faults, warnings := o.Judge(today)
	text, err := json.Marshal(append(faults, warnings...))
	require.NoError(t, err)
	require.NotContains(t, string(text), secret)
}

func TestA_result_is_judged_by_its_own_tags(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		result domain.Result
		faults []string
	}{
		{"an authorization that is not needed needs a reference", domain.NeedDecided{Needed: "no"}, []string{"/reference required_if"}},
		{"one that is needed does not", domain.NeedDecided{Needed: "yes"}, nil},
		{"a correction names its field by a pointer", domain.RequestCorrected{Action: "send-again", Corrections: []domain.Correct{{Pointer: "place"}}}, []string{"/corrections/0/pointer startswith"}},
		{"an approval needs its number", domain.AnswerReviewed{Meaning: domain.MeansApproved}, []string{"/number required_if"}},
		{"documents sent are named", domain.DocumentsSent{Channel: domain.ByFax}, []string{"/documents required"}},
		{"a service done needs its day", domain.ServiceConfirmed{Done: "yes"}, []string{"/on required_if"}},
		{"one not done does not", domain.ServiceConfirmed{Done: "no"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := domain.Check(row.result)
			if row.faults == nil {
				require.NoError(t, err)
				return
			}
			var invalid *domain.Invalid
			require.True(t, errors.As(err, &invalid), "%v", err)
			require.Equal(t, row.faults, found(invalid.Fields))
		})
	}
}

func TestAn_invalid_input_tells_its_one_fault_or_how_many(t *testing.T) {
	t.Parallel()
	o := knee()
	o.Place = "OR"
	require.EqualError(t, domain.Check(o), "/place: is not shaped like a place of service code: two digits")
	o.Planned = ""
	require.EqualError(t, domain.Check(o), "2 fields are invalid")
}
