package store

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"parley/domain"
)

// Page is part of a list. Next is empty on the last page.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"nextCursor,omitempty"`
}

const (
	defaultLimit = 50
	maxLimit     = 200
	maxCursor    = 1000
)

func limited(n int) int {
	if n <= 0 {
		return defaultLimit
	}
	return min(n, maxLimit)
}

// page cuts rows read with one more than the limit, and points behind the last one kept.
func page[T, K any](rows []T, limit int, filter any, key func(T) K) Page[T] {
	if len(rows) <= limit {
		return Page[T]{Items: rows}
	}
	rows = rows[:limit]
	return Page[T]{Items: rows, Next: cursor(filter, key(rows[limit-1]))}
}

// A cursor is the place of the last row shown, and a digest of the filter it was made
// under: with another filter it would skip rows in silence. It holds IDs, instants and
// numbers only, is no secret, and grants nothing: scope is asked for again on every page.
type cursorForm[K any] struct {
	Filter []byte `json:"f"`
	Key    K      `json:"k"`
}

func cursor[K any](filter any, key K) string {
	b, err := json.Marshal(cursorForm[K]{digest(filter), key})
	if err != nil {
		panic(err) // plain data: it cannot fail but by a programming error
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// after reads a cursor that page has made; there is none at the front of a list.
func after[K any](text string, filter any) (key K, there bool, err error) {
	if text == "" {
		return key, false, nil
	}
	if len(text) > maxCursor {
		return key, false, badCursor()
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return key, false, badCursor()
	}
	var c cursorForm[K]
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil || d.More() || string(c.Filter) != string(digest(filter)) {
		return key, false, badCursor()
	}
	return c.Key, true, nil
}

func badCursor() error {
	return &domain.Invalid{Fields: []domain.FieldError{{
		Pointer: "/cursor", Code: "cursor", Detail: "is not a cursor of this list; start again without it",
	}}}
}

func digest(filter any) []byte {
	b, err := json.Marshal(filter)
	if err != nil {
		panic(err) // plain data
	}
	sum := sha256.Sum256(b)
	return sum[:6]
}
