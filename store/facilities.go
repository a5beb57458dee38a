package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/domain"
)

// Facility is where people work.
type Facility struct {
	ID   domain.FacilityID `json:"id"`
	Name string            `json:"name"`
	Zone string            `json:"zone"` // IANA
}

// SaveFacility makes a facility or changes its name and zone. Saving it as it is changes
// nothing. Cases keep the zone they were opened with.
func (s *Store) SaveFacility(ctx context.Context, by domain.Actor, f Facility) error {
	if err := facilityFits(f); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			insert into facility as f (id, name, zone) values (@id, @name, @zone)
			on conflict (id) do update set name = excluded.name, zone = excluded.zone
				where (f.name, f.zone) is distinct from (excluded.name, excluded.zone)`,
			pgx.NamedArgs{"id": f.ID, "name": f.Name, "zone": f.Zone})
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return auditChain(ctx, tx, houseChain, time.Now(), auditEntry{
			What: "facility saved", By: by, Why: string(f.ID), After: f.Name + ", " + f.Zone,
		})
	})
	if err != nil {
		return fmt.Errorf("save facility %s: %w", f.ID, clean(err))
	}
	return nil
}

func facilityFits(f Facility) error {
	if err := worded("/id", string(f.ID), 40); err != nil {
		return err
	}
	if f.ID == everywhere {
		return invalid("/id", "reserved", "stands for every facility")
	}
	if err := worded("/name", f.Name, 120); err != nil {
		return err
	}
	if _, err := time.LoadLocation(f.Zone); err != nil || f.Zone == "" || f.Zone == "Local" {
		return invalid("/zone", "timezone", "is not an IANA time zone")
	}
	return nil
}

// Facilities lists the facilities in scope, by name.
func (s *Store) Facilities(ctx context.Context, sc Scope) ([]Facility, error) {
	args := pgx.NamedArgs{}
	all, err := collect[Facility](ctx, s, `select id, name, zone from facility where `+sc.where("id", args)+` order by name, id`, args)
	if err != nil {
		return nil, fmt.Errorf("read facilities: %w", err)
	}
	return all, nil
}

// Facility is one facility in scope.
func (s *Store) Facility(ctx context.Context, sc Scope, id domain.FacilityID) (Facility, error) {
	args := pgx.NamedArgs{"id": id}
	f, err := one[Facility](ctx, s, `select id, name, zone from facility where id = @id and `+sc.where("id", args), args)
	if err != nil {
		return Facility{}, fmt.Errorf("read facility: %w", err)
	}
	return f, nil
}
