package translate

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"parley/domain"
	"parley/x12"
)

// Unwritable is an order that no interchange can hold as it is: each reject names a field
// and what is wrong with it. Nothing has left, and nothing was numbered.
type Unwritable struct{ Rejects []domain.Reject }

func (e *Unwritable) Error() string {
	return fmt.Sprintf("write interchange: %d fields cannot be written", len(e.Rejects))
}

func (e *Unwritable) Unwrap() error { return domain.ErrInvalid }

// notWritable is the code of a reject that is ours: the payer never saw the request.
const notWritable = "unsent"

var delimiters = x12.DefaultDelimiters()

// text makes words fit for X12: its basic and extended characters, no delimiter. Letters
// lose their marks; what has no counterpart becomes a blank.
func text(s string, longest int) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r > '~' || r < ' ' || strings.ContainsRune("*^:~", r):
			b.WriteByte(' ')
		default:
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	out := strings.Join(strings.Fields(b.String()), " ")
	if len(out) > longest {
		out = strings.TrimSpace(out[:longest])
	}
	return out
}

// writer gathers what cannot be written.
type writer struct{ rejects []domain.Reject }

func (w *writer) refuse(loop, field, words string) {
	w.rejects = append(w.rejects, domain.Reject{Loop: loop, Field: field, Code: notWritable, Words: words})
}

// name writes a name, or says that nothing of it can be written.
func (w *writer) name(loop, field, s string, longest int) string {
	out := text(s, longest)
	if out == "" && s != "" {
		w.refuse(loop, field, "Holds no letter that an X12 interchange can carry: write the name in Latin letters")
	}
	return out
}

// id writes an identifier, which is never changed to make it fit.
func (w *writer) id(loop, field, s string) string {
	if s != text(s, 80) && strings.ToUpper(s) != text(s, 80) {
		w.refuse(loop, field, "Holds a character that an X12 interchange cannot carry")
		return ""
	}
	return strings.ToUpper(s)
}

func (w *writer) err() error {
	if len(w.rejects) == 0 {
		return nil
	}
	return &Unwritable{Rejects: w.rejects}
}

// plain is a name as it is compared: letters and digits only.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text(s, 200))
}

// sameName compares names as far as systems keep them: one may have been cut short.
func sameName(a, b string) bool {
	a, b = plain(a), plain(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || len(a) >= 8 && strings.HasPrefix(b, a)
}
