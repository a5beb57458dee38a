package x12

// ack999 is the implementation acknowledgement. A context that names the situational
// trigger has no value of its own; one that names a business unit has.
var ack999 = newGuide(Guide{
	ID: "005010X231A1", Set: "999", Function: "FA", Name: "implementation acknowledgement",
},
	loop("", "", must, 1,
		seg("AK1", base, 1, "1 R", "2 R")),
	loop("2000", "", may, 0,
		seg("AK2", base, 1, "1 R", "2 R")),
	loop("2100", "2000", may, 0,
		seg("IK3", base, 1, "1 R", "2 R", "4 R 1 2 3 4 5 6 7 8 I4 I6 I7 I8 I9"),
		seg("CTX", may, 9, "@1-1 R SITUATIONAL_TRIGGER", "1-2 N"),
		seg("CTX", may, 1, "1-1 R", "1-2 R")),
	loop("2110", "2100", may, 0,
		seg("IK4", base, 1, "1 R", "3 R 1 2 3 4 5 6 7 8 9 10 11 12 13 I6 I9 I10 I11 I12 I13"),
		seg("CTX", may, 10, "1-1 R")),
	loop("2000/IK5", "2000", must, 1,
		seg("IK5", base, 1, "1 R A E M R W X")),
	loop("/AK9", "", must, 1,
		seg("AK9", base, 1, "1 R A E M P R W X", "2 R", "3 R", "4 R")),
)
