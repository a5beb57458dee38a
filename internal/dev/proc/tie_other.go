//go:build !linux

package proc

import "syscall"

// tie does nothing where the kernel has no such promise: what a killed parent leaves
// behind is found and ended at the next start instead (EndStale).
func tie(*syscall.SysProcAttr, syscall.Signal) {}
