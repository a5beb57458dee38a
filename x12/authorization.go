package x12

// AuthorizationRequest is a 278 that asks for a review (005010X217, BHT02 13).
type AuthorizationRequest struct {
	Header     Header       `x12:"BHT"`
	Reviewer   Level        `x12:"2000A"` // utilization management organization, 2010A NM1*X3
	Requester  Level        `x12:"2000B"` // 2010B NM1*1P or FA
	Subscriber Level        `x12:"2000C"` // 2010C NM1*IL
	Dependent  *Level       `x12:"2000D"` // 2010D NM1*QC, when the patient is not the subscriber
	Event      RequestEvent `x12:"2000E"`
	Kept       KeptSegments `x12:"kept"`
}

// AuthorizationResponse is a 278 that answers (005010X217, BHT02 11). A request that
// was refused has a [Rejection] in the level at fault and may lack those below it.
type AuthorizationResponse struct {
	Header     Header         `x12:"BHT"`
	Reviewer   Level          `x12:"2000A"`
	Requester  *Level         `x12:"2000B"`
	Subscriber *Level         `x12:"2000C"`
	Dependent  *Level         `x12:"2000D"`
	Event      *ReviewedEvent `x12:"2000E"`
	Kept       KeptSegments   `x12:"kept"`
}

// AuthorizationInquiry is a 278 that asks after a review (005010X215).
type AuthorizationInquiry struct {
	Header     Header       `x12:"BHT"`
	Reviewer   Level        `x12:"2000A"`
	Requester  Level        `x12:"2000B"`
	Subscriber Level        `x12:"2000C"`
	Dependent  *Level       `x12:"2000D"`
	Event      RequestEvent `x12:"2000E"` // query by example: numbers, dates and codes to find by
	Kept       KeptSegments `x12:"kept"`
}

// AuthorizationInquiryResponse answers an inquiry with every review found (005010X215).
type AuthorizationInquiryResponse struct {
	Header     Header          `x12:"BHT"`
	Reviewer   Level           `x12:"2000A"`
	Requester  *Level          `x12:"2000B"`
	Subscriber *Level          `x12:"2000C"`
	Dependent  *Level          `x12:"2000D"`
	Events     []ReviewedEvent `x12:"2000E"`
	Kept       KeptSegments    `x12:"kept"`
}

// Level is a hierarchical level that names one party: 2000A to 2000D.
type Level struct {
	HL         *HierarchicalLevel `x12:"HL"`
	Traces     []Trace            `x12:"TRN"`
	Rejections []Rejection        `x12:"AAA"` // of the level, in answers; those of the party's data are in Party
	Party      Party              `x12:"2010A,2010B,2010C,2010D"`
	Kept       KeptSegments       `x12:"kept"`
}

// Party is one NM1 and what follows it: loops 2010A to 2010F.
type Party struct {
	Name         Name          `x12:"NM1"`
	References   []Reference   `x12:"REF"`
	Street       *Street       `x12:"N3"`
	City         *City         `x12:"N4"`
	Contacts     []Contact     `x12:"PER"`
	Rejections   []Rejection   `x12:"AAA"` // in answers
	Specialty    *Specialty    `x12:"PRV"` // providers
	Demographics *Demographics `x12:"DMG"` // patients
	Relationship *Relationship `x12:"INS"` // patients
	Dates        []DatePeriod  `x12:"DTP"` // other reviewers
	Kept         KeptSegments  `x12:"kept"`
}

// RequestEvent is 2000E of a request: what is to be done for the patient.
type RequestEvent struct {
	HL         *HierarchicalLevel `x12:"HL"`
	Traces     []Trace            `x12:"TRN"`
	Review     Review             `x12:"UM"`
	References []Reference        `x12:"REF"` // BB previous authorization, NT administrative reference
	Dates      []DatePeriod       `x12:"DTP"` // AAH event, 435 admission, 096 discharge, 439 accident, 431 onset …
	Diagnoses  *Diagnoses         `x12:"HI"`
	Delivery   *Delivery          `x12:"HSD"`
	Conditions []Condition        `x12:"CRC"`
	Admission  *Admission         `x12:"CL1"`
	Ambulance  *Ambulance         `x12:"CR1"`
	Spinal     *Spinal            `x12:"CR2"`
	Oxygen     *Oxygen            `x12:"CR5"`
	HomeHealth *HomeHealth        `x12:"CR6"`
	Paperwork  []Paperwork        `x12:"PWK"`
	Message    *Message           `x12:"MSG"`
	Providers  []Party            `x12:"2010EA"`
	Transport  []Party            `x12:"2010EB"`
	Reviewers  []Party            `x12:"2010EC"` // other review organizations
	Services   []RequestService   `x12:"2000F"`
	Kept       KeptSegments       `x12:"kept"`
}

// RequestService is 2000F of a request: one service of the event.
type RequestService struct {
	HL            *HierarchicalLevel    `x12:"HL"`
	Traces        []Trace               `x12:"TRN"`
	Review        *Review               `x12:"UM"` // only where it differs from the event's
	References    []Reference           `x12:"REF"`
	Dates         []DatePeriod          `x12:"DTP"` // 472
	Diagnoses     *Diagnoses            `x12:"HI"`
	Professional  *ProfessionalService  `x12:"SV1"`
	Institutional *InstitutionalService `x12:"SV2"`
	Dental        *DentalService        `x12:"SV3"`
	Teeth         []Tooth               `x12:"TOO"`
	Delivery      *Delivery             `x12:"HSD"`
	Paperwork     []Paperwork           `x12:"PWK"`
	Message       *Message              `x12:"MSG"`
	Providers     []Party               `x12:"2010F"`
	Kept          KeptSegments          `x12:"kept"`
}

