package payersim

import (
	"regexp"
	"time"

	"parley/codes"
	"parley/x12"
)

// rejectLoops are the loops of a response that may hold an AAA.
var rejectLoops = map[string]bool{
	"2000A": true, "2010A": true, "2010B": true, "2010C": true, "2010D": true,
	"2000E": true, "2010EA": true, "2000F": true, "2010FA": true,
}

// AAA03 codes this payer uses by itself.
const (
	rejectData       = "15" // required data missing
	rejectProviderID = "43"
	rejectIneligible = "50"
	rejectNoProvider = "51"
	rejectDate       = "56"
	rejectNoDate     = "57"
	rejectBirth      = "58"
	rejectAfter      = "60" // birth after service
	rejectBirthDiffs = "71"
	rejectName       = "73"
	rejectSubscriber = "75"
	rejectPayer      = "79"
	rejectDiagnosis  = "AF"
	rejectProcedure  = "AG"
	rejectNumber     = "AA" // authorization not found
	rejectNoNumber   = "MA"
)

const correct = "C" // AAA04: correct and send again

// checker looks at one question as a payer does before any review.
type checker struct {
	q         *question
	directory Directory
	today     time.Time
	rejects   []Reject
}

// check returns what is wrong with the data of a request, in the order of its loops.
func (d Directory) check(q *question, now time.Time) []Reject {
	c := &checker{q: q, directory: d, today: now}
	c.parties()
	c.patient()
	if q.asks != AsksInquiry {
		c.event()
		c.services()
	}
	return c.rejects
}

func (c *checker) reject(loop, code string) {
	c.rejects = append(c.rejects, Reject{Loop: loop, Code: code, FollowUp: correct})
}

func (c *checker) rejectLine(line int, code string) {
	c.rejects = append(c.rejects, Reject{Loop: "2000F", Line: line, Code: code, FollowUp: correct})
}

func (c *checker) parties() {
	q := c.q
	if len(c.directory.Payers) > 0 && !listed(c.directory.Payers, q.payer) {
		c.reject("2010A", rejectPayer)
	}
	switch requester := q.requesting.all(); {
	case len(requester) == 0:
		c.reject("2010B", rejectProviderID)
	case !idFits(requester[0].name):
		c.reject("2010B", rejectProviderID)
	case listed(c.directory.UnknownProviders, q.requester):
		c.reject("2010B", rejectNoProvider)
	case listed(c.directory.IneligibleProvider, q.requester):
		c.reject("2010B", rejectIneligible)
	}
}

// idFits says whether an identifier of a provider can be one: an NPI has a check digit.
func idFits(name x12.Segment) bool {
	if name.Element(8) == "XX" {
		return codes.ValidNPI(name.Element(9))
	}
	return true
}

func (c *checker) patient() {
	q := c.q
	if q.member == "" || listed(c.directory.UnknownMembers, q.member) {
		c.reject("2010C", rejectSubscriber)
		return
	}
	loop := "2010C"
	if q.dependent != nil {
		loop = "2010D"
	}
	if len(q.patient().all()) == 0 || q.patient().parties[0].name.Element(3) == "" {
		c.reject(loop, rejectName)
		return
	}
	if q.asks == AsksInquiry {
		return
	}
	born := q.patient().partySegment("DMG").Element(2)
	from, _ := q.span()
	onFile := c.directory.BirthDates[q.member]
	switch day, err := time.Parse("20060102", born); {
	case err != nil || day.After(c.today) || c.today.Year()-day.Year() > 130:
		c.reject(loop, rejectBirth)
	case from != "" && born > from:
		c.reject(loop, rejectAfter)
	case onFile != "" && onFile != born && q.dependent == nil:
		c.reject(loop, rejectBirthDiffs)
	}
}

func (c *checker) event() {
	q := c.q
	c.dates()
	if q.event.find("UM").Element(3) == "" && len(q.services) == 0 {
		c.reject("2000E", rejectData)
	}
	c.diagnoses()
	for _, p := range q.event.all() {
		if !idFits(p.name) {
			c.reject("2010EA", rejectProviderID)
		} else if listed(c.directory.UnknownProviders, p.name.Element(9)) {
			c.reject("2010EA", rejectNoProvider)
		}
	}
}

// dates wants a day for the event or for every service, in the order of the calendar,
// and not out of reach.
func (c *checker) dates() {
	eventFrom, eventThrough := c.q.event.dates()
	if eventFrom != "" && !c.reachable(eventFrom, eventThrough) {
		c.reject("2000E", rejectDate)
	}
	if eventFrom == "" && len(c.q.services) == 0 {
		c.reject("2000E", rejectNoDate)
	}
	for n, s := range c.q.services {
		from, through := s.level.dates()
		switch {
		case from == "" && eventFrom == "":
			c.rejectLine(n, rejectNoDate)
		case from != "" && !c.reachable(from, through):
			c.rejectLine(n, rejectDate)
		}
	}
}

func (c *checker) reachable(from, through string) bool {
	past, ahead := c.directory.PastDays, c.directory.AheadDays
	if past == 0 {
		past = 365
	}
	if ahead == 0 {
		ahead = 730
	}
	first, last := c.today.AddDate(0, 0, -past).Format("20060102"), c.today.AddDate(0, 0, ahead).Format("20060102")
	return from <= through && from >= first && from <= last
}

func (c *checker) diagnoses() {
	hi := c.q.event.find("HI")
	told := false
	for n := range hi.Elements {
		qualifier, code := hi.Component(n+1, 1), hi.Component(n+1, 2)
		switch qualifier {
		case "ABK", "ABF", "ABJ", "APR":
			told = true
			if !codes.ICD10CMForm(code) || listed(c.directory.UnknownDiagnoses, code) {
				c.reject("2000E", rejectDiagnosis)
				return
			}
		}
	}
	if !told { // ICD-9 (BK, BF) is no diagnosis since October 2015
		c.reject("2000E", rejectDiagnosis)
	}
}

// hcpcsForm is the form of a CPT or HCPCS code; which of them exist is not ours to know.
var hcpcsForm = regexp.MustCompile(`^([0-9]{4}[0-9A-Z]|[A-V][0-9]{4})$`)

func (c *checker) services() {
	for n, s := range c.q.services {
		code := s.code()
		switch {
		case s.segment.ID == "SV2" && s.segment.Element(1) != "" && code == "":
		case code == "" || listed(c.directory.UnknownProcedures, code):
			c.rejectLine(n, rejectProcedure)
		case s.segment.Component(s.codeElement(), 1) == "HC" && !hcpcsForm.MatchString(code):
			c.rejectLine(n, rejectProcedure)
		}
		for _, p := range s.level.all() {
			if !idFits(p.name) {
				c.rejects = append(c.rejects, Reject{Loop: "2010FA", Line: n, Code: rejectProviderID, FollowUp: correct})
			}
		}
	}
}
