// Package flow is the vocabulary kinds of case are written in: run, stages, ask a person,
// exchange with a payer, hear, clocks, say, close. It knows Temporal and the domain, and
// no kind of case; it does no input or output but by effects.
//
// A stage is a straight-line function. It opens waits (Ask, Send, Hear, Expect, Clock),
// gives them to First, and looks at which came. What happened is said with Say; the next
// First records it, whole, before the case waits: one recorded step per wait. Messages
// that no wait takes are news: First returns them as an error that a stage hands up
// as it is, and the procedure decides which stage goes on.
//
// What each costs in history events (measured by parley bench cases, and stated there):
// a start with its first step 8, a completion with its step 6, an exchange with its step
// 7, a note 6, a clock that passes 6, continue-as-new 5 in the new run.
package flow
