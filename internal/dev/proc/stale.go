package proc

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Alive reports whether a process with this ID exists.
func Alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || err == syscall.EPERM
}

// Is reports whether the process pid lives and has marker in its command line. IDs are
// used again, so that one from a file says nothing without it.
func Is(pid int, marker string) bool {
	return Alive(pid) && strings.Contains(commandLine(pid), marker)
}

// EndStale ends a process that an earlier parent left behind, if it still is the one
// that marker describes: with sig, and after the grace with SIGKILL.
func EndStale(pid int, marker string, sig syscall.Signal, grace time.Duration) error {
	if !Is(pid, marker) {
		return nil
	}
	for _, s := range []syscall.Signal{sig, syscall.SIGKILL} {
		if err := syscall.Kill(pid, s); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("end process %d left by an earlier run: %w", pid, err)
		}
		for until := time.Now().Add(grace); time.Now().Before(until); {
			if !Is(pid, marker) {
				return nil
			}
			time.Sleep(20 * time.Millisecond) // until it is gone
		}
	}
	return fmt.Errorf("process %d, left by an earlier run, does not end", pid)
}

func commandLine(pid int) string {
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil {
		return strings.ReplaceAll(string(b), "\x00", " ")
	}
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return string(out)
}
