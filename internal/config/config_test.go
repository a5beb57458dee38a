package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// parse parses args as a program would whose only command is "show", in a folder of the
// test's own that holds parley.yaml if it is not empty.
func parse(t *testing.T, yaml string, args ...string) (*Config, []Setting, error) {
	t.Helper()
	for _, name := range []string{"DATABASE_URL", "PARLEY_DATABASE_URL", "PARLEY_LISTEN", "PARLEY_CONFIG", "TEMPORAL_ADDRESS"} {
		if v, ok := os.LookupEnv(name); ok && v == "" {
			require.NoError(t, os.Unsetenv(name))
		}
	}
	t.Chdir(t.TempDir())
	if yaml != "" {
		require.NoError(t, os.WriteFile("parley.yaml", []byte(yaml), 0o600))
	}
	var cli struct {
		Config `embed:""`
		Show   struct{} `cmd:""`
	}
	args = append(args, "show")
	fromFile, err := FromFile(args)
	if err != nil {
		return nil, nil, err
	}
	k, err := kong.New(&cli, fromFile)
	if err != nil {
		return nil, nil, err
	}
	ctx, err := k.Parse(args)
	if err != nil {
		return nil, nil, err
	}
	return &cli.Config, InEffect(ctx), nil
}

func find(t *testing.T, all []Setting, name string) Setting {
	t.Helper()
	for _, s := range all {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no setting %s", name)
	return Setting{}
}

func TestConfig_a_flag_wins_over_environment_over_file_over_default(t *testing.T) {
	const yaml = "listen: 127.0.0.1:3\n"
	c, all, err := parse(t, "")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", c.Listen)
	require.Equal(t, "default", find(t, all, "listen").From)

	c, all, err = parse(t, yaml)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:3", c.Listen)
	require.Equal(t, "parley.yaml", find(t, all, "listen").From)

	t.Setenv("PARLEY_LISTEN", "127.0.0.1:2")
	c, all, err = parse(t, yaml)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:2", c.Listen)
	require.Equal(t, "PARLEY_LISTEN", find(t, all, "listen").From)

	c, all, err = parse(t, yaml, "--listen", "127.0.0.1:1")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:1", c.Listen)
	require.Equal(t, "flag", find(t, all, "listen").From)
}

func TestConfig_an_unknown_key_is_named(t *testing.T) {
	_, _, err := parse(t, "listen: 127.0.0.1:3\nlisten-adress: x\n")
	require.ErrorContains(t, err, `parley.yaml: unknown setting "listen-adress"`)
}

func TestConfig_a_file_that_was_named_must_be_there(t *testing.T) {
	_, _, err := parse(t, "", "--config", "elsewhere.yaml")
	require.ErrorContains(t, err, "elsewhere.yaml")
}

func TestConfig_a_broken_file_is_refused_without_quoting_it(t *testing.T) {
	_, _, err := parse(t, "database-url: [hunter2\n")
	require.ErrorContains(t, err, "parley.yaml")
	require.NotContains(t, err.Error(), "hunter2")
}

func TestConfig_Temporals_own_names_are_understood(t *testing.T) {
	t.Setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
	c, _, err := parse(t, "temporal-namespace: clinic\n")
	require.NoError(t, err)
	o, err := c.Temporal.Options()
	require.NoError(t, err)
	require.Equal(t, "temporal.example:7233", o.HostPort)
	require.Equal(t, "clinic", o.Namespace)
	require.Nil(t, o.ConnectionOptions.TLS)
}

func TestConfig_an_API_key_is_sent_over_TLS_only(t *testing.T) {
	o, err := (&Temporal{APIKey: "k"}).Options()
	require.NoError(t, err)
	require.NotNil(t, o.ConnectionOptions.TLS)
}

func TestConfig_secrets_are_masked(t *testing.T) {
	_, all, err := parse(t, "", "--database-url", "postgres://u:hunter2@h:1/d", "--temporal-api-key", "hunter3")
	require.NoError(t, err)
	require.Equal(t, "postgres://u:xxxxx@h:1/d", find(t, all, "database-url").Value)
	require.Equal(t, "xxxxx", find(t, all, "temporal-api-key").Value)
	for _, odd := range []string{"host=h password=hunter2", "postgres://h/d?password=hunter2", "postgres://u:hunter2@[::1"} {
		require.NotContains(t, mask("url", odd), "hunter2")
	}
}

func TestDatabase_comes_from_a_file_without_its_line_end(t *testing.T) {
	name := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(name, []byte("postgres://h/d\n"), 0o600))
	u, err := (&Config{DatabaseURLFile: name}).Database()
	require.NoError(t, err)
	require.Equal(t, "postgres://h/d", u)

	_, err = (&Config{DatabaseURLFile: name, DatabaseURL: "postgres://h/other"}).Database()
	require.ErrorContains(t, err, "both set")
	_, err = (&Config{}).Database()
	require.ErrorContains(t, err, "PARLEY_DATABASE_URL")
}
