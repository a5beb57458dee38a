package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"parley/domain"
	"parley/internal/config"
	"parley/store"
)

// KeyCmd looks after API keys, in the database itself: whoever may do that needs no key.
type KeyCmd struct {
	Create KeyCreate `cmd:"" help:"Make an API key and print its secret, which is shown this once."`
	List   KeyList   `cmd:"" help:"List API keys."`
	Revoke KeyRevoke `cmd:"" help:"End an API key at once."`
}

// KeyCreate makes a key.
type KeyCreate struct {
	Name     string        `required:"" help:"Whose it is, as the history of cases names them."`
	Role     []string      `required:"" help:"coordinator, lead, manager, clinician, credentialing, integrator, auditor, administrator."`
	Facility []string      `default:"*" help:"Facilities it works for; * is every facility."`
	Expires  time.Duration `placeholder:"DURATION" help:"After which it ends, 2160h for 90 days (default: never)."`
	Out      string        `placeholder:"FILE" help:"Write the secret to a file that only its owner can read, not to the standard output."`
}

// Run prints the secret alone, so that it can be piped.
func (k *KeyCreate) Run(ctx context.Context, c *config.Config) error {
	db, done, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	roles := make([]store.Role, len(k.Role))
	for i, r := range k.Role {
		roles[i] = store.Role(r)
	}
	facilities := make([]domain.FacilityID, len(k.Facility))
	for i, f := range k.Facility {
		facilities[i] = domain.FacilityID(f)
	}
	var expires *time.Time
	if k.Expires > 0 {
		at := time.Now().Add(k.Expires).UTC()
		expires = &at
	}
	key, secret, err := db.CreateAPIKey(ctx, operator(), k.Name, roles, facilities, expires)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(os.Stderr, "key %s\n", key.ID); err != nil {
		return err
	}
	if k.Out != "" {
		return os.WriteFile(k.Out, []byte(secret+"\n"), 0o600)
	}
	_, err = fmt.Println(secret)
	return err
}

// KeyList lists keys.
type KeyList struct {
	Output string `short:"o" enum:"table,json" default:"table" help:"How to print (${enum})."`
}

// Run prints no secrets: they are kept nowhere.
func (l *KeyList) Run(ctx context.Context, c *config.Config) error {
	db, done, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	all, err := db.APIKeys(ctx)
	if err != nil {
		return err
	}
	if l.Output == "json" {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(all)
	}
	lines := [][]string{{"ID", "NAME", "ROLES", "FACILITIES", "STATE", "LAST USED"}}
	for _, k := range all {
		state, used := "valid", "never"
		switch {
		case k.RevokedAt != nil:
			state = "revoked " + short(*k.RevokedAt)
		case k.ExpiresAt != nil && k.ExpiresAt.Before(time.Now()):
			state = "expired " + short(*k.ExpiresAt)
		}
		if k.UsedAt != nil {
			used = short(*k.UsedAt)
		}
		lines = append(lines, []string{k.ID, k.Name, joined(k.Roles), joined(k.Facilities), state, used})
	}
	return table(os.Stdout, lines)
}

// KeyRevoke ends a key.
type KeyRevoke struct {
	ID string `arg:"" help:"ID of the key."`
}

// Run ends it; twice is no mistake.
func (r *KeyRevoke) Run(ctx context.Context, c *config.Config) error {
	db, done, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	return db.RevokeAPIKey(ctx, operator(), r.ID)
}

// openStore opens the database; where none is set, the private one of the stack on the data folder.
func openStore(ctx context.Context, c *config.Config) (*store.Store, func(), error) {
	of := *c
	if of.DatabaseURL == "" && of.DatabaseURLFile == "" {
		note := filepath.Join(c.Data, "database-url")
		if _, err := os.Stat(note); err == nil {
			of.DatabaseURLFile = note
		}
	}
	url, err := of.Database()
	if err != nil {
		return nil, nil, err
	}
	pool, err := openPool(ctx, url)
	if err != nil {
		return nil, nil, err
	}
	return store.New(pool), pool.Close, nil
}

// operator is who runs a command on the database itself: this machine's user.
func operator() domain.Actor {
	name := "operator"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return domain.Actor{Kind: domain.Person, ID: "operator:" + name, Name: name}
}

func joined[T ~string](all []T) string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return strings.Join(out, ",")
}
