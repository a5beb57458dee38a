// Package devtest builds, for tests, the programs that a stack runs. It must not know
// what a test does with them.
package devtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Build builds programs of cmd/ into the repository's bin and returns that folder, for
// dev.Options.Bin. `make test` has built them before; alone, the first build of temporald
// takes minutes. Test processes that build at once take turns.
func Build(t testing.TB, programs ...string) string {
	t.Helper()
	root := Root(t)
	bin := filepath.Join(root, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile(filepath.Join(bin, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	for _, name := range programs {
		build := exec.Command("go", "build", "-ldflags", "-w", "-o", filepath.Join(bin, name), ".")
		build.Dir = filepath.Join(root, "cmd", name)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v: %s", name, err, out)
		}
		// A look at the file makes the test's cached result depend on it.
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

// Root is the repository's folder.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "cmd", "temporald", "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("not inside the repository")
		}
		dir = filepath.Dir(dir)
	}
}
