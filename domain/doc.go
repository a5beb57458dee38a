// Package domain is the language of insurance coordination: cases, tasks, deadlines,
// coverage, authorizations, and the rules that hold between them.
//
// It is pure: no input or output, no clock, no engine, no database. What api,
// workflows and store must agree on (messages, steps, views, kinds of error)
// therefore lives here. It must not know how a case is run, stored, sent or shown.
package domain
