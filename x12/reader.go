package x12

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Options bound what is read. The zero value gives the limits named at each field.
type Options struct {
	MaxSegmentLength int   // bytes of one segment; 64 KiB
	MaxElements      int   // elements of one segment; 128
	MaxRepeats       int   // repeats of one element; 99
	MaxDepth         int   // levels of HL segments; 16
	MaxFileSize      int64 // bytes; 64 MiB
}

func (o Options) withDefaults() Options {
	if o.MaxSegmentLength <= 0 {
		o.MaxSegmentLength = 64 << 10
	}
	if o.MaxElements <= 0 {
		o.MaxElements = 128
	}
	if o.MaxRepeats <= 0 {
		o.MaxRepeats = 99
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = 16
	}
	if o.MaxFileSize <= 0 {
		o.MaxFileSize = 64 << 20
	}
	return o
}

// ErrNotX12 says that an ISA was expected and something else stands there.
var ErrNotX12 = errors.New("no interchange header where one must be")

// LimitError says that reading stopped because a limit of [Options] was passed.
type LimitError struct {
	Limit string // the field of Options
	Place Place
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("limit %s passed at byte %d", e.Limit, e.Place.Offset)
}

// Reader streams the segments of one or more interchanges. It holds one segment at
// a time, never panics, and looks at each byte a fixed number of times.
type Reader struct {
	in    *bufio.Reader
	opts  Options
	delim Delimiters
	place Place // of the segment last returned
	next  int64 // offset of the next byte
	open  bool  // inside an interchange
	err   error

	groups, sets int // seen in this interchange, in this group
}

// NewReader returns a Reader over r.
func NewReader(r io.Reader, opts Options) *Reader {
	opts = opts.withDefaults()
	return &Reader{in: bufio.NewReaderSize(r, 32<<10), opts: opts}
}

// Delimiters returns those of the interchange being read.
func (r *Reader) Delimiters() Delimiters { return r.delim }

// Next returns the next segment. It returns io.EOF after the last, [ErrNotX12] or a
// [LimitError] where reading cannot go on; the error stays.
func (r *Reader) Next() (Segment, error) {
	if r.err != nil {
		return Segment{}, r.err
	}
	s, err := r.read()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = fmt.Errorf("read segment after number %d: %w", r.place.Ordinal, err)
		}
		r.err = err
		return Segment{}, r.err
	}
	return s, nil
}

func (r *Reader) read() (Segment, error) {
	if err := r.skipPadding(); err != nil {
		return Segment{}, err
	}
	if r.atHeader() {
		return r.readHeader()
	}
	if !r.open {
		return Segment{}, ErrNotX12
	}
	raw, err := r.readUntilTerminator()
	if err != nil {
		return Segment{}, err
	}
	start := r.next
	r.next += int64(len(raw)) + 1
	s, err := r.split(raw, start)
	if err != nil {
		return Segment{}, err
	}
	r.locate(&s, start)
	return s, nil
}

// skipPadding passes over what senders put between segments: line ends, and
// between interchanges also blanks and a byte order mark.
func (r *Reader) skipPadding() error {
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return err
		}
		padding := c == '\r' || c == '\n' || !r.open && (c == ' ' || c == '\t' || c == 0xEF || c == 0xBB || c == 0xBF || c == 0x1A)
		if !padding {
			return r.in.UnreadByte()
		}
		r.next++
		if r.next > r.opts.MaxFileSize {
			return r.limit("MaxFileSize")
		}
	}
}

// atHeader says whether an ISA starts here, whatever its element separator.
func (r *Reader) atHeader() bool {
	b, err := r.in.Peek(4)
	return err == nil && string(b[:3]) == "ISA" && !isAlphanumeric(b[3])
}

// isaElements and isaLongest bound the search for the ISA's end: 106 characters
// when well formed, some more when a sender got a width wrong.
const (
	isaElements = 16
	isaLongest  = 256
)

