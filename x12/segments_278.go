package x12

// The segments of the 278 as structs. A field's tag is its element number (a
// component's number inside a composite); its name says what the guide says. Texts
// stay as they came: dates, numbers and codes have methods that read them.

// Codes that callers branch on are types; their lists are in package codes.
type (
	EntityCode         string // NM101
	Qualifier          string // of a reference, date, identifier or code
	RequestCategory    string // UM01
	Certification      string // UM02
	LevelOfService     string // UM06
	ReviewAction       string // HCR01
	DecisionReason     string // HCR03, code source 886, as it came
	RejectReason       string // AAA03
	FollowUp           string // AAA04
	ReportType         string // PWK01
	ReportChannel      string // PWK02
	PurposeCode        string // BHT02
	TransactionType    string // BHT06
	IndividualRelation string // INS02
)

// Header is the BHT: what the transaction is and how its sender calls it.
type Header struct {
	Structure Qualifier       `x12:"1"` // BHT01, 0007 in a 278
	Purpose   PurposeCode     `x12:"2"` // BHT02, 13 request, 11 response
	Reference string          `x12:"3"` // BHT03, the submitter's identifier, returned in the answer
	Date      Date            `x12:"4"` // BHT04
	Time      string          `x12:"5"` // BHT05, HHMM[SS[DD]]
	Type      TransactionType `x12:"6"` // BHT06, RU reservation; answers: 18 final, 19 more follows
	Kept      Kept            `x12:"kept"`
}

// HierarchicalLevel is an HL whose numbering is not the one the writer would give.
// Leave it nil: the writer numbers the levels.
type HierarchicalLevel struct {
	Number string    `x12:"1"` // HL01
	Parent string    `x12:"2"` // HL02
	Code   Qualifier `x12:"3"` // HL03
	Child  string    `x12:"4"` // HL04
	Kept   Kept      `x12:"kept"`
}

// Trace is a TRN: a number by which its origin knows the event or service.
type Trace struct {
	Type   Qualifier `x12:"1"` // TRN01, 1 the sender's own, 2 the number returned to its origin
	Number string    `x12:"2"` // TRN02
	Origin string    `x12:"3"` // TRN03, ten characters
	Unit   string    `x12:"4"` // TRN04
	Kept   Kept      `x12:"kept"`
}

// Rejection is an AAA: the loop that holds it says whose data is wrong.
type Rejection struct {
	Valid    string       `x12:"1"` // AAA01, Y or N
	Reason   RejectReason `x12:"3"` // AAA03
	FollowUp FollowUp     `x12:"4"` // AAA04
	Kept     Kept         `x12:"kept"`
}

// Name is an NM1.
type Name struct {
	Entity      EntityCode `x12:"1"` // NM101
	Kind        string     `x12:"2"` // NM102, 1 person, 2 organization
	Last        string     `x12:"3"` // NM103, or the organization's name
	First       string     `x12:"4"` // NM104
	Middle      string     `x12:"5"` // NM105
	Prefix      string     `x12:"6"` // NM106
	Suffix      string     `x12:"7"` // NM107
	IDQualifier Qualifier  `x12:"8"` // NM108, XX NPI, MI member ID, PI payer ID, 24 EIN, 34 SSN, 46 ETIN
	ID          string     `x12:"9"` // NM109
	Kept        Kept       `x12:"kept"`
}

// Reference is a REF.
type Reference struct {
	Qualifier   Qualifier `x12:"1"` // REF01, BB authorization number, NT administrative reference
	Value       string    `x12:"2"` // REF02
	Description string    `x12:"3"` // REF03
	Kept        Kept      `x12:"kept"`
}

// Street is an N3.
type Street struct {
	Line1 string `x12:"1"` // N301
	Line2 string `x12:"2"` // N302
	Kept  Kept   `x12:"kept"`
}

