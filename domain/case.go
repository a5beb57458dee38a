package domain

import "time"

// CaseKind is the slug of a kind of case.
type CaseKind string

const (
	PriorAuthorization CaseKind = "prior-authorization"
	Escalation         CaseKind = "escalation"
)

// CaseKinds lists every kind of case.
var CaseKinds = []CaseKind{PriorAuthorization, Escalation}

// CaseStatus is where a case stands as a whole. A hold pauses people, never clocks.
type CaseStatus string

const (
	Open   CaseStatus = "open"
	Held   CaseStatus = "held"
	Closed CaseStatus = "closed"
)

// CaseStatuses lists every status of a case.
var CaseStatuses = []CaseStatus{Open, Held, Closed}

// Party is whom a case waits for.
type Party string

const (
	Coordinator Party = "coordinator"
	Clinician   Party = "clinician"
	Payer       Party = "payer"
	PatientSide Party = "patient"
	Nobody      Party = "nobody" // a timer alone will wake it
)

// Parties lists whom a case can wait for.
var Parties = []Party{Coordinator, Clinician, Payer, PatientSide, Nobody}

// Outcome is how a case ended.
type Outcome string

const (
	OutcomeNotRequired Outcome = "not-required"
	OutcomeUsed        Outcome = "used"      // approved, and the service was done under it
	OutcomeExpired     Outcome = "expired"   // approved, and never used
	OutcomeDenied      Outcome = "denied"    // and left at that
	OutcomeCancelled   Outcome = "cancelled" // by the payer
	OutcomeWithdrawn   Outcome = "withdrawn" // by us
	OutcomeResolved    Outcome = "resolved"  // an escalation that is over
)

// CaseView is what a person or a program sees of a case after acting on it.
type CaseView struct {
	CaseID    CaseID     `json:"caseId"`
	Step      int        `json:"step"`
	Status    CaseStatus `json:"status"`
	Stage     string     `json:"stage"`
	WaitingOn []Party    `json:"waitingOn"`
	Outcome   Outcome    `json:"outcome,omitempty"`
	Now       string     `json:"now"` // where it stands, in words; no health data
}

// Shown is what the database shows of a case, told to the case to be put right.
type Shown struct {
	CaseID CaseID `json:"caseId"`
	Step   int    `json:"step"`
	Digest string `json:"digest"` // of the absolute state of the last step
}

// Actor is who did something. Every change of state has one.
type Actor struct {
	Kind ActorKind `json:"kind"`
	ID   string    `json:"id"`             // a user, an API key, a payer's slug; never a patient
	Name string    `json:"name,omitempty"` // as people call them
}

type ActorKind string

const (
	Person      ActorKind = "person"
	Integration ActorKind = "integration"
	PayerItself ActorKind = "payer"
	TheCase     ActorKind = "case" // the procedure itself: a clock passed, a rule held
)

func (a Actor) String() string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// ByCase is the actor of what a case does by itself.
var ByCase = Actor{Kind: TheCase, ID: "case", Name: "Parley"}

// ByPayer is the actor of what a payer said electronically.
func ByPayer(id PayerID, name string) Actor {
	return Actor{Kind: PayerItself, ID: string(id), Name: name}
}

// Hold is a case set aside by a person. Clocks run on; whatever happens to the case ends it.
type Hold struct {
	Reason string    `json:"reason"`
	By     Actor     `json:"by"`
	Until  time.Time `json:"until"`
}
