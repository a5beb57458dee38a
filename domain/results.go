package domain

import "time"

// Result is what a person enters to complete a task. One struct is the form, the JSON
// schema and the check: its tags are judged in the Update's validator and nowhere else.
type Result interface{ Task() TaskKind }

// Results lists every result, and with it every kind of task.
var Results = []Result{
	NeedDecided{},
	CoverageConfirmed{},
	RequestCorrected{},
	SentByHand{},
	FoundOut{},
	DocumentsSent{},
	AnswerReviewed{},
	PayerCalled{},
	AppealDecided{},
	AppealFiled{},
	ServiceConfirmed{},
	ReminderDone{},
	TroubleSettled{},
}

// ResultOf is an empty result of the kind of task, and false for an unknown kind.
func ResultOf(kind TaskKind) (Result, bool) {
	for _, r := range Results {
		if r.Task() == kind {
			return r, true
		}
	}
	return nil, false
}

// NeedDecided says whether authorization is needed, where no rule could tell.
type NeedDecided struct {
	Needed    string `json:"needed" validate:"required,oneof=yes no" label:"Is authorization needed?"`
	Reference string `json:"reference,omitempty" validate:"required_if=Needed no,max=50" label:"Payer's reference or rule"`
	With      string `json:"with,omitempty" validate:"max=120" label:"Spoke to"`
	Note      string `json:"note,omitempty" validate:"max=500" label:"Note"`
}

func (NeedDecided) Task() TaskKind { return "decide need" }

// CoverageConfirmed says what product and funding the coverage has, and when it is in force.
type CoverageConfirmed struct {
	Product   Product `json:"product" validate:"required,oneof=medicare-advantage integrated-dsnp medicare-ffs medicaid-managed-care medicaid-ffs commercial exchange" label:"Product"`
	Funding   Funding `json:"funding" validate:"required,oneof=insured self-funded government" label:"Who bears the risk"`
	State     string  `json:"state,omitempty" validate:"omitempty,state" label:"State whose law holds"`
	Effective Date    `json:"effective,omitempty" validate:"omitempty,date" label:"First day in force"`
	Term      Date    `json:"term,omitempty" validate:"omitempty,date" label:"Last day in force"`
	Note      string  `json:"note,omitempty" validate:"max=500" label:"How we know"`
}

func (CoverageConfirmed) Task() TaskKind { return "confirm coverage" }

// RequestCorrected says what becomes of a request that was never reviewed.
type RequestCorrected struct {
	Action      string    `json:"action" validate:"required,oneof=send-again ask-by-hand stop" label:"What now"`
	Corrections []Correct `json:"corrections,omitempty" validate:"max=20,dive" label:"Corrections"`
	Note        string    `json:"note,omitempty" validate:"required_if=Action stop,max=500" label:"Note"`
}

func (RequestCorrected) Task() TaskKind { return "correct request" }

// Correct replaces one fact of an order. Both are kept in the timeline.
type Correct struct {
	Pointer string `json:"pointer" validate:"required,startswith=/,max=80" label:"Field"` // JSON pointer into the order
	Value   string `json:"value" validate:"max=264" label:"New value"`
}

// SentByHand says that a person asked the payer by another way than X12.
type SentByHand struct {
	Channel   Channel   `json:"channel" validate:"required,oneof=portal phone fax letter" label:"How"`
	At        time.Time `json:"at" validate:"required" label:"When"`
	Reference string    `json:"reference" validate:"required,max=50" label:"Reference number"`
	With      string    `json:"with,omitempty" validate:"max=120" label:"With whom"`
	Proof     string    `json:"proof,omitempty" validate:"max=200" label:"Where the proof is kept"`
}

func (SentByHand) Task() TaskKind { return "ask by hand" }

// FoundOut settles a send of which nobody knew whether it had arrived.
type FoundOut struct {
	Arrived   string `json:"arrived" validate:"required,oneof=yes no" label:"Does the payer have the request?"`
	Reference string `json:"reference,omitempty" validate:"required_if=Arrived yes,max=50" label:"Payer's reference"`
	With      string `json:"with" validate:"required,max=120" label:"Spoke to"`
}

