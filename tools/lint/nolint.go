package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// nolint reports exceptions that do not say what they are from, or why.
var nolint = &analysis.Analyzer{
	Name: "nolint",
	Doc:  "every //nolint names its checks and gives a reason: //nolint:errcheck // why",
	Run: func(pass *analysis.Pass) (any, error) {
		each(pass, func(c *ast.Comment) {
			if strings.HasPrefix(c.Text, "//nolint") && !excuse.MatchString(c.Text) {
				pass.Reportf(c.Pos(), "write //nolint:check // reason")
			}
		})
		return nil, nil
	},
}

var excuse = regexp.MustCompile(`^//nolint:([a-zA-Z0-9,]+) // \S.*`)

type line struct {
	file string
	line int
}

// excuses are the checks that each line excuses itself from, by a comment at its end.
func excuses(pass *analysis.Pass) map[line]map[string]bool {
	found := map[line]map[string]bool{}
	each(pass, func(c *ast.Comment) {
		m := excuse.FindStringSubmatch(c.Text)
		if m == nil {
			return
		}
		at := pass.Fset.Position(c.Pos())
		names := map[string]bool{}
		for name := range strings.SplitSeq(m[1], ",") {
			names[strings.ToLower(name)] = true
		}
		found[line{at.Filename, at.Line}] = names
	})
	return found
}

func generated(pass *analysis.Pass, at token.Pos) bool {
	for _, f := range pass.Files {
		if f.FileStart <= at && at < f.FileEnd {
			return ast.IsGenerated(f)
		}
	}
	return false
}

func each(pass *analysis.Pass, do func(*ast.Comment)) {
	for _, f := range pass.Files {
		for _, g := range f.Comments {
			for _, c := range g.List {
				do(c)
			}
		}
	}
}
