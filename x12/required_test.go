package x12

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// provider is a party with an NPI that has a right check digit.
func provider(entity EntityCode, last string) Party {
	return Party{Name: Name{Entity: entity, Kind: "1", Last: last, IDQualifier: "XX", ID: "1234567893"}}
}

// knee is a request that uses every loop of the guide.
func knee() AuthorizationRequest {
	requester := provider("1P", "ADLER")
	requester.References = []Reference{{Qualifier: "EI", Value: "123456789"}}
	requester.Street = &Street{Line1: "1 MAIN ST"}
	requester.City = &City{Name: "BALTIMORE", State: "MD", PostalCode: "21201"}
	requester.Contacts = []Contact{{Function: "IC", Name: "DESK", Numbers: []ContactNumber{{"TE", "4105550100"}}}}
	requester.Specialty = &Specialty{Role: "AD", Qualifier: "PXC", Code: "207X00000X"}
	return AuthorizationRequest{
		Header:    Header{Structure: "0007", Purpose: "13", Reference: "CASE17", Date: "20260601", Time: "0930"},
		Reviewer:  Level{Party: Party{Name: Name{Entity: "X3", Kind: "2", Last: "PLAN", IDQualifier: "PI", ID: "12345"}}},
		Requester: Level{Party: requester},
		Subscriber: Level{Party: Party{
			Name:         Name{Entity: "IL", Kind: "1", Last: "DOE", First: "JO", IDQualifier: "MI", ID: "M1"},
			References:   []Reference{{Qualifier: "6P", Value: "GROUP"}},
			Demographics: &Demographics{DateFormat: "D8", BirthDate: "19700101", Gender: "F"},
		}},
		Dependent: &Level{Party: Party{
			Name:         Name{Entity: "QC", Kind: "1", Last: "DOE", First: "AL"},
			Demographics: &Demographics{DateFormat: "D8", BirthDate: "20100101", Gender: "M"},
			Relationship: &Relationship{IsSubscriber: "N", Relation: "19"},
		}},
		Event: RequestEvent{
			Traces:     []Trace{{Type: "1", Number: "CASE17-1", Origin: "9123456789"}},
			Review:     Review{Category: "HS", Certification: "I", ServiceType: "2", Facility: Facility{Code: "22", Qualifier: "B"}, LevelOfService: "E"},
			References: []Reference{{Qualifier: "BB", Value: "A1"}},
			Dates:      []DatePeriod{OnDate("AAH", "20260610")},
			Diagnoses:  &Diagnoses{Codes: []HealthCode{{Qualifier: "ABK", Code: "M1711"}, {Qualifier: "ABF", Code: "E119"}}},
			Delivery:   &Delivery{Unit: "VS", Quantity: "1"},
			Conditions: []Condition{{Category: "75", Applies: "Y", Indicators: []string{"01"}}},
			Admission:  &Admission{Type: "3"},
			HomeHealth: &HomeHealth{Prognosis: "1", Start: "20260610", Skilled: "N", Certification: "I"},
			Paperwork:  []Paperwork{{Report: "OZ", Channel: "EL", IDQualifier: "AC", Control: "DOC1"}},
			Message:    &Message{Text: "SEE NOTES"},
			Providers:  []Party{provider("SJ", "BELL"), provider("FA", "CLINIC")},
			Transport: []Party{{
				Name: Name{Entity: "PW", Kind: "2", Last: "HOME"}, Street: &Street{Line1: "2 OAK ST"}, City: &City{Name: "TOWSON", State: "MD"},
			}},
			Reviewers: []Party{{Name: Name{Entity: "CA", Kind: "2", Last: "OTHER"}, References: []Reference{{Qualifier: "BB", Value: "B2"}}}},
			Services: []RequestService{
				{
					Traces:       []Trace{{Type: "1", Number: "CASE17-2", Origin: "9123456789"}},
					Dates:        []DatePeriod{DuringDates("472", "20260610", "20260630")},
					Professional: &ProfessionalService{Procedure: Procedure{Qualifier: "HC", Code: "27447", Modifier1: "RT"}, Unit: "UN", Quantity: "1"},
					Providers:    []Party{provider("72", "COLE")},
				},
				{Institutional: &InstitutionalService{Revenue: "0420", Unit: "UN", Quantity: "12"}, Delivery: &Delivery{Unit: "VS", Quantity: "12", FrequencyUnit: "WK", Frequency: "3"}},
				{Dental: &DentalService{Procedure: Procedure{Qualifier: "AD", Code: "D7140"}}, Teeth: []Tooth{{Qualifier: "JP", Code: "12"}}},
			},
		},
	}
}

// interchange writes sets as a file and reads it, so that every segment has its place.
func interchange(t testing.TB, all ...Set) *File {
	t.Helper()
	file, err := Build(Envelope{
		SenderQualifier: "ZZ", SenderID: "US", ReceiverQualifier: "ZZ", ReceiverID: "THEM",
		At: noon, Control: 17, GroupControl: 17, Test: true, AckRequested: true,
	}, all...)
	require.NoError(t, err)
	return reread(t, file)
}

func reread(t testing.TB, file *File) *File {
	t.Helper()
	b, err := Marshal(file, WriteOptions{LineBreaks: true})
	require.NoError(t, err)
	back, err := Parse(b, Options{})
	require.NoError(t, err)
	return back
}

