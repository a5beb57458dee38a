package domain

// Stages lists the stages of a kind of case in the order of its procedure, in a
// coordinator's words. A case need not come to all of them, and may come back to one.
func Stages(kind CaseKind) []string {
	switch kind {
	case PriorAuthorization:
		return []string{"check need", "confirm coverage", "ask payer", "answer payer", "appeal", "keep usable", "close"}
	case Escalation:
		return []string{"settle", "close"}
	}
	return nil
}
