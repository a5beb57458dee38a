package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

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

// people of the practice, each with a key of their own in a file beside the first one. The
// coordinator's is what the command line takes by itself.
var people = []struct {
	name string
	role store.Role
	file string
}{
	{"Dana Reyes", store.RoleCoordinator, ""},
	{"Lena Marsh", store.RoleLead, "api-key-lead"},
	{"Mo Castell", store.RoleManager, "api-key-manager"},
	{"Dr. Ada Okafor", store.RoleClinician, "api-key-clinician"},
	{"Tilda Ochs", store.RoleCredentialing, "api-key-credentialing"},
	{"Practice EHR", store.RoleIntegrator, "api-key-integrator"},
	{"Basil Quint", store.RoleAuditor, "api-key-auditor"},
	{"Ora Finch", store.RoleAdministrator, "api-key-administrator"},
}

// Load puts the practice in place: facilities, a key for each role, and every order. What is
// there already stays as it is.
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
	feed := &client.Client{URL: env.API, Patience: 20 * time.Second}
	for _, p := range people {
		path := env.APIKeyFile
		if p.file != "" {
			path = filepath.Join(filepath.Dir(env.APIKeyFile), p.file)
		}
		secret, err := keyFor(ctx, db, maker, p.name, p.role, path)
		if err != nil {
			return err
		}
		if p.role == store.RoleIntegrator {
			feed.Key = secret
		}
	}
	for _, o := range orders(domain.DateOf(time.Now(), zone)) {
		body, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("write order %s: %w", o.SourceID, err)
		}
		// Loaded again on this day it is the same request; on another, the same order of the
		// same source, and so the same case.
		sum := sha256.Sum256(body)
		if _, err := feed.Post(ctx, "/prior-authorizations", "demonstration-"+hex.EncodeToString(sum[:]), json.RawMessage(body), nil); err != nil {
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

// keyFor is the secret in a file, which a key is made for unless it opens this database.
func keyFor(ctx context.Context, db *store.Store, maker domain.Actor, name string, role store.Role, path string) (string, error) {
	if b, err := os.ReadFile(path); err == nil {
		kept := strings.TrimSpace(string(b))
		if _, err := db.FindAPIKey(ctx, kept); !errors.Is(err, domain.ErrNotFound) {
			return kept, err
		}
	}
	_, secret, err := db.CreateAPIKey(ctx, maker, name, []store.Role{role}, []domain.FacilityID{"*"}, nil)
	if err != nil {
		return "", err
	}
	half := path + ".making"
	err = os.WriteFile(half, []byte(secret+"\n"), 0o600)
	if err = errors.Join(err, os.Rename(half, path)); err != nil {
		return "", fmt.Errorf("keep the demonstration's key: %w", err)
	}
	return secret, nil
}
