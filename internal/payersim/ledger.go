package payersim

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

// EntryKind says what a line of the ledger tells.
type EntryKind string

// Kinds of entries.
const (
	Arrived EntryKind = "interchange" // bytes came; with what was decided and answered
	Decided EntryKind = "decision"    // a pended request was decided
	Put     EntryKind = "put"         // an interchange was laid into the mailbox
	Taken   EntryKind = "taken"       // and taken out of it
)

// Outcome says what became of an interchange.
type Outcome string

// Outcomes. Only Unprocessed leaves its control number free to be used again.
const (
	Processed   Outcome = "processed"   // acknowledged or answered, whether or not that got through
	Repeated    Outcome = "repeated"    // its control number was used before
	Refused     Outcome = "refused"     // TA1
	Unprocessed Outcome = "unprocessed" // a fault struck before anybody looked at it
	NotX12      Outcome = "not-x12"
)

// Entry is one line of the ledger. It is on disk before the answer leaves.
type Entry struct {
	Seq      int       `json:"seq"`
	At       time.Time `json:"at"`
	Kind     EntryKind `json:"kind"`
	Outcome  Outcome   `json:"outcome,omitempty"`
	SHA256   string    `json:"sha256,omitempty"` // of the bytes received, or laid into the mailbox
	Sender   string    `json:"sender,omitempty"` // ISA06
	Receiver string    `json:"receiver,omitempty"`
	Control  string    `json:"control,omitempty"` // ISA13
	SameAs   int       `json:"sameAs,omitempty"`  // the entry that used the control number first
	Bytes    Bytes     `json:"bytes,omitzero"`
	Sets     []SetFact `json:"sets,omitempty"`
	Answer   *Answered `json:"answer,omitempty"`
	Fault    string    `json:"fault,omitempty"`  // what was done to the delivery
	Review   string    `json:"review,omitempty"` // of a decision or a mailbox entry
	Decision *Decision `json:"decision,omitempty"`
	Mailbox  string    `json:"mailbox,omitempty"` // ID of the mailbox entry
}

// SetFact is one transaction set of an interchange and what was made of it.
type SetFact struct {
	Group     string    `json:"group"` // GS06
	Set       string    `json:"set"`   // ST02
	Asks      Asks      `json:"asks,omitempty"`
	Reference string    `json:"reference,omitempty"` // BHT03
	Trace     string    `json:"trace,omitempty"`     // TRN02 of the event
	Payer     string    `json:"payer,omitempty"`
	Member    string    `json:"member,omitempty"`
	Provider  string    `json:"provider,omitempty"`
	Services  string    `json:"services,omitempty"`
	Dates     string    `json:"dates,omitempty"`
	Rule      string    `json:"rule,omitempty"`      // of the script
	Rejected  bool      `json:"rejected,omitempty"`  // by the 999
	Review    string    `json:"review,omitempty"`    // the one a request opened
	Found     []string  `json:"found,omitempty"`     // those an inquiry found
	Duplicate string    `json:"duplicate,omitempty"` // the review it repeats
	Decision  *Decision `json:"decision,omitempty"`
	Later     *Later    `json:"later,omitempty"`
}

// Answered is what was to be said in return.
type Answered struct {
	Kinds  []string `json:"kinds"` // TA1, 999, 278
	SHA256 string   `json:"sha256"`
	Bytes  Bytes    `json:"bytes"`
}

// Bytes are stored as text where they are text, so that a ledger can be read.
type Bytes []byte

// MarshalJSON writes text as a string and anything else as {"base64": …}.
func (b Bytes) MarshalJSON() ([]byte, error) {
	if utf8.Valid(b) {
		return json.Marshal(string(b))
	}
	return json.Marshal(map[string][]byte{"base64": b})
}

// UnmarshalJSON reads both forms.
func (b *Bytes) UnmarshalJSON(in []byte) error {
	var text string
	if json.Unmarshal(in, &text) == nil {
		*b = Bytes(text)
		return nil
	}
	var other struct {
		Base64 []byte `json:"base64"`
	}
	if err := json.Unmarshal(in, &other); err != nil {
		return fmt.Errorf("read bytes of an entry: %w", err)
	}
	*b = other.Base64
	return nil
}

// Ledger is the append-only record of everything that reached the simulator.
type Ledger struct {
	mu      sync.Mutex
	file    *os.File // nil: kept in memory only
	entries []Entry
}

// openLedger reads the ledger at path, or starts one. A last line that a kill cut
// short is dropped: its answer never left. Any other damage is an error.
func openLedger(path string) (*Ledger, error) {
	if path == "" {
		return &Ledger{}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	l := &Ledger{file: file}
	if err := lockFile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("lock ledger (is another payersim running on it?): %w", err), file.Close())
	}
	if err := l.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("read ledger: %w", err), file.Close())
	}
	return l, nil
}

