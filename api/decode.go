package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley/domain"
)

// maxDepth bounds how deep a body may nest: deeper than any of ours, far from the stack's end.
const maxDepth = 32

// errMalformed: the body is no JSON at all. encoding/json's own text may quote the input,
// so it never leaves this file.
var errMalformed = errors.New("the body is not one JSON document")

// decode reads a body into v, strictly: names are exact, unknown and repeated ones are
// faults, and every fault is found, not only the first. It returns errMalformed, or
// *domain.Invalid with texts that hold no value.
func decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	s := &strict{d: d}
	if err := s.value(reflect.TypeOf(v).Elem(), "", 0); err != nil {
		return errMalformed
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errMalformed
	}
	if len(s.faults) > 0 {
		return &domain.Invalid{Fields: s.faults}
	}
	if err := json.Unmarshal(body, v); err != nil {
		return errMalformed // every type of ours is walked above: what is left is a broken document
	}
	return nil
}

type strict struct {
	d      *json.Decoder
	faults []domain.FieldError
}

func (s *strict) fault(at, code, detail string) {
	s.faults = append(s.faults, domain.FieldError{Pointer: at, Code: code, Detail: detail})
}

// value judges the next value against a type.
func (s *strict) value(t reflect.Type, at string, depth int) error {
	if depth > maxDepth {
		return errMalformed
	}
	token, err := s.d.Token()
	if err != nil {
		return err
	}
	for t != nil && t.Kind() == reflect.Pointer {
		if token == nil {
			return nil
		}
		t = t.Elem()
	}
	switch token {
	case json.Delim('{'):
		return s.object(t, at, depth)
	case json.Delim('['):
		return s.array(t, at, depth)
	}
	if v, ok := token.(string); ok && !text(v) {
		s.fault(at, "text", "holds a character that is no text")
	} else if want := unfit(t, token); want != "" {
		s.fault(at, "type", "must be "+want)
	}
	return nil
}

func (s *strict) object(t reflect.Type, at string, depth int) error {
	var known map[string]reflect.Type
	free := t == nil || t == rawType || t == anyType
	if !free && t.Kind() == reflect.Struct && t != timeType {
		known = map[string]reflect.Type{}
		for _, f := range fieldsOf(t) {
			known[f.Name] = f.Type
		}
	} else if !free {
		s.fault(at, "type", "must be "+want(t))
		free = true
	}
	seen := map[string]bool{}
	for s.d.More() {
		token, err := s.d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // the decoder lets nothing else be a name
		inner, ok := known[name]
		where := at // a name that is not ours may be anything, a person's included: it is never repeated
		if ok {
			where += "/" + name
		}
		switch {
		case !text(name):
			s.fault(where, "text", "holds a field whose name is no text")
		case seen[name]:
			s.fault(where, "repeated", "holds a field twice")
		case !ok && !free:
			s.fault(where, "unknown", "holds a field that is not known here; the known ones are "+names(t))
		}
		seen[name] = true
		if err := s.value(inner, where, depth+1); err != nil {
			return err
		}
	}
	_, err := s.d.Token()
	return err
}

func names(t reflect.Type) string {
	var out []string
	for _, f := range fieldsOf(t) {
		out = append(out, f.Name)
	}
	return strings.Join(out, ", ")
}

func (s *strict) array(t reflect.Type, at string, depth int) error {
	var each reflect.Type
	switch {
	case t == nil || t == rawType || t == anyType:
	case t.Kind() == reflect.Slice:
		each = t.Elem()
	default:
		s.fault(at, "type", "must be "+want(t))
	}
	for i := 0; s.d.More(); i++ {
		if err := s.value(each, at+"/"+strconv.Itoa(i), depth+1); err != nil {
			return err
		}
	}
	_, err := s.d.Token()
	return err
}

// text reports whether PostgreSQL can keep a text.
func text(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// unfit says what a scalar should have been, and nothing if it is that.
func unfit(t reflect.Type, token json.Token) string {
	if t == nil || t == rawType || t == anyType {
		return ""
	}
	ok := false
	switch v := token.(type) {
	case nil:
		ok = t.Kind() == reflect.Slice
	case bool:
		ok = t.Kind() == reflect.Bool
	case string:
		if t == timeType {
			_, err := time.Parse(time.RFC3339, v)
			ok = err == nil
		} else {
			ok = t.Kind() == reflect.String
		}
	case json.Number:
		switch t.Kind() {
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			_, err := strconv.ParseInt(v.String(), 10, t.Bits())
			ok = err == nil
		}
	}
	if ok {
		return ""
	}
	return want(t)
}

// want names a type in words.
func want(t reflect.Type) string {
	switch {
	case t == timeType:
		return "an instant, written 2026-12-31T17:00:00Z"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() == reflect.Struct:
		return "an object"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		return "a whole number"
	}
	return fmt.Sprintf("a %s", t.Kind())
}
