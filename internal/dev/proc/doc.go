// Package proc starts child processes that cannot outlive Parley: each in a process
// group of its own, so that Ctrl-C reaches only the parent, which stops them in order,
// and, on Linux, killed by the kernel when the parent is killed. It also recognises what
// an earlier parent left behind. It must not know what the processes are for.
package proc
