package devtest

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"parley/internal/config"
)

func compose(t *testing.T) (*types.Project, string) {
	t.Helper()
	root := Root(t)
	o, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")})
	require.NoError(t, err)
	p, err := o.LoadProject(t.Context())
	require.NoError(t, err)
	return p, root
}

func TestCompose_has_two_APIs_and_two_workers_that_wait_for_the_migrations(t *testing.T) {
	p, _ := compose(t)
	for _, name := range []string{"api", "worker"} {
		s := p.Services[name]
		require.Equal(t, []string{name}, []string(s.Command))
		require.Equal(t, 2, *s.Deploy.Replicas)
		require.Equal(t, types.ServiceConditionCompletedSuccessfully, s.DependsOn["migrate"].Condition)
	}
	for _, name := range []string{"postgres", "temporald", "temporal-ui", "payersim"} {
		require.Contains(t, p.Services, name)
	}
}

func TestCompose_publishes_on_loopback_only(t *testing.T) {
	p, _ := compose(t)
	published := 0
	for name, s := range p.Services {
		for _, port := range s.Ports {
			published++
			require.Equal(t, "127.0.0.1", port.HostIP, name)
		}
	}
	require.NotZero(t, published)
}

func TestCompose_images_are_built_here_or_of_an_exact_version(t *testing.T) {
	p, root := compose(t)
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	require.NoError(t, err)
	exact := regexp.MustCompile(`^[a-z/]+:[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z]+)?$`)
	for name, s := range p.Services {
		if s.Build == nil {
			require.Regexp(t, exact, s.Image, name)
			continue
		}
		require.Contains(t, string(dockerfile), " AS "+s.Build.Target+"\n", name)
	}
	for _, from := range regexp.MustCompile(`(?m)^FROM (\S+:\S+)`).FindAllStringSubmatch(string(dockerfile), -1) {
		require.Regexp(t, exact, from[1])
	}
}

func TestCompose_sets_only_what_the_programs_know(t *testing.T) {
	p, _ := compose(t)
	known := map[string]bool{}
	var collect func(reflect.Type)
	collect = func(s reflect.Type) {
		for f := range s.Fields() {
			for env := range strings.SplitSeq(f.Tag.Get("env"), ",") {
				known[env] = true
			}
			if f.Type.Kind() == reflect.Struct {
				collect(f.Type)
			}
		}
	}
	collect(reflect.TypeFor[config.Config]())
	checked := 0
	for name, s := range p.Services {
		if s.Build == nil || s.Build.Target != "parley" {
			continue
		}
		for env := range s.Environment {
			checked++
			require.True(t, known[env], "%s of %s", env, name)
		}
	}
	require.NotZero(t, checked)
}

func TestCompose_its_secrets_are_files_that_the_script_makes(t *testing.T) {
	p, root := compose(t)
	dir := t.TempDir()
	run := func() string {
		out, err := exec.Command(filepath.Join(root, "tools", "compose-secrets.sh"), dir).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	run()
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, "secrets", name))
		require.NoError(t, err)
		return string(b)
	}
	for _, s := range p.Secrets {
		require.NotEmpty(t, read(filepath.Base(s.File)))
	}
	for name, s := range p.Services {
		for env, value := range s.Environment {
			if strings.Contains(env, "PASSWORD") || strings.Contains(env, "DATABASE_URL") {
				require.True(t, strings.HasPrefix(*value, "/run/secrets/"), "%s of %s", env, name)
			}
		}
	}
	require.Contains(t, read("database_url"), ":"+read("postgres_password")+"@")
	require.Len(t, strings.TrimSpace(read("secret")), 64)
	var ring struct {
		Current string
		Keys    map[string]string
	}
	require.NoError(t, yaml.Unmarshal([]byte(read("keys")), &ring))
	key, err := base64.StdEncoding.DecodeString(ring.Keys[ring.Current])
	require.NoError(t, err)
	require.Len(t, key, 32)

	before := read("keys")
	require.Contains(t, run(), "stays as it is")
	require.Equal(t, before, read("keys"))
}
