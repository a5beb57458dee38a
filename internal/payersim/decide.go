package payersim

import (
	"fmt"
	"time"
)

// Decision is what the payer says about a request, worked out to what is written.
type Decision struct {
	At        time.Time    `json:"at"`
	Code      string       `json:"code,omitempty"` // HCR01; none: rejected, never reviewed
	Number    string       `json:"number,omitempty"`
	Reference string       `json:"reference,omitempty"` // REF*NT
	Reasons   []string     `json:"reasons,omitempty"`
	Units     string       `json:"units,omitempty"`
	From      string       `json:"from,omitempty"`
	Through   string       `json:"through,omitempty"`
	Moved     bool         `json:"moved,omitempty"` // the dates are not those asked for
	PerLine   bool         `json:"perLine,omitempty"`
	Lines     []LineScript `json:"lines,omitempty"`
	PWK       []string     `json:"pwk,omitempty"`
	LOINC     []string     `json:"loinc,omitempty"`
	DueBy     string       `json:"dueBy,omitempty"`
	Contact   *Contact     `json:"contact,omitempty"`
	Message   string       `json:"message,omitempty"`
	Rejects   []Reject     `json:"rejects,omitempty"`
	More      bool         `json:"more,omitempty"`
	First     string       `json:"first,omitempty"` // REF*BB of a duplicate: the number given before
}

// Later is a decision to come.
type Later struct {
	At        *time.Time `json:"at,omitempty"`
	Inquiries int        `json:"inquiries,omitempty"`
	Push      bool       `json:"push,omitempty"`
	Then      Behaviour  `json:"then"`
}

const day = "20060102"

// grants says whether the code certifies something, and so has a number and a span.
func grants(code string) bool { return code == "A1" || code == "A2" || code == "A6" }

// decide works a behaviour out for a question. The review's ID makes the numbers.
func decide(b Behaviour, q *question, review string, now time.Time) Decision {
	if b.Decide == RejectIt {
		return Decision{At: now, Rejects: b.Rejects, More: b.More}
	}
	d := Decision{
		At: now, Code: verdictCodes[b.Decide], Reasons: b.Reasons, Units: b.Units, Lines: b.Lines,
		PerLine: b.PerLine, Contact: b.Contact, Message: b.Message, More: b.More, Number: b.Number,
	}
	if b.Decide == OtherCode {
		d.Code = b.Code
	}
	switch {
	case grants(d.Code) || d.Code == "NA":
		if d.Number == "" {
			d.Number = "A" + review
		}
	default:
		d.Reference = "N" + review
	}
	if grants(d.Code) {
		d.From, d.Through = span(b, q)
		d.Moved = b.Days != 0 || b.Shift != 0
	}
	if b.Wants != nil {
		d.PWK, d.LOINC = b.Wants.PWK, b.Wants.LOINC
		if b.Wants.DueDays > 0 {
			d.DueBy = now.AddDate(0, 0, b.Wants.DueDays).Format(day)
		}
	}
	return d
}

func span(b Behaviour, q *question) (from, through string) {
	from, through = q.span()
	first, err := time.Parse(day, from)
	if err != nil {
		return from, through
	}
	last, err := time.Parse(day, through)
	if err != nil {
		last = first
	}
	if b.Days > 0 {
		last = first.AddDate(0, 0, b.Days)
	}
	return first.AddDate(0, 0, b.Shift).Format(day), last.AddDate(0, 0, b.Shift).Format(day)
}

// later turns the script of a decision to come into an instant and a count.
func later(l *LaterScript, now time.Time) *Later {
	if l == nil {
		return nil
	}
	out := &Later{Inquiries: l.Inquiries, Push: l.Push, Then: l.Then}
	if l.After > 0 {
		at := now.Add(time.Duration(l.After))
		out.At = &at
	}
	return out
}

// review is a request that was taken up, and where it stands.
type review struct {
	id        string
	sender    string
	envelope  envelope // how its answers are addressed
	question  *question
	subject   Subject
	said      []Decision
	later     *Later
	inquiries int
}

func newReview(id string, e envelope, q *question, d Decision, l *Later) *review {
	return &review{id: id, sender: e.sender, envelope: e, question: q, subject: q.subject(), said: []Decision{d}, later: l}
}

func (r *review) now() Decision { return r.said[len(r.said)-1] }

// stands says whether the same request again would be a duplicate: after a denial or
// a cancellation it may be asked anew.
func (r *review) stands() bool {
	code := r.now().Code
	return code != "A3" && code != "C"
}

// numbered says whether the payer knows the review by this number.
func (r *review) numbered(number string) bool {
	for _, d := range r.said {
		if number != "" && (d.Number == number || d.Reference == number) {
			return true
		}
	}
	return false
}

// asksAfter says whether an inquiry without any number means this review: the same
// member, dates that touch and, where it names services, the same ones.
func (r *review) asksAfter(q *question) bool {
	if r.question.member != q.member {
		return false
	}
	from, through := q.span()
	ours, oursThrough := r.question.span()
	if from == "" || ours > through || oursThrough < from {
		return false
	}
	return len(q.services) == 0 || fmt.Sprint(q.procedures()) == fmt.Sprint(r.question.procedures())
}
