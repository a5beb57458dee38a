package domain

import (
	"encoding/json"
	"time"
)

// TaskKind names what is asked of a person.
type TaskKind string

// Queue is where open tasks wait for people.
type Queue string

const (
	QueueAuthorizations Queue = "authorizations"
	QueueClinical       Queue = "clinical"
	QueueRegistration   Queue = "registration"
	QueueLead           Queue = "lead"
	QueueIntegration    Queue = "integration"
)

// Priority orders a queue: smaller first.
type Priority int

const (
	Urgent Priority = 1
	High   Priority = 2
	Normal Priority = 3
)

// Task is work only a person can do.
type Task struct {
	ID           TaskID     `json:"id"`
	Kind         TaskKind   `json:"kind"`
	Title        string     `json:"title"`        // verb first: 'Send clinical notes to Larkfield'
	Instructions string     `json:"instructions"` // what to do and why
	Queue        Queue      `json:"queue"`
	Party        Party      `json:"party"` // whom the case waits for in it
	Skills       []string   `json:"skills,omitempty"`
	Priority     Priority   `json:"priority"`
	Due          Deadline   `json:"due"`
	For          string     `json:"for,omitempty"`       // a person's own reminder: whose
	Escalated    bool       `json:"escalated,omitempty"` // overdue, and raised to the lead
	Exchange     ExchangeID `json:"exchange,omitempty"`  // what it is about
}

// Completion is a person's finished work on a task.
type Completion struct {
	ID     MessageID       `json:"id" validate:"required"`
	TaskID TaskID          `json:"taskId" validate:"required"`
	By     Actor           `json:"by" validate:"required"`
	At     time.Time       `json:"at"`
	Result json.RawMessage `json:"result" validate:"required"`
}
