package payersim

import (
	"fmt"
	"net/http"
	"time"

	"parley/x12"
)

// reply is what goes back over the connection, and what is done to it on the way.
type reply struct {
	status  int
	kind    string
	body    []byte
	deliver Delivery
	delay   time.Duration
	keep    int
}

const x12Type = "application/edi-x12"

// intake is one interchange on its way through the simulator. Nothing of it changes
// the simulator's state before the ledger has it.
type intake struct {
	sim     *Sim
	in      *incoming
	entry   Entry
	now     time.Time
	deliver Behaviour // of the first question
	bodies  []body    // responses of the 278 kind
	opened  []*review
	closes  []*review // cancelled by this interchange
	letters []Letter
	control int
}

// receive takes one interchange. When it returns, everything is in the ledger.
func (s *Sim) receive(raw []byte) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	s.settleDue(now)
	entry := Entry{At: now.UTC(), Kind: Arrived, SHA256: digest(raw), Bytes: raw}
	in, err := parseInterchange(raw)
	if err != nil {
		entry.Outcome = NotX12
		if err := s.ledger.append(entry); err != nil {
			return s.broken(err)
		}
		return reply{status: http.StatusBadRequest, kind: "text/plain", body: []byte("no X12 interchange\n")}
	}
	entry.Sender, entry.Receiver, entry.Control = in.envelope.sender, in.envelope.receiver, in.envelope.control
	w := &intake{sim: s, in: in, entry: entry, now: now, control: s.control}
	out, err := w.process()
	if err != nil {
		return s.broken(err)
	}
	return out
}

// broken is our own failure: nothing was taken.
func (s *Sim) broken(err error) reply {
	s.opts.Log("payersim.failed", "error", err)
	return reply{status: http.StatusInternalServerError, kind: "text/plain", body: []byte("not processed\n")}
}

func (w *intake) process() (reply, error) {
	w.choose()
	if w.deliver.Deliver.before() {
		w.entry.Outcome, w.entry.Fault = Unprocessed, string(w.deliver.Deliver)
		return w.finish(nil, nil)
	}
	if first, used := w.sim.arrived[arrivalKey(w.entry.Sender, w.entry.Receiver, w.entry.Control)]; used {
		w.entry.Outcome, w.entry.SameAs = Repeated, first
		return w.refuse("025")
	}
	findings := w.in.findings()
	answers := x12.Acknowledge(w.in.file, findings)
	switch answer := answers[0]; {
	case answer.TA1.Code == x12.Rejected:
		return w.refuse(answer.TA1.Note)
	case len(w.directory().Receivers) > 0 && !listed(w.directory().Receivers, w.entry.Receiver):
		return w.refuse("009")
	case len(w.directory().Senders) > 0 && !listed(w.directory().Senders, w.entry.Sender):
		return w.refuse("006")
	default:
		return w.answer(answer)
	}
}

func (w *intake) directory() Directory { return w.sim.script.Directory }

// choose finds the behaviour of each question. The delivery is the first one's: an
// interchange has one way back.
func (w *intake) choose() {
	w.entry.Sets = make([]SetFact, len(w.in.sets))
	chosen := false
	for n, s := range w.in.sets {
		fact := SetFact{Group: s.group, Set: s.set.ST.Element(2)}
		if q := s.question; q != nil {
			fact.Asks, fact.Reference, fact.Trace, fact.Payer, fact.Member = q.asks, q.reference, q.trace, q.payer, q.member
			subject := q.subject()
			fact.Provider, fact.Services, fact.Dates = subject.Provider, subject.Services, subject.Dates
			if !chosen {
				w.deliver, fact.Rule = w.behaviour(q)
				chosen = true
			}
		}
		w.entry.Sets[n] = fact
	}
}

func (w *intake) behaviour(q *question) (Behaviour, string) {
	return w.sim.script.choose(w.entry.Sender, q, func(rule string) int {
		n := w.sim.used[rule]
		for _, f := range w.entry.Sets {
			if f.Rule == rule {
				n++
			}
		}
		return n
	})
}

// refuse answers with a TA1 alone.
func (w *intake) refuse(note string) (reply, error) {
	if w.entry.Outcome == "" {
		w.entry.Outcome = Refused
	}
	for n := range w.entry.Sets {
		w.entry.Sets[n].Rule = "" // it was not reached
	}
	w.deliver = Behaviour{}
	switch note { // an answer cannot be addressed with a qualifier that does not exist
	case "005":
		w.in.envelope.senderQualifier = "ZZ"
	case "007":
		w.in.envelope.receiverQualifier = "ZZ"
	}
	answers := x12.Acknowledge(w.in.file, nil)
	ta1 := answers[0].TA1
	ta1.Code, ta1.Note = x12.Rejected, note
	return w.finish([]x12.InterchangeAck{ta1}, nil)
}

