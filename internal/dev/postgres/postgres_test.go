package postgres

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"parley/internal/dev/proc"
)

// home is a folder that PostgreSQL's user can reach, unlike t.TempDir under root.
func home(t *testing.T) (string, *proc.User) {
	t.Helper()
	as, err := proc.Unprivileged("postgres", "nobody")
	require.NoError(t, err)
	dir, err := os.MkdirTemp("", "parley-postgres-test")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, as.Own(dir))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir, as
}

func cluster(t *testing.T, bin string) *Cluster {
	t.Helper()
	dir, as := home(t)
	port, err := FreePort(0, 0)
	require.NoError(t, err)
	c := &Cluster{Bin: bin, Data: filepath.Join(dir, "data"), Port: port, Password: "sesame", Throwaway: true, As: as, Log: filepath.Join(dir, "log")}
	t.Cleanup(func() { c.StopImmediate(context.Background()) })
	return c
}

func TestCluster_keeps_its_data_over_a_crash_and_wants_its_password(t *testing.T) {
	c := cluster(t, Installed())
	ctx := t.Context()
	require.NoError(t, c.Start(ctx))
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	require.NoError(t, err)
	_, err = conn.Exec(ctx, "create table kept as select 1 as x")
	require.NoError(t, err)
	c.StopImmediate(ctx)
	require.Error(t, conn.Ping(ctx))

	require.NoError(t, c.Start(ctx))
	conn, err = pgx.Connect(ctx, c.URL("postgres"))
	require.NoError(t, err)
	var x int
	require.NoError(t, conn.QueryRow(ctx, "select x from kept").Scan(&x))
	require.NoError(t, conn.Close(ctx))

	_, err = pgx.Connect(ctx, strings.Replace(c.URL("postgres"), "sesame", "guess", 1))
	require.ErrorContains(t, err, "password authentication failed")
}

func TestCluster_starting_one_that_runs_leaves_it_alone(t *testing.T) {
	c := cluster(t, Installed())
	require.NoError(t, c.Start(t.Context()))
	pid := c.Process().PID()
	require.NoError(t, c.Start(t.Context()))
	require.Equal(t, pid, c.Process().PID())
}

func TestCluster_says_where_the_log_is_when_it_cannot_start(t *testing.T) {
	c := cluster(t, Installed())
	c.Settings = map[string]string{"no_such_setting": "1"}
	require.ErrorContains(t, c.Start(t.Context()), c.Log)
}

// TestFetch_gets_programs_that_run serves an archive as the library's repository has
// them, whose programs hand over to the installed ones.
func TestFetch_gets_programs_that_run(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		if strings.HasSuffix(r.URL.Path, ".jar") {
			_, _ = w.Write(archive(t, Installed()))
			return
		}
		http.NotFound(w, r)
	}))
	defer server.Close()
	dir, _ := home(t)
	d := Download{Dir: filepath.Join(dir, "programs"), Repository: server.URL, Log: t.Output()}
	bin, err := Fetch(d)
	require.NoError(t, err)
	require.Contains(t, asked[0], "embedded-postgres-binaries")

	require.NoError(t, cluster(t, bin).Start(t.Context()))

	asked = nil
	_, err = Fetch(d)
	require.NoError(t, err)
	require.Empty(t, asked, "what was fetched is kept")
}

func TestFetch_says_what_to_do_when_nothing_can_be_fetched(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, err := Fetch(Download{Dir: t.TempDir(), Repository: server.URL, Log: t.Output()})
	require.ErrorContains(t, err, "DATABASE_URL")
}

func archive(t *testing.T, bin string) []byte {
	t.Helper()
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	for _, name := range []string{"initdb", "postgres", "pg_ctl"} {
		script := fmt.Sprintf("#!/bin/sh\nexec %s/%s \"$@\"\n", bin, name)
		require.NoError(t, w.WriteHeader(&tar.Header{Name: "bin/" + name, Mode: 0o755, Size: int64(len(script)), ModTime: time.Now()}))
		_, err := w.Write([]byte(script))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	var jar bytes.Buffer
	z := zip.NewWriter(&jar)
	f, err := z.Create("postgres.txz")
	require.NoError(t, err)
	_, err = f.Write(xz(files.Bytes()))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return jar.Bytes()
}

// xz wraps at most 64 KiB into an .xz file, uncompressed: one block of one LZMA2 chunk.
func xz(b []byte) []byte {
	crc := func(b []byte) []byte { return binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)) }
	pad := func(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }
	flags := []byte{0, 1} // each block is checked by its CRC32
	out := append([]byte("\xfd7zXZ\x00"), flags...)
	out = append(out, crc(flags)...)

	header := []byte{2, 0, 0x21, 1, 22, 0, 0, 0} // 12 bytes, one filter: LZMA2, 8 MiB
	block := append(header, crc(header)...)
	block = append(block, 1, byte((len(b)-1)>>8), byte(len(b)-1))
	block = append(append(block, b...), 0)
	unpadded := len(block) + 4
	block = append(pad(block), crc(b)...)
	out = append(out, block...)

	index := binary.AppendUvarint([]byte{0, 1}, uint64(unpadded))
	index = pad(binary.AppendUvarint(index, uint64(len(b))))
	index = append(index, crc(index)...)
	out = append(out, index...)

	foot := append(binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1)), flags...)
	return append(append(append(out, crc(foot)...), foot...), "YZ"...)
}
