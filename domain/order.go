package domain

// Order is what a clinician asked for and what a payer must be told of it.
type Order struct {
	Source     string         `json:"source,omitempty" validate:"omitempty,max=80"`                         // the system it came from
	SourceID   string         `json:"sourceId,omitempty" validate:"required_with=Source,omitempty,max=120"` // its ID there
	Facility   FacilityID     `json:"facilityId" validate:"required,max=40"`                                // whose desk works it
	Zone       string         `json:"zone,omitempty" validate:"omitempty,timezone"`                         // of the facility; IANA
	Patient    Patient        `json:"patient"`
	Coverage   Coverage       `json:"coverage"`
	Requesting Provider       `json:"requesting"` // who asks; X12 2010B
	Servicing  Provider       `json:"servicing"`  // who performs; X12 2010F SJ
	Where      Provider       `json:"facility"`   // where it is done; X12 2010E FA
	Services   []OrderService `json:"services" validate:"required,min=1,max=30,dive"`
	Diagnoses  []string       `json:"diagnoses" validate:"required,min=1,max=12,unique,dive,icd10cm"`
	Place      string         `json:"place" validate:"required,place"` // CMS place of service
	Planned    Date           `json:"plannedDate" validate:"required,date"`
	Urgency    Urgency        `json:"urgency" validate:"required,oneof=standard expedited"`
	Statement  string         `json:"urgencyStatement,omitempty" validate:"max=264"` // the physician's, for expedited
}

// Urgency is how fast an answer is needed: expedited is UM06 U in a 278.
type Urgency string

const (
	Standard  Urgency = "standard"
	Expedited Urgency = "expedited"
)

// Patient is who gets care.
type Patient struct {
	First     string `json:"firstName" validate:"required,max=35"`
	Last      string `json:"lastName" validate:"required,max=60"`
	Middle    string `json:"middleName,omitempty" validate:"max=25"`
	BirthDate Date   `json:"birthDate" validate:"required,date"`
	Sex       string `json:"sex" validate:"required,oneof=F M U"`
	Record    string `json:"recordNumber,omitempty" validate:"max=40"` // our MRN
}

// Name is the patient as lists show them; empty where a case is about none.
func (p Patient) Name() string {
	if p.First == "" && p.Last == "" {
		return ""
	}
	return p.Last + ", " + p.First
}

// Coverage is this person's policy as far as the order knows it. Product, funding, state
// and date, not the payer, decide which clock and which appeal hold.
type Coverage struct {
	Payer        PayerID  `json:"payer" validate:"required,max=40"`
	MemberID     string   `json:"memberId" validate:"required,min=2,max=80"`
	Group        string   `json:"groupNumber,omitempty" validate:"max=50"`
	Product      Product  `json:"product" validate:"required,oneof=medicare-advantage integrated-dsnp medicare-ffs medicaid-managed-care medicaid-ffs commercial exchange unknown"`
	Funding      Funding  `json:"funding" validate:"required,oneof=insured self-funded government unknown"`
	State        string   `json:"state,omitempty" validate:"omitempty,state"` // whose law holds
	Effective    Date     `json:"effective,omitempty" validate:"omitempty,date"`
	Term         Date     `json:"term,omitempty" validate:"omitempty,date"` // last day in force
	Relationship string   `json:"relationship" validate:"required,oneof=self spouse child other"`
	Subscriber   *Patient `json:"subscriber,omitempty" validate:"required_unless=Relationship self,omitempty"`
	OwnMemberID  bool     `json:"ownMemberId,omitempty"` // a dependent whom the member number alone identifies
}

type Product string

const (
	MedicareAdvantage   Product = "medicare-advantage"
	IntegratedDSNP      Product = "integrated-dsnp"
	MedicareFFS         Product = "medicare-ffs"
	MedicaidManagedCare Product = "medicaid-managed-care"
	MedicaidFFS         Product = "medicaid-ffs"
	Commercial          Product = "commercial"
	Exchange            Product = "exchange" // a QHP
	ProductUnknown      Product = "unknown"
)

type Funding string

const (
	Insured        Funding = "insured"
	SelfFunded     Funding = "self-funded"
	Government     Funding = "government"
	FundingUnknown Funding = "unknown"
)

// Known reports whether the coverage says enough to tell which rule holds.
func (c Coverage) Known() bool {
	switch c.Product {
	case MedicareAdvantage, IntegratedDSNP, MedicareFFS, MedicaidManagedCare, MedicaidFFS:
		return true // who pays follows from the product
	case Commercial, Exchange:
		return c.Funding == Insured || c.Funding == SelfFunded
	case ProductUnknown:
	}
	return false
}

// Covered reports whether the policy is in force on the planned date, as far as its dates
// are known.
func (o Order) Covered() bool {
	return (o.Coverage.Effective == "" || o.Coverage.Effective <= o.Planned) && (o.Coverage.Term == "" || o.Planned <= o.Coverage.Term)
}

// Provider is a person or an organization with an NPI.
type Provider struct {
	NPI      string `json:"npi" validate:"required,npi"`
	Last     string `json:"name" validate:"required,max=60"`              // last name, or the organization's
	First    string `json:"firstName,omitempty" validate:"max=35"`        // empty for an organization
	Phone    string `json:"phone,omitempty" validate:"omitempty,phone10"` // ten digits
	Taxonomy string `json:"taxonomy,omitempty" validate:"omitempty,len=10,alphanum"`
}

// Name is the provider as people say it.
func (p Provider) Name() string {
	if p.First == "" {
		return p.Last
	}
	return p.First + " " + p.Last
}

// OrderService is one service asked for.
type OrderService struct {
	Code      string   `json:"code" validate:"required,procedure"` // HCPCS or CPT
	Words     string   `json:"description,omitempty" validate:"max=80"`
	Modifiers []string `json:"modifiers,omitempty" validate:"max=4,dive,modifier"`
	Units     int      `json:"units" validate:"required,min=1,max=9999"`
	Unit      string   `json:"unit,omitempty" validate:"omitempty,oneof=UN VS DY HS MN"` // default UN
	From      Date     `json:"from,omitempty" validate:"omitempty,date"`                 // default: the planned date
	Through   Date     `json:"through,omitempty" validate:"omitempty,date"`
}

// Title names the services for a list.
func (o Order) Title() string {
	s := o.Services[0]
	words := s.Words
	if words == "" {
		words = s.Code
	}
	if len(o.Services) > 1 {
		words += " and more"
	}
	return words
}
