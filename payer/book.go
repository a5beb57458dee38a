package payer

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"parley/domain"
)

//go:embed profiles/*.yaml
var shipped embed.FS

// Shipped are the profiles that come with Parley: invented payers, for the demonstration
// and the tests.
func Shipped() fs.FS {
	sub, err := fs.Sub(shipped, "profiles")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Book is every payer there is, at its current version. It does not change.
type Book struct {
	current map[domain.PayerID]*Profile
}

// Load reads every *.yaml of the folders; a payer of a later folder replaces that of an
// earlier one. The error joins every [Fault] of every file.
func Load(folders ...fs.FS) (*Book, error) {
	b := &Book{current: map[domain.PayerID]*Profile{}}
	var faults []error
	for _, folder := range folders {
		files, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			return nil, fmt.Errorf("list profiles: %w", err)
		}
		for _, file := range files {
			p, err := read(folder, file)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			b.current[p.Slug] = p
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if len(b.current) == 0 {
		return nil, errors.New("load profiles: there is none")
	}
	return b, nil
}

func read(folder fs.FS, file string) (*Profile, error) {
	body, err := fs.ReadFile(folder, file)
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	p, err := Parse(file, body)
	if err != nil {
		return nil, err
	}
	if want := string(p.Slug) + ".yaml"; path.Base(file) != want {
		return nil, Fault{File: file, Line: 1, Words: "must be named " + want + ", after its slug"}
	}
	return p, nil
}

// Numbered is the book with the versions that number gives its profiles.
func (b *Book) Numbered(number func(*Profile) (int, error)) (*Book, error) {
	out := &Book{current: map[domain.PayerID]*Profile{}}
	for _, p := range b.Profiles() {
		n, err := number(p)
		if err != nil {
			return nil, fmt.Errorf("number profile %s: %w", p.Slug, err)
		}
		out.current[p.Slug] = p.KnownVersion(n)
	}
	return out, nil
}

// Profiles are all current profiles by slug.
func (b *Book) Profiles() []*Profile {
	all := make([]*Profile, 0, len(b.current))
	for _, slug := range slices.Sorted(maps.Keys(b.current)) {
		all = append(all, b.current[slug])
	}
	return all
}

// Profile is a payer at a version; 0 is the current one. Any other than the current is
// [domain.ErrNotFound]: earlier ones are in the database.
func (b *Book) Profile(slug domain.PayerID, version int) (*Profile, error) {
	p, ok := b.current[slug]
	if !ok || version != 0 && version != p.Version {
		return nil, fmt.Errorf("profile %s version %d: %w", slug, version, domain.ErrNotFound)
	}
	return p, nil
}

// Need asks the current profile of the order's payer. A payer without a profile is
// [domain.ErrNotFound].
func (b *Book) Need(q domain.NeedQuestion) (domain.Need, error) {
	p, err := b.Profile(q.Order.Coverage.Payer, 0)
	if err != nil {
		return domain.Need{}, err
	}
	return p.Need(q.Order), nil
}
