package translate

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"parley/codes"
	"parley/domain"
	"parley/x12"
)

// review reads a 278 response to our request.
func (p Part) review(q *Question, a *domain.Answer) error {
	r, _, err := x12.ReadAuthorizationResponse(p.from)
	if err != nil {
		return ErrUnreadable
	}
	var traces []x12.Trace
	if r.Event != nil {
		traces = r.Event.Traces
	}
	if !returns(q.Trace, r.Header, traces) {
		return ErrOtherTrace
	}
	t := &telling{q: q, a: a}
	t.levels(r.Reviewer, r.Requester, r.Subscriber, r.Dependent)
	if r.Event != nil {
		t.event(*r.Event)
	}
	if err := q.named(r.Subscriber, r.Dependent, t.decided); err != nil {
		return err
	}
	t.finish(r.Header.Type == "19")
	return nil
}

// returns reports whether an answer carries our number, and no other where ours should be.
func returns(trace string, h x12.Header, traces []x12.Trace) bool {
	if h.Reference != "" && h.Reference != trace {
		return false
	}
	returned := x12.FindTrace(traces, "2")
	if returned == "" {
		return h.Reference == trace
	}
	return slices.ContainsFunc(traces, func(t x12.Trace) bool { return t.Type == "2" && t.Number == trace })
}

// status reads the answer to an inquiry: every review that the payer found, of which one
// may be ours.
func (p Part) status(q *Question, a *domain.Answer) error {
	r, _, err := x12.ReadAuthorizationInquiryResponse(p.from)
	if err != nil {
		return ErrUnreadable
	}
	if r.Header.Reference != q.Trace {
		return ErrOtherTrace
	}
	t := &telling{q: q, a: a}
	t.levels(r.Reviewer, r.Requester, r.Subscriber, r.Dependent)
	ours, found := q.ours(r.Events)
	if found {
		t.event(ours)
	}
	if err := q.named(r.Subscriber, r.Dependent, t.decided); err != nil {
		return err
	}
	switch {
	case onlyNotFound(a.Rejects):
		a.Said, a.Rejects = domain.NotOnFile, nil
	case !found && len(a.Rejects) == 0: // reviews of this patient, none of them ours: a person compares
		a.Said = domain.ContactPayer
	default:
		t.finish(r.Header.Type == "19")
	}
	return nil
}

// ours is the review we asked after: by the payer's number, by ours, else the only one,
// if it carries no number that would make it another's.
func (q *Question) ours(events []x12.ReviewedEvent) (x12.ReviewedEvent, bool) {
	for _, e := range events {
		if q.Number != "" && (e.Decision != nil && e.Decision.Number == q.Number ||
			x12.FindReference(e.References, "BB") == q.Number || x12.FindReference(e.References, "NT") == q.Number) {
			return e, true
		}
	}
	for _, e := range events {
		// A payer that finds by patient and day returns the number it was asked by beside
		// those of a request that is another's.
		other := slices.ContainsFunc(e.Traces, func(t x12.Trace) bool { return t.Type == "2" && t.Number != q.About })
		if q.About != "" && !other && x12.FindTrace(e.Traces, "2") == q.About {
			return e, true
		}
	}
	if len(events) == 1 && (len(events[0].Traces) == 0 || events[0].Decision == nil) {
		return events[0], true
	}
	return x12.ReviewedEvent{}, false
}

// notFound is AAA03 of an authorization that is not on file.
const notFound = "AA"

func onlyNotFound(rejects []domain.Reject) bool {
	return len(rejects) > 0 && !slices.ContainsFunc(rejects, func(r domain.Reject) bool { return r.Code != notFound || r.Loop != "2000E" })
}

// telling turns the loops of a response into an answer.
type telling struct {
	q       *Question
	a       *domain.Answer
	decided bool                 // some HCR decides something
	overall domain.Certification // of the event
	raw     string
	message string
}

func (t *telling) levels(reviewer x12.Level, requester, subscriber, dependent *x12.Level) {
	level := func(outer, inner string, l *x12.Level) {
		if l != nil {
			t.reject(outer, 0, l.Rejections)
			t.reject(inner, 0, l.Party.Rejections)
		}
	}
	level("2000A", "2010A", &reviewer)
	level("2000B", "2010B", requester)
	level("2000C", "2010C", subscriber)
	level("2000D", "2010D", dependent)
	t.a.Call = callOf(reviewer.Party)
}

// reject tells AAA segments; n is the service they are about, 0 for none.
func (t *telling) reject(loop string, n int, all []x12.Rejection) {
	for _, r := range all {
		if len(t.a.Rejects) == 50 {
			return
		}
		out := domain.Reject{
			Loop: loop, Code: clipped(string(r.Reason), 10), FollowUp: clipped(string(r.FollowUp), 2),
			Words: clipped(listed(codes.RejectReason, string(r.Reason)), 300),
		}
		if out.Code == "" {
			out.Code = "none"
		}
		if n > 0 && n <= len(t.q.lines) {
			one := t.q.order()
			one.Services = one.Services[n-1 : n]
			_, field, _ := domain.RejectWords(out, one)
			out.Field = pointerOfLine(field, n)
		}
		t.a.Rejects = append(t.a.Rejects, out)
	}
}

