package testpg

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// patience bounds everything here that waits: making the server and the template may
// queue behind other test processes on a busy machine.
const patience = 2 * time.Minute

// server and template are found or made once per test process.
var (
	server   = sync.OnceValues(findServer)
	template = sync.OnceValues(makeTemplate)
)

// shared is the package's database.
var shared struct {
	sync.Mutex
	name string
	pool *pgxpool.Pool
}

// Main runs a package's tests and drops the database that Shared made. A package that
// uses Shared calls it from TestMain; New and Empty need no Main.
func Main(m *testing.M) {
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.pool != nil {
		shared.pool.Close()
		if err := drop(shared.name); err != nil {
			fmt.Fprintln(os.Stderr, "testpg:", err)
		}
	}
	os.Exit(code)
}

// New is a pool on a migrated database of the test's own, dropped when the test ends.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return openPool(t, create(t, from(t)))
}

// Shared is a pool on the migrated database that all tests of the package share; what
// one test writes, the others see. The package's TestMain calls Main.
func Shared(t testing.TB) *pgxpool.Pool {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.pool != nil {
		return shared.pool
	}
	name, err := createFrom(from(t))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.New(context.Background(), named(t, name))
	if err != nil {
		t.Fatal(err)
	}
	shared.name, shared.pool = name, pool
	return pool
}

// Empty is the address of a database of the test's own without any table, for tests of
// the migrations themselves; dropped when the test ends.
func Empty(t testing.TB) string {
	t.Helper()
	return named(t, create(t, "template0"))
}

// URL is the address of a pool's database, for child processes.
func URL(pool *pgxpool.Pool) string { return pool.Config().ConnString() }

// Server is the address of the server's maintenance database, for tests that make
// databases themselves; they drop them too.
func Server(t testing.TB) string {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openPool(t testing.TB, name string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), named(t, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func from(t testing.TB) string {
	t.Helper()
	name, err := template()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func named(t testing.TB, database string) string {
	t.Helper()
	u, err := withDatabase(Server(t), database)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func create(t testing.TB, template string) string {
	t.Helper()
	name, err := createFrom(template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(name); err != nil {
			t.Error(err)
		}
	})
	return name
}

// createFrom makes a database with a name that says when it was made, by which the
// remains of killed tests are recognised on a server that outlives them.
func createFrom(template string) (string, error) {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // it never fails
	name := fmt.Sprintf("%s%d_%s", testPrefix, time.Now().Unix(), hex.EncodeToString(b))
	return name, onServer(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "create database "+name+" template "+template)
		if err != nil {
			return fmt.Errorf("create test database: %w", err)
		}
		return nil
	})
}

func drop(name string) error {
	return onServer(func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "drop database if exists "+name+" with (force)"); err != nil {
			return fmt.Errorf("drop test database: %w", err)
		}
		return nil
	})
}

func onServer(do func(context.Context, *pgx.Conn) error) error {
	s, err := server()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s)
	if err != nil {
		return fmt.Errorf("reach the test server: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	return do(ctx, conn)
}

func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return "", fmt.Errorf("the test server's address is not of the form postgres://user@host:port/database")
	}
	u.Path = "/" + name
	return u.String(), nil
}
