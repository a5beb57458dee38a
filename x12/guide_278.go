package x12

// The tables of the 278 transactions. Loop names, positions, usages and qualifiers
// are facts; a "+" stands where we hold no list that is known to be whole.

// memberIdentity are the segments that name a subscriber or dependent.
func memberIdentity(entity, idUsage string, response bool) []*SegmentRule {
	name := seg("NM1", base, 1, "@1 R "+entity, "2 R 1", "8 "+idUsage+" MI II +", "9 "+idUsage, "10 N", "11 N", "12 N")
	rows := []*SegmentRule{
		name,
		seg("REF", may, 9, "1 R", "2 R"),
		seg("N3", may, 1, "1 R"),
		seg("N4", may, 1),
	}
	if response {
		rows = append(rows, rejection())
	}
	return append(rows,
		seg("DMG", may, 1, "1 R D8", "2 R", "3 S F M U"),
		seg("INS", may, 1, "1 R N Y", "2 R"),
	)
}

// identity are the segments of a loop that names a party.
func identity(usage string, entities string, ids string, response bool) []*SegmentRule {
	rows := []*SegmentRule{
		seg("NM1", base, 1, "@1 R "+entities, "2 R 1 2", "8 "+usage+" "+ids, "9 "+usage),
		seg("REF", may, 9, "1 R", "2 R"),
		seg("N3", may, 1, "1 R"),
		seg("N4", may, 1),
		seg("PER", may, 3, "1 R IC +"),
	}
	if response {
		rows = append(rows, rejection())
	}
	return append(rows, seg("PRV", may, 1, "1 R", "2 S PXC +"))
}

func rejection() *SegmentRule {
	return seg("AAA", may, 9, "1 R N Y", "2 N", "3 R", "4 S C N P R S W X Y +")
}

func hl(level string, parent Usage) *SegmentRule {
	up := "2 " + string(parent)
	return seg("HL", base, 1, "3 R "+level, "1 R", up, "4 R 0 1")
}

// Entities of the provider loops. The lists of the guides are longer than any list
// we may copy from, so they stay open.
const (
	eventProviders   = "71 72 73 77 AAJ DD DK DN FA G3 P3 QB QV SJ +"
	serviceProviders = "1T 72 73 77 AAJ DD DK DN DQ FA G3 P3 QB QV SJ +"
	transportParties = "45 FS ND PW R3"
	otherReviewers   = "CA GG PR RGA VER"
	providerIDs      = "24 34 46 XX +"
	payerIDs         = "24 34 46 PI XV +"
)

func transport(id string) *LoopRule {
	return loop(id, "2000E", may, 5,
		seg("NM1", base, 1, "@1 R "+transportParties, "2 R 2 +"),
		seg("N3", may, 1, "1 R"),
		seg("N4", may, 1))
}

func otherReviewer(id string) *LoopRule {
	return loop(id, "2000E", may, 3,
		seg("NM1", base, 1, "@1 R "+otherReviewers, "2 R 2 +"),
		seg("REF", may, 3, "1 R", "2 R"),
		seg("DTP", may, 1, "1 R", "2 R D8 +", "3 R"))
}

// reviewContact names whom to ask about an answer.
func reviewContact(id, parent string) *LoopRule {
	return loop(id, parent, may, 1,
		seg("NM1", base, 1, "@1 R L5", "2 R"),
		seg("N3", may, 1, "1 R"),
		seg("N4", may, 1),
		seg("PER", may, 3, "1 R IC +"))
}

func review(usage Usage) *SegmentRule {
	return seg("UM", usage, 1,
		"1 R AR HS IN SC", "2 S 1 2 3 4 5 6 I N R S", "4-1 R", "4-2 R A B", "5-1 R", "6 S 03 E U +")
}

func decision() *SegmentRule {
	return seg("HCR", may, 1, "1 R A1 A2 A3 A4 A6 C CT NA +")
}

