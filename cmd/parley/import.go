package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/api"
	"parley/api/client"
	"parley/domain"
	"parley/internal/config"
)

// ImportCmd loads what a practice has when it begins with Parley.
type ImportCmd struct {
	Cases ImportCases `cmd:"" help:"Start cases from a file, in the middle where they are: a line of JSON or a row of CSV each."`
}

// ImportCases starts cases from a file.
type ImportCases struct {
	remote
	File   string `arg:"" help:"File of .jsonl (one start a line) or .csv (columns such as patient.lastName, services.0.code, midway.sentAt)."`
	DryRun bool   `help:"Judge every row, and start nothing."`
}

// Help says how it is done twice.
func (ImportCases) Help() string {
	return "Every row needs source and sourceId: they make its case, so that a file can be imported again, after a stop in the middle " +
		"or with rows put right, and no case is opened twice. Each row that is refused is told with its line. " + exitCodes
}

// Run reports a line for each row that is refused, and how many went which way.
func (m *ImportCases) Run(ctx context.Context, c *config.Config) error {
	p, err := m.client(c)
	if err != nil {
		return err
	}
	f, err := os.Open(m.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	l := &loader{p: p, dry: m.DryRun, today: domain.DateOf(time.Now(), time.Local)}
	if err := l.learn(ctx); err != nil {
		return err
	}
	read := readLines
	if strings.EqualFold(filepath.Ext(m.File), ".csv") {
		read = readTable
	}
	if err := read(f, func(line int, body []byte, err error) error { return l.row(ctx, line, body, err) }); err != nil {
		return err
	}
	if err := m.print(l.Count, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%d opened, %d there already, %d fit (dry run), %d refused\n", l.Opened, l.There, l.Fit, l.Refused)
		return err
	}); err != nil {
		return err
	}
	if l.Refused > 0 {
		return fmt.Errorf("%d rows were refused: %w", l.Refused, domain.ErrInvalid)
	}
	return nil
}

// Count is what became of the rows of a file.
type Count struct {
	Opened  int `json:"opened"`
	There   int `json:"there"`
	Fit     int `json:"fit"`
	Refused int `json:"refused"`
}

type loader struct {
	Count
	p          *client.Client
	dry        bool
	today      domain.Date
	payers     []domain.PayerID
	facilities []domain.FacilityID
}

// learn reads what a dry run cannot know by itself.
func (l *loader) learn(ctx context.Context) error {
	var payers api.Payers
	if err := l.p.Get(ctx, "/payers", nil, &payers); err != nil {
		return err
	}
	for _, p := range payers.Items {
		l.payers = append(l.payers, p.ID)
	}
	var facilities api.Facilities
	if err := l.p.Get(ctx, "/facilities", nil, &facilities); err != nil {
		return err
	}
	for _, f := range facilities.Items {
		l.facilities = append(l.facilities, f.ID)
	}
	return nil
}

// row starts one case, or judges it.
func (l *loader) row(ctx context.Context, line int, body []byte, err error) error {
	if err != nil {
		l.refuse(line, err.Error())
		return nil
	}
	faults, warnings := l.judge(body)
	for _, w := range warnings {
		l.say(line, "warning: "+w.Pointer+" "+w.Detail)
	}
	if len(faults) > 0 {
		l.refuse(line, lines(faults))
		return nil
	}
	if l.dry {
		l.Fit++
		return nil
	}
	// The same row is the same request, whenever it is imported.
	sum := sha256.Sum256(body)
	var out api.Started
	status, err := l.p.Post(ctx, "/prior-authorizations", "import-"+hex.EncodeToString(sum[:]), json.RawMessage(body), &out)
	var refused *client.Problem
	switch {
	case errors.As(err, &refused) && refused.Status < 500 && refused.Status != 401 && refused.Status != 403:
		l.refuse(line, refused.Error())
	case err != nil:
		return fmt.Errorf("line %d: %w; import the file again to go on", line, err)
	case status == 201:
		l.Opened++
	default:
		l.There++
	}
	return nil
}

func (l *loader) judge(body []byte) (faults, warnings []domain.FieldError) {
	faults, warnings = api.CheckStart(body, l.today)
	var known struct {
		Source   string            `json:"source"`
		Facility domain.FacilityID `json:"facilityId"`
		Coverage struct {
			Payer domain.PayerID `json:"payer"`
		} `json:"coverage"`
	}
	if json.Unmarshal(body, &known) != nil {
		return faults, warnings // said already
	}
	add := func(missing bool, pointer, detail string) {
		if missing {
			faults = append(faults, domain.FieldError{Pointer: pointer, Detail: detail})
		}
	}
	add(known.Source == "", "/source", "is needed: source and sourceId make the row's case")
	add(known.Facility != "" && !slices.Contains(l.facilities, known.Facility), "/facilityId", "is no facility that this key works for")
	add(known.Coverage.Payer != "" && !slices.Contains(l.payers, known.Coverage.Payer), "/coverage/payer", "is no payer that Parley has a profile of")
	return faults, warnings
}

func (l *loader) refuse(line int, why string) {
	l.Refused++
	l.say(line, why)
}

func (l *loader) say(line int, what string) {
	fmt.Fprintf(os.Stderr, "line %d: %s\n", line, what)
}

func lines(faults []domain.FieldError) string {
	out := make([]string, len(faults))
	for i, f := range faults {
		out[i] = f.Pointer + " " + f.Detail
	}
	return strings.Join(out, "; ")
}

// readLines reads JSON, a line each; empty lines are nothing.
func readLines(r io.Reader, row func(line int, body []byte, err error) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	n := 0
	for s.Scan() {
		n++
		body := bytes.TrimSpace(s.Bytes())
		if n == 1 {
			body = bytes.TrimPrefix(body, []byte("\ufeff"))
		}
		if len(body) == 0 {
			continue
		}
		if err := row(n, bytes.Clone(body), nil); err != nil {
			return err
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

// readTable reads CSV whose first row names the columns.
func readTable(r io.Reader, row func(line int, body []byte, err error) error) error {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1 // a short row only lacks its last cells
	columns, err := in.Read()
	if err != nil {
		return fmt.Errorf("read the names of the columns: %w", err)
	}
	for i := range columns {
		columns[i] = strings.TrimSpace(strings.TrimPrefix(columns[i], "\ufeff"))
	}
	if unknown := api.UnknownColumns(columns); len(unknown) > 0 {
		return fmt.Errorf("columns that belong nowhere: %s: %w", strings.Join(unknown, ", "), domain.ErrInvalid)
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			if err := row(bad.StartLine, nil, errors.New("is not CSV")); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("read a row: %w", err)
		}
		line, _ := in.FieldPos(0)
		body, err := api.StartFromColumns(columns, cells)
		if err := row(line, body, err); err != nil {
			return err
		}
	}
}
