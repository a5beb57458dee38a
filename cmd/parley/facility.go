package main

import (
	"context"
	"os"

	"parley/domain"
	"parley/internal/config"
	"parley/store"
)

// FacilityCmd looks after facilities, in the database itself. Cases are opened for one.
type FacilityCmd struct {
	Save FacilitySave `cmd:"" help:"Make a facility, or change its name and zone."`
	List FacilityList `cmd:"" help:"List facilities."`
}

// FacilitySave saves a facility.
type FacilitySave struct {
	ID   string `arg:"" help:"Short name, by which orders and keys refer to it."`
	Name string `required:"" help:"As people call it."`
	Zone string `required:"" help:"IANA time zone, America/Chicago."`
}

// Run saves it; twice is no mistake.
func (f *FacilitySave) Run(ctx context.Context, c *config.Config) error {
	db, done, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	return db.SaveFacility(ctx, operator(), store.Facility{ID: domain.FacilityID(f.ID), Name: f.Name, Zone: f.Zone})
}

// FacilityList lists facilities.
type FacilityList struct{}

// Run prints them by name.
func (FacilityList) Run(ctx context.Context, c *config.Config) error {
	db, done, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	all, err := db.Facilities(ctx, store.Scope{Subject: operator(), All: true})
	if err != nil {
		return err
	}
	lines := [][]string{{"ID", "NAME", "ZONE"}}
	for _, f := range all {
		lines = append(lines, []string{string(f.ID), f.Name, f.Zone})
	}
	return table(os.Stdout, lines)
}
