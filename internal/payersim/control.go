package payersim

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/goccy/go-yaml"
)

// ErrNoReview says that no request under review goes by that name.
var ErrNoReview = errors.New("no such review")

// ReviewState is a request that was taken up, as tests look at it.
type ReviewState struct {
	ID       string     `json:"id"`
	Trace    string     `json:"trace"`
	Subject  Subject    `json:"subject"`
	Said     []Decision `json:"said"` // oldest first
	Pending  bool       `json:"pending"`
	Inquired int        `json:"inquired"`
}

// Reviews lists everything under review or decided, oldest first.
func (s *Sim) Reviews() []ReviewState {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settleDue(s.opts.Now())
	states := []ReviewState{}
	for _, r := range s.reviews {
		states = append(states, ReviewState{
			ID: r.id, Trace: r.question.trace, Subject: r.subject,
			Said: append([]Decision(nil), r.said...), Pending: r.later != nil, Inquired: r.inquiries,
		})
	}
	return states
}

// named finds a review by our trace, its ID or a number of its decisions; the newest
// if there are several.
func (s *Sim) named(name string) (*review, error) {
	for n := len(s.reviews) - 1; n >= 0; n-- {
		if r := s.reviews[n]; name != "" && (r.id == name || r.question.trace == name || r.numbered(name)) {
			return r, nil
		}
	}
	return nil, fmt.Errorf("find review: %w", ErrNoReview)
}

// Release decides a request now: as given, else as its script planned, else it is
// approved. What the script would push is pushed.
func (s *Sim) Release(name string, as *Behaviour) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.named(name)
	if err != nil {
		return err
	}
	then := Behaviour{}
	switch {
	case as != nil:
		then = *as
		if err := then.check("release"); err != nil {
			return err
		}
	case r.later != nil:
		then = r.later.Then
	}
	if !s.settle(r, then, s.opts.Now()) {
		return errors.New("release: the ledger did not take it")
	}
	return nil
}

// Push lays the present answer to a request into the mailbox.
func (s *Sim) Push(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	s.settleDue(now)
	r, err := s.named(name)
	if err != nil {
		return err
	}
	l, err := r.envelope.letter(s.control+1, now, r.id, body{
		guide: r.question.set.Guide(), segments: respond(r.question, r.now(), r.envelope.answerDelimiters()),
	})
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	return s.put(l)
}

// PushBytes lays any bytes into the mailbox of a receiver.
func (s *Sim) PushBytes(sender, receiver string, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.control++
	return s.put(Letter{
		ID: fmt.Sprintf("m%09d", s.control), At: s.opts.Now().UTC(), Sender: sender, Receiver: receiver, body: b,
	})
}

func (s *Sim) put(l Letter) error {
	e := l.entry()
	if err := s.ledger.append(e); err != nil {
		return fmt.Errorf("push: %w", err)
	}
	s.recall(e)
	return nil
}

func (s *Sim) addControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/ledger", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, s.ledger.Entries()) })
	mux.HandleFunc("GET /control/sent-twice", func(w http.ResponseWriter, _ *http.Request) {
		sendJSON(w, append([]Repeat{}, s.ledger.SentTwice()...))
	})
	mux.HandleFunc("GET /control/acceptances", func(w http.ResponseWriter, _ *http.Request) {
		type row struct {
			Subject     Subject      `json:"subject"`
			Acceptances []Acceptance `json:"acceptances"`
		}
		rows := []row{}
		for subject, all := range s.ledger.Acceptances() {
			rows = append(rows, row{subject, all})
		}
		sendJSON(w, rows)
	})
	mux.HandleFunc("GET /control/reviews", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, s.Reviews()) })
	mux.HandleFunc("GET /control/script", s.getScript)
	mux.HandleFunc("PUT /control/script", act(s.putScript))
	mux.HandleFunc("POST /control/release", act(s.postRelease))
	mux.HandleFunc("POST /control/push", act(s.postPush))
	mux.HandleFunc("POST /control/outage", act(func(r *http.Request, _ []byte) error {
		d, err := time.ParseDuration(r.URL.Query().Get("for"))
		if err != nil {
			return fmt.Errorf("outage: %w", err)
		}
		s.Outage(d)
		return nil
	}))
}

// act answers 204, 404 for an unknown review, or 422 with the reason.
func act(do func(*http.Request, []byte) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = do(r, b)
		}
		switch {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case errors.Is(err, ErrNoReview):
			sendText(w, http.StatusNotFound, err.Error()+"\n")
		default:
			sendText(w, http.StatusUnprocessableEntity, err.Error()+"\n")
		}
	}
}

func (s *Sim) getScript(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := yaml.Marshal(s.script)
	if err != nil {
		sendText(w, http.StatusInternalServerError, err.Error()+"\n")
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	sendBytes(w, http.StatusOK, b)
}

func (s *Sim) putScript(_ *http.Request, b []byte) error {
	script, err := ReadScript(b)
	if err != nil {
		return err
	}
	return s.SetScript(script)
}

func (s *Sim) postRelease(r *http.Request, b []byte) error {
	if len(b) == 0 {
		return s.Release(r.URL.Query().Get("review"), nil)
	}
	var as Behaviour
	if err := yaml.UnmarshalWithOptions(b, &as, yaml.Strict()); err != nil {
		return fmt.Errorf("read behaviour: %w", err)
	}
	return s.Release(r.URL.Query().Get("review"), &as)
}

// postPush pushes the answer to ?review=, or the body as it is to ?receiver=.
func (s *Sim) postPush(r *http.Request, b []byte) error {
	query := r.URL.Query()
	if len(b) > 0 {
		return s.PushBytes(query.Get("sender"), query.Get("receiver"), b)
	}
	return s.Push(query.Get("review"))
}
