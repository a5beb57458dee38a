package payersim

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/x12"
)

// envelope is how an interchange was addressed, and so how its answers are.
type envelope struct {
	delimiters                  x12.Delimiters
	senderQualifier, sender     string
	receiverQualifier, receiver string
	groupSender, groupReceiver  string
	control                     string
	test, ackRequested          bool
}

// incoming is one interchange as read.
type incoming struct {
	envelope envelope
	file     *x12.File
	sets     []incomingSet
}

type incomingSet struct {
	group    string // GS06
	place    x12.Place
	set      x12.Set
	question *question // nil when it asks for nothing we answer
}

var errNotOne = errors.New("one interchange was expected")

// parseInterchange reads bytes that should hold exactly one interchange.
func parseInterchange(b []byte) (*incoming, error) {
	file, err := x12.Parse(b, x12.Options{MaxFileSize: maxBody})
	if err != nil {
		return nil, fmt.Errorf("read interchange: %w", err)
	}
	if len(file.Interchanges) != 1 {
		return nil, fmt.Errorf("read interchange: %w", errNotOne)
	}
	i := file.Interchanges[0]
	isa := i.ISA
	in := &incoming{file: file, envelope: envelope{
		delimiters: isa.Delimiters, senderQualifier: isa.Element(5), sender: strings.TrimSpace(isa.Element(6)),
		receiverQualifier: isa.Element(7), receiver: strings.TrimSpace(isa.Element(8)), control: isa.Element(13),
		test: isa.Element(15) == "T", ackRequested: isa.Element(14) == "1",
	}}
	for _, g := range i.Groups {
		in.envelope.groupSender, in.envelope.groupReceiver = g.GS.Element(2), g.GS.Element(3)
		for _, set := range g.Sets {
			s := incomingSet{group: g.GS.Element(6), place: set.ST.Place, set: set}
			if q, asks := readQuestion(set); asks {
				s.question = q
			}
			in.sets = append(in.sets, s)
		}
	}
	return in, nil
}

// findings are what is wrong with the interchange: by the standard and by the guide.
// Check digits and the sense of dates are the payer's business, not its front end's.
func (in *incoming) findings() []x12.Finding {
	all := x12.Validate(in.file, x12.ByGuide)
	for n := range all {
		if all[n].Name == x12.SetGuideUnknown {
			all[n].Severity = x12.Error // a guide we do not take is refused, not ignored
		}
	}
	return all
}

// answered are the sets of an acknowledged group, in its order. Groups that are
// acknowledgements themselves have no answer and are passed over.
func (in *incoming) answered(g int) []incomingSet {
	at := -1
	for _, group := range in.file.Interchanges[0].Groups {
		if group.GS.Element(1) == "FA" {
			continue
		}
		if at++; at != g {
			continue
		}
		var sets []incomingSet
		for _, s := range in.sets {
			if s.place.Group == group.GS.Place.Group {
				sets = append(sets, s)
			}
		}
		return sets
	}
	return nil
}

// rejected are the places of the sets that the 999 refuses.
func (in *incoming) rejected(ack x12.Answer) map[x12.Place]bool {
	rejected := map[x12.Place]bool{}
	for g, group := range ack.Groups {
		for n, s := range in.answered(g) {
			if group.Result.Code == x12.Rejected || group.Sets[n].Result.Code == x12.Rejected {
				rejected[s.place] = true
			}
		}
	}
	return rejected
}

// acknowledgements are the 999s that must be said: for a group with a refused set, for
// one with a set that gets no other answer, and for all when the answers come later.
func (in *incoming) acknowledgements(ack x12.Answer, all bool) []body {
	var acks []body
	for g, group := range ack.Groups {
		say := all || group.Result.Code != x12.Accepted
		for _, s := range in.answered(g) {
			say = say || s.question == nil
		}
		if say {
			acks = append(acks, body{ack: &ack.Groups[g]})
		}
	}
	return acks
}

// writeBack builds an interchange to the other side.
func (e envelope) writeBack(control int, at time.Time, ta1s []x12.InterchangeAck, bodies ...body) ([]byte, error) {
	d := e.answerDelimiters()
	var sets []x12.Set
	for n, b := range bodies {
		st := fmt.Sprintf("%04d", n+1)
		if b.ack != nil {
			set, err := x12.WriteAcknowledgement999(*b.ack, x12.SetControl{Number: st, Delimiters: d})
			if err != nil {
				return nil, fmt.Errorf("write answer: %w", err)
			}
			sets = append(sets, set)
			continue
		}
		sets = append(sets, x12.Set{
			ST: x12.NewSegment(d, "ST", "278", st, string(b.guide)), Segments: b.segments,
			SE: x12.NewSegment(d, "SE", number(len(b.segments)+2), st), Version: b.guide,
		})
	}
	file, err := x12.Build(x12.Envelope{
		Delimiters: d, SenderQualifier: e.receiverQualifier, SenderID: e.receiver,
		ReceiverQualifier: e.senderQualifier, ReceiverID: e.sender, At: at, Control: control, Test: e.test,
		GroupSender: e.groupReceiver, GroupReceiver: e.groupSender, GroupControl: control, TA1s: ta1s,
	}, sets...)
	if err != nil {
		return nil, fmt.Errorf("write answer: %w", err)
	}
	return x12.Marshal(file, x12.WriteOptions{})
}

// body is one set of an answer.
type body struct {
	ack      *x12.Acknowledgement999
	guide    x12.GuideID
	segments []x12.Segment
}

// answerDelimiters are those of the question, so that what is repeated cannot be
// parted by others.
func (e envelope) answerDelimiters() x12.Delimiters {
	d := e.delimiters
	if d.Repetition == 0 {
		d.Repetition = '^'
	}
	if d.Check() != nil {
		return x12.DefaultDelimiters()
	}
	return d
}
