package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/alecthomas/kong"

	"parley/api/client"
	"parley/domain"
	"parley/internal/config"
)

// Exit codes, the same for every command.
const (
	exitTrouble     = 1 // anything else
	exitUsage       = 2 // the command line cannot be understood
	exitNotFound    = 3
	exitConflict    = 4 // someone was first, or it is not possible where things stand
	exitInvalid     = 5 // what was given is not right
	exitForbidden   = 6 // no key, or one that may not
	exitUnavailable = 7 // Parley, its database or Temporal is away
)

// exitCodes in words, for the help of the commands that speak to the API.
const exitCodes = `Exit codes: 0 done, 1 trouble, 2 usage, 3 not found, 4 conflict, 5 invalid, 6 not allowed, 7 unavailable.`

// exitCode is how a program that failed with err ends.
func exitCode(err error) int {
	var usage *kong.ParseError
	var problem *client.Problem
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &problem):
		switch problem.Status {
		case http.StatusNotFound:
			return exitNotFound
		case http.StatusConflict:
			return exitConflict
		case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
			return exitInvalid
		case http.StatusUnauthorized, http.StatusForbidden:
			return exitForbidden
		case http.StatusServiceUnavailable:
			return exitUnavailable
		}
	case errors.Is(err, client.ErrUnreachable), errors.Is(err, domain.ErrUnavailable):
		return exitUnavailable
	case errors.Is(err, domain.ErrNotFound):
		return exitNotFound
	case errors.Is(err, domain.ErrInvalid):
		return exitInvalid
	}
	return exitTrouble
}

// remote is how a command reaches the API.
type remote struct {
	URL        string        `name:"url" env:"PARLEY_URL" placeholder:"URL" help:"Address of Parley (default: the one running on the data folder)."`
	APIKey     string        `name:"api-key" env:"PARLEY_API_KEY" secret:"all" placeholder:"KEY" help:"API key."`
	APIKeyFile string        `name:"api-key-file" env:"PARLEY_API_KEY_FILE" placeholder:"FILE" help:"File that holds --api-key (default: the demonstration's)."`
	Output     string        `short:"o" enum:"table,json" default:"table" help:"How to print (${enum})."`
	Wait       time.Duration `default:"20s" help:"How long to try again while Parley is away."`
}

// client is a client of the API; what is not given is read from the data folder.
func (r *remote) client(c *config.Config) (*client.Client, error) {
	out := &client.Client{URL: r.URL, Key: r.APIKey, Patience: r.Wait}
	if out.URL == "" {
		b, err := os.ReadFile(filepath.Join(c.Data, "url"))
		if err != nil {
			return nil, fmt.Errorf("url is not set, and nothing has run on %s: use --url or PARLEY_URL", c.Data)
		}
		out.URL = strings.TrimSpace(string(b))
	}
	if out.Key != "" {
		return out, nil
	}
	file := r.APIKeyFile
	if file == "" {
		file = filepath.Join(c.Data, "api-key")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, errors.New("api-key is not set: use --api-key-file, PARLEY_API_KEY or PARLEY_API_KEY_FILE")
	}
	out.Key = strings.TrimSpace(string(b))
	return out, nil
}

// print prints a value as JSON, or as text by the given function.
func (r *remote) print(v any, text func(io.Writer) error) error {
	if r.Output == "json" {
		e := json.NewEncoder(os.Stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	return text(os.Stdout)
}

// view prints where a case went.
func (r *remote) view(v domain.CaseView) error {
	return r.print(v, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, plain(fmt.Sprintf("%s  %s  %s: %s", v.CaseID, v.Status, v.Stage, v.Now)))
		return err
	})
}

// table prints rows in columns, the first row as their names.
func table(w io.Writer, rows [][]string) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i := range row {
			row[i] = plain(row[i])
		}
		if _, err := fmt.Fprintln(out, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return out.Flush()
}

// plain takes a terminal's commands out of what others wrote.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// given is a text on the command line: itself, @file, or - for the standard input.
func given(s string) ([]byte, error) {
	name, isFile := strings.CutPrefix(s, "@")
	switch {
	case s == "-" || s == "@-":
		return io.ReadAll(os.Stdin)
	case isFile:
		return os.ReadFile(name)
	}
	return []byte(s), nil
}

// moment reads an instant as people write it: a day, which begins at midnight here, a day
// and a time here, or RFC 3339.
func moment(s string) (time.Time, error) {
	for _, form := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(form, s, time.Local); err == nil {
			return t.UTC(), nil
		}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, errors.New("an instant is written 2026-12-31, '2026-12-31 17:00' or 2026-12-31T17:00:00Z")
	}
	return t.UTC(), nil
}

func short(at time.Time) string { return at.Local().Format("2006-01-02 15:04") }
