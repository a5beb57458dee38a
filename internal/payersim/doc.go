// Package payersim is a payer and its clearinghouse, played: it takes X12
// authorization requests and inquiries over HTTP, checks them as a front end does,
// decides by a script, answers at once or later through a mailbox, misbehaves on
// demand, and keeps a ledger of its own of everything that reached it.
//
// It is for stories, fault tests and the demonstration. It is the other side: it
// must not know how Parley reads or writes a request, so it never imports the rooms
// payer, domain or store, and what it believes about a request it reads from the
// segments itself. Its ledger holds whole interchanges in clear: never let it near
// data of real people.
package payersim