func kneeSet(t testing.TB) Set {
	t.Helper()
	set, err := WriteAuthorizationRequest(knee(), SetControl{Number: "0001"})
	require.NoError(t, err)
	return set
}

func TestValidate_a_request_that_uses_every_loop_is_right_at_every_depth(t *testing.T) {
	t.Parallel()
	require.Empty(t, Validate(interchange(t, kneeSet(t)), ByRules))
}

// required lists the elements of a segment that must not be empty.
func required(rule *SegmentRule, id string) []ElementRule {
	var all []ElementRule
	for i, e := range dictionary()[id].elements {
		if e.mandatory {
			all = append(all, ElementRule{Element: i + 1})
		}
	}
	for _, e := range rule.Elements {
		if e.Usage == Required && e.Component == 0 && !slices.ContainsFunc(all, func(x ElementRule) bool { return x.Element == e.Element }) {
			all = append(all, e)
		}
	}
	return all
}

// placed is a segment of the tree with its row.
type placed struct {
	item Item
	loop *Loop
}

func flatten(l *Loop) (all []placed) {
	for _, item := range l.Items {
		if item.Loop != nil {
			all = append(all, flatten(item.Loop)...)
			continue
		}
		all = append(all, placed{item, l})
	}
	return all
}

func TestValidate_each_required_element_of_a_request_is_missed_where_it_should_be(t *testing.T) {
	t.Parallel()
	whole := kneeSet(t)
	tree, _ := Walk(request278, whole)
	tried := 0
	for n, p := range flatten(tree) {
		for _, e := range required(p.item.Rule, p.item.Segment.ID) {
			broken := whole
			broken.Segments = slices.Clone(whole.Segments)
			broken.Segments[n].Elements = slices.Clone(p.item.Segment.Elements)
			if e.Element > len(broken.Segments[n].Elements) {
				continue
			}
			broken.Segments[n].Elements[e.Element-1] = ""
			tried++
			name := fmt.Sprintf("%s %s%02d", p.loop.Rule.ID, p.item.Segment.ID, e.Element)
			file := interchange(t, broken)
			findings := Validate(file, ByGuide)
			require.True(t, slices.ContainsFunc(findings, func(f Finding) bool {
				return f.Place.Segment == n+2 && f.SegmentID == p.item.Segment.ID && f.Element == e.Element &&
					f.Severity == Error && f.Code() == AckCode{InElement, "1"}
			}), "%s: %v", name, findings)
			set := Acknowledge(file, findings)[0].Groups[0].Sets[0]
			require.Equal(t, Rejected, set.Result.Code, name)
			require.True(t, slices.ContainsFunc(set.Errors, func(s SegmentError) bool {
				return s.Segment.ID == p.item.Segment.ID && s.Segment.Position == fmt.Sprint(n+2) && s.Segment.Code == "8" &&
					slices.ContainsFunc(s.Elements, func(x ElementError) bool {
						return x.Element.Position.Element == fmt.Sprint(e.Element) && x.Element.Code == "1"
					})
			}), name)
		}
	}
	require.Greater(t, tried, 100)
}

func TestValidate_each_required_segment_of_a_request_is_missed_where_it_should_be(t *testing.T) {
	t.Parallel()
	whole := kneeSet(t)
	for _, c := range []struct {
		id, loop, code string
	}{
		{"BHT", "", "3"},
		{"UM", "2000E", "I8"},
		{"NM1", "2010A", "I7"},
		{"NM1", "2010B", "I7"},
		{"NM1", "2010C", "I7"},
		{"NM1", "2010D", "I7"},
	} {
		tree, _ := Walk(request278, whole)
		all := flatten(tree)
		n := slices.IndexFunc(all, func(p placed) bool { return p.item.Segment.ID == c.id && p.loop.Rule.ID == c.loop })
		broken := whole
		broken.Segments = slices.Delete(slices.Clone(whole.Segments), n, n+1)
		findings := Validate(interchange(t, broken), ByGuide)
		require.True(t, slices.ContainsFunc(findings, func(f Finding) bool {
			return f.Place.Segment == n+2 && f.SegmentID == c.id && f.Loop == c.loop && f.Code() == AckCode{InSegment, c.code}
		}), "%s %s: %v", c.loop, c.id, findings)
	}
}

func TestValidate_each_required_level_of_a_request_is_missed(t *testing.T) {
	t.Parallel()
	for _, loop := range []string{"2000A", "2000B", "2000C", "2000E"} {
		r := knee()
		switch loop {
		case "2000A":
			r.Reviewer = Level{}
		case "2000B":
			r.Requester = Level{}
		case "2000C":
			r.Subscriber = Level{}
		case "2000E":
			r.Event = RequestEvent{}
		}
		set, err := WriteAuthorizationRequest(r, SetControl{Number: "0001"})
		require.NoError(t, err)
		findings := Validate(interchange(t, set), ByGuide)
		require.True(t, slices.ContainsFunc(findings, func(f Finding) bool {
			return f.SegmentID == "HL" && f.Loop == loop && f.Code() == AckCode{InSegment, "I7"}
		}), "%s: %v", loop, findings)
	}
}
