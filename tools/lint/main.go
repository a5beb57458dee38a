// Command lint holds the checks that `make check` runs over Parley beyond `go vet`. It is
// a vet tool (`go vet -vettool`), so that results are kept in the build cache and only
// what changed is checked again. It is for finding mistakes, not for taste; gofumpt
// settles taste. Each check is here for a reason:
//
//   - staticcheck (SA, S, and the few ST that name real traps): bugs that compile;
//   - errcheck: an error nobody looks at is how an acknowledged thing gets lost; not in
//     tests, which assert what they care for;
//   - exhaustive: a new state or outcome must be handled wherever states are told apart;
//   - sqlclosecheck: rows left open hold a connection until the pool is dry;
//   - nolint: an exception names the check and says why.
package main

import (
	"strings"

	"github.com/kisielk/errcheck/errcheck"
	"github.com/nishanths/exhaustive/passes/exhaustive"
	"github.com/ryanrolds/sqlclosecheck/pkg/analyzer"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
)

// style is what is taken of stylecheck: wrong package comments, receivers
// named this or self, duplicated imports. The rest is taste.
var style = map[string]bool{"ST1006": true, "ST1008": true, "ST1017": true, "ST1019": true, "ST1023": true}

func main() {
	checks := []*analysis.Analyzer{errcheck.Analyzer, exhaustive.Analyzer, analyzer.NewAnalyzer(), nolint}
	for _, a := range staticcheck.Analyzers {
		checks = append(checks, a.Analyzer)
	}
	for _, a := range simple.Analyzers {
		checks = append(checks, a.Analyzer)
	}
	for _, a := range stylecheck.Analyzers {
		if style[a.Analyzer.Name] {
			checks = append(checks, a.Analyzer)
		}
	}
	// The kinds of reflect are many, and not ours to grow.
	must(exhaustive.Analyzer.Flags.Set("typeonly", `^parley/`))
	// A switch with a default has decided about what is to come.
	must(exhaustive.Analyzer.Flags.Set("d", "true"))
	for _, a := range checks {
		excusable(a)
	}
	unitchecker.Main(checks...)
}

// excusable lets a line excuse itself from a check, and leaves generated files alone.
func excusable(a *analysis.Analyzer) {
	run := a.Run
	if a == nolint {
		return
	}
	a.Run = func(pass *analysis.Pass) (any, error) {
		told, lines := pass.Report, excuses(pass)
		pass.Report = func(d analysis.Diagnostic) {
			at := pass.Fset.Position(d.Pos)
			test := a == errcheck.Analyzer && strings.HasSuffix(at.Filename, "_test.go")
			if test || lines[line{at.Filename, at.Line}][strings.ToLower(a.Name)] || generated(pass, d.Pos) {
				return
			}
			told(d)
		}
		return run(pass)
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
