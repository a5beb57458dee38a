package translate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/domain"
	"parley/payer"
	"parley/x12"
)

// Numbers are what an interchange is known by: the ledger gives them.
type Numbers struct {
	Control int // ISA13 and GS06
	Set     string
	Trace   string
	At      time.Time
}

// Write makes the interchange of a request to a payer. The error is [*Unwritable] where
// the order is at fault.
func Write(p *payer.Profile, r domain.Request, n Numbers) ([]byte, error) {
	w := &writer{}
	var set x12.Set
	var err error
	control := x12.SetControl{Number: n.Set, Delimiters: delimiters}
	switch r.Kind {
	case domain.AskAuthorization:
		question := w.request(p, r, n)
		if err := w.err(); err != nil {
			return nil, err
		}
		set, err = x12.WriteAuthorizationRequest(question, control)
	case domain.AskStatus:
		question := w.inquiry(p, r, n)
		if err := w.err(); err != nil {
			return nil, err
		}
		set, err = x12.WriteAuthorizationInquiry(question, control)
	default:
		return nil, fmt.Errorf("write interchange: %s is nothing that is asked", r.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("write interchange: %w", err)
	}
	file, err := x12.Build(envelope(p.X12, n), set)
	if err != nil {
		return nil, fmt.Errorf("write interchange: %w", err)
	}
	if rejects := judged(file); len(rejects) > 0 {
		return nil, &Unwritable{Rejects: rejects}
	}
	return x12.Marshal(file, x12.WriteOptions{})
}

func envelope(x *payer.Identifiers, n Numbers) x12.Envelope {
	return x12.Envelope{
		Delimiters: delimiters, SenderQualifier: x.Sender.Qualifier, SenderID: x.Sender.ID,
		ReceiverQualifier: x.Receiver.Qualifier, ReceiverID: x.Receiver.ID, At: n.At.UTC(), Control: n.Control,
		AckRequested: true, Test: x.Usage == payer.Test,
		GroupSender: x.Sender.Group, GroupReceiver: x.Receiver.Group, GroupControl: n.Control,
	}
}

// judged is what our own check finds before the payer does.
func judged(file *x12.File) (rejects []domain.Reject) {
	for _, f := range x12.Validate(file, x12.ByGuide) {
		if f.Severity == x12.Error {
			rejects = append(rejects, domain.Reject{
				Loop: f.Loop, Code: notWritable, Words: fmt.Sprintf("%s, element %d: %s", f.SegmentID, f.Element, f.Words()),
			})
		}
	}
	return rejects
}

func (w *writer) request(p *payer.Profile, r domain.Request, n Numbers) x12.AuthorizationRequest {
	o := r.Order
	subscriber, dependent := w.patient(o)
	return x12.AuthorizationRequest{
		Header: header(n, "13"), Reviewer: reviewer(p), Requester: w.requester(o),
		Subscriber: subscriber, Dependent: dependent, Event: w.event(p, o, n),
	}
}

func header(n Numbers, purpose x12.PurposeCode) x12.Header {
	at := n.At.UTC()
	return x12.Header{Structure: "0007", Purpose: purpose, Reference: n.Trace, Date: x12.NewDate(at), Time: at.Format("1504")}
}

func reviewer(p *payer.Profile) x12.Level {
	return x12.Level{Party: x12.Party{Name: x12.Name{
		Entity: "X3", Kind: "2", Last: text(p.Name, 60), IDQualifier: x12.Qualifier(p.X12.Payer.Qualifier), ID: p.X12.Payer.ID,
	}}}
}

func (w *writer) requester(o domain.Order) x12.Level {
	party := w.provider("2010B", "/requesting", "1P", o.Requesting)
	if o.Requesting.Phone != "" {
		party.Contacts = []x12.Contact{{Function: "IC", Numbers: []x12.ContactNumber{{Qualifier: "TE", Number: o.Requesting.Phone}}}}
	}
	return x12.Level{Party: party}
}

func (w *writer) provider(loop, field string, as x12.EntityCode, p domain.Provider) x12.Party {
	party := x12.Party{Name: x12.Name{
		Entity: as, Kind: "1", Last: w.name(loop, field+"/name", p.Last, 60), First: w.name(loop, field+"/firstName", p.First, 35),
		IDQualifier: "XX", ID: p.NPI,
	}}
	if p.First == "" {
		party.Name.Kind = "2"
	}
	return party
}

// patient writes the member's levels. Whom the member number alone identifies stands as
// the subscriber, whatever the family; anybody else hangs under the subscriber.
func (w *writer) patient(o domain.Order) (subscriber x12.Level, dependent *x12.Level) {
	c := o.Coverage
	holder := o.Patient
	below := c.Relationship != "self" && !c.OwnMemberID && c.Subscriber != nil
	if below {
		holder = *c.Subscriber
	}
	field := "/patient"
	if below {
		field = "/coverage/subscriber"
	}
	subscriber.Party = w.person("2010C", field, "IL", holder)
	subscriber.Party.Name.IDQualifier, subscriber.Party.Name.ID = "MI", w.id("2010C", "/coverage/memberId", c.MemberID)
	if c.Group != "" {
		subscriber.Party.References = []x12.Reference{{Qualifier: "6P", Value: w.id("2010C", "/coverage/groupNumber", c.Group)}}
	}
	if !below {
		subscriber.Party.Relationship = &x12.Relationship{IsSubscriber: "Y", Relation: "18"}
		return subscriber, nil
	}
	dependent = &x12.Level{Party: w.person("2010D", "/patient", "QC", o.Patient)}
	dependent.Party.Relationship = &x12.Relationship{IsSubscriber: "N", Relation: relations[c.Relationship]}
	return subscriber, dependent
}

var relations = map[string]x12.IndividualRelation{"spouse": "01", "child": "19", "other": "G8"}

func (w *writer) person(loop, field string, as x12.EntityCode, p domain.Patient) x12.Party {
	return x12.Party{
		Name: x12.Name{
			Entity: as, Kind: "1", Last: w.name(loop, field+"/lastName", p.Last, 60), First: w.name(loop, field+"/firstName", p.First, 35),
			Middle: text(p.Middle, 25),
		},
		Demographics: &x12.Demographics{DateFormat: "D8", BirthDate: x12.Date(p.BirthDate.Compact()), Gender: p.Sex},
	}
}

// inpatient places are admissions: hospital, psychiatric and rehabilitation stays.
var inpatient = []string{"21", "51", "61"}

func (w *writer) event(p *payer.Profile, o domain.Order, n Numbers) x12.RequestEvent {
	review := x12.Review{Category: "HS", Certification: "I", Facility: x12.Facility{Code: o.Place, Qualifier: "B"}}
	if o.Urgency == domain.Expedited {
		review.LevelOfService = "U"
	}
	e := x12.RequestEvent{
		Traces: []x12.Trace{{Type: "1", Number: n.Trace, Origin: p.X12.Company}}, Review: review, Diagnoses: diagnoses(o),
		Dates: []x12.DatePeriod{x12.OnDate("AAH", x12.Date(o.Planned.Compact()))},
	}
	if slices.Contains(inpatient, o.Place) {
		e.Review.Category = "AR"
		e.Dates = []x12.DatePeriod{x12.OnDate("435", x12.Date(o.Planned.Compact()))}
	}
	if said := text(o.Statement, 264); said != "" {
		e.Message = &x12.Message{Text: said}
	}
	e.Providers = []x12.Party{w.provider("2010EA", "/facility", "FA", o.Where)}
	for i, s := range o.Services {
		e.Services = append(e.Services, w.service(p, o, i, s, n))
	}
	return e
}

func diagnoses(o domain.Order) *x12.Diagnoses {
	d := &x12.Diagnoses{}
	for i, code := range o.Diagnoses {
		q := x12.Qualifier("ABF")
		if i == 0 {
			q = "ABK"
		}
		d.Codes = append(d.Codes, x12.HealthCode{Qualifier: q, Code: strings.ReplaceAll(code, ".", "")})
	}
	return d
}

func (w *writer) service(p *payer.Profile, o domain.Order, i int, s domain.OrderService, n Numbers) x12.RequestService {
	from, through := s.From, s.Through
	if from == "" {
		from = o.Planned
	}
	when := x12.OnDate("472", x12.Date(from.Compact()))
	if through != "" && through != from {
		when = x12.DuringDates("472", x12.Date(from.Compact()), x12.Date(through.Compact()))
	}
	out := x12.RequestService{
		Traces: []x12.Trace{{Type: "1", Number: lineTrace(n.Trace, i), Origin: p.X12.Company}}, Dates: []x12.DatePeriod{when},
	}
	units := x12.Decimal(strconv.Itoa(s.Units))
	counted, quantity := x12.Qualifier("UN"), units
	if s.Unit != "" && s.Unit != "UN" { // visits, days, hours, months are a pattern of delivery
		counted, quantity = "", ""
		out.Delivery = &x12.Delivery{Unit: x12.Qualifier(s.Unit), Quantity: units}
	}
	procedure := x12.Procedure{Qualifier: "HC", Code: s.Code, Description: text(s.Words, 80)}
	for j, m := range s.Modifiers[:min(4, len(s.Modifiers))] {
		*[]*string{&procedure.Modifier1, &procedure.Modifier2, &procedure.Modifier3, &procedure.Modifier4}[j] = m
	}
	if slices.Contains(inpatient, o.Place) {
		out.Institutional = &x12.InstitutionalService{Procedure: procedure, Unit: counted, Quantity: quantity}
	} else {
		out.Professional = &x12.ProfessionalService{Procedure: procedure, Unit: counted, Quantity: quantity}
	}
	out.Providers = []x12.Party{w.provider("2010F", "/servicing", "SJ", o.Servicing)}
	return out
}

// lineTrace numbers a service within its request, and lineOf is its inverse.
func lineTrace(trace string, i int) string { return fmt.Sprintf("%s-%d", trace, i+1) }

func lineOf(trace, line string) (int, bool) {
	rest, ok := strings.CutPrefix(line, trace+"-")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(rest)
	return n, err == nil && n > 0
}

// inquiry asks after a review by the payer's number, else by the number we asked under,
// and names patient, provider and days for a payer that finds by those. Its own number
// stands in BHT03 alone.
func (w *writer) inquiry(p *payer.Profile, r domain.Request, n Numbers) x12.AuthorizationInquiry {
	o := r.Order
	subscriber, dependent := w.patient(o)
	e := x12.RequestEvent{Review: x12.Review{Category: "HS", Facility: x12.Facility{Code: o.Place, Qualifier: "B"}}}
	e.Dates = []x12.DatePeriod{x12.OnDate("AAH", x12.Date(o.Planned.Compact()))}
	if slices.Contains(inpatient, o.Place) {
		e.Review.Category = "AR"
		e.Dates = []x12.DatePeriod{x12.OnDate("435", x12.Date(o.Planned.Compact()))}
	}
	if r.Trace != "" {
		e.Traces = []x12.Trace{{Type: "1", Number: r.Trace, Origin: p.X12.Company}}
	}
	if r.Number != "" {
		e.References = []x12.Reference{{Qualifier: "NT", Value: w.id("2000E", "", r.Number)}}
	}
	return x12.AuthorizationInquiry{
		Header: header(n, "28"), Reviewer: reviewer(p), Requester: w.requester(o),
		Subscriber: subscriber, Dependent: dependent, Event: e,
	}
}
