package postgres

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// Installed is the folder of an installed PostgreSQL's programs, or "". It looks in PATH,
// where Debian keeps them (newest first), and asks pg_config.
func Installed() string {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil && complete(filepath.Dir(real)) {
			return filepath.Dir(real)
		}
	}
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well formed
	slices.SortFunc(dirs, func(a, b string) int { return major(b) - major(a) })
	for _, dir := range dirs {
		if complete(dir) {
			return dir
		}
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		if dir := strings.TrimSpace(string(out)); complete(dir) {
			return dir
		}
	}
	return ""
}

// Download is where Fetch gets PostgreSQL from.
type Download struct {
	// Dir keeps the programs; a second Fetch finds them there.
	Dir string
	// Repository is the address of a Maven repository; "" is the library's own choice.
	Repository string
	Log        io.Writer
}

// Fetch is the folder of a downloaded PostgreSQL's programs, fetched unless d.Dir has
// them. The library fetches only on its way to starting a server, as the user it runs as;
// it is given a data folder that looks made but is empty, so that it stops right after
// fetching, under root too. What counts is whether the programs are there then.
func Fetch(d Download) (string, error) {
	bin := filepath.Join(d.Dir, "bin")
	if complete(bin) {
		return bin, nil
	}
	scratch, err := os.MkdirTemp("", "parley-postgres-fetch")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	data := filepath.Join(scratch, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return "", err
	}
	version, _, _ := strings.Cut(string(embedded.V17), ".")
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(version+"\n"), 0o600); err != nil {
		return "", err
	}
	port, err := FreePort(0, 0)
	if err != nil {
		return "", err
	}
	cfg := embedded.DefaultConfig().Version(embedded.V17).Port(uint32(port)).
		BinariesPath(d.Dir).RuntimePath(filepath.Join(scratch, "run")).DataPath(data).CachePath(scratch).Logger(d.Log)
	if d.Repository != "" {
		cfg = cfg.BinaryRepositoryURL(d.Repository)
	}
	startErr := embedded.NewDatabase(cfg).Start()
	if !complete(bin) {
		return "", fmt.Errorf("fetch PostgreSQL: %w; install it (Debian: apt-get install postgresql) or set DATABASE_URL", startErr)
	}
	return bin, nil
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// major is the version in /usr/lib/postgresql/<version>/bin.
func major(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}
