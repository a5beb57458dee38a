package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"parley/api"
	"parley/api/client"
	"parley/domain"
	"parley/internal/dev"
	"parley/store"
)

var facilities = []store.Facility{
	{ID: "central", Name: "Central desk", Zone: "America/Chicago"},
	{ID: "north", Name: "Northside Surgery Center", Zone: "America/Chicago"},
	{ID: "south", Name: "Southside Clinic", Zone: "America/New_York"},
}

// people of the practice, each with a key of their own. The coordinator's is what the
// command line takes by itself.
var people = []struct {
	name string
	role store.Role
	file string // beside the first one
}{
	{"Dana Reyes", store.RoleCoordinator, ""},
	{"Lena Marsh", store.RoleLead, "api-key-lead"},
	{"Mo Castell", store.RoleManager, "api-key-manager"},
	{"Practice EHR", store.RoleIntegrator, "api-key-integrator"},
}

// Load puts the practice in place: keys and facilities once, and every order, of which
// those that are there already stay as they are.
func Load(ctx context.Context, env dev.Env) error {
	pool, err := open(ctx, env.DatabaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	db := store.New(pool)
	maker := domain.Actor{Kind: domain.Person, ID: api.DemoMaker, Name: "Demonstration"}
	for _, f := range facilities {
		if err := db.SaveFacility(ctx, maker, f); err != nil {
			return err
		}
	}
	for _, p := range people {
		path := env.APIKeyFile
		if p.file != "" {
			path = filepath.Join(filepath.Dir(env.APIKeyFile), p.file)
		}
		if err := keyFor(ctx, db, maker, p.name, p.role, path); err != nil {
			return err
		}
	}
	secret, err := os.ReadFile(env.APIKeyFile)
	if err != nil {
		return fmt.Errorf("read the demonstration's key: %w", err)
	}
	c := &client.Client{URL: env.API, Key: strings.TrimSpace(string(secret)), Patience: 20 * time.Second}
	for _, o := range orders(time.Now()) {
		// The order's own ID names the request too: tried again, it is the same one.
		key := uuid.NewSHA1(uuid.NameSpaceOID, []byte(o.Source+"/"+o.SourceID+"/"+string(o.Planned))).String()
		if _, err := c.Post(ctx, "/prior-authorizations", key, o, nil); err != nil {
			return fmt.Errorf("load order %s: %w", o.SourceID, err)
		}
	}
	return nil
}

func open(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := store.Config(url)
	if err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(ctx, cfg)
}

// keyFor makes a key unless its file is there, and leaves the secret in the file.
func keyFor(ctx context.Context, db *store.Store, maker domain.Actor, name string, role store.Role, path string) error {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	_, secret, err := db.CreateAPIKey(ctx, maker, name, []store.Role{role}, []domain.FacilityID{"*"}, nil)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return fmt.Errorf("keep the demonstration's key: %w", err)
	}
	return nil
}