// eventRows are the segments of an event; an inquiry may leave out what is reviewed.
func eventRows(response bool, reviewed Usage) []*SegmentRule {
	rows := []*SegmentRule{
		hl("EV", 'R'),
		seg("TRN", may, 3, "1 R 1 2", "2 R"),
	}
	if response {
		rows = append(rows, rejection())
	}
	rows = append(rows, review(reviewed))
	if response {
		rows = append(rows, decision())
	}
	return append(rows,
		seg("REF", may, 9, "1 R BB NT +", "2 R"),
		seg("DTP", may, 0, "1 R 007 036 096 102 431 435 439 472 484 AAH ABC +", "2 R D8 RD8 DT TM +", "3 R"),
		seg("HI", may, 1, "1 R", "1..12-1 S ABF ABJ ABK APR BF BJ BK LOI PR DR +"),
		seg("HSD", may, 1),
		seg("CRC", may, 9, "1 R", "2 R N Y", "3 R"),
		seg("CL1", may, 1),
		seg("CR1", may, 1),
		seg("CR2", may, 1),
		seg("CR5", may, 1),
		seg("CR6", may, 1),
		seg("PWK", may, 10, "1 R", "2 R AA BM EL EM FT FX VO +"),
		seg("MSG", may, 1, "1 R"),
	)
}

func serviceRows(response bool) []*SegmentRule {
	rows := []*SegmentRule{
		hl("SS", 'R'),
		seg("TRN", may, 3, "1 R 1 2", "2 R"),
	}
	if response {
		rows = append(rows, rejection())
	}
	rows = append(rows, review(may))
	if response {
		rows = append(rows, decision())
	}
	return append(rows,
		seg("REF", may, 9, "1 R BB NT +", "2 R"),
		seg("DTP", may, 0, "1 R 007 036 102 472 +", "2 R D8 RD8 +", "3 R"),
		seg("HI", may, 1, "1 R", "1..12-1 S LOI +"),
		seg("SV1", may, 1, "1 R", "1-1 R HC N4 ZZ ER IV WK +", "1-2 R", "3 S F2 MJ UN +"),
		seg("SV2", may, 1, "2-1 S HC N4 ZZ ER HP IV WK +", "4 S DA F2 UN +"),
		seg("SV3", may, 1, "1 R", "1-1 R AD +", "1-2 R"),
		seg("TOO", may, 32, "1 R JP", "2 S"),
		seg("HSD", may, 1),
		seg("PWK", may, 10, "1 R", "2 R AA BM EL EM FT FX VO +"),
		seg("MSG", may, 1, "1 R"),
	)
}

func bht(usage string, codes string) *SegmentRule {
	return seg("BHT", base, 1, "1 R 0007", "2 R "+codes, "3 R", "4 R", "5 R", "6 "+usage)
}

// reviewer is the level of the utilization management organization.
func reviewer(response bool, entities string) []*SegmentRule {
	if !response {
		return []*SegmentRule{seg("NM1", base, 1, "@1 R "+entities, "2 R 1 2", "8 R "+payerIDs, "9 R")}
	}
	return []*SegmentRule{
		seg("NM1", base, 1, "@1 R "+entities, "2 R 1 2", "8 R "+payerIDs, "9 R"),
		seg("PER", may, 1, "1 R IC +"),
		rejection(),
	}
}

// requestLoops are the loops of a 278 that asks.
func requestLoops(header *SegmentRule, reviewed Usage) []*LoopRule {
	return []*LoopRule{
		loop("", "", must, 1, header),
		loop("2000A", "", must, 1, hl("20", 'N')),
		loop("2010A", "2000A", must, 1, reviewer(false, "X3")...),
		loop("2000B", "", must, 1, hl("21", 'R')),
		loop("2010B", "2000B", must, 1, identity("R", "1P FA", providerIDs, false)...),
		loop("2000C", "", must, 1, hl("22", 'R')),
		loop("2010C", "2000C", must, 1, memberIdentity("IL", "R", false)...),
		loop("2000D", "", may, 1, hl("23", 'R')),
		loop("2010D", "2000D", must, 1, memberIdentity("QC", "S", false)...),
		loop("2000E", "", must, 1, eventRows(false, reviewed)...),
		loop("2010EA", "2000E", may, 14, identity("S", eventProviders, providerIDs, false)...),
		transport("2010EB"),
		otherReviewer("2010EC"),
		loop("2000F", "2000E", may, 0, serviceRows(false)...),
		loop("2010F", "2000F", may, 14, identity("S", serviceProviders, providerIDs, false)...),
	}
}

