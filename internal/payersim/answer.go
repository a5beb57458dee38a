package payersim

import (
	"strconv"
	"strings"
	"time"

	"parley/x12"
)

// depth orders the loops of a response: one that is rejected is the last that comes back.
var depth = map[string]int{
	"2000A": 0, "2010A": 0, "2010B": 1, "2010C": 2, "2010D": 3, "2000E": 4, "2010EA": 4, "2000F": 5, "2010FA": 5,
}

// answerSet writes a response segment by segment.
type answerSet struct {
	d        x12.Delimiters
	segments []x12.Segment
	levels   int
	rejects  []Reject
}

// respond answers a request with a decision.
func respond(q *question, d Decision, dl x12.Delimiters) []x12.Segment {
	a := &answerSet{d: dl, rejects: d.Rejects}
	status := "18"
	if d.More {
		status = "19"
	}
	a.header(q, d.At, status)
	parent, reach := a.above(q)
	if reach < depth["2000E"] {
		return a.segments
	}
	a.event(q, d, parent, q.event.find("TRN"))
	return a.segments
}

// respondInquiry answers an inquiry with every review found, or says why there is none.
func respondInquiry(q *question, found []*review, rejects []Reject, now time.Time, dl x12.Delimiters) []x12.Segment {
	a := &answerSet{d: dl, rejects: rejects}
	a.header(q, now, "18")
	parent, reach := a.above(q)
	if reach < depth["2000E"] {
		return a.segments
	}
	if len(found) == 0 {
		a.event(q, Decision{}, parent, q.event.find("TRN"))
	}
	a.rejects = nil
	for _, r := range found {
		a.event(r.question, r.now(), parent, q.event.find("TRN"), r.question.event.find("TRN"))
	}
	return a.segments
}

func (a *answerSet) add(id string, elements ...string) {
	for len(elements) > 0 && elements[len(elements)-1] == "" {
		elements = elements[:len(elements)-1]
	}
	a.segments = append(a.segments, x12.NewSegment(a.d, id, elements...))
}

// clean takes out of a text of ours what would part it.
func (a *answerSet) clean(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(string([]byte{a.d.Element, a.d.Repetition, a.d.Component, a.d.Terminator}), r) || r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, text)
}

func (a *answerSet) echo(s x12.Segment) {
	if s.Present() {
		a.add(s.ID, s.Elements...)
	}
}

func (a *answerSet) echoAll(segments []x12.Segment, ids ...string) {
	for _, id := range ids {
		for _, s := range segments {
			if s.ID == id {
				a.echo(s)
			}
		}
	}
}

func (a *answerSet) header(q *question, at time.Time, status string) {
	a.add("BHT", "0007", "11", q.reference, at.Format(day), at.Format("1504"), status)
}

// level starts an HL and returns its number.
func (a *answerSet) level(parent int, code string, hasChildren bool) int {
	a.levels++
	up, child := "", "0"
	if parent > 0 {
		up = number(parent)
	}
	if hasChildren {
		child = "1"
	}
	a.add("HL", number(a.levels), up, code, child)
	return a.levels
}

func (a *answerSet) reject(loop string, line int) {
	for _, r := range a.rejects {
		if r.Loop == loop && (r.Line == line || (loop != "2000F" && loop != "2010FA")) {
			valid := "N"
			if r.Valid {
				valid = "Y"
			}
			a.add("AAA", valid, "", r.Code, r.FollowUp)
		}
	}
}

// above repeats the levels over the event and returns the event's parent, and how deep
// the response may go.
func (a *answerSet) above(q *question) (parent, reach int) {
	reach = depth["2000F"]
	if len(a.rejects) > 0 {
		reach = 0
		for _, r := range a.rejects {
			reach = max(reach, depth[r.Loop])
		}
	}
	for n, l := range []*level{q.reviewer, q.requesting, q.subscriber, q.dependent} {
		if l == nil || n > reach {
			continue
		}
		below := reach > n && (n != 2 || q.dependent != nil || reach >= depth["2000E"])
		parent = a.level(parent, l.code, below)
		if n == 0 {
			a.reject("2000A", 0)
		}
		loop := []string{"2010A", "2010B", "2010C", "2010D"}[n]
		for _, p := range l.parties {
			a.party(p, loop, 0)
		}
	}
	return parent, reach
}

// party repeats a party, with the rejects of its loop where the guide has them: before
// what describes the party further.
func (a *answerSet) party(p party, loop string, line int) {
	a.echo(p.name)
	rest := p.rest
	for len(rest) > 0 && rest[0].ID != "PRV" && rest[0].ID != "DMG" && rest[0].ID != "INS" {
		if loop != "2010A" && !(rest[0].ID == "PER" && (loop == "2010C" || loop == "2010D")) {
			a.echo(rest[0])
		}
		rest = rest[1:]
	}
	a.reject(loop, line)
	for _, s := range rest {
		a.echo(s)
	}
}

func (a *answerSet) event(q *question, d Decision, parent int, traces ...x12.Segment) {
	services := q.services
	if len(a.rejects) > 0 && a.deepest() < depth["2000F"] {
		services = nil
	}
	self := a.level(parent, "EV", answers(services, d))
	a.traces(traces)
	a.reject("2000E", 0)
	a.echo(q.event.find("UM"))
	a.decision(d.Code, d.Number, d.Reasons)
	for _, ref := range [][2]string{{"BB", d.First}, {"NT", d.Reference}} {
		if ref[1] != "" {
			a.add("REF", ref[0], ref[1])
		}
	}
	a.eventDates(q, d)
	a.diagnoses(q, d)
	if hsd := q.event.find("HSD"); hsd.Present() {
		a.echo(granted(hsd, 2, d.Units))
	}
	a.wanted(d)
	for _, p := range q.event.all() {
		a.party(p, "2010EA", 0)
	}
	if d.Contact != nil {
		a.add("NM1", "L5", "1", a.clean(d.Contact.Name))
		a.add("PER", "IC", a.clean(d.Contact.Name), "TE", a.clean(d.Contact.Phone))
	}
	for n, s := range services {
		a.service(s, n, d, self)
	}
	for _, l := range d.Lines {
		if l.Line > len(services) && len(services) > 0 { // a service nobody asked for
			unasked := service{segment: services[0].segment, level: &level{code: "SS"}}
			a.service(unasked, l.Line-1, d, self)
		}
	}
}

