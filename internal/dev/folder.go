package dev

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"parley/internal/dev/proc"
)

// made is what a stack makes in its data folder, and all that Fresh removes there: the
// folder may be one that holds other things. A name may be a pattern.
var made = []string{
	"api-key", "api-key-*", "audit", "database-url", "keys.yaml", "log", "payersim", "ports.json", "postgres", "postgres.password", "run",
	"secret", "url",
}

// madeIn lists what a stack made in a folder.
func madeIn(data string) ([]string, error) {
	there, err := os.ReadDir(data)
	if err != nil {
		return nil, fmt.Errorf("read the data folder: %w", err)
	}
	var paths []string
	for _, e := range there {
		if slices.ContainsFunc(made, func(pattern string) bool { fits, _ := filepath.Match(pattern, e.Name()); return fits }) {
			paths = append(paths, filepath.Join(data, e.Name()))
		}
	}
	return paths, nil
}

// takeFolder makes the data folder and locks it for this process, until the file that it
// returns is closed or the process ends.
func takeFolder(data string) (*os.File, error) {
	// PostgreSQL may run as another user, who must be able to pass; secrets have modes
	// of their own.
	if err := os.MkdirAll(data, 0o711); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer func() { _ = f.Close() }()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock the data folder: %w", err)
		}
		pid, _ := io.ReadAll(f) // only for the sentence
		return nil, fmt.Errorf("another stack, process %s, runs on %s: stop it, or use another folder with --data", pid, data)
	}
	// What a killed holder wrote is overwritten; its lock went with it.
	err = errors.Join(f.Truncate(0), func() error { _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0); return err }())
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	return f, nil
}

// endOrphans ends processes of a killed stack that are still there.
func endOrphans(data string, say *teller) error {
	notes, err := filepath.Glob(filepath.Join(data, "run", "*"))
	if err != nil {
		return err
	}
	for _, note := range notes {
		b, err := os.ReadFile(note)
		if err != nil {
			return fmt.Errorf("look for what a killed stack left: %w", err)
		}
		text, path, _ := strings.Cut(string(b), " ")
		pid, _ := strconv.Atoi(text) // 0, which nobody has, for a torn note
		if path != "" && proc.Is(pid, path) {
			say.line("ending %s (process %d), left by a killed stack", filepath.Base(note), pid)
			if err := proc.EndStale(pid, path, syscall.SIGKILL, 10*time.Second); err != nil {
				return err
			}
		}
		if err := os.Remove(note); err != nil {
			return fmt.Errorf("look for what a killed stack left: %w", err)
		}
	}
	return nil
}

// secrets makes the key ring, which encrypts what Temporal stores, and the installation
// secret, unless they are there. Losing them loses the cases: they are never replaced.
func secrets(data string) (keys, secret string, err error) {
	keys, secret = filepath.Join(data, "keys.yaml"), filepath.Join(data, "secret")
	err = errors.Join(
		once(keys, func(b []byte) string {
			return "current: k1\nkeys:\n  k1: " + base64.StdEncoding.EncodeToString(b) + "\n"
		}),
		once(secret, func(b []byte) string { return hex.EncodeToString(b) + "\n" }),
	)
	return keys, secret, err
}

// once writes a file made from 32 random bytes, whole or not at all, if it is not there.
func once(name string, text func([]byte) string) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	half := name + ".making"
	if err := os.WriteFile(half, []byte(text(b)), 0o600); err != nil {
		return fmt.Errorf("make %s: %w", filepath.Base(name), err)
	}
	if err := os.Rename(half, name); err != nil {
		return fmt.Errorf("make %s: %w", filepath.Base(name), err)
	}
	return nil
}

// trimLogs keeps one old part of each log that has grown large.
func trimLogs(data string) error {
	const large = 16 << 20
	logs, err := filepath.Glob(filepath.Join(data, "log", "*.log"))
	if err != nil {
		return err
	}
	for _, log := range logs {
		if info, err := os.Stat(log); err == nil && info.Size() > large {
			if err := os.Rename(log, log+".old"); err != nil {
				return fmt.Errorf("put a large log aside: %w", err)
			}
		}
	}
	return nil
}
