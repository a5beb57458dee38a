// Package schema is the database's shape: migrations in order, and schema.sql, their
// readable sum. It must not know what is stored, only where.
package schema

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	_ "github.com/jackc/pgx/v5/stdlib" // goose speaks database/sql
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var Migrations embed.FS

// SQL is what the migrations add up to; a test keeps them equal.
//
//go:embed schema.sql
var SQL string

// Migrate brings the database at url to the newest version. Several may try at once: a
// lock lets one through, and the others find it done.
func Migrate(ctx context.Context, url string) error {
	return with(ctx, url, func(p *goose.Provider) error {
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return nil
	})
}

// Level is the version the database is at, and the version this program wants.
func Level(ctx context.Context, url string) (at, want int64, err error) {
	err = with(ctx, url, func(p *goose.Provider) error {
		if at, err = p.GetDBVersion(ctx); err != nil {
			return fmt.Errorf("read migration level: %w", err)
		}
		want = Want()
		return nil
	})
	return at, want, err
}

// Want is the version of the newest migration.
func Want() (version int64) {
	names, err := fs.Glob(Migrations, "migrations/*.sql")
	if err != nil {
		panic(err) // a pattern of ours
	}
	for _, name := range names {
		if v, err := goose.NumericComponent(name); err == nil && v > version {
			version = v
		}
	}
	return version
}

func with(ctx context.Context, url string, do func(*goose.Provider) error) (err error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer func() {
		if closed := db.Close(); err == nil {
			err = closed
		}
	}()
	dir, err := fs.Sub(Migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	one, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("make migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithSessionLocker(one))
	if err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	return do(p)
}
