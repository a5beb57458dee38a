package payersim_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/internal/payersim"
)

// The other side proves nothing if it reads a request with the code that wrote it.
func TestPayersim_imports_nothing_of_parley_but_the_codec_and_the_code_lists(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range parsed.Imports {
			if path := strings.Trim(i.Path.Value, `"`); strings.HasPrefix(path, "parley/") {
				require.Contains(t, []string{"parley/x12", "parley/codes"}, path, file)
			}
		}
	}
}

func TestReadme_shows_fields_that_a_script_has(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(readme)
	require.Len(t, block, 2)
	_, err = payersim.ReadScript(block[1])
	// Shown together, they contradict each other; nothing else may be wrong with them.
	require.EqualError(t, err, "rule 1 (imaging): a code goes with the verdict 'code'\nrule 1 (imaging): rejects go with the verdict 'reject'")
}
