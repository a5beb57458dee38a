// Package keys holds the installation's keys, seals what must not be readable at rest,
// and is the codec that seals every payload and failure text on its way to Temporal.
//
// It must not know what it seals: purposes are names, contents are bytes.
package keys
