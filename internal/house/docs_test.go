package house

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

var (
	code   = regexp.MustCompile("`([^`\n]+)`")
	target = regexp.MustCompile(`^make ([a-z]+)`)
	verb   = regexp.MustCompile(`^(?:bin/)?parley (.+)`)
)

// Documents name only what exists: paths, make targets, and commands of parley.
func TestDocumentsNameOnlyWhatExists(t *testing.T) {
	targets := read(t, "Makefile")
	all := commands(t)
	walk(t, func(path string) {
		if filepath.Ext(path) != ".md" {
			return
		}
		for _, m := range code.FindAllStringSubmatch(read(t, path), -1) {
			said := strings.TrimSpace(m[1])
			if m := target.FindStringSubmatch(said); m != nil && !strings.Contains(targets, "\n"+m[1]+":") {
				t.Errorf("%s: there is no make %s", path, m[1])
			}
			if m := verb.FindStringSubmatch(said); m != nil {
				if lacks := all.lacks(strings.Fields(m[1])); lacks != "" {
					t.Errorf("%s: `%s`: there is no command %s", path, said, lacks)
				}
			}
			if names(said) && !exists(filepath.Dir(path), said) {
				t.Errorf("%s: there is no %s", path, said)
			}
		}
	})
}

// names reports whether a piece of code is a path of ours: in a room, without blanks or
// placeholders.
func names(said string) bool {
	room, rest, slash := strings.Cut(said, "/")
	_, known := mayImport[room]
	return slash && rest != "" && (known || room == "docs") && !strings.ContainsAny(said, " <>*{}$()…,:#") && !strings.Contains(said, "..")
}

func exists(dir, said string) bool {
	for _, place := range []string{filepath.Join(root, said), filepath.Join(root, dir, said)} {
		if _, err := os.Stat(place); err == nil {
			return true
		}
	}
	// A name of a package's own: store.Broken, written with its path.
	path, _, _ := strings.Cut(said, ".")
	_, err := os.Stat(filepath.Join(root, path))
	return err == nil
}

// A process page is written for coordinators: its headings are the stages, in order.
func TestProcessPagesTellTheStages(t *testing.T) {
	for _, kind := range domain.CaseKinds {
		var headings []string
		for _, line := range strings.Split(read(t, "docs/process/"+string(kind)+".md"), "\n") {
			if h, ok := strings.CutPrefix(line, "## "); ok && slices.Contains(domain.Stages(kind), strings.ToLower(h)) {
				headings = append(headings, strings.ToLower(h))
			}
		}
		require.Equal(t, domain.Stages(kind), headings, "docs/process/%s.md", kind)
	}
}

// A decision says what was weighed, and how we would notice that it was wrong.
func TestDecisionsSayWhatWasWeighed(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "decisions", "*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, page := range pages {
		b, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, heading := range []string{"Context", "Options", "Decision", "Consequences", "How we would notice it was wrong"} {
			require.Regexp(t, `(?m)^\W*`+heading, string(b), filepath.Base(page))
		}
	}
}
