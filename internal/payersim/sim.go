package payersim

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options say how a simulator is made. The zero value keeps its ledger in memory and
// follows the demonstration's script on the real clock.
type Options struct {
	LedgerPath string // a file; empty keeps the ledger in memory only
	Script     *Script
	Now        func() time.Time                           // the payer's clock
	Wait       func(context.Context, time.Duration) error // how a slow answer waits
	Log        func(event string, attributes ...any)      // never told what a request says
}

// Sim is one payer with its clearinghouse. It starts no goroutine: what is decided
// later is decided when somebody next looks.
type Sim struct {
	opts   Options
	ledger *Ledger

	mu      sync.Mutex
	script  Script
	reviews []*review // in the order they came
	byID    map[string]*review
	mailbox []Letter
	used    map[string]int // rule → how often it decided
	arrived map[string]int // sender, receiver and control number → the entry that used it
	control int            // of the interchange last written
	outage  time.Time      // until then nobody answers
	doors   []*door        // closed while an outage lasts

	held   map[int]context.CancelFunc // answers under way, which Close lets go
	holds  int
	closed bool
}

// New opens the ledger and takes up the state it tells.
func New(opts Options) (*Sim, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Wait == nil {
		opts.Wait = wait
	}
	if opts.Log == nil {
		opts.Log = func(string, ...any) {}
	}
	s := &Sim{opts: opts, used: map[string]int{}, arrived: map[string]int{}, byID: map[string]*review{}, held: map[int]context.CancelFunc{}}
	if opts.Script != nil {
		s.script = *opts.Script
	} else {
		script, err := ReadScript(demoScript)
		if err != nil {
			return nil, fmt.Errorf("make simulator: %w", err)
		}
		s.script = script
	}
	if err := s.script.check(); err != nil {
		return nil, fmt.Errorf("make simulator: %w", err)
	}
	ledger, err := openLedger(opts.LedgerPath)
	if err != nil {
		return nil, fmt.Errorf("make simulator: %w", err)
	}
	s.ledger = ledger
	for _, e := range ledger.Entries() {
		s.recall(e)
	}
	return s, nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close lets go of held connections and closes the ledger. Closing again does nothing.
func (s *Sim) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	for _, cancel := range s.held {
		cancel()
	}
	return s.ledger.close()
}

// Ledger is the simulator's own record.
func (s *Sim) Ledger() *Ledger { return s.ledger }

// SetScript replaces the script. What is pending keeps the end it was given.
func (s *Sim) SetScript(script Script) error {
	if err := script.check(); err != nil {
		return fmt.Errorf("set script: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
	return nil
}

// Script puts rules before all others; a rule of the same name is replaced.
func (s *Sim) Script(rules ...Rule) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	script := s.script
	script.Rules = append([]Rule(nil), rules...)
	for _, old := range s.script.Rules {
		replaced := false
		for _, r := range rules {
			replaced = replaced || r.Name == old.Name
		}
		if !replaced {
			script.Rules = append(script.Rules, old)
		}
	}
	if err := script.check(); err != nil {
		return fmt.Errorf("add to script: %w", err)
	}
	s.script = script
	return nil
}

// Outage makes everybody unreachable for a while; zero ends it.
func (s *Sim) Outage(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outage = s.opts.Now().Add(d)
	for _, door := range s.doors {
		if d > 0 {
			door.closeForNow()
		}
	}
}

func (s *Sim) isOut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts.Now().Before(s.outage)
}

// recall takes up what one entry of an earlier life tells.
func (s *Sim) recall(e Entry) {
	switch e.Kind {
	case Arrived:
		s.recallInterchange(e)
	case Decided:
		if r := s.byID[e.Review]; r != nil && e.Decision != nil {
			r.said = append(r.said, *e.Decision)
			r.later = nil
			if len(e.Sets) > 0 {
				r.later = e.Sets[0].Later
			}
		}
	case Put:
		s.mailbox = append(s.mailbox, letterOf(e))
		s.control = max(s.control, controlOf(e.Bytes))
	case Taken:
		s.drop(e.Mailbox)
	}
}

func (s *Sim) recallInterchange(e Entry) {
	if e.Outcome != Unprocessed && e.Outcome != NotX12 && e.Outcome != Repeated {
		s.arrived[arrivalKey(e.Sender, e.Receiver, e.Control)] = e.Seq
	}
	if e.Answer != nil {
		s.control = max(s.control, controlOf(e.Answer.Bytes))
	}
	opened := false
	for _, f := range e.Sets {
		if f.Rule != "" {
			s.used[f.Rule]++
		}
		opened = opened || f.Review != ""
		for _, id := range f.Found {
			if r := s.byID[id]; r != nil {
				r.inquiries++
			}
		}
	}
	if !opened {
		return
	}
	in, err := parseInterchange(e.Bytes)
	if err != nil {
		return // it could be read when it came; a review without its question helps nobody
	}
	for n, f := range e.Sets {
		if f.Review == "" || f.Decision == nil || n >= len(in.sets) || in.sets[n].question == nil {
			continue
		}
		s.takeUp(newReview(f.Review, in.envelope, in.sets[n].question, *f.Decision, f.Later))
	}
}

func (s *Sim) takeUp(reviews ...*review) {
	for _, r := range reviews {
		s.reviews = append(s.reviews, r)
		s.byID[r.id] = r
	}
}

func arrivalKey(sender, receiver, control string) string {
	return strings.Join([]string{sender, receiver, control}, "\x00")
}

// controlOf reads ISA13 from its fixed place.
func controlOf(interchange []byte) int {
	if len(interchange) < 99 {
		return 0
	}
	n, err := strconv.Atoi(string(interchange[90:99]))
	if err != nil {
		return 0
	}
	return n
}
