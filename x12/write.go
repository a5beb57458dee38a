package x12

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Envelope is what the caller decides about an interchange: this package has no clock
// and no counter.
type Envelope struct {
	Delimiters        Delimiters // the zero value means DefaultDelimiters
	SenderQualifier   string     // ISA05
	SenderID          string     // ISA06
	ReceiverQualifier string     // ISA07
	ReceiverID        string     // ISA08
	At                time.Time  // ISA09 and 10, GS04 and 05, in its own zone
	Control           int        // ISA13, 1 to 999999999
	AckRequested      bool       // ISA14: ask for a TA1
	Test              bool       // ISA15: T, else P
	GroupSender       string     // GS02; empty means SenderID
	GroupReceiver     string     // GS03; empty means ReceiverID
	GroupControl      int        // GS06 of the first group; further groups count on

	TA1s []InterchangeAck // acknowledgements of other interchanges that travel in this one
}

// Build puts sets into an interchange: one group for each run of sets of one guide.
// Counts and trailers are computed. Sets must be parted by the envelope's delimiters.
func Build(e Envelope, sets ...Set) (*File, error) {
	i, err := e.interchange()
	if err != nil {
		return nil, fmt.Errorf("build interchange: %w", err)
	}
	for _, ack := range e.TA1s {
		s, err := WriteInterchangeAck(ack, i.ISA.Delimiters)
		if err != nil {
			return nil, fmt.Errorf("build interchange: %w", err)
		}
		i.TA1s = append(i.TA1s, s)
	}
	for _, s := range sets {
		if s.ST.Delimiters != i.ISA.Delimiters {
			return nil, errors.New("build interchange: a set has other delimiters than the envelope")
		}
		last := len(i.Groups) - 1
		if last < 0 || i.Groups[last].GS.Element(8) != string(s.Guide()) || i.Groups[last].GS.Element(1) != setFunctions[s.ST.Element(1)] {
			g, err := e.group(s, i.ISA.Delimiters, len(i.Groups))
			if err != nil {
				return nil, fmt.Errorf("build group: %w", err)
			}
			i.Groups = append(i.Groups, g)
			last++
		}
		i.Groups[last].Sets = append(i.Groups[last].Sets, s)
	}
	for n := range i.Groups {
		g := &i.Groups[n]
		g.GE = NewSegment(g.GS.Delimiters, "GE", fmt.Sprint(len(g.Sets)), g.GS.Element(6))
	}
	i.IEA = NewSegment(i.ISA.Delimiters, "IEA", fmt.Sprint(len(i.Groups)), i.Control())
	return &File{Interchanges: []Interchange{i}}, nil
}

func (e Envelope) interchange() (Interchange, error) {
	d := e.Delimiters
	if d == (Delimiters{}) {
		d = DefaultDelimiters()
	}
	if err := d.Check(); err != nil {
		return Interchange{}, err
	}
	if d.Repetition == 0 {
		return Interchange{}, errors.New("check delimiters: 005010 needs a repetition separator")
	}
	if e.Control < 1 || e.Control > 999999999 {
		return Interchange{}, errors.New("the interchange control number is not 1 to 999999999")
	}
	flag, usage := "0", "P"
	if e.AckRequested {
		flag = "1"
	}
	if e.Test {
		usage = "T"
	}
	values := []string{
		"00", "", "00", "", e.SenderQualifier, e.SenderID, e.ReceiverQualifier, e.ReceiverID,
		e.At.Format("060102"), e.At.Format("1504"), string(d.Repetition), "00501",
		fmt.Sprintf("%09d", e.Control), flag, usage, string(d.Component),
	}
	for n, width := range isaWidths {
		if n == 10 || n == 15 {
			continue
		}
		if len(values[n]) > width || dirty(values[n], d) {
			return Interchange{}, &DataError{Segment: "ISA", Element: n + 1, Reason: "is too long or holds a delimiter"}
		}
		values[n] += strings.Repeat(" ", width-len(values[n]))
	}
	return Interchange{ISA: NewSegment(d, "ISA", values...)}, nil
}

func (e Envelope) group(s Set, d Delimiters, n int) (Group, error) {
	if control := e.GroupControl + n; control < 1 || control > 999999999 {
		return Group{}, errors.New("the group control number is not 1 to 999999999")
	}
	sender, receiver := e.GroupSender, e.GroupReceiver
	if sender == "" {
		sender = e.SenderID
	}
	if receiver == "" {
		receiver = e.ReceiverID
	}
	values := []string{
		setFunctions[s.ST.Element(1)], sender, receiver, e.At.Format("20060102"), e.At.Format("1504"),
		fmt.Sprint(e.GroupControl + n), "X", string(s.Guide()),
	}
	for n, v := range values {
		if dirty(v, d) {
			return Group{}, &DataError{Segment: "GS", Element: n + 1, Reason: "holds a delimiter"}
		}
	}
	return Group{GS: NewSegment(d, "GS", values...)}, nil
}

// dirty says that text cannot stand in an element.
func dirty(text string, d Delimiters) bool {
	for _, c := range []byte(text) {
		if d.splits(c) || c < ' ' || c == 0x7f {
			return true
		}
	}
	return false
}

// WriteOptions say how a file is laid out.
type WriteOptions struct {
	LineBreaks bool // a line feed after each terminator, for people
}

// Write writes a file: what was read comes out as the same bytes, up to line breaks.
// Segments parted by other delimiters than their interchange's are refused.
func Write(w io.Writer, f *File, opts WriteOptions) error {
	out := writer{w: w, opts: opts}
	for _, i := range f.Interchanges {
		out.delimiters = i.ISA.Delimiters
		out.put(i.ISA)
		out.put(i.TA1s...)
		for _, g := range i.Groups {
			out.put(g.GS)
			for _, s := range g.Sets {
				out.put(s.ST)
				out.put(s.Segments...)
				out.put(s.SE)
			}
			out.put(g.Stray...)
			out.put(g.GE)
		}
		out.put(i.Stray...)
		out.put(i.IEA)
	}
	if out.err != nil {
		return fmt.Errorf("write file: %w", out.err)
	}
	return nil
}

// Marshal is [Write] into memory.
func Marshal(f *File, opts WriteOptions) ([]byte, error) {
	var b strings.Builder
	if err := Write(&b, f, opts); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// writer keeps the first error.
type writer struct {
	w          io.Writer
	opts       WriteOptions
	delimiters Delimiters
	buffer     []byte
	err        error
}

func (w *writer) put(segments ...Segment) {
	for _, s := range segments {
		if w.err != nil || !s.Present() {
			continue
		}
		if s.Delimiters != w.delimiters {
			w.err = &DataError{Segment: s.ID, Reason: "is parted by other delimiters than its interchange"}
			return
		}
		w.buffer = s.append(w.buffer[:0])
		if w.opts.LineBreaks {
			w.buffer = append(w.buffer, '\n')
		}
		_, w.err = w.w.Write(w.buffer)
	}
}