// City is an N4.
type City struct {
	Name        string `x12:"1"` // N401
	State       string `x12:"2"` // N402
	PostalCode  string `x12:"3"` // N403
	Country     string `x12:"4"` // N404
	Subdivision string `x12:"7"` // N407
	Kept        Kept   `x12:"kept"`
}

// Contact is a PER.
type Contact struct {
	Function Qualifier       `x12:"1"`       // PER01, IC information contact
	Name     string          `x12:"2"`       // PER02
	Numbers  []ContactNumber `x12:"3-8,by2"` // PER03 to PER08
	Kept     Kept            `x12:"kept"`
}

// ContactNumber is one pair of a PER.
type ContactNumber struct {
	Qualifier Qualifier `x12:"1"` // TE telephone, FX fax, EM e-mail, EX extension, UR address of a web page
	Number    string    `x12:"2"`
}

// Specialty is a PRV.
type Specialty struct {
	Role      Qualifier `x12:"1"` // PRV01
	Qualifier Qualifier `x12:"2"` // PRV02, PXC taxonomy
	Code      string    `x12:"3"` // PRV03
	Kept      Kept      `x12:"kept"`
}

// Demographics is a DMG.
type Demographics struct {
	DateFormat Qualifier `x12:"1"` // DMG01, D8
	BirthDate  Date      `x12:"2"` // DMG02
	Gender     string    `x12:"3"` // DMG03, F M U
	Kept       Kept      `x12:"kept"`
}

// Relationship is an INS.
type Relationship struct {
	IsSubscriber string             `x12:"1"`  // INS01, Y or N
	Relation     IndividualRelation `x12:"2"`  // INS02, 18 self
	BirthOrder   string             `x12:"17"` // INS17
	Kept         Kept               `x12:"kept"`
}

// Review is a UM: what is asked for.
type Review struct {
	Category       RequestCategory `x12:"1"`  // UM01
	Certification  Certification   `x12:"2"`  // UM02
	ServiceType    string          `x12:"3"`  // UM03
	Facility       Facility        `x12:"4"`  // UM04
	RelatedCauses  RelatedCauses   `x12:"5"`  // UM05
	LevelOfService LevelOfService  `x12:"6"`  // UM06, U asks for an expedited review
	CurrentHealth  string          `x12:"7"`  // UM07
	Prognosis      string          `x12:"8"`  // UM08
	ReleaseOfInfo  string          `x12:"9"`  // UM09
	DelayReason    string          `x12:"10"` // UM10
	Kept           Kept            `x12:"kept"`
}

// Facility is UM04: a place of service or the first digits of a type of bill.
type Facility struct {
	Code      string    `x12:"1"` // UM04-1
	Qualifier Qualifier `x12:"2"` // UM04-2, A type of bill, B place of service
	Frequency string    `x12:"3"` // UM04-3
}

// RelatedCauses is UM05: the accident behind the need.
type RelatedCauses struct {
	Cause1  string `x12:"1"` // UM05-1, AA auto, EM employment, AP another party, OA other
	Cause2  string `x12:"2"` // UM05-2
	Cause3  string `x12:"3"` // UM05-3
	State   string `x12:"4"` // UM05-4
	Country string `x12:"5"` // UM05-5
}

// Decision is an HCR: the payer's answer for the event or for one service.
type Decision struct {
	Action        ReviewAction     `x12:"1"` // HCR01
	Number        string           `x12:"2"` // HCR02, the authorization number
	Reasons       []DecisionReason `x12:"3"` // HCR03
	SecondOpinion string           `x12:"4"` // HCR04, Y: a second surgical opinion is wanted
	Kept          Kept             `x12:"kept"`
}

// DatePeriod is a DTP.
type DatePeriod struct {
	Qualifier Qualifier `x12:"1"` // DTP01, 472 service, 435 admission, 036 expiration, 007 effective
	Format    Qualifier `x12:"2"` // DTP02, D8 a date, RD8 a range
	Value     string    `x12:"3"` // DTP03
	Kept      Kept      `x12:"kept"`
}

