package main

import (
	"context"
	"encoding/json"
	"errors"
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

// TaskCmd works on tasks over the API.
type TaskCmd struct {
	List     TaskList     `cmd:"" help:"List open tasks in the order in which they should be worked."`
	Show     TaskShow     `cmd:"" help:"Show a task, what was said about it, and what completing it takes."`
	Take     TaskTake     `cmd:"" help:"Take a task."`
	Release  TaskRelease  `cmd:"" help:"Put a task back into its queue."`
	Assign   TaskAssign   `cmd:"" help:"Give a task to someone."`
	Hold     TaskHold     `cmd:"" help:"Set a task aside."`
	Unhold   TaskUnhold   `cmd:"" help:"End the hold of a task."`
	Return   TaskReturn   `cmd:"" help:"Hand a task back to whoever sent it."`
	Comment  TaskComment  `cmd:"" help:"Write beside a task."`
	Complete TaskComplete `cmd:"" help:"Complete a task."`
}

// Help says what the commands have in common.
func (TaskCmd) Help() string { return exitCodes }

// TaskList lists tasks.
type TaskList struct {
	remote
	Mine       bool   `help:"Mine only."`
	Unassigned bool   `help:"Nobody's only."`
	Queue      string `help:"In this queue."`
	Kind       string `help:"Of this kind."`
	Payer      string `help:"Of this payer."`
	Facility   string `help:"Of this facility."`
	Held       bool   `help:"Those set aside only."`
	Limit      int    `default:"50" help:"At most so many."`
}

// Run reads page by page.
func (l *TaskList) Run(ctx context.Context, c *config.Config) error {
	p, err := l.client(c)
	if err != nil {
		return err
	}
	query := values(map[string]string{"queue": l.Queue, "kind": l.Kind, "payer": l.Payer, "facility": l.Facility})
	for name, on := range map[string]bool{"mine": l.Mine, "unassigned": l.Unassigned, "held": l.Held} {
		if on {
			query.Set(name, "true")
		}
	}
	rows, err := pages[store.TaskRow](ctx, p, "/tasks", query, l.Limit)
	if err != nil {
		return err
	}
	return l.print(rows, func(w io.Writer) error {
		lines := [][]string{{"DUE", "PRIORITY", "QUEUE", "KIND", "TITLE", "CASE", "WHO", "ID"}}
		for _, r := range rows {
			who := ""
			if r.Assignee != nil {
				who = r.Assignee.String()
			}
			lines = append(lines, []string{
				short(r.DueAt), strconv.Itoa(int(r.Priority)), string(r.Queue), string(r.Kind), r.Title, r.CaseNumber, who, string(r.ID),
			})
		}
		return table(w, lines)
	})
}

// work names a task.
type work struct {
	remote
	Task string `arg:"" help:"ID of the task."`
}

func (k *work) path() string { return "/tasks/" + url.PathEscape(k.Task) }

// mark posts to a task and prints whose it is then.
func (k *work) mark(ctx context.Context, c *config.Config, what string, body any) error {
	p, err := k.client(c)
	if err != nil {
		return err
	}
	var marks api.TaskMarks
	if _, err := p.Post(ctx, k.path()+"/"+what, "", body, &marks); err != nil {
		return err
	}
	return k.print(marks, func(w io.Writer) error {
		who := "nobody has it"
		if marks.Assignee != nil {
			who = marks.Assignee.String() + " has it"
		}
		if marks.HoldUntil != nil {
			who += ", set aside until " + short(*marks.HoldUntil)
		}
		_, err := fmt.Fprintln(w, plain(string(marks.ID)+"  "+who))
		return err
	})
}

// TaskShow prints a task.
type TaskShow struct{ work }

// Run prints the form of its result too.
func (s *TaskShow) Run(ctx context.Context, c *config.Config) error {
	p, err := s.client(c)
	if err != nil {
		return err
	}
	var t api.TaskDetail
	if err := p.Get(ctx, s.path(), nil, &t); err != nil {
		return err
	}
	f, err := formOf(ctx, p, t.Kind)
	if err != nil {
		return err
	}
	return s.print(t, func(w io.Writer) error {
		lines := [][]string{
			{"task", t.Title},
			{"", t.Instructions},
			{"case", t.CaseNumber + " " + t.CaseTitle},
			{"patient", t.Patient.Name()},
			{"due", short(t.DueAt) + ", " + t.Due.Rule},
			{"queue", string(t.Queue)},
		}
		if t.Assignee != nil {
			lines = append(lines, []string{"taken by", t.Assignee.String()})
		}
		for _, m := range t.Comments {
			lines = append(lines, []string{"comment", short(m.At) + " " + m.By.String() + ": " + m.Words})
		}
		if t.Done != nil {
			lines = append(lines, []string{"completed", short(t.Done.At) + " by " + t.Done.By.String()})
		}
		for _, name := range f.names() {
			lines = append(lines, []string{"result", name + "  " + f.words(name)})
		}
		return table(w, lines)
	})
}

// TaskTake takes a task.
type TaskTake struct{ work }

// Run posts it.
func (k *TaskTake) Run(ctx context.Context, c *config.Config) error {
	return k.mark(ctx, c, "take", struct{}{})
}

// TaskRelease releases a task.
type TaskRelease struct{ work }

// Run posts it.
func (k *TaskRelease) Run(ctx context.Context, c *config.Config) error {
	return k.mark(ctx, c, "release", struct{}{})
}

// TaskAssign assigns a task.
type TaskAssign struct {
	work
	To   string `required:"" help:"ID of the key or user."`
	Name string `help:"As people call them."`
}

// Run posts it.
func (k *TaskAssign) Run(ctx context.Context, c *config.Config) error {
	return k.mark(ctx, c, "assign", map[string]string{"to": k.To, "name": k.Name})
}

// TaskHold sets a task aside.
type TaskHold struct {
	work
	Until  string `required:"" help:"Until when: 2026-12-31, '2026-12-31 17:00', or RFC 3339."`
	Reason string `required:"" help:"Why."`
}

// Run posts it.
func (k *TaskHold) Run(ctx context.Context, c *config.Config) error {
	until, err := moment(k.Until)
	if err != nil {
		return err
	}
	return k.mark(ctx, c, "hold", map[string]any{"until": until, "reason": k.Reason})
}

// TaskUnhold ends a hold.
type TaskUnhold struct{ work }

// Run posts it.
func (k *TaskUnhold) Run(ctx context.Context, c *config.Config) error {
	return k.mark(ctx, c, "unhold", struct{}{})
}

// TaskReturn returns a task.
type TaskReturn struct {
	work
	Reason string `required:"" help:"Why."`
}

// Run posts it.
func (k *TaskReturn) Run(ctx context.Context, c *config.Config) error {
	return k.mark(ctx, c, "return", map[string]string{"reason": k.Reason})
}

// TaskComment comments on a task.
type TaskComment struct {
	work
	Words string `arg:"" help:"The comment; @FILE reads it from a file."`
}

// Run posts it.
func (k *TaskComment) Run(ctx context.Context, c *config.Config) error {
	words, err := given(k.Words)
	if err != nil {
		return err
	}
	return k.mark(ctx, c, "comments", map[string]string{"words": strings.TrimSpace(string(words))})
}

// TaskComplete completes a task.
type TaskComplete struct {
	work
	Result string   `placeholder:"JSON" help:"The result in JSON; @FILE reads it from a file, - from the standard input."`
	Set    []string `placeholder:"NAME=VALUE" sep:"none" help:"One field of the result; more than once if there are several. A list is written with commas."`
}

// Run prints where the case went.
func (k *TaskComplete) Run(ctx context.Context, c *config.Config) error {
	p, err := k.client(c)
	if err != nil {
		return err
	}
	result, err := k.result(ctx, p)
	if err != nil {
		return err
	}
	var view domain.CaseView
	if _, err := p.Post(ctx, k.path()+"/completion", "", map[string]any{"result": result}, &view); err != nil {
		return err
	}
	return k.view(view)
}

func (k *TaskComplete) result(ctx context.Context, p *client.Client) (json.RawMessage, error) {
	if (k.Result == "") == (len(k.Set) == 0) {
		return nil, errors.New("give the result by --result or by --set")
	}
	if k.Result != "" {
		raw, err := given(k.Result)
		if err == nil && !json.Valid(raw) {
			err = errors.New("--result is not JSON")
		}
		return raw, err
	}
	var t api.TaskDetail
	if err := p.Get(ctx, k.path(), nil, &t); err != nil {
		return nil, err
	}
	f, err := formOf(ctx, p, t.Kind)
	if err != nil {
		return nil, err
	}
	result := map[string]any{}
	for _, set := range k.Set {
		name, value, ok := strings.Cut(set, "=")
		if !ok {
			return nil, errors.New("--set is written name=value")
		}
		if result[name], err = f.value(name, value); err != nil {
			return nil, err
		}
	}
	return json.Marshal(result)
}

// form is the JSON schema of a task's result, as far as a command line needs it.
type form struct {
	Required   []string `json:"required"`
	Properties map[string]struct {
		Type   string   `json:"type"`
		Format string   `json:"format"`
		Title  string   `json:"title"`
		Enum   []string `json:"enum"`
	} `json:"properties"`
}

func formOf(ctx context.Context, p *client.Client, kind domain.TaskKind) (form, error) {
	var kinds api.TaskForms
	if err := p.Get(ctx, "/task-kinds", nil, &kinds); err != nil {
		return form{}, err
	}
	for _, k := range kinds.Items {
		if k.Kind == kind {
			var f form
			return f, json.Unmarshal(k.Result, &f)
		}
	}
	return form{}, fmt.Errorf("no form for tasks of the kind %s", kind)
}

// value reads a field of the result as its schema wants it.
func (f form) value(name, text string) (any, error) {
	p, ok := f.Properties[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("the result has no field %s; it has %s", name, strings.Join(f.names(), ", "))
	case p.Type == "integer":
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%s must be a whole number", name)
		}
		return n, nil
	case p.Type == "boolean":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%s must be true or false", name)
		}
		return b, nil
	case p.Type == "array" && strings.HasPrefix(text, "["):
		return json.RawMessage(text), nil
	case p.Type == "array":
		return strings.Split(text, ","), nil
	case p.Format == "date-time":
		at, err := moment(text)
		return at.Format(time.RFC3339), err
	}
	return text, nil
}
