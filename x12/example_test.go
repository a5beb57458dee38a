package x12_test

import (
	"fmt"
	"os"
	"time"

	"parley/x12"
)

// A request is a struct that reads like the guide; the caller brings control numbers
// and the time.
func ExampleWriteAuthorizationRequest() {
	request := x12.AuthorizationRequest{
		Header: x12.Header{Structure: "0007", Purpose: "13", Reference: "CASE17", Date: "20260601", Time: "0930"},
		Reviewer: x12.Level{Party: x12.Party{
			Name: x12.Name{Entity: "X3", Kind: "2", Last: "PLAN", IDQualifier: "PI", ID: "12345"},
		}},
		Requester: x12.Level{Party: x12.Party{
			Name: x12.Name{Entity: "1P", Kind: "1", Last: "ADLER", IDQualifier: "XX", ID: "1234567893"},
		}},
		Subscriber: x12.Level{Party: x12.Party{
			Name: x12.Name{Entity: "IL", Kind: "1", Last: "DOE", First: "JO", IDQualifier: "MI", ID: "M1"},
		}},
		Event: x12.RequestEvent{
			Traces:    []x12.Trace{{Type: "1", Number: "CASE17-1", Origin: "9123456789"}},
			Review:    x12.Review{Category: "HS", Certification: "I", ServiceType: "2", Facility: x12.Facility{Code: "22", Qualifier: "B"}},
			Diagnoses: &x12.Diagnoses{Codes: []x12.HealthCode{{Qualifier: "ABK", Code: "M1711"}}},
			Services: []x12.RequestService{{
				Dates:        []x12.DatePeriod{x12.OnDate("472", "20260610")},
				Professional: &x12.ProfessionalService{Procedure: x12.Procedure{Qualifier: "HC", Code: "27447"}, Unit: "UN", Quantity: "1"},
			}},
		},
	}
	set, err := x12.WriteAuthorizationRequest(request, x12.SetControl{Number: "0001"})
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := x12.Build(x12.Envelope{
		SenderQualifier: "ZZ", SenderID: "CLINIC", ReceiverQualifier: "ZZ", ReceiverID: "PLAN",
		At: time.Date(2026, 6, 1, 9, 30, 0, 0, time.UTC), Control: 17, GroupControl: 17, Test: true,
	}, set)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(x12.Validate(file, x12.ByRules)), "findings")
	if err := x12.Write(os.Stdout, file, x12.WriteOptions{LineBreaks: true}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 0 findings
	// ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PLAN           *260601*0930*^*00501*000000017*0*T*:~
	// GS*HI*CLINIC*PLAN*20260601*0930*17*X*005010X217~
	// ST*278*0001*005010X217~
	// BHT*0007*13*CASE17*20260601*0930~
	// HL*1**20*1~
	// NM1*X3*2*PLAN*****PI*12345~
	// HL*2*1*21*1~
	// NM1*1P*1*ADLER*****XX*1234567893~
	// HL*3*2*22*1~
	// NM1*IL*1*DOE*JO****MI*M1~
	// HL*4*3*EV*1~
	// TRN*1*CASE17-1*9123456789~
	// UM*HS*I*2*22:B~
	// HI*ABK:M1711~
	// HL*5*4*SS*0~
	// DTP*472*D8*20260610~
	// SV1*HC:27447**UN*1~
	// SE*16*0001~
	// GE*1*17~
	// IEA*1*000000017~
}

// What is wrong with a file is told by place and name, never by value, and becomes a
// TA1 and a 999.
func ExampleAcknowledge() {
	received := "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PLAN           *260601*0930*^*00501*000000017*1*T*:~" +
		"GS*HI*CLINIC*PLAN*20260601*0930*17*X*005010X217~ST*278*0001*005010X217~BHT*0007*13*CASE17*20260601*0930~" +
		"HL*1**20*1~NM1*X3*2*PLAN*****PI*12345~HL*2*1*21*1~NM1*1P*1*ADLER*****XX*1234567893~" +
		"HL*3*2*22*1~NM1*IL*1*DOE*JO****MI~HL*4*3*EV*0~UM*HS*I~SE*11*0001~GE*1*17~IEA*1*000000017~"
	file, err := x12.Parse([]byte(received), x12.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	findings := x12.Validate(file, x12.ByGuide)
	fmt.Println(findings[0])
	answer := x12.Acknowledge(file, findings)[0]
	fmt.Println("TA1", answer.TA1.Code, answer.TA1.Note)
	set, err := x12.WriteAcknowledgement999(answer.Groups[0], x12.SetControl{Number: "0001"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range set.Segments {
		fmt.Println(s.ID, s.Elements)
	}
	// Output:
	// error: interchange 1 group 1 set 1 segment 8 (10 in file, byte 327) NM109: element_conditional_missing: an element that others require is missing
	// TA1 A 000
	// AK1 [HI 17 005010X217]
	// AK2 [278 0001 005010X217]
	// IK3 [NM1 8 2010C 8]
	// IK4 [9  2]
	// IK4 [9  1]
	// IK5 [R 5 I5]
	// AK9 [R 1 1 0]
}
