// Package worker joins effects to activities, registers every kind of case, and runs them
// on Temporal. It must not know what a case does, nor what an activity reaches.
package worker
