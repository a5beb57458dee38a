package testpg

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { Main(m) }

func TestNew_gives_each_test_a_database_of_its_own(t *testing.T) {
	ctx := context.Background()
	a, b := New(t), New(t)
	_, err := a.Exec(ctx, "create table only_here (id int)")
	require.NoError(t, err)
	var there bool
	require.NoError(t, b.QueryRow(ctx, "select to_regclass('only_here') is not null").Scan(&there))
	require.False(t, there)
	require.NoError(t, a.QueryRow(ctx, "select to_regclass('goose_db_version') is not null").Scan(&there))
	require.True(t, there, "the migrations are applied")
}

func TestShared_is_one_database_for_the_package(t *testing.T) {
	require.Same(t, Shared(t), Shared(t))
}

func TestURL_opens_the_same_database_from_elsewhere(t *testing.T) {
	ctx := context.Background()
	pool := New(t)
	conn, err := pgx.Connect(ctx, URL(pool))
	require.NoError(t, err)
	defer conn.Close(ctx)
	var here, there string
	require.NoError(t, pool.QueryRow(ctx, "select current_database()").Scan(&here))
	require.NoError(t, conn.QueryRow(ctx, "select current_database()").Scan(&there))
	require.Equal(t, here, there)
}

func TestEmpty_has_no_table(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, Empty(t))
	require.NoError(t, err)
	defer conn.Close(ctx)
	var n int
	require.NoError(t, conn.QueryRow(ctx, "select count(*) from pg_tables where schemaname = 'public'").Scan(&n))
	require.Zero(t, n)
}

func TestNew_serves_many_test_processes_at_once(t *testing.T) {
	if os.Getenv("TESTPG_CHILD") != "" {
		require.NoError(t, New(t).Ping(context.Background()))
		return
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			child := exec.Command(os.Args[0], "-test.run", "^TestNew_serves_many_test_processes_at_once$")
			child.Env = append(os.Environ(), "TESTPG_CHILD=1")
			out, err := child.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	all.Wait()
}

func TestNew_survives_a_killed_server(t *testing.T) {
	if os.Getenv("TEST_DATABASE_URL")+os.Getenv("DATABASE_URL") != "" {
		t.Skip("the server is not ours to kill")
	}
	if os.Getenv("TESTPG_CHILD") != "" {
		ctx := context.Background()
		pool := New(t)
		_, err := pool.Exec(ctx, "copy (select 1) to program 'kill -QUIT $PPID && kill -9 $(head -1 postmaster.pid)'")
		t.Log("killed its own server:", err)
		for pool.Ping(ctx) == nil {
			time.Sleep(10 * time.Millisecond) // until the server is gone
		}
		os.Exit(0) // like a killed test: nothing is cleaned up
	}
	// In a home of its own, so that the other packages' server lives on.
	tmp, err := os.MkdirTemp("", "testpg")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(tmp, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(tmp) })
	for _, name := range []string{"TestNew_survives_a_killed_server", "TestEmpty_has_no_table"} {
		child := exec.Command(os.Args[0], "-test.run", "^"+name+"$")
		child.Env = append(os.Environ(), "TESTPG_CHILD=1", "TMPDIR="+tmp)
		out, err := child.CombinedOutput()
		require.NoError(t, err, string(out))
	}
}

func TestMade_reads_the_time_from_the_name(t *testing.T) {
	require.Equal(t, time.Unix(1700000000, 0), made("parley_test_1700000000_ab"))
	require.WithinDuration(t, time.Now(), made("parley_test_other"), time.Minute)
}
