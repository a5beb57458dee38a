package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// command is a command of parley with its own commands, by name.
type command map[string]command

// lacks is the first word of a command line that names no command, "" if each does. What
// follows the last command is its arguments.
func (c command) lacks(words []string) string {
	for _, word := range words {
		if len(c) == 0 || !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(word) {
			return ""
		}
		next, known := c[word]
		if !known {
			return word
		}
		c = next
	}
	return ""
}

// commands reads the tree of commands from the structs of cmd/parley, as kong does.
func commands(t *testing.T) command {
	t.Helper()
	structs := map[string]*ast.StructType{}
	files, err := filepath.Glob(filepath.Join(root, "cmd", "parley", "*.go"))
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if s, ok := spec.Type.(*ast.StructType); ok {
					structs[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	var read func(name string) command
	read = func(name string) command {
		found := command{}
		if structs[name] == nil {
			return found
		}
		for _, f := range structs[name].Fields.List {
			kind, named := f.Type.(*ast.Ident)
			if f.Tag == nil || !named || len(f.Names) != 1 {
				continue
			}
			text, err := strconv.Unquote(f.Tag.Value)
			require.NoError(t, err)
			if _, is := reflect.StructTag(text).Lookup("cmd"); !is {
				continue
			}
			called := reflect.StructTag(text).Get("name")
			if called == "" {
				called = kebab(f.Names[0].Name)
			}
			found[called] = read(kind.Name)
		}
		return found
	}
	all := read("CLI")
	require.NotEmpty(t, all)
	return all
}

func kebab(name string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(name, "$1-$2"))
}

func TestCommands_are_known_to_their_last_word(t *testing.T) {
	all := commands(t)
	for line, lacks := range map[string]string{
		"bench cases": "", "case show 26-000001": "", "dev --fresh": "", "case": "", "audit verify": "", "worker now": "",
		"fly": "fly", "case fly": "fly", "bench case": "case",
	} {
		require.Equal(t, lacks, all.lacks(strings.Fields(line)), line)
	}
}