// Diagnoses is an HI: up to twelve codes, or the LOINC of documents a payer wants.
type Diagnoses struct {
	Codes []HealthCode `x12:"1-12"` // HI01 to HI12
	Kept  Kept         `x12:"kept"`
}

// HealthCode is one composite of an HI.
type HealthCode struct {
	Qualifier  Qualifier `x12:"1"` // ABK principal, ABF other, ABJ admitting (ICD-10); LOI LOINC
	Code       string    `x12:"2"` // without the point
	DateFormat Qualifier `x12:"3"` // D8
	Date       string    `x12:"4"` // when it was diagnosed
}

// Delivery is an HSD: how much, how often, how long.
type Delivery struct {
	Unit          Qualifier `x12:"1"` // HSD01, VS visits, DY days, HS hours, FL units, MN months
	Quantity      Decimal   `x12:"2"` // HSD02
	FrequencyUnit Qualifier `x12:"3"` // HSD03, DA WK MO
	Frequency     Decimal   `x12:"4"` // HSD04, so many per frequency unit
	DurationUnit  Qualifier `x12:"5"` // HSD05, 7 day, 35 week, 34 month, 29 remaining
	Duration      string    `x12:"6"` // HSD06
	Pattern       string    `x12:"7"` // HSD07
	TimeOfDay     string    `x12:"8"` // HSD08
	Kept          Kept      `x12:"kept"`
}

// Condition is a CRC.
type Condition struct {
	Category   Qualifier `x12:"1"`   // CRC01
	Applies    string    `x12:"2"`   // CRC02, Y or N
	Indicators []string  `x12:"3-7"` // CRC03 to CRC07
	Kept       Kept      `x12:"kept"`
}

// Admission is a CL1.
type Admission struct {
	Type          string `x12:"1"` // CL101
	Source        string `x12:"2"` // CL102
	PatientStatus string `x12:"3"` // CL103
	NursingHome   string `x12:"4"` // CL104
	Kept          Kept   `x12:"kept"`
}

// Ambulance is a CR1.
type Ambulance struct {
	WeightUnit   Qualifier `x12:"1"`  // CR101
	Weight       Decimal   `x12:"2"`  // CR102
	Type         string    `x12:"3"`  // CR103
	Reason       string    `x12:"4"`  // CR104
	DistanceUnit Qualifier `x12:"5"`  // CR105
	Distance     Decimal   `x12:"6"`  // CR106
	RoundTrip    string    `x12:"9"`  // CR109
	Stretcher    string    `x12:"10"` // CR110
	Kept         Kept      `x12:"kept"`
}

// Spinal is a CR2, chiropractic treatment.
type Spinal struct {
	SeriesNumber string    `x12:"1"` // CR201
	SeriesCount  Decimal   `x12:"2"` // CR202
	LevelFrom    string    `x12:"3"` // CR203
	LevelTo      string    `x12:"4"` // CR204
	PeriodUnit   Qualifier `x12:"5"` // CR205
	Period       Decimal   `x12:"6"` // CR206
	PerMonth     Decimal   `x12:"7"` // CR207
	Condition    string    `x12:"8"` // CR208
	Kept         Kept      `x12:"kept"`
}

// Oxygen is a CR5, home oxygen therapy.
type Oxygen struct {
	Certification Certification `x12:"1"`  // CR501
	Months        Decimal       `x12:"2"`  // CR502
	Equipment     string        `x12:"3"`  // CR503
	Equipment2    string        `x12:"4"`  // CR504
	Reason        string        `x12:"5"`  // CR505
	FlowRate      Decimal       `x12:"6"`  // CR506
	BloodGas      Decimal       `x12:"10"` // CR510
	Saturation    Decimal       `x12:"11"` // CR511
	Kept          Kept          `x12:"kept"`
}

// HomeHealth is a CR6.
type HomeHealth struct {
	Prognosis     string        `x12:"1"` // CR601
	Start         Date          `x12:"2"` // CR602
	PeriodFormat  Qualifier     `x12:"3"` // CR603
	Period        string        `x12:"4"` // CR604
	Skilled       string        `x12:"7"` // CR607
	Certification Certification `x12:"8"` // CR608
	Kept          Kept          `x12:"kept"`
}

