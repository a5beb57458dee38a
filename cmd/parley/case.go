package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/api"
	"parley/api/client"
	"parley/domain"
	"parley/internal/config"
	"parley/store"
)

// CaseCmd works on cases over the API.
type CaseCmd struct {
	Start    CaseStart    `cmd:"" help:"Start a prior authorization from an order in JSON."`
	List     CaseList     `cmd:"" help:"List cases, those that changed last first."`
	Show     CaseShow     `cmd:"" help:"Show a case: stages, waits, clocks, tasks, ledger, timeline."`
	Answer   CaseAnswer   `cmd:"" help:"Record what the payer told you."`
	Correct  CaseCorrect  `cmd:"" help:"Correct facts that were recorded wrongly."`
	Done     CaseDone     `cmd:"" help:"Tell that the service was done."`
	Note     CaseNote     `cmd:"" help:"Write a note into the timeline."`
	Remind   CaseRemind   `cmd:"" help:"Ask to be reminded."`
	Hold     CaseHold     `cmd:"" help:"Set a case aside; its clocks run on."`
	Resume   CaseResume   `cmd:"" help:"End a hold."`
	Withdraw CaseWithdraw `cmd:"" help:"Withdraw a case."`
	Reopen   CaseReopen   `cmd:"" help:"Reopen a closed case."`
}

// Help says what the commands have in common.
func (CaseCmd) Help() string { return exitCodes }

// one names a case.
type one struct {
	remote
	Case string `arg:"" help:"Number (26-010931) or ID of the case."`
}

// say posts to a case and prints where it went.
func (o *one) say(ctx context.Context, c *config.Config, what string, body any) error {
	p, err := o.client(c)
	if err != nil {
		return err
	}
	var view domain.CaseView
	if _, err := p.Post(ctx, "/cases/"+url.PathEscape(o.Case)+"/"+what, "", body, &view); err != nil {
		return err
	}
	return o.view(view)
}

// CaseStart starts a case.
type CaseStart struct {
	remote
	File string `arg:"" help:"File with the order in JSON; - for the standard input."`
	Key  string `help:"Idempotency key, to send the very same request again (default: a new one)."`
}

