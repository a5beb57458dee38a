package main

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/tools/common/schema"
	"go.temporal.io/server/tools/sql"
)

// making is the advisory lock under which the databases are made and upgraded, so that
// two that start at once do it one after the other.
const making = 7265732

// prepare makes the databases and brings their schema up to the linked server's. It is
// done at every start, and can be cut off anywhere and done again.
func prepare(ctx context.Context, f *Flags, pg *url.URL) error {
	conn, err := connect(ctx, pg)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", making); err != nil {
		return fmt.Errorf("wait for another temporald's upgrade: %w", err)
	}
	for database, kind := range map[string]string{f.DB: "temporal", f.VisibilityDB: "visibility"} {
		if err := create(ctx, conn, database); err != nil {
			return err
		}
		if err := upgrade(pg, database, kind); err != nil {
			return fmt.Errorf("bring database %s up to this server's schema: %w", database, err)
		}
	}
	return nil
}

// connect waits for PostgreSQL, which may still be starting, or recovering from a crash.
func connect(ctx context.Context, pg *url.URL) (*pgx.Conn, error) {
	u := *pg
	if u.Path == "" || u.Path == "/" {
		u.Path = "/postgres"
	}
	for said := false; ; said = true {
		conn, err := pgx.Connect(ctx, u.String())
		if err == nil {
			return conn, nil
		}
		// A refused password or a missing database will not get better by waiting.
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code[:2] != "57" && refused.Code[:2] != "53" {
			return nil, fmt.Errorf("connect to PostgreSQL: %s (%s)", refused.Message, refused.Code)
		}
		if !said {
			fmt.Fprintln(os.Stderr, "temporald: waiting for PostgreSQL at", pg.Host)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("PostgreSQL at %s does not answer", pg.Host)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func create(ctx context.Context, conn *pgx.Conn, database string) error {
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", database).Scan(&there); err != nil {
		return fmt.Errorf("look for database %s: %w", database, err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, "create database "+pgx.Identifier{database}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	return nil
}

// upgrade runs the server's own versioned schema. A statement that an upgrade cut off
// earlier has already run is skipped by the server's tool.
func upgrade(pg *url.URL, database, kind string) error {
	quiet := log.NewNoopLogger()
	db, err := sql.NewConnection(store(pg, database), quiet)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ReadSchemaVersion(); err != nil {
		if !unversioned(err) {
			return err
		}
		if err := schema.NewSetupSchemaTask(db, &schema.SetupConfig{InitialVersion: "0.0"}, quiet).Run(); err != nil {
			return err
		}
	}
	return schema.NewUpdateSchemaTask(db, &schema.UpdateConfig{DBName: database, SchemaName: "postgresql/v12/" + kind}, quiet).Run()
}

// unversioned reports whether a database has no schema yet: no table of versions, or,
// after a kill, an empty one. Any other error must not make a new start of an old schema.
func unversioned(err error) bool {
	const undefinedTable = "42P01"
	var pg *pgconn.PgError
	return errors.Is(err, stdsql.ErrNoRows) || errors.As(err, &pg) && pg.Code == undefinedTable
}
