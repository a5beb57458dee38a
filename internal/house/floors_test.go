package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.."
	module = "parley/"
)

// mayImport is the house: each room, and the rooms below it that it may use. A room that
// is not here fails the test. all: a program or a test's tool, which may use everything.
var mayImport = map[string][]string{
	"codes":      {},
	"schema":     {},
	"domain":     {"codes"},
	"x12":        {"codes"},
	"keys":       {"domain"},
	"store":      {"domain", "schema"},
	"payer":      {"domain", "x12", "codes"},
	"workflows":  {"domain"},
	"activities": {"store", "payer", "domain", "keys"},
	"worker":     {"workflows", "activities", "keys", "domain"},
	"api":        {"store", "keys", "domain"},
	"internal":   {all},
	"cmd":        {all},
	"tools":      {all},
}

const all = "*"

// theirs says which rooms alone may use a library that would spread.
var theirs = map[string][]string{
	"github.com/labstack/echo":   {"api"},
	"go.temporal.io/server":      {"cmd/temporald"},
	"go.temporal.io/sdk":         {"workflows", "activities", "worker", "api", "keys", "cmd", "internal"},
	"github.com/jackc/pgx":       {"store", "schema", "cmd", "internal"},
	"github.com/pressly/goose":   {"schema"},
	"cel.dev/cel-go":             {"payer"},
	"github.com/rickar/cal":      {"domain"},
	"github.com/alecthomas/kong": {"cmd", "internal/config"},
}

// the other side: it shares no code with what reads and writes requests here.
var otherSide = []string{"payer", "domain", "store", "activities", "workflows"}

func TestImportsRunDownward(t *testing.T) {
	eachGo(t, func(path string, test bool) {
		if test {
			return // a test may use what shows that the room works
		}
		room, _, _ := strings.Cut(path, "/")
		below, known := mayImport[room]
		if !known {
			t.Errorf("%s: the room %s is not in the house", path, room)
			return
		}
		for _, used := range imports(t, path) {
			ours, isOurs := strings.CutPrefix(used, module)
			if isOurs {
				to, _, _ := strings.Cut(ours, "/")
				if to != room && !slices.Contains(below, all) && !slices.Contains(below, to) {
					t.Errorf("%s: %s may not import %s", path, room, ours)
				}
				if strings.HasPrefix(path, "internal/payersim/") && slices.Contains(otherSide, to) {
					t.Errorf("%s: payersim is the other side, it may not import %s", path, ours)
				}
				continue
			}
			for library, rooms := range theirs {
				if strings.HasPrefix(used, library) && !slices.ContainsFunc(rooms, func(r string) bool { return strings.HasPrefix(path, r+"/") }) {
					t.Errorf("%s: only %s may import %s", path, strings.Join(rooms, ", "), library)
				}
			}
		}
	})
}

// forbidden is what may not stand in a room's own code, and why.
var forbidden = []struct{ rooms, text, why string }{
	{"workflows domain", "time.Now(", "a case reads no clock but the workflow's"},
	{"workflows domain", "time.Since(", "a case reads no clock but the workflow's"},
	{"workflows domain", "math/rand", "a case replays the same"},
	{"workflows domain codes x12 payer store activities worker api keys", "context.Background()", "whoever calls can cancel"},
	{"workflows domain codes x12 payer store activities worker api keys schema cmd internal", "TODO", "done, or said in the tracker"},
	{"workflows domain codes x12 payer store activities worker api keys schema cmd internal", "FIXME", "done, or said in the tracker"},
}

func TestForbiddenWordsStandNowhere(t *testing.T) {
	eachGo(t, func(path string, test bool) {
		room, _, _ := strings.Cut(path, "/")
		if test || room == "internal" && strings.HasPrefix(path, "internal/house/") {
			return
		}
		text := read(t, path)
		for _, f := range forbidden {
			if slices.Contains(strings.Fields(f.rooms), room) && strings.Contains(text, f.text) {
				t.Errorf("%s: %s (%s)", path, f.text, f.why)
			}
		}
	})
}

func TestNoQuerySelectsWhateverColumnsThereAre(t *testing.T) {
	walk(t, func(path string) {
		if ext := filepath.Ext(path); ext != ".go" && ext != ".sql" || strings.HasPrefix(path, "internal/house/") {
			return
		}
		if strings.Contains(strings.ToLower(read(t, path)), "select *") {
			t.Errorf("%s: names its columns nowhere", path)
		}
	})
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	eachGo(t, func(path string, test bool) {
		dir := filepath.Dir(path)
		if test || strings.Contains(path, "testdata") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.PackageClauseOnly|parser.ParseComments)
		require.NoError(t, err)
		said[dir] = said[dir] || file.Doc != nil
	})
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func imports(t *testing.T, path string) (out []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.ImportsOnly)
	require.NoError(t, err)
	for _, spec := range file.Imports {
		out = append(out, strings.Trim(spec.Path.Value, `"`))
	}
	return out
}

func eachGo(t *testing.T, do func(path string, test bool)) {
	t.Helper()
	walk(t, func(path string) {
		if filepath.Ext(path) == ".go" {
			do(path, strings.HasSuffix(path, "_test.go"))
		}
	})
}

// walk visits the project's own files, by their paths from its root.
func walk(t *testing.T, do func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") && rel != ".ci" || slices.Contains([]string{"bin", "dist", "testdata"}, d.Name())) {
				return filepath.SkipDir
			}
			return nil
		}
		do(rel)
		return nil
	})
	require.NoError(t, err)
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(b)
}
