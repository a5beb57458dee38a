package payer

import (
	"slices"
	"time"

	"parley/domain"
)

// Profile is one payer at one version.
type Profile struct {
	Slug      domain.PayerID   `yaml:"slug"`
	Name      string           `yaml:"name"`      // as coordinators call it
	Phone     string           `yaml:"phone"`     // ten digits, for providers
	Products  []domain.Product `yaml:"products"`  // what it covers
	Variables []string         `yaml:"variables"` // names that its addresses may take from the configuration
	X12       *Identifiers     `yaml:"x12"`       // needed where anything travels as X12

	Authorization Transport `yaml:"authorization"` // 278 X217
	Status        Transport `yaml:"status"`        // 278 X215
	Mailbox       *Mailbox  `yaml:"mailbox"`       // where its later answers are fetched

	Terms Terms  `yaml:"terms"`
	Rules []Rule `yaml:"rules"` // in order: the first that holds decides

	Version int      `yaml:"-"` // its number in the database; 0 before it has one
	SHA256  [32]byte `yaml:"-"` // of Body
	Body    []byte   `yaml:"-"` // the file as it came, variables unreplaced
}

// Identifiers name both sides in an interchange.
type Identifiers struct {
	Payer    Identifier `yaml:"payer"`    // NM1*X3
	Sender   Party      `yaml:"sender"`   // us
	Receiver Party      `yaml:"receiver"` // the payer, or the clearinghouse before it
	Company  string     `yaml:"company"`  // TRN03: who assigned a trace number, ten characters
	Usage    Usage      `yaml:"usage"`    // ISA15
}

// Identifier is a name in an NM1.
type Identifier struct {
	Qualifier string `yaml:"qualifier"` // NM108
	ID        string `yaml:"id"`        // NM109
}

// Party is one end of an interchange.
type Party struct {
	Qualifier string `yaml:"qualifier"` // ISA05, ISA07
	ID        string `yaml:"id"`        // ISA06, ISA08
	Group     string `yaml:"group"`     // GS02, GS03; default: ID
}

// Usage says whether an interchange is meant.
type Usage string

const (
	Test       Usage = "test"       // never touches a production case
	Production Usage = "production" // ISA15 P
)

// Way is how a transaction travels.
type Way string

const (
	X12OverHTTP Way = "x12-http" // raw X12 by POST, answered in the response or by the mailbox
	ByHand      Way = "hand"     // a person, by one of Channels
)

// Transport is how one transaction reaches the payer.
type Transport struct {
	By       Way              `yaml:"by"`
	Channels []domain.Channel `yaml:"channels"` // by hand: best first
	Address  `yaml:",inline"`
	Timeout  time.Duration `yaml:"timeout"` // for the whole exchange; default one minute
	// Refuses are HTTP statuses by which the payer's guide says that it took nothing and
	// the request has to be changed. Every other failure leaves the send unknown.
	Refuses []int `yaml:"refuses"`
}

// Address is where something is reached, and how to be let in.
type Address struct {
	URL       string `yaml:"url"`
	Token     string `yaml:"token"`     // of an Authorization: Bearer header; only ever a variable
	Plaintext bool   `yaml:"plaintext"` // without TLS: for test interchanges only
}

// Mailbox is where a payer leaves answers for us.
type Mailbox struct {
	Address `yaml:",inline"`
}

// Terms is how this payer is dealt with. Clocks and appeal rules are not here: they hang
// on the coverage.
type Terms struct {
	StatusEvery    []time.Duration `yaml:"statusEvery"`
	UnknownWaits   []time.Duration `yaml:"unknownWaits"`
	AbsenceIsProof bool            `yaml:"absenceIsProof"`
	PendDays       int             `yaml:"pendDays"`
	Appeal         Appeal          `yaml:"appeal"`
}

// Appeal is where one goes, and how long the contract gives where no regulation does.
type Appeal struct {
	Address string `yaml:"address"`
	Days    int    `yaml:"days"`
}

// Transport is how a kind of request travels.
func (p *Profile) Transport(kind domain.RequestKind) Transport {
	if kind == domain.AskStatus {
		return p.Status
	}
	return p.Authorization
}

// Given is what a case must know of the payer.
func (p *Profile) Given() domain.Terms {
	t := domain.Terms{
		Payer: p.Slug, Name: p.Name, Version: p.Version, Phone: p.Phone,
		StatusByHand: p.Status.By == ByHand,
		StatusEvery:  slices.Clone(p.Terms.StatusEvery), UnknownWaits: slices.Clone(p.Terms.UnknownWaits),
		AbsenceIsProof: p.Terms.AbsenceIsProof, PendDays: p.Terms.PendDays,
		AppealAddress: p.Terms.Appeal.Address, AppealDays: p.Terms.Appeal.Days,
	}
	if p.Authorization.By == ByHand {
		t.ByHand = slices.Clone(p.Authorization.Channels)
	}
	return t
}
