package workflows_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"parley/domain"
	"parley/keys"
	"parley/workflows"
)

// Every committed history must replay on today's code, and every one under bad/
// must not: a replayer that accepts anything proves nothing.
func TestHistoriesReplay(t *testing.T) {
	ring, err := keys.Load(filepath.Join("testdata", "keys.yaml"))
	require.NoError(t, err)
	converter := ring.WorkerDataConverter()
	for _, file := range histories(t) {
		t.Run(file, func(t *testing.T) {
			r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
				DataConverter: converter, FailureConverter: keys.FailureConverter(converter),
			})
			require.NoError(t, err)
			workflows.Register(r)
			err = r.ReplayWorkflowHistory(nil, read(t, file))
			if bad := strings.HasPrefix(file, "bad/"); bad {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// The corpus holds each kind, the wait of each stage, and no health data in clear.
func TestHistoriesAreOfEveryKindAndSealed(t *testing.T) {
	of := map[string]int{}
	for _, file := range histories(t) {
		kind, _, _ := strings.Cut(file, "/")
		of[kind]++
		b, err := os.ReadFile(filepath.Join("testdata", "histories", file))
		require.NoError(t, err)
		for _, clear := range []string{"Featherstone", "LKF", "1951-04-02"} {
			require.NotContains(t, string(b), clear, file)
		}
	}
	for _, kind := range domain.CaseKinds {
		require.NotZero(t, of[string(kind)], kind)
	}
	require.GreaterOrEqual(t, of[string(domain.PriorAuthorization)], 30)
	require.GreaterOrEqual(t, of["bad"], 3)
}

func histories(t *testing.T) (files []string) {
	t.Helper()
	root := filepath.Join("testdata", "histories")
	found, err := filepath.Glob(filepath.Join(root, "*", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, f := range found {
		rel, err := filepath.Rel(root, f)
		require.NoError(t, err)
		files = append(files, filepath.ToSlash(rel))
	}
	return files
}

func read(t *testing.T, file string) *historypb.History {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "histories", file))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	h, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return h
}
