// Package demo is the demonstration practice: three facilities, invented patients, and
// orders that show every way a payer can answer. It goes in through the doors everybody
// uses, the REST API and the store's public functions, and is there once however often it
// is loaded. It must not know how a case is run.
package demo
