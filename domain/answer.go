package domain

import "time"

// Certification is what a payer said: HCR01 of a 278 response, or that it refused to look.
type Certification string

const (
	CertifiedInTotal Certification = "A1"
	CertifiedPartly  Certification = "A2"
	NotCertified     Certification = "A3"
	Pended           Certification = "A4"
	Modified         Certification = "A6"
	CancelledByPayer Certification = "C"
	ContactPayer     Certification = "CT"
	NoActionRequired Certification = "NA"
	Rejected         Certification = "rejected"    // AAA, 999 or TA1: never reviewed
	NotOnFile        Certification = "not-on-file" // an inquiry's answer: the payer has nothing
	Received         Certification = "received"    // it has it, and says no more
)

// Answer is one word of a payer on an exchange: electronic, or told to a person. Both are
// the same struct, so that what follows from them is the same.
type Answer struct {
	ID          MessageID        `json:"id"`
	Exchange    ExchangeID       `json:"exchange,omitempty"`
	Channel     Channel          `json:"channel" validate:"required,oneof=x12 phone portal fax letter"`
	Said        Certification    `json:"said" validate:"required,oneof=A1 A2 A3 A4 A6 C CT NA rejected not-on-file received"`
	Raw         string           `json:"raw,omitempty" validate:"max=80"`                        // a code that no list of ours knows
	Number      string           `json:"number,omitempty" validate:"required_if=Said A1,max=50"` // authorization number, HCR02
	Reference   string           `json:"reference,omitempty" validate:"max=50"`                  // administrative or call reference, REF*NT
	Units       int              `json:"units,omitempty" validate:"min=0,max=9999"`
	From        Date             `json:"from,omitempty" validate:"omitempty,date"`
	Through     Date             `json:"through,omitempty" validate:"omitempty,date"`
	Reasons     []Reason         `json:"reasons,omitempty" validate:"max=20,dive"`
	Rejects     []Reject         `json:"rejects,omitempty" validate:"max=50,dive"`
	Lines       []LineDecision   `json:"lines,omitempty" validate:"max=30,dive"`
	Wanted      []DocumentWanted `json:"wanted,omitempty" validate:"max=30,dive"`
	WantedBy    Date             `json:"wantedBy,omitempty" validate:"omitempty,date"`
	Received    *time.Time       `json:"received,omitempty"`                           // the payer's own stamp of our request
	Noticed     Date             `json:"noticed,omitempty" validate:"omitempty,date"`  // the date its notice bears
	AppealBy    Date             `json:"appealBy,omitempty" validate:"omitempty,date"` // as its letter prints it
	Call        string           `json:"call,omitempty" validate:"max=200"`            // whom to call: PER
	MoreFollows bool             `json:"moreFollows,omitempty"`                        // BHT06 19
	At          time.Time        `json:"at"`                                           // when we had it
	By          Actor            `json:"by"`
	With        string           `json:"with,omitempty" validate:"max=120"`  // the representative spoken to
	Proof       string           `json:"proof,omitempty" validate:"max=200"` // where the evidence is kept
	Words       string           `json:"words,omitempty" validate:"max=2000"`
}

// Channel is how something travelled.
type Channel string

const (
	ByX12    Channel = "x12"
	ByPhone  Channel = "phone"
	ByPortal Channel = "portal"
	ByFax    Channel = "fax"
	ByLetter Channel = "letter"
)

// Reason is a payer's reason for a decision: code source 886, as it came.
type Reason struct {
	Code  string `json:"code" validate:"required,max=10"`
	Words string `json:"words,omitempty" validate:"max=200"`
}

// Reject is one refusal to look at a request: AAA, or a fault found by a 999 or TA1.
type Reject struct {
	Loop     string `json:"loop" validate:"max=20"`              // whose data is wrong: 2010C
	Field    string `json:"field,omitempty" validate:"max=40"`   // our field's pointer where we can tell
	Code     string `json:"code" validate:"required,max=10"`     // AAA03, IK304, IK403 or TA105
	FollowUp string `json:"followUp,omitempty" validate:"max=2"` // AAA04
	Words    string `json:"words,omitempty" validate:"max=300"`  // what it means, and what to do
}

// LineDecision is a payer's word on one service.
type LineDecision struct {
	Line    int           `json:"line" validate:"min=1,max=30"` // 1-based, of the order
	Said    Certification `json:"said" validate:"required,max=20"`
	Number  string        `json:"number,omitempty" validate:"max=50"`
	Code    string        `json:"code,omitempty" validate:"max=10"` // the service decided on, if told
	Units   int           `json:"units,omitempty" validate:"min=0,max=9999"`
	From    Date          `json:"from,omitempty" validate:"omitempty,date"`
	Through Date          `json:"through,omitempty" validate:"omitempty,date"`
	Reasons []Reason      `json:"reasons,omitempty" validate:"max=5,dive"`
}

// DocumentWanted is a paper the payer wants.
type DocumentWanted struct {
	Code  string `json:"code,omitempty" validate:"max=20"` // PWK01 or LOINC
	Words string `json:"words" validate:"required,max=200"`
}

// RequestKind is what is asked of a payer.
type RequestKind string

const (
	AskAuthorization RequestKind = "authorization" // 278 X217
	AskStatus        RequestKind = "status"        // 278 X215
)

// Request is one question to a payer, whole: the connector needs nothing else.
type Request struct {
	Exchange   ExchangeID   `json:"exchange"`
	Submission SubmissionID `json:"submission"`
	Kind       RequestKind  `json:"kind"`
	Case       CaseID       `json:"case"`
	Payer      PayerID      `json:"payer"`
	Profile    int          `json:"profile"` // the version of the payer's profile the stage used
	Order      Order        `json:"order"`
	Trace      string       `json:"trace,omitempty"`   // of the request a status is asked for
	Number     string       `json:"number,omitempty"`  // the payer's, for a status
	Resend     bool         `json:"resend,omitempty"`  // proved absent at the payer: the same bytes again
	Abandon    bool         `json:"abandon,omitempty"` // do not send it now or ever: say what is known of it
}

// Receipt is what became of a send.
type Receipt struct {
	Submission SubmissionID    `json:"submission"`
	State      SubmissionState `json:"state"`
	Control    string          `json:"control,omitempty"` // ISA13
	Trace      string          `json:"trace,omitempty"`   // TRN02: what its answers carry
	SentAt     time.Time       `json:"sentAt"`
	Received   *time.Time      `json:"received,omitempty"` // evidence that the payer has it: its acknowledgement
	Answer     *Answer         `json:"answer,omitempty"`   // if it came at once
	ByHand     bool            `json:"byHand,omitempty"`   // the payer takes this by portal, phone or fax only
	Trouble    string          `json:"trouble,omitempty"`  // a stable code, never a payer's text
}

// SubmissionState is the ledger's: what we know of a send.
type SubmissionState string

const (
	Prepared     SubmissionState = "prepared"     // control numbers and bytes are committed; nothing has left
	Sending      SubmissionState = "sending"      // bytes may be leaving
	Acknowledged SubmissionState = "acknowledged" // the payer has it: TA1, 999, or its word
	Accepted     SubmissionState = "accepted"     // and took it up: a 278 response without AAA
	RejectedSend SubmissionState = "rejected"     // and refused it
	UnknownSend  SubmissionState = "unknown"      // it may or may not have arrived
)

// SubmissionStates lists every state of a send.
var SubmissionStates = []SubmissionState{Prepared, Sending, Acknowledged, Accepted, RejectedSend, UnknownSend}
