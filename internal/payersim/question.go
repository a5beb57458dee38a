package payersim

import (
	"slices"
	"strconv"
	"strings"

	"parley/x12"
)

// level is one HL of a 278 with what hangs directly under it.
type level struct {
	code     string // HL03
	segments []x12.Segment
	parties  []party // each NM1 with what follows it
}

type party struct {
	name x12.Segment
	rest []x12.Segment
}

// question is a 278 request or inquiry, read from its segments: what rules match on,
// and the levels that an answer repeats.
type question struct {
	asks      Asks
	set       x12.Set
	purpose   string // BHT02
	reference string // BHT03
	payer     string
	requester string
	member    string
	trace     string   // TRN02 of the event, else of the patient's level
	providers []string // of the event and its services, else the requester
	certifies string   // UM02

	reviewer, requesting, subscriber, dependent, event *level
	services                                           []service
}

// service is one 2000F.
type service struct {
	level   *level
	segment x12.Segment // SV1, SV2 or SV3; empty if there is none
}

// readQuestion reads a set whose guide and purpose make it a request or an inquiry.
func readQuestion(set x12.Set) (*question, bool) {
	q := &question{set: set}
	guide := string(set.Guide())
	switch {
	case set.ST.Element(1) != "278" || len(set.Segments) == 0:
		return nil, false
	case strings.HasPrefix(guide, "005010X217"):
		q.asks = AsksReview
	case strings.HasPrefix(guide, "005010X215"):
		q.asks = AsksInquiry
	default:
		return nil, false
	}
	header := set.Segments[0]
	q.purpose, q.reference = header.Element(2), header.Element(3)
	if q.purpose != "13" && q.purpose != "01" && q.purpose != "28" {
		return nil, false // an answer, not a question
	}
	q.takeLevels(set.Segments[1:])
	q.summarize()
	return q, true
}

func (q *question) takeLevels(segments []x12.Segment) {
	var current *level
	for _, s := range segments {
		if s.ID == "HL" {
			current = &level{code: s.Element(3)}
			q.place(current)
			continue
		}
		switch {
		case current == nil:
		case s.ID == "NM1":
			current.parties = append(current.parties, party{name: s})
		case len(current.parties) > 0:
			last := &current.parties[len(current.parties)-1]
			last.rest = append(last.rest, s)
		default:
			current.segments = append(current.segments, s)
			if s.ID == "SV1" || s.ID == "SV2" || s.ID == "SV3" {
				if n := len(q.services); n > 0 && q.services[n-1].level == current {
					q.services[n-1].segment = s
				}
			}
		}
	}
}

func (q *question) place(l *level) {
	switch l.code {
	case "20":
		q.reviewer = l
	case "21":
		q.requesting = l
	case "22":
		q.subscriber = l
	case "23":
		q.dependent = l
	case "EV":
		q.event = l
	case "SS":
		q.services = append(q.services, service{level: l})
	}
}

func (q *question) summarize() {
	q.payer = q.reviewer.id()
	q.requester = q.requesting.id()
	q.member = q.subscriber.id()
	q.trace = q.event.find("TRN").Element(2)
	if q.trace == "" {
		q.trace = q.subscriber.find("TRN").Element(2)
	}
	q.certifies = q.event.find("UM").Element(2)
	if q.asks == AsksReview && (q.cancels() || q.certifies != "" && q.certifies != "I") {
		q.asks = AsksChange
	}
	for _, l := range append([]*level{q.event}, q.serviceLevels()...) {
		for _, p := range l.all() {
			id := p.name.Element(9)
			if p.name.Element(1) != "71" && id != "" && !slices.Contains(q.providers, id) { // not the attending one
				q.providers = append(q.providers, id)
			}
		}
	}
	if len(q.providers) == 0 {
		q.providers = []string{q.requester}
	}
}

// cancels says whether it takes back an earlier request: by UM02, or by BHT02.
func (q *question) cancels() bool { return q.certifies == "3" || q.purpose == "01" }

func (q *question) serviceLevels() []*level {
	var all []*level
	for _, s := range q.services {
		all = append(all, s.level)
	}
	return all
}

