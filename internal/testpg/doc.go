// Package testpg gives tests a real PostgreSQL: one server for a whole `go test ./...`,
// a migrated database for each test or for each package. It is for tests only, and must
// not know what the tables mean.
//
// The server is the one of TEST_DATABASE_URL, else of DATABASE_URL, else a private,
// unsynced one that the first test process starts from the installed programs and the
// last one leaves behind for a minute, for the next. A test that is killed leaves
// nothing that a later run trips over.
package testpg
