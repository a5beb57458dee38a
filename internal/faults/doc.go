// Package faults kills, stops and starves the real programs of a stack while cases are
// under way, and then looks whether anything was lost, sent twice or left unaudited. It
// must not know how a case works: it acts as people and payers do, and believes only the
// invariants' own queries, the payers' ledger, and the replay of final histories.
package faults