// patient is the level of the person the event is about.
func (q *question) patient() *level {
	if q.dependent != nil {
		return q.dependent
	}
	return q.subscriber
}

// procedures are the codes of the services asked for.
func (q *question) procedures() []string {
	var all []string
	for _, s := range q.services {
		if code := s.code(); code != "" {
			all = append(all, code)
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

// servicesText says what is asked for, so that two requests can be compared. How much
// of it is left out: the same service in another quantity is still the same.
func (q *question) servicesText() string {
	all := []string{}
	for _, s := range q.services {
		all = append(all, s.procedure())
	}
	slices.Sort(all)
	if len(all) == 0 {
		all = append(all, "type "+q.event.find("UM").Element(3))
	}
	return strings.Join(all, ", ")
}

// span is the first and last day asked for, over the event and its services.
func (q *question) span() (from, through string) {
	for _, l := range append([]*level{q.event}, q.serviceLevels()...) {
		f, t := l.dates()
		if f != "" && (from == "" || f < from) {
			from = f
		}
		if t > through {
			through = t
		}
	}
	return from, through
}

func (q *question) datesText() string {
	from, through := q.span()
	return from + "-" + through
}

func (q *question) subject() Subject {
	return Subject{Payer: q.payer, Member: q.member, Services: q.servicesText(), Provider: strings.Join(q.providers, "+"), Dates: q.datesText()}
}

func (s service) procedure() string {
	switch s.segment.ID {
	case "SV2":
		if s.segment.Element(2) == "" {
			return "revenue " + s.segment.Element(1)
		}
		return s.segment.Element(2)
	case "SV1", "SV3":
		return s.segment.Element(1)
	}
	return ""
}

func (s service) codeElement() int {
	if s.segment.ID == "SV2" {
		return 2
	}
	return 1
}

func (s service) code() string { return s.segment.Component(s.codeElement(), 2) }

// unitsElement is where the kind of service segment has its quantity.
func (s service) unitsElement() int {
	switch s.segment.ID {
	case "SV2":
		return 5
	case "SV3":
		return 6
	}
	return 4
}

// find returns the first segment of the level itself, or an empty one.
func (l *level) find(id string) x12.Segment {
	if l != nil {
		for _, s := range l.segments {
			if s.ID == id {
				return s
			}
		}
	}
	return x12.Segment{}
}

func (l *level) all() []party {
	if l == nil {
		return nil
	}
	return l.parties
}

// id is NM109 of the level's first party.
func (l *level) id() string {
	if l == nil || len(l.parties) == 0 {
		return ""
	}
	return l.parties[0].name.Element(9)
}

// partySegment finds a segment of the level's first party.
func (l *level) partySegment(id string) x12.Segment {
	if l != nil && len(l.parties) > 0 {
		for _, s := range l.parties[0].rest {
			if s.ID == id {
				return s
			}
		}
	}
	return x12.Segment{}
}

// references collects REF02 of the level and its parties by qualifier.
func (l *level) references(qualifiers ...string) []string {
	if l == nil {
		return nil
	}
	segments := l.segments
	for _, p := range l.parties {
		segments = append(segments[:len(segments):len(segments)], p.rest...)
	}
	var all []string
	for _, s := range segments {
		for _, q := range qualifiers {
			if s.ID == "REF" && s.Element(1) == q && s.Element(2) != "" {
				all = append(all, s.Element(2))
			}
		}
	}
	return all
}

// serviceDates are the qualifiers that say when something is to be done: service,
// admission, event.
var serviceDates = map[string]bool{"472": true, "435": true, "AAH": true}

// dates are the first and last day of the level's service dates.
func (l *level) dates() (from, through string) {
	if l == nil {
		return "", ""
	}
	for _, s := range l.segments {
		if s.ID != "DTP" || !serviceDates[s.Element(1)] {
			continue
		}
		f, t, period := strings.Cut(s.Element(3), "-")
		if !period {
			t = f
		}
		if len(f) < 8 || len(t) < 8 {
			continue
		}
		if from == "" || f[:8] < from {
			from = f[:8]
		}
		if t[:8] > through {
			through = t[:8]
		}
	}
	return from, through
}

func number(n int) string { return strconv.Itoa(n) }
