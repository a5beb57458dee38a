package api

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"parley/domain"
	"parley/store"
)

// WriteCase prints a case as text: for support, tests and documentation alike. Instants are
// shown in zone, clocks each in its own.
func WriteCase(w io.Writer, c CaseDetail, exchanges []store.ExchangeRow, timeline []store.TimelineRow, zone *time.Location) error {
	t := &caseText{zone: zone}
	t.header(c)
	t.clocks(c.Deadlines)
	t.tasks(c.Tasks)
	t.ledger(exchanges)
	t.timeline(timeline)
	_, err := io.WriteString(w, t.b.String())
	return err
}

type caseText struct {
	b    strings.Builder
	zone *time.Location
}

// line writes a line. What others wrote may hold anything, a terminal's commands included.
func (t *caseText) line(format string, args ...any) {
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, fmt.Sprintf(format, args...))
	t.b.WriteString(strings.TrimRight(text, " ") + "\n")
}

// table writes rows in columns under a heading, or nothing if there are none.
func (t *caseText) table(heading string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	t.line("%s", heading)
	var b strings.Builder
	out := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		_, _ = fmt.Fprintln(out, "  "+strings.Join(r, "\t")) // a builder never fails
	}
	_ = out.Flush()
	for l := range strings.Lines(b.String()) {
		t.line("%s", strings.TrimSuffix(l, "\n"))
	}
}

func (t *caseText) at(at time.Time) string { return at.In(t.zone).Format("2006-01-02 15:04") }

func (t *caseText) header(c CaseDetail) {
	t.line("%s  %s  %s%s", c.Number, strings.ReplaceAll(string(c.Kind), "-", " "), c.Status, mark(c.Outcome != "", ": "+string(c.Outcome)))
	t.line("%s%s", c.Title, mark(c.Urgent, ", urgent"))
	if c.Patient.Last != "" {
		t.line("%s, born %s%s", c.Patient.Name(), c.Patient.BirthDate.Words(), mark(c.Member != "", ", member "+c.Member))
	}
	t.line("payer %s%s%s, facility %s", c.Payer, mark(c.Planned != "", ", planned "+c.Planned.Words()), mark(c.AuthNumber != "", ", number "+c.AuthNumber), c.Facility)
	stages := make([]string, len(c.Stages))
	for i, s := range c.Stages {
		switch s.At {
		case "current":
			stages[i] = "[" + s.Name + "]"
		case "past":
			stages[i] = s.Name + " ✓"
		case "skipped":
			stages[i] = "(" + s.Name + ")"
		default:
			stages[i] = s.Name
		}
	}
	t.line("stages  %s", strings.Join(stages, " > "))
	t.line("now     %s", c.Now)
	waits := make([]string, len(c.WaitingOn))
	for i, p := range c.WaitingOn {
		waits[i] = string(p)
	}
	if len(waits) > 0 {
		t.line("waits   on %s", strings.Join(waits, ", "))
	}
	if c.Hold != nil {
		t.line("held    until %s by %s: %s", t.at(c.Hold.Until), c.Hold.By, c.Hold.Reason)
	}
}

func (t *caseText) clocks(all []store.DeadlineRow) {
	var rows [][]string
	for _, d := range all {
		state := "passed"
		switch {
		case d.Armed:
			state = "armed"
		case d.EndedAt != nil && d.EndedAt.Before(d.DueAt): // nobody needed it any more
			state = "ended"
		}
		rows = append(rows, []string{
			d.Name, state, "due " + d.DueAt.In(domain.Zone(d.Zone)).Format("2006-01-02 15:04 MST"), d.Rule + mark(d.Source != "", " ("+d.Source+")"), d.Then,
		})
	}
	t.table("clocks", rows)
}

func (t *caseText) tasks(all []store.TaskRow) {
	var rows [][]string
	for _, k := range all {
		state := "open"
		switch {
		case k.ClosedAt != nil:
			state = "closed " + t.at(*k.ClosedAt)
		case k.Assignee != nil:
			state = "open, " + k.Assignee.String() + " has it"
		}
		rows = append(rows, []string{k.Title, string(k.Queue), "due " + t.at(k.DueAt), state, string(k.ID)})
	}
	t.table("tasks", rows)
}

func (t *caseText) ledger(all []store.ExchangeRow) {
	var rows [][]string
	for _, x := range all {
		rows = append(rows, []string{string(x.Kind), "asked " + t.at(x.AskedAt), mark(x.UnderWay, "under way"), string(x.ID)})
		for _, s := range x.Sends {
			states := make([]string, len(s.States))
			for i, st := range s.States {
				states[i] = string(st.State)
			}
			rows = append(rows, []string{
				"  send", "control " + s.Control, strings.Join(states, " > "), fmt.Sprintf("left %d×", s.Sends) + mark(s.Trouble != "", ", "+s.Trouble),
			})
		}
	}
	t.table("ledger", rows)
}

func (t *caseText) timeline(all []store.TimelineRow) {
	var rows [][]string
	for _, e := range all {
		words := e.Words + mark(e.Why != "", " ("+e.Why+")")
		if e.Before != "" || e.After != "" {
			words += fmt.Sprintf(": %q, before %q", e.After, e.Before)
		}
		rows = append(rows, []string{t.at(e.At), e.By.String(), words})
	}
	t.table("timeline", rows)
}

// mark is a text if something holds, else nothing.
func mark(holds bool, text string) string {
	if holds {
		return text
	}
	return ""
}
