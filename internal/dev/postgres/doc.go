// Package postgres runs a private PostgreSQL: it finds the programs, makes a cluster,
// starts and stops it as a child. `parley dev` keeps its data in one, the tests have a
// throwaway one. It must not know what is stored there.
package postgres
