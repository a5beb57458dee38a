package main

import (
	"context"
	"fmt"

	"parley/internal/config"
	"parley/schema"
)

// MigrateCmd brings the database up to date, or says how far it is.
type MigrateCmd struct {
	Up     MigrateUp     `cmd:"" default:"1" help:"Apply the migrations that are missing; doing it twice changes nothing."`
	Status MigrateStatus `cmd:"" help:"Show the database's level and this version's; fails when they differ."`
}

// MigrateUp applies what is missing.
type MigrateUp struct{}

// Run connects as the role that owns the tables.
func (MigrateUp) Run(ctx context.Context, c *config.Config) error {
	url, err := c.Database()
	if err != nil {
		return err
	}
	return schema.Migrate(ctx, url)
}

// MigrateStatus compares two levels.
type MigrateStatus struct{}

// Run changes nothing.
func (MigrateStatus) Run(ctx context.Context, c *config.Config) error {
	url, err := c.Database()
	if err != nil {
		return err
	}
	at, want, err := schema.Level(ctx, url)
	if err != nil {
		return err
	}
	fmt.Printf("database %d, program %d\n", at, want)
	if at != want {
		return fmt.Errorf("the database is at level %d, this program wants %d", at, want)
	}
	return nil
}