// answer acknowledges and answers the sets of an interchange whose envelope is right.
func (w *intake) answer(ack x12.Answer) (reply, error) {
	w.entry.Outcome = Processed
	rejected := w.in.rejected(ack)
	first := true
	for n, s := range w.in.sets {
		if rejected[s.place] {
			w.entry.Sets[n].Rejected, w.entry.Sets[n].Rule = true, ""
			if first && s.question != nil {
				w.deliver = Behaviour{} // what the script says is for requests that are read
			}
		}
		first = first && s.question == nil
	}
	for n, s := range w.in.sets {
		if s.question != nil && !rejected[s.place] {
			w.decideSet(n, s.question)
		}
	}
	byMail := w.deliver.Deliver == ByMailbox && len(w.bodies) > 0
	acks := w.in.acknowledgements(ack, byMail)
	var ta1s []x12.InterchangeAck
	if ack.Requested {
		ta1s = append(ta1s, ack.TA1)
	}
	if byMail {
		w.mailLater(w.bodies...)
		return w.finish(ta1s, acks)
	}
	return w.finish(ta1s, append(acks, w.bodies...))
}

// decideSet answers one question.
func (w *intake) decideSet(n int, q *question) {
	fact := &w.entry.Sets[n]
	if q.asks == AsksInquiry {
		w.inquire(n, q)
		return
	}
	behaviour := w.deliver
	if fact.Rule == "" && n > 0 && w.anyQuestionBefore(n) {
		behaviour, fact.Rule = w.behaviour(q)
	}
	id := w.reviewID(n)
	decision := w.judge(q, fact, &behaviour, id)
	fact.Decision = &decision
	if decision.Code != "" && fact.Duplicate == "" {
		fact.Review, fact.Later = id, later(behaviour.Later, w.now)
		w.opened = append(w.opened, newReview(id, w.in.envelope, q, decision, fact.Later))
	}
	w.write(q, decision, behaviour.Deliver, id)
}

func (w *intake) anyQuestionBefore(n int) bool {
	for _, s := range w.in.sets[:n] {
		if s.question != nil {
			return true
		}
	}
	return false
}

// reviewID is unique in the life of a ledger.
func (w *intake) reviewID(n int) string {
	return fmt.Sprintf("%06d%02d", w.sim.ledger.next(), n+1)
}

// judge says what is decided: the data first, then what it repeats, then the script.
func (w *intake) judge(q *question, fact *SetFact, b *Behaviour, id string) Decision {
	rejects := w.directory().check(q, w.now)
	if q.asks == AsksChange && len(rejects) == 0 {
		var earlier *review
		earlier, rejects = w.earlier(q)
		if len(rejects) == 0 && q.cancels() {
			w.closes = append(w.closes, earlier)
			if b.Decide == "" {
				b.Decide = CancelIt
			}
		}
	}
	if len(rejects) > 0 {
		return Decision{At: w.now, Rejects: rejects}
	}
	if b.Decide == RejectIt {
		return decide(*b, q, id, w.now)
	}
	if first := w.duplicateOf(q); first != nil {
		fact.Duplicate = first.id
		said := first.now()
		known := said.Number
		if known == "" {
			known = said.Reference
		}
		return Decision{At: w.now, Code: "A3", Reasons: []string{"0Q"}, First: known}
	}
	return decide(*b, q, id, w.now)
}

// duplicateOf finds the standing review of the same subject from the same sender.
func (w *intake) duplicateOf(q *question) *review {
	if q.asks != AsksReview {
		return nil
	}
	subject := q.subject()
	for _, r := range append(w.sim.reviews[:len(w.sim.reviews):len(w.sim.reviews)], w.opened...) {
		if r.sender == w.entry.Sender && r.question.asks == AsksReview && r.stands() && r.subject == subject {
			return r
		}
	}
	return nil
}

// earlier finds the review that a change is about.
func (w *intake) earlier(q *question) (*review, []Reject) {
	numbers := q.event.references("BB", "NT")
	if first := w.where(func(r *review) bool { return q.trace != "" && r.question.trace == q.trace }); len(numbers) == 0 && len(first) > 0 {
		return first[0], nil // it knows no number yet
	}
	if len(numbers) == 0 {
		return nil, []Reject{{Loop: "2000E", Code: rejectNoNumber, FollowUp: correct}}
	}
	for _, r := range w.sim.reviews {
		for _, n := range numbers {
			if r.sender != w.entry.Sender || !r.numbered(n) {
				continue
			}
			if r.question.member != q.member {
				return nil, []Reject{{Loop: "2000E", Code: rejectOther, FollowUp: correct}}
			}
			return r, nil
		}
	}
	return nil, []Reject{{Loop: "2000E", Code: rejectNumber, FollowUp: correct}}
}

// write makes the response, and what a misdelivery makes of it.
func (w *intake) write(q *question, d Decision, how Delivery, id string) {
	dl := w.in.envelope.answerDelimiters()
	guide := q.set.Guide()
	told := q
	if how == OtherPatient || how == OtherRequest {
		told = q.disguised(how == OtherRequest)
	}
	w.bodies = append(w.bodies, body{guide: guide, segments: respond(told, d, dl)})
	if how == Twice {
		w.mailLater(body{guide: guide, segments: respond(q, d, dl)})
	}
	if how == StalePend {
		stale := decide(Behaviour{Decide: Pend, Reasons: []string{"0V"}}, q, id, w.now.Add(-time.Hour))
		w.mailLater(body{guide: guide, segments: respond(q, stale, dl)})
	}
}
