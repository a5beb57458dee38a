//go:build !unix

package payersim

import "os"

// lockFile does nothing where a lock would not go with the process.
func lockFile(*os.File) error { return nil }
