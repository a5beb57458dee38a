package payersim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"parley/x12"
)

// finish writes the answer, puts everything into the ledger, and only then changes
// the simulator's state and lets the answer go.
func (w *intake) finish(ta1s []x12.InterchangeAck, bodies []body) (reply, error) {
	out := reply{
		status: http.StatusOK, kind: x12Type, deliver: w.deliver.Deliver, delay: time.Duration(w.deliver.Delay), keep: w.deliver.KeepBytes,
	}
	if w.deliver.Deliver != "" && w.deliver.Deliver != AtOnce {
		w.entry.Fault = string(w.deliver.Deliver)
	}
	if len(ta1s)+len(bodies) > 0 {
		w.control++
		answer, err := w.in.envelope.writeBack(w.control, w.now, ta1s, bodies...)
		if err != nil {
			return reply{}, err
		}
		out.body = answer
		w.entry.Answer = &Answered{Kinds: kindsOf(ta1s, bodies), SHA256: digest(answer), Bytes: answer}
	}
	if err := w.writeLetters(); err != nil {
		return reply{}, err
	}
	entries := []Entry{w.entry}
	for _, c := range w.closes {
		entries = append(entries, cancelled(c, w.now))
	}
	for _, l := range w.letters {
		entries = append(entries, l.entry())
	}
	if err := w.sim.ledger.append(entries...); err != nil {
		return reply{}, err
	}
	w.remember(entries)
	return out, nil
}

func kindsOf(ta1s []x12.InterchangeAck, bodies []body) []string {
	var kinds []string
	if len(ta1s) > 0 {
		kinds = append(kinds, "TA1")
	}
	for _, b := range bodies {
		kind := "278"
		if b.ack != nil {
			kind = "999"
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func cancelled(r *review, now time.Time) Entry {
	last := r.now()
	d := Decision{At: now, Code: "C", Number: last.Number, Reference: last.Reference}
	return Entry{At: now.UTC(), Kind: Decided, Review: r.id, Decision: &d}
}

// remember does to the state what the entries tell.
func (w *intake) remember(entries []Entry) {
	s := w.sim
	e := entries[0]
	if e.Outcome != Unprocessed && e.Outcome != Repeated {
		s.arrived[arrivalKey(e.Sender, e.Receiver, e.Control)] = e.Seq
	}
	for _, f := range e.Sets {
		if f.Rule != "" {
			s.used[f.Rule]++
		}
		for _, id := range f.Found {
			s.byID[id].inquiries++
		}
	}
	s.takeUp(w.opened...)
	s.control = w.control
	for _, more := range entries[1:] {
		s.recall(more)
	}
}

// Letter is one interchange waiting in the mailbox.
type Letter struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Sender   string    `json:"sender"`   // the payer's side
	Receiver string    `json:"receiver"` // whom it is for
	Control  string    `json:"control"`
	Review   string    `json:"review,omitempty"`
	body     []byte
	pending  []body // until it is written
}

func letterOf(e Entry) Letter {
	return Letter{ID: e.Mailbox, At: e.At, Sender: e.Sender, Receiver: e.Receiver, Control: e.Control, Review: e.Review, body: e.Bytes}
}

func (l Letter) entry() Entry {
	return Entry{
		At: l.At, Kind: Put, Mailbox: l.ID, Sender: l.Sender, Receiver: l.Receiver, Control: l.Control,
		Review: l.Review, SHA256: digest(l.body), Bytes: l.body,
	}
}

// letter writes an interchange for the mailbox.
func (e envelope) letter(control int, at time.Time, review string, bodies ...body) (Letter, error) {
	written, err := e.writeBack(control, at, nil, bodies...)
	if err != nil {
		return Letter{}, err
	}
	return Letter{
		ID: fmt.Sprintf("m%09d", control), At: at.UTC(), Sender: e.receiver, Receiver: e.sender,
		Control: fmt.Sprintf("%09d", control), Review: review, body: written,
	}, nil
}

// mailLater notes a letter that is written after the direct answer, so that it has the
// higher control number.
func (w *intake) mailLater(bodies ...body) { w.letters = append(w.letters, Letter{pending: bodies}) }

func (w *intake) writeLetters() error {
	for n, l := range w.letters {
		if l.pending == nil {
			continue
		}
		w.control++
		written, err := w.in.envelope.letter(w.control, w.now, "", l.pending...)
		if err != nil {
			return err
		}
		w.letters[n] = written
	}
	return nil
}

// settleDue decides every pended request whose time has come.
func (s *Sim) settleDue(now time.Time) {
	for _, r := range s.reviews {
		for r.later != nil && r.later.At != nil && !now.Before(*r.later.At) {
			if !s.settle(r, r.later.Then, *r.later.At) {
				return
			}
		}
	}
}

// settle decides a pended request. It changes nothing if the ledger cannot take it.
func (s *Sim) settle(r *review, b Behaviour, at time.Time) bool {
	push := r.later != nil && r.later.Push
	d := decide(b, r.question, r.id, at)
	next := later(b.Later, at)
	entries := []Entry{{At: at.UTC(), Kind: Decided, Review: r.id, Decision: &d}}
	if next != nil {
		entries[0].Sets = []SetFact{{Review: r.id, Later: next}}
	}
	if push {
		l, err := r.envelope.letter(s.control+1, at, r.id, body{
			guide: r.question.set.Guide(), segments: respond(r.question, d, r.envelope.answerDelimiters()),
		})
		if err != nil {
			s.opts.Log("payersim.failed", "error", err)
			return false
		}
		entries = append(entries, l.entry())
	}
	if err := s.ledger.append(entries...); err != nil {
		s.opts.Log("payersim.failed", "error", err)
		return false
	}
	for _, e := range entries {
		s.recall(e)
	}
	return true
}

// drop takes a letter out of the list.
func (s *Sim) drop(id string) bool {
	before := len(s.mailbox)
	s.mailbox = slices.DeleteFunc(s.mailbox, func(l Letter) bool { return l.ID == id })
	return len(s.mailbox) < before
}

// disguised is the question as another patient's, or as another request altogether.
func (q *question) disguised(otherRequest bool) *question {
	set := q.set
	set.Segments = nil
	for _, s := range q.set.Segments {
		e := append([]string(nil), s.Elements...)
		switch {
		case s.ID == "NM1" && s.Element(1) == "IL" && len(e) >= 9:
			e[2], e[3], e[8] = "OTHER", "PATIENT", mirrored(e[8])
		case s.ID == "DMG" && len(e) >= 2:
			e[1] = "19010101"
		case otherRequest && s.ID == "TRN" && len(e) >= 2:
			e[1] = mirrored(e[1])
		case otherRequest && s.ID == "BHT" && len(e) >= 3:
			e[2] = mirrored(e[2])
		}
		set.Segments = append(set.Segments, x12.NewSegment(s.Delimiters, s.ID, e...))
	}
	other, _ := readQuestion(set) // it was read before
	return other
}

// mirrored makes another identifier of the same form.
func mirrored(id string) string {
	b := []byte(strings.TrimSpace(id))
	slices.Reverse(b)
	if string(b) == id {
		return id + "X"
	}
	return string(b)
}
