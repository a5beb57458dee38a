package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"parley/internal/config"
	"parley/payer"
)

func checkPayers(t *testing.T, which, overlay string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := (&PayerCheck{Which: which}).Run(&config.Config{Payers: overlay}, &kong.Context{Kong: &kong.Kong{Stdout: &out}})
	return out.String(), err
}

func TestPayerCheck_tells_every_payer_one_payer_or_one_file(t *testing.T) {
	t.Parallel()
	out, err := checkPayers(t, "", "")
	require.NoError(t, err)
	require.Equal(t, 6, strings.Count(out, "right\n"))
	out, err = checkPayers(t, "harrowgate", "")
	require.NoError(t, err)
	require.Contains(t, out, "authorization by hand")
	_, err = checkPayers(t, "nobody", "")
	require.ErrorContains(t, err, "there is no payer nobody")
	out, err = checkPayers(t, "../../payer/profiles/larkfield.yaml", "")
	require.NoError(t, err)
	require.Contains(t, out, "authorization by x12-http")
}

func TestPayerCheck_says_where_an_overlay_is_wrong(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../../payer/profiles/harrowgate.yaml")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "harrowgate.yaml")
	require.NoError(t, os.WriteFile(file, bytes.ReplaceAll(body, []byte("needed: no"), []byte("needed: perhaps")), 0o600))
	for _, overlay := range []string{file, filepath.Dir(file)} {
		_, err = checkPayers(t, "", overlay)
		require.ErrorContains(t, err, "rules[2].needed must be yes or no")
	}
	_, err = checkPayers(t, file, "")
	require.ErrorContains(t, err, file+":")
}

func TestVariables_of_profiles_come_from_the_environment_and_secrets_from_files(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(file, []byte("https://payer.example\n"), 0o600))
	t.Setenv("PAYERSIM_URL_FILE", file)
	book, err := payer.Load(payer.Shipped())
	require.NoError(t, err)
	values, err := variablesOf(book, &config.Config{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"PAYERSIM_URL": "https://payer.example"}, values)
	values, err = variablesOf(book, &config.Config{PayersimURL: "http://127.0.0.1:9"})
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:9", values["PAYERSIM_URL"])
	t.Setenv("PAYERSIM_URL_FILE", file+"-gone")
	_, err = variablesOf(book, &config.Config{})
	require.ErrorContains(t, err, "PAYERSIM_URL_FILE")
}