func (FoundOut) Task() TaskKind { return "find out" }

// DocumentsSent says that the payer has been sent what it wanted.
type DocumentsSent struct {
	Documents []string `json:"documents" validate:"required,min=1,max=20,dive,required,max=120" label:"Documents"`
	Channel   Channel  `json:"channel" validate:"required,oneof=portal fax letter" label:"Sent by"`
	Reference string   `json:"reference,omitempty" validate:"max=50" label:"Confirmation number"`
}

func (DocumentsSent) Task() TaskKind { return "send documents" }

// AnswerReviewed says what an answer means that no rule may interpret.
type AnswerReviewed struct {
	Meaning Meaning `json:"meaning" validate:"required,oneof=approved denied pended not-required cancelled" label:"What it means"`
	Number  string  `json:"number,omitempty" validate:"required_if=Meaning approved,required_if=Meaning not-required,max=50" label:"Number or reference"`
	Units   int     `json:"units,omitempty" validate:"min=0,max=9999" label:"Units granted"`
	From    Date    `json:"from,omitempty" validate:"omitempty,date" label:"First day"`
	Through Date    `json:"through,omitempty" validate:"omitempty,date" label:"Last day"`
	Note    string  `json:"note,omitempty" validate:"max=500" label:"Note"`
}

func (AnswerReviewed) Task() TaskKind { return "review answer" }

// PayerCalled says what a call about a late answer brought. A decision is recorded as
// what the payer told, not here.
type PayerCalled struct {
	With      string `json:"with" validate:"required,max=120" label:"Spoke to"`
	Reference string `json:"reference" validate:"required,max=50" label:"Call reference"`
	Promised  Date   `json:"promised,omitempty" validate:"omitempty,date" label:"Promised by"`
	Note      string `json:"note,omitempty" validate:"max=500" label:"What they said"`
}

func (PayerCalled) Task() TaskKind { return "call payer" }

// AppealDecided says whether a denial is fought.
type AppealDecided struct {
	Appeal string `json:"appeal" validate:"required,oneof=appeal accept" label:"Appeal or accept"`
	Reason string `json:"reason" validate:"required,max=500" label:"Why"`
}

func (AppealDecided) Task() TaskKind { return "decide appeal" }

// AppealFiled says that an appeal has gone out.
type AppealFiled struct {
	Channel   Channel `json:"channel" validate:"required,oneof=portal phone fax letter" label:"Filed by"`
	On        Date    `json:"on" validate:"required,date" label:"Filed on"`
	Reference string  `json:"reference,omitempty" validate:"max=50" label:"Reference"`
	Filer     string  `json:"filer" validate:"required,oneof=physician patient representative provider" label:"Who files"`
	Consent   bool    `json:"consent,omitempty" label:"Written consent is on file"`
}

func (AppealFiled) Task() TaskKind { return "file appeal" }

// ServiceConfirmed says whether the approved service took place.
type ServiceConfirmed struct {
	Done  string `json:"done" validate:"required,oneof=yes no moved" label:"Was the service done?"`
	On    Date   `json:"on,omitempty" validate:"required_if=Done yes,required_if=Done moved,omitempty,date" label:"On, or moved to"`
	Units int    `json:"units,omitempty" validate:"min=0,max=9999" label:"Units used"`
}

func (ServiceConfirmed) Task() TaskKind { return "confirm service" }

// ServiceDone is an integrator's word that the service took place.
type ServiceDone struct {
	On    Date `json:"on" validate:"required,date"`
	Units int  `json:"units,omitempty" validate:"min=0,max=9999"`
}

// ReminderDone ends a person's own reminder.
type ReminderDone struct {
	Note string `json:"note,omitempty" validate:"max=500" label:"Note"`
}

func (ReminderDone) Task() TaskKind { return "reminder" }

// TroubleSettled ends an escalation: a payer out of reach, an answer that fits no case.
type TroubleSettled struct {
	Note string `json:"note" validate:"required,max=500" label:"What was done"`
}

func (TroubleSettled) Task() TaskKind { return "settle trouble" }
