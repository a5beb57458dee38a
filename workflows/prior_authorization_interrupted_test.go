package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/internal/casestory"
	"parley/workflows"
)

// A request that was called off before it left is not taken for one that the payer has.
func TestPriorAuthorization_interrupted_before_the_request_could_leave_it_is_asked_all_the_same(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Away = true
		w.After(hour/30, w.ServiceIsDone("done", "2026-03-02"))
		w.After(hour/20, func() { w.Away = false })
		w.Opens(workflows.PriorAuthorization, knee)
		require.NotEmpty(w.T, w.Line("approved the request, number A"))
		require.Equal(w.T, "closed used, 0 tasks, 0 clocks", w.Ends())
	})
}

// Whoever corrects a fact while the request is on its way takes away neither the doubt
// about it nor its answer.
func TestPriorAuthorization_corrected_while_nobody_knows_it_is_still_found_out(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Payer(`{rules: [{name: u, when: {asks: [review]}, times: 1, then: {deliver: error-before}}]}`)
		w.After(hour/60, w.Corrects("c", "read it again", domain.Correct{Pointer: "/patient/recordNumber", Value: "M-17"}))
		w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
		w.Opens(workflows.PriorAuthorization, knee)
		require.NotEmpty(w.T, w.Line("has no such request: the same bytes are sent again"))
		require.Equal(w.T, "closed used, 0 tasks, 0 clocks", w.Ends())
	})
}

func TestPriorAuthorization_corrected_while_the_answer_comes_it_is_looked_at(t *testing.T) {
	for _, when := range []string{"after-last-byte", "after-commit"} {
		t.Run(when, func(t *testing.T) {
			casestory.Each(t, func(w *casestory.World) {
				w.Acts.Crashpoint = func(point string) {
					if point == when {
						w.Acts.Crashpoint = nil
						w.Corrects("c", "read it again", domain.Correct{Pointer: "/patient/recordNumber", Value: "M-17"})()
					}
				}
				w.After(18*day, w.ServiceIsDone("done", "2026-03-20"))
				w.Opens(workflows.PriorAuthorization, knee)
				require.Contains(w.T, w.Line("approved the request"), "day 0 ")
				require.Equal(w.T, "closed used, 0 tasks, 0 clocks", w.Ends())
			})
		})
	}
}
