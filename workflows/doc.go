// Package workflows holds one file per kind of case, each reading like the procedure it
// automates, in the vocabulary of package flow. It must not know how anything outside is
// reached: no database, no wire, no clock but the workflow's.
package workflows

//go:generate go run ../internal/histories testdata ../bin

// Register makes every kind of case known to a worker or a replayer.
func Register(r interface{ RegisterWorkflow(any) }) {
	r.RegisterWorkflow(PriorAuthorization)
	r.RegisterWorkflow(Escalation)
}
