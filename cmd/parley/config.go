package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"parley/internal/config"
)

// ConfigCmd shows the configuration in effect.
type ConfigCmd struct{}

// Run prints one setting a line; secrets are masked.
func (ConfigCmd) Run(parsed *kong.Context) error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, s := range config.InEffect(parsed) {
		if s.Value == "" {
			s.Value = "-"
		}
		if _, err := fmt.Fprintf(out, "%s\t%s\t%s\n", s.Name, s.Value, s.From); err != nil {
			return err
		}
	}
	return out.Flush()
}
