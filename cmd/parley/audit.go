package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"parley/internal/config"
)

// AuditCmd looks after the audit.
type AuditCmd struct {
	Verify AuditVerify `cmd:"" help:"Walk all chains and compare them with the file of seals; fails if anything was edited, taken out, reordered or cut off."`
}

// AuditVerify verifies the audit.
type AuditVerify struct {
	Seals   string `placeholder:"FILE" help:"File of seals (default: audit/seals.jsonl in the data folder)."`
	NoSeals bool   `help:"Without seals: rows cut off together with their chain's head are not found."`
}

// Run prints what it finds, a line each.
func (v *AuditVerify) Run(ctx context.Context, c *config.Config) error {
	db, done, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	var seals io.Reader
	if !v.NoSeals {
		if v.Seals == "" {
			v.Seals = sealsPath(c)
		}
		f, err := os.Open(v.Seals)
		if err != nil {
			return fmt.Errorf("seals: %w (--no-seals verifies without)", err)
		}
		defer func() { _ = f.Close() }() // only read
		seals = f
	}
	r, err := db.VerifyAudit(ctx, seals)
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		fmt.Println(f)
	}
	if r.More > 0 {
		fmt.Printf("and %d more\n", r.More)
	}
	fmt.Printf("%d rows in %d chains, %d seals\n", r.Rows, r.Chains, r.Seals)
	if !r.OK() {
		return errors.New("the audit is not as it was written")
	}
	return nil
}
