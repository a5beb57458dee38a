// Package cases is the bench of cases: what the kernel of cases costs against the bare
// engine, in one run, on one Temporal server, turn about. It must not be needed by
// anything but `parley bench cases`.
package cases
