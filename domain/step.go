package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Fence orders the writers of a case: the start of the workflow task that decided a
// step, in nanoseconds of the server's clock. Of two that write the same step the
// later one knows more, and the earlier one is dead or was never believed.
type Fence int64

// Step is one recorded advance of a case. Visible is the whole state after it, never
// a difference: a later truth is written over what a dead attempt wrote, and nothing
// has to be undone.
type Step struct {
	CaseID CaseID    `json:"caseId"`
	No     int       `json:"no"`
	Fence  Fence     `json:"fence"`
	RunID  string    `json:"runId"` // of the engine: a reset case has another
	At     time.Time `json:"at"`
	Visible
	Digest string       `json:"digest"`         // of Visible
	Told   []Told       `json:"told"`           // what happened, for the timeline, oldest first
	Events []Event      `json:"events"`         // for integrators
	Causes []MessageID  `json:"causes"`         // the messages it answers
	Done   []Completion `json:"done,omitempty"` // tasks that people completed
	// File is what the case remembers, for reopening: at the start of a stage and at the close.
	File json.RawMessage `json:"file,omitempty"`
}

// Visible is what can be seen of a case.
type Visible struct {
	Kind      CaseKind     `json:"kind"`
	Facility  FacilityID   `json:"facility"`
	Payer     PayerID      `json:"payer,omitempty"`
	Stage     string       `json:"stage"`
	Status    CaseStatus   `json:"status"`
	WaitingOn []Party      `json:"waitingOn"`
	Outcome   Outcome      `json:"outcome,omitempty"`
	Now       string       `json:"now"`
	Tasks     []Task       `json:"tasks"`     // open after this step
	Deadlines []Deadline   `json:"deadlines"` // armed after this step
	Exchanges []ExchangeID `json:"exchanges"` // under way after this step
	Hold      *Hold        `json:"hold,omitempty"`
	Facts     Facts        `json:"facts"`
	Related   []CaseID     `json:"related,omitempty"`
}

// Facts is what a case is about, as lists show it. It holds health data: database only.
type Facts struct {
	Title    string          `json:"title"` // 'Knee replacement, right': services in words
	Patient  Patient         `json:"patient"`
	Member   string          `json:"member,omitempty"`
	Planned  Date            `json:"planned,omitempty"`
	Urgent   bool            `json:"urgent,omitempty"`
	Source   string          `json:"source,omitempty"`
	SourceID string          `json:"sourceId,omitempty"`
	Number   string          `json:"number,omitempty"` // the payer's authorization number
	Detail   json.RawMessage `json:"detail,omitempty"` // the kind's own: an order and its decision
}

// Sum is the digest of what is visible: two states that look the same have the same.
func (v Visible) Sum() string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain data: it cannot fail but by a programming error
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}

// Told is a sentence of the timeline and what stands behind it.
type Told struct {
	Words    string     `json:"words"` // may hold health data: database and encrypted payloads only
	By       Actor      `json:"by"`
	Why      string     `json:"why,omitempty"`
	Stage    string     `json:"stage,omitempty"`
	Kind     ToldKind   `json:"kind"`
	Task     TaskID     `json:"task,omitempty"`
	Exchange ExchangeID `json:"exchange,omitempty"`
	Before   string     `json:"before,omitempty"` // of a corrected fact
	After    string     `json:"after,omitempty"`
}

// ToldKind lets a reader filter the timeline.
type ToldKind string

const (
	ToldAdvance ToldKind = "advance" // the case went on
	ToldPeople  ToldKind = "people"  // someone did something
	ToldPayer   ToldKind = "payer"
	ToldClock   ToldKind = "clock"
	ToldNote    ToldKind = "note"
)

// Event is what integrators hear of a case: IDs and codes, never health data.
type Event struct {
	Type     EventType  `json:"type"`
	Task     TaskID     `json:"taskId,omitempty"`
	Exchange ExchangeID `json:"exchangeId,omitempty"`
	Code     string     `json:"code,omitempty"` // an outcome, a task's kind, a clock's rule
}

type EventType string

const (
	CaseOpened       EventType = "case.opened"
	CaseAdvanced     EventType = "case.advanced"
	CaseClosedEvent  EventType = "case.closed"
	TaskOpened       EventType = "task.opened"
	TaskCompleted    EventType = "task.completed"
	TaskWithdrawn    EventType = "task.withdrawn"
	DeadlinePassed   EventType = "deadline.passed"
	ExchangeSent     EventType = "exchange.sent"
	ExchangeAnswered EventType = "exchange.answered"
	ExchangeUnknown  EventType = "exchange.unknown"
	Correction       EventType = "correction" // an event already given out did not happen
)

// EventTypes is the catalogue.
var EventTypes = []EventType{
	CaseOpened, CaseAdvanced, CaseClosedEvent, TaskOpened, TaskCompleted, TaskWithdrawn,
	DeadlinePassed, ExchangeSent, ExchangeAnswered, ExchangeUnknown, Correction,
}
