package domain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

type (
	// CaseID is a UUID and the ID of the case's workflow. It says nothing about a person.
	CaseID string
	// TaskID is case, step and kind: an attempt that decides otherwise opens another task,
	// so that a person's marks never pass to work they did not see.
	TaskID string
	// MessageID names one message to a case; it is the ID of the Update that carries it.
	MessageID string
	// ExchangeID is one question to a payer: case and number.
	ExchangeID string
	// SubmissionID is one send of an exchange: exchange and number.
	SubmissionID string
	// PayerID is the slug of a payer's profile.
	PayerID string
	// FacilityID is where people work; it bounds what they see.
	FacilityID string
)

// CaseIDFor is the ID of the case that a source's own ID stands for. The same trigger
// always names the same case; without the installation's secret nobody can go back.
func CaseIDFor(secret []byte, source, sourceID string, kind CaseKind) CaseID {
	mac := hmac.New(sha256.New, secret)
	for _, part := range []string{source, sourceID, string(kind)} {
		_ = binary.Write(mac, binary.BigEndian, uint32(len(part))) // a hash never fails to be written to
		mac.Write([]byte(part))
	}
	return CaseID(custom(mac.Sum(nil)))
}

// ChildID is the ID of a case that another one opens under a name: asked twice, the same.
func ChildID(parent CaseID, name string) CaseID {
	sum := sha256.Sum256([]byte(string(parent) + "\x00" + name))
	return CaseID(custom(sum[:]))
}

// custom makes a version 8 UUID of a digest (RFC 9562, 5.8).
func custom(digest []byte) string {
	var u uuid.UUID
	copy(u[:], digest)
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return u.String()
}

// NewCaseID is the ID of a case that no source names. Not for workflow code.
func NewCaseID() CaseID { return CaseID(uuid.Must(uuid.NewV7()).String()) }

// NewMessageID names a message. Not for workflow code.
func NewMessageID() MessageID { return MessageID(uuid.Must(uuid.NewV7()).String()) }

// Exchange is the ID of a case's nth question to a payer.
func (id CaseID) Exchange(n int) ExchangeID { return ExchangeID(fmt.Sprintf("%s-x%d", id, n)) }

// No is the number of a question among those of its case; 0 if the ID names none.
func (id ExchangeID) No() int {
	_, no, _ := strings.Cut(string(id), "-x")
	n, err := strconv.Atoi(no)
	if err != nil {
		return 0
	}
	return n
}

// Submission is the ID of an exchange's nth send.
func (id ExchangeID) Submission(n int) SubmissionID {
	return SubmissionID(fmt.Sprintf("%s-s%d", id, n))
}

// Case is the case a task belongs to.
func (id TaskID) Case() CaseID {
	if len(id) < 36 {
		return ""
	}
	return CaseID(id[:36])
}

// Case is the case an exchange belongs to.
func (id ExchangeID) Case() CaseID { return TaskID(id).Case() }

// NewTaskID names the nth task of a kind that a case opens with its given step.
func NewTaskID(c CaseID, step int, kind TaskKind, n int) TaskID {
	id := fmt.Sprintf("%s-%d-%s", c, step, strings.ReplaceAll(string(kind), " ", "-"))
	if n > 0 {
		id += fmt.Sprintf("-%d", n+1)
	}
	return TaskID(id)
}
