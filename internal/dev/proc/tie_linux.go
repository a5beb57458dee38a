package proc

import "syscall"

// tie has the kernel send sig to the child when its parent dies, however it dies.
func tie(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
