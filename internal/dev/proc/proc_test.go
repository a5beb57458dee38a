package proc

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// The test binary is also a parent that is to be killed.
func TestMain(m *testing.M) {
	if os.Getenv("PROC_TEST_PARENT") == "" {
		goleak.VerifyTestMain(m)
		return
	}
	p, err := Start(Spec{Path: "/bin/sleep", Args: []string{"600"}})
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Getenv("PROC_TEST_PARENT"), []byte(strconv.Itoa(p.PID())+"\n"), 0o600); err != nil {
		panic(err)
	}
	<-p.Gone()
}

func sleeping(t *testing.T) *Process {
	t.Helper()
	p, err := Start(Spec{Path: "/bin/sleep", Args: []string{"600"}})
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	return p
}

func TestStart_a_child_dies_with_its_killed_parent(t *testing.T) {
	note := filepath.Join(t.TempDir(), "pid")
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "PROC_TEST_PARENT="+note)
	require.NoError(t, parent.Start())
	var child int
	require.Eventually(t, func() bool {
		b, err := os.ReadFile(note)
		if err != nil || !bytes.HasSuffix(b, []byte("\n")) {
			return false
		}
		child, err = strconv.Atoi(strings.TrimSpace(string(b)))
		return err == nil && Is(child, "sleep 600")
	}, 10*time.Second, 10*time.Millisecond, "the child runs")
	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	if runtime.GOOS == "linux" {
		require.Eventually(t, func() bool { return !Is(child, "sleep 600") }, 10*time.Second, 10*time.Millisecond, "the child is gone")
		return
	}
	require.NoError(t, EndStale(child, "sleep 600", syscall.SIGTERM, 10*time.Second))
}

func TestStop_ends_a_frozen_child(t *testing.T) {
	p := sleeping(t)
	require.NoError(t, p.Signal(syscall.SIGSTOP))
	p.Stop(t.Context(), syscall.SIGTERM, 10*time.Second)
	require.EqualError(t, p.Err(), "signal: terminated")
}

func TestStop_kills_what_does_not_end_in_time(t *testing.T) {
	p, err := Start(Spec{Path: "/bin/sh", Args: []string{"-c", "trap '' TERM; while :; do sleep 0.05; done"}})
	require.NoError(t, err)
	children := "/proc/" + strconv.Itoa(p.PID()) + "/task/" + strconv.Itoa(p.PID()) + "/children"
	require.Eventually(t, func() bool {
		b, err := os.ReadFile(children)
		return err != nil || len(b) > 0
	}, 10*time.Second, 10*time.Millisecond, "the shell has set its trap and gone on")
	p.Stop(t.Context(), syscall.SIGTERM, 200*time.Millisecond)
	require.EqualError(t, p.Err(), "signal: killed")
}

func TestEndStale_ends_only_what_the_marker_describes(t *testing.T) {
	p := sleeping(t)
	require.NoError(t, EndStale(p.PID(), "another program", syscall.SIGTERM, time.Second))
	require.True(t, Alive(p.PID()))
	require.NoError(t, EndStale(p.PID(), "sleep 600", syscall.SIGTERM, 10*time.Second))
	<-p.Gone()
	require.NoError(t, EndStale(0, "sleep", syscall.SIGTERM, time.Second))
}

func TestReaches_looks_at_every_folder_on_the_way(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "shut", "open"), 0o755))
	require.NoError(t, os.Chmod(filepath.Join(dir, "shut"), 0o700))
	stranger := &User{UID: 12345, GID: 12345}
	require.False(t, stranger.Reaches(filepath.Join(dir, "shut", "open")))
	require.True(t, stranger.Reaches("/usr/bin"))
	require.True(t, (*User)(nil).Reaches(dir), "the parent's own user")
}