func (t *telling) event(e x12.ReviewedEvent) {
	t.reject("2000E", 0, e.Rejections)
	for _, p := range e.Providers {
		t.reject("2010EA", 0, p.Rejections)
	}
	a := t.a
	if d := e.Decision; d != nil {
		t.overall = t.action(d.Action)
		t.number(d, t.overall, &a.Number)
		a.Reasons = reasons(d.Reasons, 20)
	}
	if ref := x12.FindReference(e.References, "NT"); ref != "" {
		a.Reference = clipped(ref, 50)
	}
	a.From, a.Through = span(e.Dates)
	if d, ok := x12.FindDate(e.Dates, "102"); ok {
		a.Noticed = first(d)
	}
	if e.Delivery != nil {
		a.Units = t.units(e.Delivery.Quantity)
	}
	if e.Message != nil {
		t.message = e.Message.Text
	}
	t.want(e.Paperwork, e.Diagnoses, e.Dates)
	if e.Contact != nil {
		if call := callOf(*e.Contact); call != "" {
			a.Call = call
		}
	}
	taken := map[int]bool{}
	for i, s := range e.Services {
		t.service(i+1, s, taken)
	}
}

func (t *telling) service(place int, s x12.ReviewedService, taken map[int]bool) {
	code, quantity := granted(s)
	n := t.q.lineOf(s.Traces, code, place, taken)
	taken[n] = true
	t.reject("2000F", n, s.Rejections)
	for _, p := range s.Providers {
		t.reject("2010FA", n, p.Rejections)
	}
	t.want(s.Paperwork, s.Diagnoses, s.Dates)
	if s.Message != nil && t.message == "" {
		t.message = s.Message.Text
	}
	l := domain.LineDecision{Line: min(n, 30), Code: clipped(code, 10), Units: t.units(quantity)}
	l.From, l.Through = span(s.Dates)
	switch {
	case s.Decision != nil:
		l.Said = t.action(s.Decision.Action)
		t.number(s.Decision, l.Said, &l.Number)
		l.Reasons = reasons(s.Decision.Reasons, 5)
	case len(s.Rejections) > 0:
		l.Said = domain.Rejected
	default:
		l.Said = t.overall // the event's decision is this service's
	}
	if l.Said != "" && len(t.a.Lines) < 30 {
		t.a.Lines = append(t.a.Lines, l)
	}
}

// action is HCR01. A code of no list is kept as it came: nobody may interpret it.
func (t *telling) action(code x12.ReviewAction) domain.Certification {
	t.decided = true
	switch c := domain.Certification(code); c {
	case domain.CertifiedInTotal, domain.CertifiedPartly, domain.NotCertified, domain.Pended, domain.Modified,
		domain.CancelledByPayer, domain.ContactPayer, domain.NoActionRequired:
		return c
	default: // a decision like any other
	}
	t.unlisted("HCR01 " + string(code))
	return domain.ContactPayer
}

func (t *telling) unlisted(what string) {
	if t.raw == "" {
		t.raw = clipped(text(what, 80), 80)
	}
}

// number is HCR02: of something certified an authorization number, of anything else the
// number under which the payer keeps the request.
func (t *telling) number(d *x12.Decision, said domain.Certification, certified *string) {
	number := clipped(d.Number, 50)
	switch said {
	case domain.CertifiedInTotal, domain.CertifiedPartly, domain.Modified:
		*certified = number
	default:
		if number != "" {
			t.a.Reference = number
		}
	}
}

// units are whole, and one at least; anything else somebody has to read.
func (t *telling) units(d x12.Decimal) int {
	if d == "" {
		return 0
	}
	n, ok := d.Value()
	if !ok || n.LessThan(decimal.NewFromInt(1)) {
		t.unlisted("units " + string(d))
		return 0
	}
	return int(decimal.Min(n, decimal.NewFromInt(9999)).IntPart())
}

// want gathers documents: PWK01, LOINC in an HI, and the day they are due.
func (t *telling) want(papers []x12.Paperwork, codesWanted *x12.Diagnoses, dates []x12.DatePeriod) {
	add := func(code, words string) {
		for _, w := range t.a.Wanted {
			if w.Code == code {
				return
			}
		}
		if len(t.a.Wanted) < 30 {
			t.a.Wanted = append(t.a.Wanted, domain.DocumentWanted{Code: clipped(code, 20), Words: clipped(words, 200)})
		}
	}
	for _, p := range papers {
		words := p.Description
		if words == "" {
			words = listed(codes.ReportType, string(p.Report))
		}
		add(string(p.Report), words)
	}
	if codesWanted != nil {
		for _, c := range codesWanted.Codes {
			if c.Qualifier == "LOI" {
				add(c.Code, "The document with LOINC "+c.Code)
			}
		}
	}
	if d, ok := x12.FindDate(dates, "ABC"); ok {
		if due := first(d); due != "" && (t.a.WantedBy == "" || due < t.a.WantedBy) {
			t.a.WantedBy = due
		}
	}
}

