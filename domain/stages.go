package domain

// TaskQueue is the engine's queue that workers of cases poll.
const TaskQueue = "parley-cases"

// The stages of a prior authorization, in a coordinator's words.
const (
	StageCheckNeed       = "check need"
	StageConfirmCoverage = "confirm coverage"
	StageAskPayer        = "ask payer"
	StageAnswerPayer     = "answer payer"
	StageAppeal          = "appeal"
	StageKeepUsable      = "keep usable"
	StageClose           = "close"
	StageSettle          = "settle" // of an escalation
)

// Stages lists the stages of a kind of case, in order; nil for an unknown kind.
func Stages(kind CaseKind) []string {
	switch kind {
	case PriorAuthorization:
		return []string{StageCheckNeed, StageConfirmCoverage, StageAskPayer, StageAnswerPayer, StageAppeal, StageKeepUsable, StageClose}
	case Escalation:
		return []string{StageSettle}
	}
	return nil
}