func (r *Reader) readHeader() (Segment, error) {
	peek, err := r.in.Peek(isaLongest)
	if err != nil && !errors.Is(err, io.EOF) {
		return Segment{}, err
	}
	d := Delimiters{Element: peek[3]}
	end, found := 3, 0
	for ; end < len(peek); end++ {
		if peek[end] == d.Element {
			if found++; found == isaElements {
				break
			}
		}
	}
	if end+2 >= len(peek) {
		return Segment{}, ErrNotX12
	}
	d.Component, d.Terminator = peek[end+1], peek[end+2]
	raw := string(peek[:end+2])
	elements := strings.Split(raw[4:], string(d.Element))
	if len(elements) != isaElements {
		return Segment{}, ErrNotX12
	}
	if rep := elements[10]; len(rep) == 1 && !isAlphanumeric(rep[0]) && rep[0] != ' ' {
		d.Repetition = rep[0]
	}
	if err := d.Check(); err != nil {
		return Segment{}, err
	}
	start := r.next
	if _, err := r.in.Discard(end + 3); err != nil {
		return Segment{}, err
	}
	r.next += int64(end) + 3
	if r.next > r.opts.MaxFileSize {
		return Segment{}, r.limit("MaxFileSize")
	}
	r.delim, r.open = d, true
	s := Segment{ID: "ISA", Elements: elements, Delimiters: d}
	r.locate(&s, start)
	return s, nil
}

// readUntilTerminator returns the bytes of one segment without its terminator. The
// end of the file ends a segment too: some senders leave the last terminator out.
func (r *Reader) readUntilTerminator() ([]byte, error) {
	var long []byte
	for {
		chunk, err := r.in.ReadSlice(r.delim.Terminator)
		if len(long)+len(chunk) > r.opts.MaxSegmentLength {
			return nil, r.limit("MaxSegmentLength")
		}
		if r.next+int64(len(long)+len(chunk)) > r.opts.MaxFileSize {
			return nil, r.limit("MaxFileSize")
		}
		switch {
		case err == nil && long == nil:
			return chunk[:len(chunk)-1], nil
		case err == nil:
			long = append(long, chunk...)
			return long[:len(long)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
			long = append(long, chunk...)
		case errors.Is(err, io.EOF):
			long = append(long, chunk...)
			if long = bytes.TrimRight(long, "\r\n \t\x1a"); len(long) == 0 {
				return nil, io.EOF
			}
			return long, nil
		default:
			return nil, err
		}
	}
}

// split parts one segment, refusing too many elements or repeats before it does.
func (r *Reader) split(raw []byte, start int64) (Segment, error) {
	at := Place{Offset: start}
	if n := bytes.Count(raw, []byte{r.delim.Element}); n > r.opts.MaxElements {
		return Segment{}, &LimitError{Limit: "MaxElements", Place: at}
	}
	parts := strings.Split(string(raw), string(r.delim.Element))
	if r.delim.Repetition != 0 {
		for _, e := range parts[1:] {
			if strings.Count(e, string(r.delim.Repetition)) >= r.opts.MaxRepeats {
				return Segment{}, &LimitError{Limit: "MaxRepeats", Place: at}
			}
		}
	}
	return Segment{ID: parts[0], Elements: parts[1:], Delimiters: r.delim}, nil
}

// locate numbers the segment and keeps the count for the next.
func (r *Reader) locate(s *Segment, start int64) {
	p := &r.place
	p.Ordinal++
	p.Offset = start
	closed := false
	switch s.ID {
	case "ISA":
		p.Interchange, p.Group, p.Set, p.Segment = p.Interchange+1, 0, 0, 0
		r.groups, r.sets = 0, 0
	case "GS":
		r.groups++
		r.sets = 0
		p.Group, p.Set, p.Segment = r.groups, 0, 0
	case "ST":
		r.sets++
		p.Set, p.Segment = r.sets, 1
	case "SE":
		p.Segment++
		closed = true
	case "GE":
		p.Set, p.Segment = 0, 0
	case "IEA":
		p.Group, p.Set, p.Segment = 0, 0, 0
		r.open = false
	default:
		if p.Set > 0 {
			p.Segment++
		}
	}
	s.Place = *p
	switch {
	case closed:
		p.Set, p.Segment = 0, 0
	case s.ID == "GE":
		p.Group = 0
	}
}

func (r *Reader) limit(name string) error {
	return &LimitError{Limit: name, Place: Place{Offset: r.next}}
}
