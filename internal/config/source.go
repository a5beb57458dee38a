package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// defaultFile is read when it is there; a file that was named must be.
const defaultFile = "parley.yaml"

// notSettings are the flags that ask for something once.
var notSettings = []string{"help", "config", "version"}

// file is parley.yaml as a kong resolver.
type file struct {
	path   string
	values map[string]any
}

// FromFile reads the configuration file that args or the environment name. The keys of
// the file are the names of flags; Validate refuses any other.
func FromFile(args []string) (kong.Option, error) {
	path, named := filePath(args)
	f := &file{path: path}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && !named:
	case err != nil:
		return nil, fmt.Errorf("configuration file: %w", err)
	default:
		if err := yaml.Unmarshal(b, &f.values); err != nil {
			// The library's own text quotes the lines around, which may hold a secret.
			return nil, fmt.Errorf("%s is not a YAML list of names and values", path)
		}
	}
	return kong.Resolvers(f), nil
}

// filePath is the configuration file, and whether somebody asked for it by name. The
// flag is looked for here already, since the file must be read before flags are parsed.
func filePath(args []string) (path string, named bool) {
	for i, a := range args {
		if a == "--" {
			break
		}
		if a == "--config" && i+1 < len(args) {
			return args[i+1], true
		}
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			return v, true
		}
	}
	if v := os.Getenv("PARLEY_CONFIG"); v != "" {
		return v, true
	}
	return defaultFile, false
}

// Validate refuses keys that are not the name of a flag that any command has.
func (f *file) Validate(app *kong.Application) error {
	known := map[string]bool{}
	err := kong.Visit(app, func(v kong.Visitable, next kong.Next) error {
		if flag, ok := v.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	if err != nil {
		return err
	}
	for _, name := range notSettings {
		delete(known, name)
	}
	for key := range f.values {
		if !known[key] {
			return fmt.Errorf("%s: unknown setting %q", f.path, key)
		}
	}
	return nil
}

// Resolve is the file's value for a flag, or nothing where the environment has one.
func (f *file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := f.values[flag.Name]
	if !ok || fromEnv(flag) != "" {
		return nil, nil
	}
	switch v := value.(type) {
	case nil, map[string]any:
		return nil, fmt.Errorf("%s: %s is not a value", f.path, flag.Name)
	case []any:
		texts := make([]string, len(v))
		for i, one := range v {
			texts[i] = fmt.Sprint(one)
		}
		return strings.Join(texts, ","), nil
	default:
		return fmt.Sprint(v), nil
	}
}

func fromEnv(flag *kong.Flag) string {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return name
		}
	}
	return ""
}

// Setting is one line of `parley config`.
type Setting struct {
	Name string
	// Value is masked where it is secret.
	Value string
	// From is "flag", the name of an environment variable, the name of a file, or "default".
	From string
}

// InEffect lists the settings of Config as the parsed command line has them.
func InEffect(ctx *kong.Context) []Setting {
	given, filed := map[string]bool{}, map[string]bool{}
	for _, p := range ctx.Path {
		if p.Flag != nil {
			given[p.Flag.Name] = given[p.Flag.Name] || !p.Resolved
			filed[p.Flag.Name] = filed[p.Flag.Name] || p.Resolved
		}
	}
	path, _ := filePath(ctx.Args)
	var settings []Setting
	for _, flag := range ctx.Model.Flags {
		if slices.Contains(notSettings, flag.Name) {
			continue
		}
		s := Setting{Name: flag.Name, From: "default"}
		if v := fmt.Sprint(ctx.FlagValue(flag)); v != "" {
			s.Value = mask(flag.Tag.Get("secret"), v)
		}
		switch env := fromEnv(flag); {
		case given[flag.Name]:
			s.From = "flag"
		case env != "":
			s.From = env
		case filed[flag.Name]:
			s.From = path
		}
		settings = append(settings, s)
	}
	return settings
}