func (l *Ledger) read() error {
	in := bufio.NewReader(l.file)
	var good int64
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // what is left has no line end: it was never finished
		}
		if err != nil {
			return err
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("line %d: %w", len(l.entries)+1, err)
		}
		if e.Seq != len(l.entries)+1 {
			return fmt.Errorf("line %d has number %d", len(l.entries)+1, e.Seq)
		}
		l.entries = append(l.entries, e)
		good += int64(len(line))
	}
	if err := l.file.Truncate(good); err != nil {
		return err
	}
	_, err := l.file.Seek(good, io.SeekStart)
	return err
}

// append numbers the entries and returns once they are on disk.
func (l *Ledger) append(entries ...Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines bytes.Buffer
	for i := range entries {
		entries[i].Seq = len(l.entries) + 1 + i
		line, err := json.Marshal(entries[i])
		if err != nil {
			return fmt.Errorf("append to ledger: %w", err)
		}
		lines.Write(append(line, '\n'))
	}
	if l.file != nil {
		if _, err := l.file.Write(lines.Bytes()); err != nil {
			return fmt.Errorf("append to ledger: %w", err)
		}
		if err := l.file.Sync(); err != nil {
			return fmt.Errorf("append to ledger: %w", err)
		}
	}
	l.entries = append(l.entries, entries...)
	return nil
}

func (l *Ledger) next() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries) + 1
}

func (l *Ledger) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// Entries returns a copy of the whole ledger.
func (l *Ledger) Entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// Subject is what a request is about: two requests with the same subject ask for
// the same thing.
type Subject struct {
	Payer    string `json:"payer"`
	Member   string `json:"member"`
	Services string `json:"services"`
	Provider string `json:"provider"`
	Dates    string `json:"dates"`
}

// Acceptance is one request that reached review: it passed TA1, 999 and AAA. One
// that was answered as a duplicate counts too, since it should not have been sent.
type Acceptance struct {
	Entry     int    `json:"entry"`
	Sender    string `json:"sender"`
	Control   string `json:"control"`
	Trace     string `json:"trace"`
	SHA256    string `json:"sha256"`
	Duplicate bool   `json:"duplicate,omitempty"`
	Said      string `json:"said"` // HCR01 of the first answer
}

// Acceptances returns, for every subject, the requests taken up for it. More than
// one means that something was asked twice.
func (l *Ledger) Acceptances() map[Subject][]Acceptance {
	all := map[Subject][]Acceptance{}
	for _, e := range l.Entries() {
		for _, s := range e.Sets {
			if s.Asks != AsksReview || s.Decision == nil || s.Decision.Code == "" {
				continue
			}
			subject := Subject{Payer: s.Payer, Member: s.Member, Services: s.Services, Provider: s.Provider, Dates: s.Dates}
			all[subject] = append(all[subject], Acceptance{
				Entry: e.Seq, Sender: e.Sender, Control: e.Control, Trace: s.Trace, SHA256: e.SHA256,
				Duplicate: s.Duplicate != "", Said: s.Decision.Code,
			})
		}
	}
	return all
}

// Repeat is something that was sent again though it had arrived.
type Repeat struct {
	Entry   int    `json:"entry"`
	First   int    `json:"first"`
	Control string `json:"control"`
	Trace   string `json:"trace,omitempty"`
	How     string `json:"how"` // same-bytes, same-control, same-subject
}

// SentTwice returns every breach of 'nothing is sent twice': an interchange that was
// processed and came again, a control number used for other bytes, and a request
// whose subject is under review or certified already. What came again because a
// fault had struck before processing is none.
func (l *Ledger) SentTwice() []Repeat {
	entries := l.Entries()
	var repeats []Repeat
	first := map[string]int{}
	for _, e := range entries {
		if e.Outcome == Repeated {
			how := "same-control"
			if e.SHA256 == entries[e.SameAs-1].SHA256 {
				how = "same-bytes"
			}
			repeats = append(repeats, Repeat{Entry: e.Seq, First: e.SameAs, Control: e.Control, How: how})
		}
		for _, s := range e.Sets {
			if s.Duplicate != "" {
				repeats = append(repeats, Repeat{Entry: e.Seq, First: first[s.Duplicate], Control: e.Control, Trace: s.Trace, How: "same-subject"})
			} else if s.Asks == AsksReview && s.Review != "" {
				first[s.Review] = e.Seq
			}
		}
	}
	return repeats
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
