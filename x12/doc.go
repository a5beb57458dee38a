// Package x12 reads, checks and writes the health care transactions of ASC X12
// version 005010: envelope, segments, loops, typed transactions, and the
// acknowledgements TA1 and 999.
//
// It is for programs that exchange files with payers and clearinghouses. A
// [Reader] streams segments with flat memory, [Parse] gives a whole [File],
// [Validate] tells what is wrong with it, [Acknowledge] turns findings into a TA1
// and a 999, and a pair of functions per transaction (such as
// [ReadAuthorizationRequest] and [WriteAuthorizationRequest]) goes between a set
// and a Go struct that reads like the guide.
//
// Every transaction is a table (see [Guide]) that one engine walks; there is no
// parser of its own for any of them. To add one, add its table and its structs.
//
// The package must not know cases, payers, people, clocks, counters or
// transports: control numbers, times and delimiters come from the caller. No
// error and no finding ever holds a value from a file, so both may be logged.
package x12