// ReviewedEvent is 2000E of an answer. Decision is absent when the review could not
// be done; then some level holds a rejection.
type ReviewedEvent struct {
	HL         *HierarchicalLevel `x12:"HL"`
	Traces     []Trace            `x12:"TRN"` // type 2 is the asker's own number
	Rejections []Rejection        `x12:"AAA"`
	Review     *Review            `x12:"UM"`
	Decision   *Decision          `x12:"HCR"`
	References []Reference        `x12:"REF"` // NT administrative reference, BB
	Dates      []DatePeriod       `x12:"DTP"` // 007 effective, 036 expiration, 102 issue, those of the request
	Diagnoses  *Diagnoses         `x12:"HI"`  // LOI codes name documents wanted
	Delivery   *Delivery          `x12:"HSD"` // as granted
	Conditions []Condition        `x12:"CRC"`
	Admission  *Admission         `x12:"CL1"`
	Ambulance  *Ambulance         `x12:"CR1"`
	Spinal     *Spinal            `x12:"CR2"`
	Oxygen     *Oxygen            `x12:"CR5"`
	HomeHealth *HomeHealth        `x12:"CR6"`
	Paperwork  []Paperwork        `x12:"PWK"` // documents wanted
	Message    *Message           `x12:"MSG"`
	Providers  []Party            `x12:"2010EA"`
	Contact    *Party             `x12:"2010EB"` // whom to ask
	Transport  []Party            `x12:"2010EC"`
	Reviewers  []Party            `x12:"2010ED"`
	Services   []ReviewedService  `x12:"2000F"`
	Kept       KeptSegments       `x12:"kept"`
}

// ReviewedService is 2000F of an answer: the decision on one service.
type ReviewedService struct {
	HL            *HierarchicalLevel    `x12:"HL"`
	Traces        []Trace               `x12:"TRN"`
	Rejections    []Rejection           `x12:"AAA"`
	Review        *Review               `x12:"UM"`
	Decision      *Decision             `x12:"HCR"`
	References    []Reference           `x12:"REF"`
	Dates         []DatePeriod          `x12:"DTP"`
	Diagnoses     *Diagnoses            `x12:"HI"`
	Professional  *ProfessionalService  `x12:"SV1"`
	Institutional *InstitutionalService `x12:"SV2"`
	Dental        *DentalService        `x12:"SV3"`
	Teeth         []Tooth               `x12:"TOO"`
	Delivery      *Delivery             `x12:"HSD"`
	Paperwork     []Paperwork           `x12:"PWK"`
	Message       *Message              `x12:"MSG"`
	Providers     []Party               `x12:"2010FA"`
	Contact       *Party                `x12:"2010FB"`
	Kept          KeptSegments          `x12:"kept"`
}

// ReadAuthorizationRequest reads a 278 request. Findings are those of the guide; what
// the guide has no place for is kept and written back. The error says that the set is
// another transaction, or holds text that no 278 can.
func ReadAuthorizationRequest(s Set) (AuthorizationRequest, []Finding, error) {
	return read[AuthorizationRequest](request278, s)
}

// WriteAuthorizationRequest makes the set. It refuses data that holds a delimiter; it
// does not judge the request, [ValidateSet] does.
func WriteAuthorizationRequest(r AuthorizationRequest, as SetControl) (Set, error) {
	return write(request278, r, as)
}

// ReadAuthorizationResponse is like [ReadAuthorizationRequest], for the answer.
func ReadAuthorizationResponse(s Set) (AuthorizationResponse, []Finding, error) {
	return read[AuthorizationResponse](response278, s)
}

// WriteAuthorizationResponse is like [WriteAuthorizationRequest], for the answer.
func WriteAuthorizationResponse(r AuthorizationResponse, as SetControl) (Set, error) {
	return write(response278, r, as)
}

// ReadAuthorizationInquiry is like [ReadAuthorizationRequest], for an inquiry.
func ReadAuthorizationInquiry(s Set) (AuthorizationInquiry, []Finding, error) {
	return read[AuthorizationInquiry](inquiry278, s)
}

// WriteAuthorizationInquiry is like [WriteAuthorizationRequest], for an inquiry.
func WriteAuthorizationInquiry(q AuthorizationInquiry, as SetControl) (Set, error) {
	return write(inquiry278, q, as)
}

// ReadAuthorizationInquiryResponse is like [ReadAuthorizationRequest], for the answer
// to an inquiry.
func ReadAuthorizationInquiryResponse(s Set) (AuthorizationInquiryResponse, []Finding, error) {
	return read[AuthorizationInquiryResponse](inquiryResponse278, s)
}

// WriteAuthorizationInquiryResponse is like [WriteAuthorizationRequest], for the
// answer to an inquiry.
func WriteAuthorizationInquiryResponse(r AuthorizationInquiryResponse, as SetControl) (Set, error) {
	return write(inquiryResponse278, r, as)
}
