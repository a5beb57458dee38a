package workflows_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
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
				require.ErrorContains(t, err, "TMPRL1100", "it must fail as a procedure that was changed without a version does")
			} else {
				require.NoError(t, err)
			}
		})
	}
}

var encoding = regexp.MustCompile(`"encoding": "([^"]*)"`)

// The corpus holds each kind, and no health data in clear. That it holds every wait is for
// the test of package histories.
func TestHistoriesAreOfEveryKindAndSealed(t *testing.T) {
	of := map[string]int{}
	for _, file := range histories(t) {
		kind, _, _ := strings.Cut(file, "/")
		of[kind]++
		b, err := os.ReadFile(filepath.Join("testdata", "histories", file))
		require.NoError(t, err)
		sealed := base64.StdEncoding.EncodeToString([]byte(keys.Encoding))
		for _, m := range encoding.FindAllSubmatch(b, -1) {
			require.Equal(t, sealed, string(m[1]), file)
		}
		for _, clear := range []string{"Featherstone", "LKF0", "1951-04-02"} {
			require.False(t, bytes.Contains(b, []byte(clear)), "%s: %s", file, clear)
		}
	}
	for _, kind := range domain.CaseKinds {
		require.NotZero(t, of[string(kind)], kind)
	}
	require.GreaterOrEqual(t, of["bad"], 3)
}

// The main line of a case waits with one timer of the engine, and what is kept aside with
// another; one more would wake the case for nothing.
func TestHistories_no_case_leaves_a_timer_running_that_nobody_waits_for(t *testing.T) {
	most := func(file string) (most int) {
		running := 0
		for _, e := range read(t, file).Events {
			switch e.EventType {
			case enumspb.EVENT_TYPE_TIMER_STARTED:
				running++
			case enumspb.EVENT_TYPE_TIMER_FIRED, enumspb.EVENT_TYPE_TIMER_CANCELED:
				running--
			default:
			}
			most = max(most, running)
		}
		return most
	}
	for _, file := range histories(t) {
		if !strings.HasPrefix(file, "bad/") {
			require.LessOrEqual(t, most(file), 2, file)
		}
	}
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
