package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"parley/internal/config"
	"parley/payer"
)

// PayerCmd looks after payers' profiles.
type PayerCmd struct {
	Check PayerCheck `cmd:"" help:"Check payer profiles without reaching anybody: keys, identifiers, rules."`
}

// PayerCheck checks profiles.
type PayerCheck struct {
	Which string `arg:"" optional:"" help:"A payer's slug, or a profile's file; default: every payer there is."`
}

// Run prints a line for each payer, or everything that is wrong, with file and line.
func (p *PayerCheck) Run(c *config.Config, k *kong.Context) error {
	profiles, err := p.profiles(c)
	if err != nil {
		return err
	}
	return printProfiles(k.Stdout, profiles)
}

func (p *PayerCheck) profiles(c *config.Config) ([]*payer.Profile, error) {
	if strings.HasSuffix(p.Which, ".yaml") {
		body, err := os.ReadFile(p.Which)
		if err != nil {
			return nil, err
		}
		one, err := payer.Parse(p.Which, body)
		if err != nil {
			return nil, err
		}
		return []*payer.Profile{one}, nil
	}
	book, err := payer.Load(profileFolders(c)...)
	if err != nil || p.Which == "" {
		return profilesOf(book), err
	}
	for _, one := range book.Profiles() {
		if string(one.Slug) == p.Which {
			return []*payer.Profile{one}, nil
		}
	}
	return nil, fmt.Errorf("there is no payer %s; a file's name ends in .yaml", p.Which)
}

func profilesOf(b *payer.Book) []*payer.Profile {
	if b == nil {
		return nil
	}
	return b.Profiles()
}

// profileFolders are the profiles that ship, and the folder or file laid over them.
func profileFolders(c *config.Config) []fs.FS {
	folders := []fs.FS{payer.Shipped()}
	if c.Payers == "" {
		return folders
	}
	if info, err := os.Stat(c.Payers); err == nil && !info.IsDir() {
		return append(folders, oneFile{os.DirFS(filepath.Dir(c.Payers)), filepath.Base(c.Payers)})
	}
	return append(folders, os.DirFS(c.Payers))
}

// oneFile is a folder of which one file is looked at.
type oneFile struct {
	fs.FS
	name string
}

// Glob finds the file alone.
func (f oneFile) Glob(pattern string) ([]string, error) {
	if ok, err := filepath.Match(pattern, f.name); !ok || err != nil {
		return nil, err
	}
	return []string{f.name}, nil
}

// variablesOf are the values of what profiles declare: from the environment, or from the
// file that NAME_FILE names, as all secrets are. One without a value makes its payer
// unreachable and no other.
func variablesOf(book *payer.Book, c *config.Config) (map[string]string, error) {
	values := map[string]string{}
	for _, p := range book.Profiles() {
		for _, name := range p.Variables {
			values[name] = os.Getenv(name)
			if file := os.Getenv(name + "_FILE"); file != "" {
				secret, err := os.ReadFile(file)
				if err != nil {
					return nil, fmt.Errorf("read %s_FILE of payer %s: %w", name, p.Slug, err)
				}
				values[name] = strings.TrimSpace(string(secret))
			}
		}
	}
	if c.PayersimURL != "" {
		values["PAYERSIM_URL"] = c.PayersimURL
	}
	return values, nil
}

func printProfiles(to io.Writer, all []*payer.Profile) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, p := range all {
		mailbox := "no mailbox"
		if p.Mailbox != nil {
			mailbox = "mailbox"
		}
		_, err := fmt.Fprintf(out, "%s\t%s\tauthorization by %s, status by %s\t%s\t%d rules\tright\n",
			p.Slug, p.Name, p.Authorization.By, p.Status.By, mailbox, len(p.Rules))
		if err != nil {
			return err
		}
	}
	return out.Flush()
}
