package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"parley/domain"
)

// Whoever loads cases from files can judge them before anything is sent.

// CheckStart judges the body of a start as far as no database is needed: its form, its
// rules, its codes and dates. Faults and warnings hold pointers, never values.
func CheckStart(body []byte, today domain.Date) (faults, warnings []domain.FieldError) {
	var req startRequest
	var invalid *domain.Invalid
	switch err := decode(body, &req.Body); {
	case errors.As(err, &invalid):
		return invalid.Fields, nil
	case err != nil:
		return []domain.FieldError{{Code: "json", Detail: "is not one JSON document"}}, nil
	}
	if err := judge(req); errors.As(err, &invalid) {
		return invalid.Fields, nil
	}
	return req.Body.Judge(today)
}

// StartFromColumns makes the body of a start from a row of a table whose columns are named
// by where their values belong: patient.lastName, services.0.code, midway.sentAt. A cell
// without text is left out; a column of a list of texts holds them with spaces between.
func StartFromColumns(columns, cells []string) (json.RawMessage, error) {
	root := map[string]any{}
	for i, column := range columns {
		if i >= len(cells) || strings.TrimSpace(cells[i]) == "" {
			continue
		}
		if err := place(root, reflect.TypeFor[start](), strings.Split(column, "."), strings.TrimSpace(cells[i])); err != nil {
			return nil, fmt.Errorf("column %s: %w", column, err)
		}
	}
	return json.Marshal(listed(root))
}

// UnknownColumns lists the names that belong nowhere.
func UnknownColumns(columns []string) (unknown []string) {
	for _, column := range columns {
		if place(map[string]any{}, reflect.TypeFor[start](), strings.Split(column, "."), "1") == errNoColumn {
			unknown = append(unknown, column)
		}
	}
	return unknown
}

var errNoColumn = errors.New("belongs nowhere")

// place puts a text where a path leads, as the type there wants it. Lists are kept as maps
// of their indexes until all of a row is placed.
func place(at map[string]any, t reflect.Type, path []string, text string) error {
	inner, ok := step(t, path[0])
	if !ok {
		return errNoColumn
	}
	if len(path) == 1 {
		value, err := cell(inner, text)
		at[path[0]] = value
		return err
	}
	next, ok := at[path[0]].(map[string]any)
	if !ok {
		next = map[string]any{}
		at[path[0]] = next
	}
	return place(next, inner, path[1:], text)
}

func step(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Struct && t != timeType:
		for _, f := range fieldsOf(t) {
			if f.Name == name {
				return f.Type, true
			}
		}
	case t.Kind() == reflect.Slice && t != rawType:
		if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < 100 && strconv.Itoa(n) == name {
			return t.Elem(), true
		}
	}
	return nil, false
}

func cell(t reflect.Type, text string) (any, error) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.String || t == timeType:
		return text, nil
	case t.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, errors.New("must be " + want(t))
		}
		return n, nil
	case t.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, errors.New("must be " + want(t))
		}
		return b, nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return strings.Fields(text), nil
	}
	return nil, errNoColumn
}

// listed turns maps of indexes into lists. A gap is closed: a table's second service may be
// a row's only one.
func listed(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	list := make([]any, 0, len(m))
	for i := range 100 {
		if inner, ok := m[strconv.Itoa(i)]; ok {
			list = append(list, listed(inner))
		}
	}
	if len(list) > 0 && len(list) == len(m) {
		return list
	}
	for name, inner := range m {
		m[name] = listed(inner)
	}
	return m
}
