package main

import (
	"maps"
	"slices"
	"strings"
)

// names lists the fields of a result: those that are needed first.
func (f form) names() []string {
	out := slices.Clone(f.Required)
	for _, name := range slices.Sorted(maps.Keys(f.Properties)) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// words says what a field is.
func (f form) words(name string) string {
	p := f.Properties[name]
	out := []string{p.Title}
	if len(p.Enum) > 0 {
		out = append(out, strings.Join(p.Enum, " | "))
	}
	if slices.Contains(f.Required, name) {
		out = append(out, "needed")
	}
	return strings.Join(out, "; ")
}
