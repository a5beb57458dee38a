package payersim

const rejectOther = "CI" // the number is another patient's

// inquire answers a question after reviews: found by a number, by our trace, else by
// member and dates. An inquiry counts for each review it finds, and may be the one at
// which a pended request is decided.
func (w *intake) inquire(n int, q *question) {
	fact := &w.entry.Sets[n]
	rejects := w.directory().check(q, w.now)
	var found []*review
	if len(rejects) == 0 {
		if found = w.find(q); len(found) == 0 {
			rejects = []Reject{{Loop: "2000E", Code: rejectNumber, FollowUp: correct}}
		}
		for _, r := range found {
			if r.question.member != q.member {
				rejects = []Reject{{Loop: "2000E", Code: rejectOther, FollowUp: correct}}
				found = nil
				break
			}
		}
	}
	for _, r := range found {
		fact.Found = append(fact.Found, r.id)
		if l := r.later; l != nil && l.Inquiries > 0 && r.inquiries+1 >= l.Inquiries {
			w.sim.settle(r, l.Then, w.now)
		}
	}
	if len(rejects) > 0 {
		fact.Decision = &Decision{At: w.now, Rejects: rejects}
	}
	w.bodies = append(w.bodies, body{
		guide: q.set.Guide(), segments: respondInquiry(q, found, rejects, w.now, w.in.envelope.answerDelimiters()),
	})
}

// find looks by the most certain thing the inquiry names. A number that is not on file
// ends the search: another review of the same member is not what was asked for.
func (w *intake) find(q *question) []*review {
	numbers := append(q.event.references("BB", "NT", "D9", "G1"), q.subscriber.references("BB", "NT", "D9", "G1")...)
	byNumber := w.where(func(r *review) bool {
		for _, n := range numbers {
			if r.numbered(n) {
				return true
			}
		}
		return false
	})
	if len(numbers) > 0 {
		return byNumber
	}
	byTrace := w.where(func(r *review) bool {
		for _, t := range q.event.segmentsOf("TRN") {
			if t.Element(2) != "" && t.Element(2) == r.question.trace {
				return true
			}
		}
		return false
	})
	if len(byTrace) > 0 {
		return byTrace
	}
	return w.where(func(r *review) bool { return r.asksAfter(q) })
}

func (w *intake) where(fits func(*review) bool) []*review {
	var found []*review
	for _, r := range w.sim.reviews {
		if r.sender == w.entry.Sender && fits(r) {
			found = append(found, r)
		}
	}
	return found
}
