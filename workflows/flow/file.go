package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"parley/domain"
)

// File is everything a case remembers. It crosses continue-as-new, so it holds
// references to documents, never documents.
type File struct {
	domain.Opening
	Stage     string            `json:"stage,omitempty"`
	StepNo    int               `json:"stepNo,omitempty"`
	Digest    string            `json:"digest,omitempty"` // of what the last step shows
	Now       string            `json:"now,omitempty"`
	Outcome   domain.Outcome    `json:"outcome,omitempty"`
	Closed    bool              `json:"closed,omitempty"`
	Clocks    []domain.Deadline `json:"clocks,omitempty"`    // armed; they span stages
	Inbox     []domain.Answer   `json:"inbox,omitempty"`     // what payers said before anyone waited for it
	Heard     []string          `json:"heard,omitempty"`     // digests of answers taken: repeating one is no news
	Reminders []domain.Reminder `json:"reminders,omitempty"` // people's own
	Hold      *domain.Hold      `json:"hold,omitempty"`
	Exchanges int               `json:"exchanges,omitempty"` // how many there were
	Applied   []applied         `json:"applied,omitempty"`   // the last messages and the steps that told them
	Untold    untold            `json:"untold"`              // what happened since the last step
	Reopening *domain.Reopening `json:"reopening,omitempty"` // why a closed case starts again
}

func (f *File) file() *File { return f }

// untold is what the next step will tell.
type untold struct {
	Told   []domain.Told       `json:"told,omitempty"`
	Events []domain.Event      `json:"events,omitempty"`
	Done   []domain.Completion `json:"done,omitempty"`
}

// applied is a message and the step that recorded it.
type applied struct {
	ID   domain.MessageID `json:"id"`
	Step int              `json:"step"`
}

// remembered bounds the memory of messages: whoever repeats an older one is answered
// by the API from what it stored.
const remembered = 100

func (f *File) apply(id domain.MessageID, step int) {
	f.Applied = append(f.Applied, applied{id, step})
	if n := len(f.Applied) - remembered; n > 0 {
		f.Applied = slices.Delete(f.Applied, 0, n)
	}
}

// step is the step that told a message, and 0 if none has.
func (f *File) step(id domain.MessageID) int {
	for _, a := range f.Applied {
		if a.ID == id {
			return a.Step
		}
	}
	return 0
}

// fingerprint is what an answer says, whoever brought it and whenever.
func fingerprint(a domain.Answer) string {
	a.ID, a.By, a.Proof, a.With, a.Channel = "", domain.Actor{}, "", "", ""
	a.At, a.Received = time.Time{}, nil
	b, err := json.Marshal(a)
	if err != nil {
		panic(err) // plain data: it cannot fail but by a programming error
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

func (f *File) heard(a domain.Answer) bool { return slices.Contains(f.Heard, fingerprint(a)) }

// hear notes that an answer was taken.
func (f *File) hear(a domain.Answer) {
	f.Heard = append(f.Heard, fingerprint(a))
	if n := len(f.Heard) - remembered; n > 0 {
		f.Heard = slices.Delete(f.Heard, 0, n)
	}
}

// Arm sets a clock of the case, or sets it anew. It runs across stages until it is
// disarmed or passes.
func (f *File) Arm(d domain.Deadline) {
	f.Disarm(d.Name)
	f.Clocks = append(f.Clocks, d)
}

// Disarm takes a clock away; none of that name is nothing.
func (f *File) Disarm(name string) {
	f.Clocks = slices.DeleteFunc(f.Clocks, func(d domain.Deadline) bool { return d.Name == name })
}

// Armed is the clock of a name, and false if none is armed.
func (f *File) Armed(name string) (domain.Deadline, bool) {
	for _, d := range f.Clocks {
		if d.Name == name {
			return d, true
		}
	}
	return domain.Deadline{}, false
}
