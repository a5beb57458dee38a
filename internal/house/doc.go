// Package house holds the tests that keep the house in order: who may import whom, what
// may not stand where, and that documents name only what exists. It must know no room
// from inside.
package house
