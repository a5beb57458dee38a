package domain

import (
	"encoding/json"
	"time"
)

// Opening is what every case is started with. The kind's own start embeds it.
type Opening struct {
	CaseID   CaseID     `json:"caseId"`
	Kind     CaseKind   `json:"kind"`
	By       Actor      `json:"by"`
	At       time.Time  `json:"at"`
	Facility FacilityID `json:"facility"`
	Zone     string     `json:"zone"` // IANA, of the facility
	Related  []CaseID   `json:"related,omitempty"`
}

// NewAuthorization starts a prior authorization: the argument of its workflow.
type NewAuthorization struct {
	Opening
	Order  Order   `json:"order"`
	Midway *Midway `json:"midway,omitempty"`
}

// Midway is how far a case has come elsewhere before Parley had it.
type Midway struct {
	SentAt    time.Time  `json:"sentAt" validate:"required"`
	Received  *time.Time `json:"received,omitempty"` // the payer's evidence that it has the request
	Channel   Channel    `json:"channel" validate:"required,oneof=x12 phone portal fax letter"`
	Reference string     `json:"reference,omitempty" validate:"max=50"`
	Answer    *Answer    `json:"answer,omitempty"` // the payer's last word, if there is one
	UnitsUsed int        `json:"unitsUsed,omitempty" validate:"min=0,max=9999"`
}

// NewEscalation starts an escalation: trouble that is nobody's case alone.
type NewEscalation struct {
	Opening
	Payer   PayerID     `json:"payer"`
	Name    string      `json:"name"` // the payer's
	Trouble TroubleKind `json:"trouble"`
	Since   time.Time   `json:"since"`
	Subject string      `json:"subject,omitempty"` // an opaque reference: an inbound file, a submission
	Finding string      `json:"finding,omitempty"` // stable code of what is wrong with it
}

// TroubleKind is what an escalation is about.
type TroubleKind string

const (
	PayerUnreachable TroubleKind = "payer-unreachable" // one for all its cases; it ends when the payer answers again
	AnswerUnmatched  TroubleKind = "answer-unmatched"  // an answer for nobody we asked about, or for another patient
	AnswerUnreadable TroubleKind = "answer-unreadable"
)

// TellReachable tells an escalation that its payer answers again.
const TellReachable = "payer-reachable"

// NeedQuestion asks the payer's profile about an order.
type NeedQuestion struct {
	Order Order     `json:"order"`
	At    time.Time `json:"at"`
}

// Need is what the payer's profile says of an order: whether authorization is needed, by
// which rule, and the terms on which this payer is dealt with.
type Need struct {
	Needed Needed `json:"needed"`
	Rule   string `json:"rule"`             // the rule's name and words, shown to people
	Source string `json:"source,omitempty"` // where the payer says so
	AsOf   Date   `json:"asOf,omitempty"`   // the date of that source
	Terms  Terms  `json:"terms"`
}

type Needed string

const (
	NeededYes     Needed = "yes"
	NeededNo      Needed = "no"
	NeededUnknown Needed = "unknown"
)

// Terms is what a case must know of a payer: data from its profile, at one version.
type Terms struct {
	Payer          PayerID         `json:"payer"`
	Name           string          `json:"name"`
	Version        int             `json:"version"`
	Phone          string          `json:"phone,omitempty"`
	ByHand         []Channel       `json:"byHand,omitempty"`         // where the payer takes no 278
	StatusByHand   bool            `json:"statusByHand,omitempty"`   // nor an X215 inquiry
	StatusEvery    []time.Duration `json:"statusEvery,omitempty"`    // waits before each status inquiry; the last repeats
	UnknownWaits   []time.Duration `json:"unknownWaits,omitempty"`   // waits before each asking whether a send arrived
	AbsenceIsProof bool            `json:"absenceIsProof,omitempty"` // 'not on file' proves that nothing arrived
	PendDays       int             `json:"pendDays,omitempty"`       // for documents, where the payer names no date
	AppealAddress  string          `json:"appealAddress,omitempty"`
	AppealDays     int             `json:"appealDays,omitempty"` // the contract's, where no regulation sets one
}

// FactsCorrected replaces facts of an order recorded wrongly.
type FactsCorrected struct {
	Corrections []Correct `json:"corrections" validate:"required,min=1,max=20,dive"`
}

// Settlement tells the ledger what was found out about a send of which it knew nothing.
type Settlement struct {
	Submission SubmissionID    `json:"submission"`
	State      SubmissionState `json:"state"`
	By         Actor           `json:"by"`
	Why        string          `json:"why"` // a stable code
}

// ChildCase asks for a case to be opened by another.
type ChildCase struct {
	ID    CaseID          `json:"id"`
	Kind  CaseKind        `json:"kind"`
	Start json.RawMessage `json:"start"` // the kind's own start
}
