// Package casestory tells what happens to a case over months in milliseconds: the real
// workflow on skipped time, the real activities, a real PostgreSQL, and a simulated payer
// that gets real X12 over HTTP. Every story is told twice, in one run and with a new run
// after every stage, and must be the same. It is for tests, and must not know any kind of
// case but by its start.
package casestory
