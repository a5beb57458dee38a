package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

const workflows = "../../workflows"

func TestSituations_each_has_its_history_and_each_history_its_situation(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, s := range situations {
		want = append(want, string(s.kind)+"/"+s.name)
	}
	for _, kind := range domain.CaseKinds {
		files, err := filepath.Glob(filepath.Join(workflows, "testdata", "histories", string(kind), "*.json"))
		require.NoError(t, err)
		for _, f := range files {
			got = append(got, string(kind)+"/"+strings.TrimSuffix(filepath.Base(f), ".json"))
		}
	}
	require.ElementsMatch(t, want, got, "`make histories` writes those that are missing")
}

// The words in which a stage says where its case stands name a wait: each has a history.
// Words that are worked out, and those of a case's end, are told in full by a situation.
func TestSituations_there_is_one_for_every_wait_that_a_stage_can_say(t *testing.T) {
	t.Parallel()
	waits := 0
	for _, format := range stands(t) {
		if strings.Trim(format, "%s") == "" {
			continue
		}
		waits++
		words := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(format), "%s", ".+") + "$")
		if !slices.ContainsFunc(situations, func(s situation) bool { return words.MatchString(s.now) }) {
			t.Errorf("no history stands at %q", format)
		}
	}
	require.Greater(t, waits, 10)
}

// Every way in which a case can end, by its outcome's words in the files.
func TestSituations_there_is_one_for_every_outcome(t *testing.T) {
	t.Parallel()
	for outcome, now := range map[domain.Outcome]string{
		domain.OutcomeNotRequired: "no authorization is needed", domain.OutcomeUsed: "approved, and the service was done",
		domain.OutcomeExpired: "approved, and expired unused", domain.OutcomeDenied: "denied", domain.OutcomeCancelled: "cancelled by the payer",
		domain.OutcomeWithdrawn: "withdrawn", domain.OutcomeResolved: "settled by a person",
	} {
		require.True(t, slices.ContainsFunc(situations, func(s situation) bool { return s.now == now && strings.HasPrefix(s.name, "closed-") }), outcome)
	}
}

// stands are the formats given to Stand in the procedures and in the vocabulary.
func stands(t *testing.T) (formats []string) {
	t.Helper()
	for _, pattern := range []string{"*.go", "flow/*.go"} {
		files, err := filepath.Glob(filepath.Join(workflows, pattern))
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			require.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "Stand" {
					return true
				}
				if text, ok := call.Args[0].(*ast.BasicLit); ok {
					format, err := strconv.Unquote(text.Value)
					require.NoError(t, err)
					formats = append(formats, format)
				}
				return true
			})
		}
	}
	return formats
}
