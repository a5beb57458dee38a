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
// What each costs in history events, as `parley bench cases` counts them in a case that
// waits under a clock, as every case does: a start with its first step 8. A message with its
// step 6; 2 more where it moves the nearest clock, as a task does that opens or is done: 8. An
// exchange 7 beside the message that set it off, its two steps included. A clock that passes,
// with its step, 6. A note 6; a hold, its end, and a reminder 7 each; a reminder that comes due
// 5. Closing 7. Continuing as new 1 in the old run and 5 in the new one. Waiting costs
// nothing, however long; what the payer is asked while nobody answers costs an exchange each time.
package flow
