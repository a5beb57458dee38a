package testpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/schema"
)

const (
	testPrefix     = "parley_test_"
	templatePrefix = "parley_template_"
	// abandoned is the age at which a test database counts as left by a killed test.
	abandoned = 6 * time.Hour
	// making is the advisory lock under which one process makes a template.
	making = 7265731
)

// makeTemplate is the name of a database with all migrations applied; it is made if this
// set of migrations has none yet. Tests clone it, which is faster than migrating.
func makeTemplate() (string, error) {
	sum, err := migrations()
	if err != nil {
		return "", err
	}
	name := templatePrefix + sum
	return name, onServer(func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", making); err != nil {
			return fmt.Errorf("wait for the template: %w", err)
		}
		var there bool
		if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
			return err
		}
		if err := sweep(ctx, conn); err != nil {
			return err
		}
		return build(ctx, conn, name)
	})
}

// build migrates under another name first: a database called like a template is whole.
func build(ctx context.Context, conn *pgx.Conn, name string) error {
	half := name + "_making"
	for _, sql := range []string{"drop database if exists " + half + " with (force)", "create database " + half + " template template0"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("make the template: %w", err)
		}
	}
	s, err := server()
	if err != nil {
		return err
	}
	target, err := withDatabase(s, half)
	if err != nil {
		return err
	}
	if err := schema.Migrate(ctx, target); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	// A session of the migration may still be on its way out.
	if _, err := conn.Exec(ctx, "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", half); err != nil {
		return fmt.Errorf("finish the template: %w", err)
	}
	for {
		_, err := conn.Exec(ctx, "alter database "+half+" rename to "+name)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("finish the template: %w", err)
		case <-time.After(50 * time.Millisecond): // until its last session is gone
		}
	}
}

// sweep drops what killed tests left on a server that outlived them.
func sweep(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `
		select datname from pg_database d
		where starts_with(datname, $1) and not exists (select from pg_stat_activity a where a.datname = d.datname)`, testPrefix)
	if err != nil {
		return fmt.Errorf("look for abandoned test databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for abandoned test databases: %w", err)
	}
	for _, name := range names {
		if time.Since(made(name)) < abandoned {
			continue
		}
		if _, err := conn.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()); err != nil {
			return fmt.Errorf("drop an abandoned test database: %w", err)
		}
	}
	return nil
}

// made is when a test database was made; a name of another form was made just now.
func made(name string) time.Time {
	stamp, _, _ := strings.Cut(strings.TrimPrefix(name, testPrefix), "_")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return time.Now()
	}
	return time.Unix(seconds, 0)
}

// migrations is a short digest of all migrations: their names and their text.
func migrations() (string, error) {
	var all []byte
	err := fs.WalkDir(schema.Migrations, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(schema.Migrations, path)
		sum := sha256.Sum256(b)
		all = append(all, path...)
		all = append(all, sum[:]...)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the migrations: %w", err)
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:6]), nil
}