// finish works out what the answer says as a whole.
func (t *telling) finish(more bool) {
	a := t.a
	a.MoreFollows = more
	switch {
	case t.decided && len(a.Rejects) > 0 && t.overall == "":
		a.Said = domain.CertifiedPartly // some lines decided, some never looked at
	case t.decided && t.overall != "":
		a.Said = t.overall
	case t.decided:
		a.Said = whole(a.Lines)
	case len(a.Rejects) > 0:
		a.Said = domain.Rejected
	case more:
		a.Said = domain.Received
	default:
		a.Said = domain.ContactPayer // an answer that says nothing: somebody asks
	}
	if a.Said == domain.NotCertified && saysDuplicate(*a) {
		a.Said = domain.ContactPayer // no denial: the first request is the one that counts
	}
	if words := strings.TrimSpace(t.message); words != "" {
		a.Words = clipped(words, 2000)
		if a.Said == domain.Pended && len(a.Wanted) == 0 {
			a.Wanted = []domain.DocumentWanted{{Words: clipped(words, 200)}}
		}
	}
	if len(a.Lines) == 1 && a.From == "" && a.Through == "" { // what is said of the only service is said of all
		a.From, a.Through = a.Lines[0].From, a.Lines[0].Through
	}
	for _, l := range a.Lines {
		if a.Number == "" {
			a.Number = l.Number
		}
	}
	if a.Said == domain.CertifiedInTotal && a.Number == "" {
		a.Said = domain.ContactPayer // certified, and under no number: nobody could bill on it
		t.unlisted("A1 without HCR02")
	}
	a.Raw = t.raw
}

// duplicate is HCR03 of a request that the payer has already.
const duplicate = "0Q"

func saysDuplicate(a domain.Answer) bool {
	all := slices.Clone(a.Reasons)
	for _, l := range a.Lines {
		all = append(all, l.Reasons...)
	}
	return slices.ContainsFunc(all, func(r domain.Reason) bool { return r.Code == duplicate })
}

// whole is what the lines say together.
func whole(lines []domain.LineDecision) domain.Certification {
	if len(lines) == 0 {
		return domain.ContactPayer
	}
	for _, l := range lines {
		if l.Said != lines[0].Said {
			return domain.CertifiedPartly
		}
	}
	return lines[0].Said
}

func granted(s x12.ReviewedService) (code string, quantity x12.Decimal) {
	switch {
	case s.Professional != nil:
		code, quantity = s.Professional.Procedure.Code, s.Professional.Quantity
	case s.Institutional != nil:
		code, quantity = s.Institutional.Procedure.Code, s.Institutional.Quantity
	case s.Dental != nil:
		code, quantity = s.Dental.Procedure.Code, s.Dental.Quantity
	}
	if quantity == "" && s.Delivery != nil {
		quantity = s.Delivery.Quantity
	}
	return code, quantity
}

// span is how long an answer holds: its effective and expiration days, else the days of
// the service.
func span(dates []x12.DatePeriod) (from, through domain.Date) {
	if d, ok := x12.FindDate(dates, "007"); ok {
		from, through = both(d)
		if d.Format == "D8" {
			through = ""
		}
	}
	if d, ok := x12.FindDate(dates, "036"); ok {
		_, through = both(d)
	}
	if from != "" || through != "" {
		return from, through
	}
	if d, ok := x12.FindDate(dates, "472"); ok {
		return both(d)
	}
	return "", ""
}

func both(d x12.DatePeriod) (from, through domain.Date) {
	f, t, ok := d.Range()
	if !ok {
		return "", ""
	}
	return date(f), date(t)
}

func first(d x12.DatePeriod) domain.Date {
	from, _ := both(d)
	return from
}

func reasons(all []x12.DecisionReason, most int) (out []domain.Reason) {
	for _, r := range all[:min(len(all), most)] {
		code := clipped(codes.DecisionReason(string(r)), 10)
		if code != "" {
			out = append(out, domain.Reason{Code: code, Words: codes.Words(codes.DecisionReasons, code)})
		}
	}
	return out
}

// callOf is whom to call, as a PER says it.
func callOf(p x12.Party) string {
	var words []string
	for _, c := range p.Contacts {
		if c.Name != "" {
			words = append(words, c.Name)
		}
		for _, n := range c.Numbers {
			if n.Number != "" {
				words = append(words, strings.TrimSpace(kinds[n.Qualifier]+" "+n.Number))
			}
		}
	}
	return clipped(strings.Join(words, ", "), 200)
}

var kinds = map[x12.Qualifier]string{"TE": "phone", "FX": "fax", "EM": "e-mail", "EX": "extension", "UR": "web"}
