//go:build unix

package payersim

import (
	"os"
	"syscall"
)

// lockFile keeps a second simulator from writing into the same ledger; the lock
// goes with the process.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