// Paperwork is a PWK: a document that is sent, or that the payer wants.
type Paperwork struct {
	Report      ReportType    `x12:"1"` // PWK01
	Channel     ReportChannel `x12:"2"` // PWK02
	IDQualifier Qualifier     `x12:"5"` // PWK05, AC
	Control     string        `x12:"6"` // PWK06, the attachment control number
	Description string        `x12:"7"` // PWK07
	Kept        Kept          `x12:"kept"`
}

// Message is an MSG.
type Message struct {
	Text string `x12:"1"` // MSG01
	Kept Kept   `x12:"kept"`
}

// Procedure is the composite of a service code.
type Procedure struct {
	Qualifier   Qualifier `x12:"1"` // HC HCPCS and CPT, N4 drug, AD dental
	Code        string    `x12:"2"`
	Modifier1   string    `x12:"3"`
	Modifier2   string    `x12:"4"`
	Modifier3   string    `x12:"5"`
	Modifier4   string    `x12:"6"`
	Description string    `x12:"7"`
	CodeTo      string    `x12:"8"` // the end of a range of codes
}

// ProfessionalService is an SV1.
type ProfessionalService struct {
	Procedure   Procedure         `x12:"1"`  // SV101
	Amount      Decimal           `x12:"2"`  // SV102
	Unit        Qualifier         `x12:"3"`  // SV103, UN units, MJ minutes
	Quantity    Decimal           `x12:"4"`  // SV104
	Pointers    DiagnosisPointers `x12:"7"`  // SV107
	Epsdt       string            `x12:"11"` // SV111
	NursingCare string            `x12:"20"` // SV120
	Kept        Kept              `x12:"kept"`
}

// DiagnosisPointers is SV107: which diagnoses of the event the service treats.
type DiagnosisPointers struct {
	First  string `x12:"1"`
	Second string `x12:"2"`
	Third  string `x12:"3"`
	Fourth string `x12:"4"`
}

// InstitutionalService is an SV2.
type InstitutionalService struct {
	Revenue     string    `x12:"1"`  // SV201
	Procedure   Procedure `x12:"2"`  // SV202
	Amount      Decimal   `x12:"3"`  // SV203
	Unit        Qualifier `x12:"4"`  // SV204, DA days, UN units
	Quantity    Decimal   `x12:"5"`  // SV205
	Rate        Decimal   `x12:"6"`  // SV206
	NursingHome string    `x12:"9"`  // SV209
	NursingCare string    `x12:"10"` // SV210
	Kept        Kept      `x12:"kept"`
}

// DentalService is an SV3.
type DentalService struct {
	Procedure   Procedure `x12:"1"` // SV301
	Amount      Decimal   `x12:"2"` // SV302
	Cavity      Cavity    `x12:"4"` // SV304
	Prosthesis  string    `x12:"5"` // SV305
	Quantity    Decimal   `x12:"6"` // SV306
	Description string    `x12:"7"` // SV307
	Kept        Kept      `x12:"kept"`
}

// Cavity is SV304: areas of the mouth.
type Cavity struct {
	Area1 string `x12:"1"`
	Area2 string `x12:"2"`
	Area3 string `x12:"3"`
	Area4 string `x12:"4"`
	Area5 string `x12:"5"`
}

// Tooth is a TOO.
type Tooth struct {
	Qualifier Qualifier `x12:"1"` // TOO01, JP
	Code      string    `x12:"2"` // TOO02
	Surfaces  Surfaces  `x12:"3"` // TOO03
	Kept      Kept      `x12:"kept"`
}

// Surfaces is TOO03.
type Surfaces struct {
	Surface1 string `x12:"1"`
	Surface2 string `x12:"2"`
	Surface3 string `x12:"3"`
	Surface4 string `x12:"4"`
	Surface5 string `x12:"5"`
}
