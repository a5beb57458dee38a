package domain

import (
	"encoding/json"
	"time"
)

// What can be said to a case. Each is an Update whose ID is the message's ID.
const (
	CompleteTask = "complete_task" // a person's work
	HearAnswer   = "hear_answer"   // a payer's word, electronic or told to a person
	TellCase     = "tell_case"     // a fact: corrected, or the kind's own ('service-done')
	WithdrawCase = "withdraw_case"
	HoldCase     = "hold_case"
	ResumeCase   = "resume_case"
	NoteCase     = "note_case"
	RemindMe     = "remind_me"
	Opened       = "opened"    // sent with the start: answered when its first step is recorded
	PutRight     = "put_right" // tells the case what the database shows of it
)

// Why a message is refused by a case. Each is the type of an application error.
const (
	TaskClosed    = "TaskClosed"    // someone or something was first
	ResultInvalid = "ResultInvalid" // details: []FieldError
	Refused       = "Refused"       // not now: already withdrawn, already on hold, …
	CaseIsClosed  = "CaseIsClosed"
	AsRecorded    = "AsRecorded" // the database shows what the case says
)

// Stale is why a step is refused whose writer has been overtaken.
const Stale = "Stale"

// Tell hands a case a fact. What names it; the kind of case knows its Body.
type Tell struct {
	ID   MessageID       `json:"id"`
	What string          `json:"what"`
	By   Actor           `json:"by"`
	At   time.Time       `json:"at"`
	Why  string          `json:"why,omitempty"`
	Body json.RawMessage `json:"body,omitempty"`
}

// What can be told to a prior authorization.
const (
	TellCorrection  = "correction"   // body: FactsCorrected
	TellServiceDone = "service-done" // body: ServiceDone
)

// Withdrawal ends a case: the visit is off.
type Withdrawal struct {
	ID     MessageID `json:"id"`
	By     Actor     `json:"by"`
	Reason string    `json:"reason" validate:"required,max=500"`
}

// HoldRequest sets a case aside.
type HoldRequest struct {
	ID     MessageID `json:"id"`
	By     Actor     `json:"by"`
	Reason string    `json:"reason" validate:"required,max=500"`
	Until  time.Time `json:"until" validate:"required"`
}

// Resumption ends a hold.
type Resumption struct {
	ID MessageID `json:"id"`
	By Actor     `json:"by"`
}

// Note is kept in the timeline; nothing follows from it.
type Note struct {
	ID    MessageID `json:"id"`
	By    Actor     `json:"by"`
	Words string    `json:"words" validate:"required,max=4000"`
}

// Reminder becomes a task of its own for whoever asked for it, whatever the case does meanwhile.
type Reminder struct {
	ID    MessageID `json:"id"`
	By    Actor     `json:"by"`
	Words string    `json:"words" validate:"required,max=500"`
	At    time.Time `json:"at" validate:"required"`
	Task  TaskID    `json:"task,omitempty"` // once it is due
}

// Reopening wakes a closed case.
type Reopening struct {
	ID     MessageID `json:"id"`
	By     Actor     `json:"by"`
	Reason string    `json:"reason" validate:"required,max=500"`
}