// answers says whether any service comes back.
func answers(services []service, d Decision) bool {
	left := len(services)
	for _, l := range d.Lines {
		if l.Omit && l.Line <= len(services) {
			left--
		}
	}
	return left > 0
}

func (a *answerSet) deepest() int {
	deepest := 0
	for _, r := range a.rejects {
		deepest = max(deepest, depth[r.Loop])
	}
	return deepest
}

// traces returns the asker's numbers to it.
func (a *answerSet) traces(traces []x12.Segment) {
	seen := map[string]bool{}
	for _, t := range traces {
		if t.Present() && !seen[t.Element(2)] {
			a.add("TRN", "2", t.Element(2), t.Element(3), t.Element(4))
			seen[t.Element(2)] = true
		}
	}
}

func (a *answerSet) decision(code, number string, reasons []string) {
	if code != "" {
		a.add("HCR", code, a.clean(number), strings.Join(reasons, string(a.d.Repetition)))
	}
}

func (a *answerSet) eventDates(q *question, d Decision) {
	for _, s := range q.event.segmentsOf("DTP") {
		if !d.Moved || !serviceDates[s.Element(1)] {
			a.echo(s)
		}
	}
	if d.From != "" {
		a.add("DTP", "007", "D8", d.From)
		a.add("DTP", "036", "D8", d.Through)
	}
	if d.DueBy != "" {
		a.add("DTP", "ABC", "D8", d.DueBy)
	}
}

// diagnoses repeats those of the request, and adds the LOINC of documents wanted.
func (a *answerSet) diagnoses(q *question, d Decision) {
	hi := append([]string(nil), q.event.find("HI").Elements...)
	for _, code := range d.LOINC {
		if len(hi) < 12 {
			hi = append(hi, "LOI"+string(a.d.Component)+a.clean(code))
		}
	}
	if len(hi) > 0 {
		a.add("HI", hi...)
	}
}

func (a *answerSet) wanted(d Decision) {
	for _, code := range d.PWK {
		a.add("PWK", code, "EL")
	}
	if d.Message != "" {
		a.add("MSG", a.clean(d.Message))
	}
}

// service answers one line; n is its 0-based number.
func (a *answerSet) service(s service, n int, d Decision, parent int) {
	line := LineScript{Units: d.Units}
	if d.PerLine {
		line.Code, line.Number, line.Reasons = d.Code, d.Number, d.Reasons
	}
	for _, l := range d.Lines {
		if l.Line == n+1 {
			if l.Units == "" {
				l.Units = d.Units
			}
			line = l
		}
	}
	if line.Omit {
		return
	}
	a.level(parent, "SS", false)
	a.traces(s.level.segmentsOf("TRN"))
	a.reject("2000F", n)
	a.echo(s.level.find("UM"))
	a.decision(line.Code, line.Number, line.Reasons)
	if d.Moved {
		a.add("DTP", "472", "RD8", d.From+"-"+d.Through)
	} else {
		a.echoAll(s.level.segments, "DTP")
	}
	a.echo(a.asDecided(s, line))
	a.echoAll(s.level.segments, "TOO")
	a.echo(granted(s.level.find("HSD"), 2, line.Units))
	for _, p := range s.level.all() {
		a.party(p, "2010FA", n)
	}
}

// asDecided is the service as certified: with other units, or another code.
func (a *answerSet) asDecided(s service, line LineScript) x12.Segment {
	out := granted(s.segment, s.unitsElement(), line.Units)
	if line.Procedure == "" || !out.Present() {
		return out
	}
	n := s.codeElement()
	parts := strings.Split(out.Element(n), string(s.segment.Delimiters.Component))
	if len(parts) > 1 {
		parts[1] = a.clean(line.Procedure)
	}
	elements := append([]string(nil), out.Elements...)
	elements[n-1] = strings.Join(parts, string(a.d.Component))
	return x12.NewSegment(a.d, out.ID, elements...)
}

// granted is the segment with another quantity in element n, where it has one.
func granted(s x12.Segment, n int, units string) x12.Segment {
	if units == "" || s.Element(n) == "" {
		return s
	}
	elements := append([]string(nil), s.Elements...)
	elements[n-1] = shareOf(units, s.Element(n))
	return x12.NewSegment(s.Delimiters, s.ID, elements...)
}

// shareOf is the quantity granted, or the share of the one asked for: half of 3 is 2.
func shareOf(granted, asked string) string {
	percent, isShare := strings.CutSuffix(granted, "%")
	if !isShare {
		return granted
	}
	share, err := strconv.Atoi(percent)
	n, other := strconv.Atoi(asked)
	if err != nil || other != nil {
		return asked
	}
	return number((n*share + 99) / 100)
}

func (l *level) segmentsOf(id string) []x12.Segment {
	var all []x12.Segment
	if l != nil {
		for _, s := range l.segments {
			if s.ID == id {
				all = append(all, s)
			}
		}
	}
	return all
}
