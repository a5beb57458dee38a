// Package payer is what Parley knows about payers: a profile of each, as data, and how
// one is reached. Its rooms translate between the domain and X12 (translate) and carry
// bytes (connector).
//
// A payer differs from another by its profile, never by code: identifiers, how each
// transaction travels, which services need authorization, terms. Profiles are read once,
// checked whole, and do not change afterwards; every answer they give is a function of
// the question alone.
//
// It must not know cases, the ledger, the database or the engine: what has been sent, and
// whether it may be sent, is not decided here.
package payer
