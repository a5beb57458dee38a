package api

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
	anyType  = reflect.TypeFor[any]()
)

// field is one field of a JSON object, as a struct's tags tell it. Binding, the schemas of
// the OpenAPI document and the schemas of tasks' results all read structs through it, so
// that what is published is what is accepted.
type field struct {
	Name     string
	Type     reflect.Type
	Rules    string // of the tag validate
	Label    string
	Optional bool // may be left out of a response
	In       string
	Index    []int
}

// fieldsOf lists the JSON fields of a struct in order; fields of embedded structs count as
// its own, but for those that the tag 'without' of the embedding names.
func fieldsOf(t reflect.Type) (out []field) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			without := strings.Fields(f.Tag.Get("without"))
			for _, inner := range fieldsOf(f.Type) {
				if !slices.Contains(without, inner.Name) {
					inner.Index = append([]int{i}, inner.Index...)
					out = append(out, inner)
				}
			}
		case !f.IsExported() || name == "-":
		default:
			if name == "" {
				name = f.Name
			}
			out = append(out, field{
				Name: name, Type: f.Type, Rules: f.Tag.Get("validate"), Label: f.Tag.Get("label"),
				Optional: strings.Contains(opts, "omitempty") || strings.Contains(opts, "omitzero"),
				In:       f.Tag.Get("in"), Index: []int{i},
			})
		}
	}
	return out
}

// rules splits a validate tag at 'dive': what holds for the field, and what for each of
// its entries.
func rules(tag string) (own, each []string) {
	if tag == "" {
		return nil, nil
	}
	all := strings.Split(tag, ",")
	if i := slices.Index(all, "dive"); i >= 0 {
		return all[:i], all[i+1:]
	}
	return all, nil
}
