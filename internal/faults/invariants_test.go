package faults

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"parley/domain"
)

// The checks that are no query of the store's (those have tests of their own there) find
// what is planted for them.
func TestBroken_each_check_finds_what_is_planted(t *testing.T) {
	t.Parallel()
	p := practice(t)
	none := domain.NewCaseID()
	lost, err := p.Lost(t.Context(), map[domain.CaseID]bool{none: true})
	require.NoError(t, err)
	require.Len(t, lost, 1)
	require.Contains(t, lost[0], "I1 acknowledged and not shown: case "+string(none))

	w := newWorld(t, p.Stack.Env.TemporalNamespace)
	w.worker()
	w.starts(time.Hour, 0)
	unapplied, err := p.Unapplied(t.Context(), map[domain.TaskID]bool{w.first(): true})
	require.NoError(t, err)
	require.Equal(t, []string{"I4 acknowledged and applied 0 times: task " + string(w.first())}, unapplied)

	require.Empty(t, p.untrue(t, w.id))
	owner, err := pgx.Connect(t.Context(), p.Stack.Env.DatabaseURL) // the product itself may not change a step
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, owner.Close(context.Background())) })
	plant := func(words string) {
		_, err := owner.Exec(t.Context(), `update step set now_words = $2 where case_id = $1`, w.id, words)
		require.NoError(t, err)
	}
	steps, _ := w.shown()
	plant("planted")
	untrue, err := p.Untrue(t.Context(), []domain.CaseID{w.id})
	require.NoError(t, err)
	require.Contains(t, untrue[w.id], "planted")
	plant(steps[0].Now)

	payers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`[{"entry":2,"first":1,"control":"000000001","how":"same-bytes"}]`))
	}))
	t.Cleanup(payers.Close)
	told := *p
	told.Payers.URL = payers.URL
	broken, err := told.Broken(t.Context())
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(broken, func(s string) bool {
		return strings.HasPrefix(s, "I2 payers' ledger") && strings.Contains(s, "same-bytes")
	}), broken)
}