// Run prints the new case's number.
func (s *CaseStart) Run(ctx context.Context, c *config.Config) error {
	p, err := s.client(c)
	if err != nil {
		return err
	}
	body, err := given("@" + s.File)
	if err != nil {
		return err
	}
	if !json.Valid(body) {
		return fmt.Errorf("%s is not JSON", s.File)
	}
	var out api.Started
	if _, err := p.Post(ctx, "/prior-authorizations", s.Key, json.RawMessage(body), &out); err != nil {
		return err
	}
	return s.print(out, func(w io.Writer) error {
		for _, warning := range out.Warnings {
			if _, err := fmt.Fprintf(w, "warning: %s %s\n", warning.Pointer, warning.Detail); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintln(w, plain(fmt.Sprintf("%s  %s  %s: %s", out.Number, out.Status, out.Stage, out.Now)))
		return err
	})
}

// CaseList lists cases.
type CaseList struct {
	remote
	Status   []string `help:"open, held, closed."`
	Stage    string   `help:"At this stage."`
	Waiting  string   `help:"Waiting on: coordinator, clinician, payer, patient, nobody."`
	Payer    string   `help:"Of this payer."`
	Facility string   `help:"Of this facility."`
	Queue    string   `help:"With an open task in this queue."`
	Urgent   bool     `help:"Urgent ones only."`
	Limit    int      `default:"50" help:"At most so many."`
}

// Run reads page by page.
func (l *CaseList) Run(ctx context.Context, c *config.Config) error {
	p, err := l.client(c)
	if err != nil {
		return err
	}
	query := values(map[string]string{
		"status": strings.Join(l.Status, ","), "stage": l.Stage, "waitingOn": l.Waiting, "payer": l.Payer, "facility": l.Facility, "queue": l.Queue,
	})
	if l.Urgent {
		query.Set("urgent", "true")
	}
	rows, err := pages[store.CaseRow](ctx, p, "/cases", query, l.Limit)
	if err != nil {
		return err
	}
	return l.print(rows, func(w io.Writer) error {
		lines := [][]string{{"NUMBER", "STATUS", "STAGE", "WAITS ON", "PAYER", "PLANNED", "NEXT DUE", "PATIENT", "TITLE"}}
		for _, r := range rows {
			due := ""
			if r.NextDue != nil {
				due = short(*r.NextDue)
			}
			lines = append(lines, []string{
				r.Number, string(r.Status), r.Stage, parties(r.WaitingOn), string(r.Payer), string(r.Planned), due, r.Patient.Name(), r.Title,
			})
		}
		return table(w, lines)
	})
}

// CaseShow prints a case.
type CaseShow struct{ one }

// Run prints it whole.
func (s *CaseShow) Run(ctx context.Context, c *config.Config) error {
	p, err := s.client(c)
	if err != nil {
		return err
	}
	path := "/cases/" + url.PathEscape(s.Case)
	var whole struct {
		api.CaseDetail
		Exchanges []store.ExchangeRow `json:"exchangeHistory"`
		Timeline  []store.TimelineRow `json:"timeline"`
	}
	if err := p.Get(ctx, path, nil, &whole.CaseDetail); err != nil {
		return err
	}
	var exchanges api.Exchanges
	if err := p.Get(ctx, path+"/exchanges", nil, &exchanges); err != nil {
		return err
	}
	whole.Exchanges = exchanges.Items
	if whole.Timeline, err = pages[store.TimelineRow](ctx, p, path+"/timeline", url.Values{}, 10_000); err != nil {
		return err
	}
	return s.print(whole, func(w io.Writer) error {
		return api.WriteCase(w, whole.CaseDetail, whole.Exchanges, whole.Timeline, time.Local)
	})
}

// CaseAnswer records what a payer told.
type CaseAnswer struct {
	one
	Channel   string   `required:"" enum:"phone,portal,fax,letter" help:"How you heard it (${enum})."`
	Said      string   `required:"" help:"A1 approved, A2 partly, A3 denied, A4 pended, A6 modified, C, CT, NA, received, rejected, not-on-file."`
	Number    string   `help:"Authorization number."`
	Reference string   `help:"Reference of the call or letter."`
	Units     int      `help:"Units granted."`
	From      string   `help:"First day, 2026-12-31."`
	Through   string   `help:"Last day."`
	Reason    []string `help:"Reason code; more than once if there are several."`
	Wanted    []string `help:"A paper the payer wants; more than once if there are several."`
	WantedBy  string   `help:"By when it wants them."`
	AppealBy  string   `help:"Last day to appeal, as its letter prints it."`
	Noticed   string   `help:"Date its notice bears."`
	With      string   `help:"Whom you spoke to."`
	Proof     string   `help:"Where the evidence is kept."`
	Words     string   `help:"What they said."`
	Exchange  string   `help:"ID of the question that it answers, if it is not the last one."`
}

// Run posts it.
func (a *CaseAnswer) Run(ctx context.Context, c *config.Config) error {
	answer := map[string]any{"channel": a.Channel, "said": a.Said}
	for name, value := range map[string]string{
		"number": a.Number, "reference": a.Reference, "from": a.From, "through": a.Through, "wantedBy": a.WantedBy, "appealBy": a.AppealBy,
		"noticed": a.Noticed, "with": a.With, "proof": a.Proof, "words": a.Words, "exchange": a.Exchange,
	} {
		if value != "" {
			answer[name] = value
		}
	}
	if a.Units > 0 {
		answer["units"] = a.Units
	}
	if len(a.Reason) > 0 {
		var reasons []domain.Reason
		for _, code := range a.Reason {
			reasons = append(reasons, domain.Reason{Code: code})
		}
		answer["reasons"] = reasons
	}
	if len(a.Wanted) > 0 {
		var wanted []domain.DocumentWanted
		for _, words := range a.Wanted {
			wanted = append(wanted, domain.DocumentWanted{Words: words})
		}
		answer["wanted"] = wanted
	}
	return a.say(ctx, c, "answers", answer)
}

// CaseCorrect corrects facts.
type CaseCorrect struct {
	one
	Set []string `required:"" placeholder:"/FIELD=VALUE" sep:"none" help:"Field of the order as a JSON pointer, and its right value; more than once if there are several."`
	Why string   `required:"" help:"How it is known."`
}

// Run posts the corrections together.
func (f *CaseCorrect) Run(ctx context.Context, c *config.Config) error {
	var all []domain.Correct
	for _, set := range f.Set {
		pointer, value, ok := strings.Cut(set, "=")
		if !ok {
			return fmt.Errorf("--set is written /coverage/memberId=W123")
		}
		all = append(all, domain.Correct{Pointer: pointer, Value: value})
	}
	return f.say(ctx, c, "corrections", map[string]any{"corrections": all, "why": f.Why})
}

// CaseDone tells that the service was done.
type CaseDone struct {
	one
	On    string `required:"" help:"The day, 2026-12-31."`
	Units int    `help:"Units used."`
}

// Run posts it.
func (d *CaseDone) Run(ctx context.Context, c *config.Config) error {
	return d.say(ctx, c, "service-done", domain.ServiceDone{On: domain.Date(d.On), Units: d.Units})
}

// CaseNote writes a note.
type CaseNote struct {
	one
	Words string `arg:"" help:"The note; @FILE reads it from a file."`
}

// Run posts it.
func (n *CaseNote) Run(ctx context.Context, c *config.Config) error {
	words, err := given(n.Words)
	if err != nil {
		return err
	}
	return n.say(ctx, c, "notes", map[string]string{"words": strings.TrimSpace(string(words))})
}

// CaseRemind asks for a reminder.
type CaseRemind struct {
	one
	Words string `arg:"" help:"Of what."`
	At    string `required:"" help:"When: 2026-12-31, '2026-12-31 17:00', or RFC 3339."`
}

// Run posts it.
func (m *CaseRemind) Run(ctx context.Context, c *config.Config) error {
	at, err := moment(m.At)
	if err != nil {
		return err
	}
	return m.say(ctx, c, "reminders", map[string]any{"words": m.Words, "at": at})
}

// CaseHold sets a case aside.
type CaseHold struct {
	one
	Until  string `required:"" help:"Until when: 2026-12-31, '2026-12-31 17:00', or RFC 3339."`
	Reason string `required:"" help:"Why."`
}

// Run posts it.
func (h *CaseHold) Run(ctx context.Context, c *config.Config) error {
	until, err := moment(h.Until)
	if err != nil {
		return err
	}
	return h.say(ctx, c, "hold", map[string]any{"until": until, "reason": h.Reason})
}

// CaseResume ends a hold.
type CaseResume struct{ one }

// Run posts it.
func (r *CaseResume) Run(ctx context.Context, c *config.Config) error {
	return r.say(ctx, c, "resumption", struct{}{})
}

// CaseWithdraw withdraws a case.
type CaseWithdraw struct {
	one
	Reason string `required:"" help:"Why."`
}

// Run posts it.
func (w *CaseWithdraw) Run(ctx context.Context, c *config.Config) error {
	return w.say(ctx, c, "withdrawal", map[string]string{"reason": w.Reason})
}

// CaseReopen reopens a case.
type CaseReopen struct {
	one
	Reason string `required:"" help:"Why."`
}

// Run posts it.
func (r *CaseReopen) Run(ctx context.Context, c *config.Config) error {
	return r.say(ctx, c, "reopening", map[string]string{"reason": r.Reason})
}

// pages reads pages until there are limit items, or no more.
func pages[T any](ctx context.Context, p *client.Client, path string, query url.Values, limit int) ([]T, error) {
	all := []T{}
	for {
		query.Set("limit", strconv.Itoa(min(limit-len(all), 200)))
		var page store.Page[T]
		if err := p.Get(ctx, path, query, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" || len(all) >= limit {
			return all, nil
		}
		query.Set("cursor", page.Next)
	}
}

// values is a query without its empty parts.
func values(parts map[string]string) url.Values {
	query := url.Values{}
	for name, value := range parts {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

func parties(all []domain.Party) string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = string(p)
	}
	return strings.Join(out, ", ")
}
