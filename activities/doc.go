// Package activities are the side effects of cases, thin: what a workflow asks for and the
// ledger, the payers and the database do.
//
// Temporal runs an activity again after any failure, and twice at once after a frozen
// worker thaws. Each says in its comment what then happens. They must not know how a case
// goes on, nor make decisions for it.
package activities