// responseLoops are the loops of a 278 that answers. A request refused above the
// event comes back without the levels below the failure.
func responseLoops(header *SegmentRule, events int) []*LoopRule {
	refused := func(rows ...*SegmentRule) []*SegmentRule { return append(rows, rejection()) }
	return []*LoopRule{
		loop("", "", must, 1, header),
		loop("2000A", "", must, 1, refused(hl("20", 'N'))...),
		loop("2010A", "2000A", must, 1, reviewer(true, "X3")...),
		loop("2000B", "", may, 1, hl("21", 'R')),
		loop("2010B", "2000B", must, 1, identity("R", "1P FA", providerIDs, true)...),
		loop("2000C", "", may, 1, hl("22", 'R')),
		loop("2010C", "2000C", must, 1, memberIdentity("IL", "R", true)...),
		loop("2000D", "", may, 1, hl("23", 'R')),
		loop("2010D", "2000D", must, 1, memberIdentity("QC", "S", true)...),
		loop("2000E", "", may, events, eventRows(true, may)...),
		loop("2010EA", "2000E", may, 14, identity("S", eventProviders, providerIDs, true)...),
		reviewContact("2010EB", "2000E"),
		transport("2010EC"),
		otherReviewer("2010ED"),
		loop("2000F", "2000E", may, 0, serviceRows(true)...),
		loop("2010FA", "2000F", may, 14, identity("S", serviceProviders, providerIDs, true)...),
		reviewContact("2010FB", "2000F"),
	}
}

// levels278 names the HL parents: an event hangs under the patient, a service under
// the event.
func levels278(g *Guide) *Guide {
	return g.under("2000B", "20").under("2000C", "21").under("2000D", "22").
		under("2000E", "22", "23").under("2000F", "EV")
}

var request278 = levels278(newGuide(Guide{
	ID: "005010X217", Set: "278", Function: "HI", Purposes: []string{"01", "13"}, Name: "authorization request",
}, requestLoops(bht("S RU +", "01 13"), must)...))

// A response whose purpose is 08, as the status guides have it, is read as a response
// and told that its purpose is wrong.
var response278 = levels278(newGuide(Guide{
	ID: "005010X217", Set: "278", Function: "HI", Purposes: []string{"08", "11"}, Name: "authorization response",
}, responseLoops(bht("S 18 19 AT RU +", "11"), 1)...))

var inquiry278 = levels278(newGuide(Guide{
	ID: "005010X215", Set: "278", Function: "HI", Purposes: []string{"13", "28"}, Name: "authorization inquiry",
}, requestLoops(bht("S +", "13 28 +"), may)...))

var inquiryResponse278 = levels278(newGuide(Guide{
	ID: "005010X215", Set: "278", Function: "HI", Purposes: []string{"08", "11", "49"}, Name: "authorization inquiry response",
}, responseLoops(bht("S 18 19 +", "11 49 +"), 0)...))

var notification278 = levels278(newGuide(Guide{
	ID: "005010X216", Set: "278", Function: "HI", Name: "authorization notification",
}, notificationLoops()...))

// notificationLoops widen the answer's table: a notification copies decisions to
// others, and its acknowledgement copies their names.
func notificationLoops() []*LoopRule {
	loops := responseLoops(bht("S +", "11 14 +"), 0)
	for _, l := range loops {
		switch l.ID {
		case "2010A":
			l.Segments = identity("S", "X3 1P FA +", payerIDs, true)
		case "2010B":
			l.Segments = identity("S", "1P FA X3 +", providerIDs, true)
		}
	}
	return loops
}
