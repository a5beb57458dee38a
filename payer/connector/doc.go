// Package connector carries bytes to payers and back: X12 over HTTP, and mailboxes.
//
// Its one promise is about silence. A failure is either proof that no byte of a request
// left this machine ([NothingSent]) or it is not, and then nobody knows what the payer
// has. It must not know what the bytes mean, nor decide what follows from a failure.
package connector
