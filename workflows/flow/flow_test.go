package flow_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/internal/casestory"
	"parley/internal/testpg"
	"parley/workflows/flow"
)

func TestMain(m *testing.M) { testpg.Main(m) }

// probe is a kind of case made to try the vocabulary.
type probe struct {
	flow.File
	Rounds int `json:"rounds"`
}

func (f *probe) Facts() (domain.PayerID, domain.Facts) {
	return "larkfield", domain.Facts{Title: "probe"}
}

func procedure(stages ...flow.Part[probe]) func(workflow.Context, probe) (probe, error) {
	return func(ctx workflow.Context, f probe) (probe, error) {
		return flow.Run(ctx, f, flow.Procedure[probe]{
			Stages:   stages,
			Admit:    func(*probe, domain.Tell) error { return nil },
			Told:     func(workflow.Context, *flow.Case, *probe, domain.Tell) (string, error) { return "", nil },
			Heard:    heard,
			Reopened: func(*probe) string { return firstStage },
		})
	}
}

const firstStage = "first"

func heard(_ workflow.Context, c *flow.Case, _ *probe, a domain.Answer) (string, error) {
	c.Say(domain.ToldPayer, a.By, "news: %s", a.Said)
	return "", nil
}

func ends(_ workflow.Context, c *flow.Case, _ *probe) error {
	c.Close(domain.OutcomeResolved, "over")
	return flow.Done
}

func opening(w *casestory.World) domain.NewEscalation {
	return domain.NewEscalation{Opening: domain.Opening{
		CaseID: w.Case, Kind: domain.Escalation, By: casestory.Dana, At: casestory.Start, Facility: "north", Zone: "America/Chicago",
	}}
}

func hours(ctx workflow.Context, n int, name string) domain.Deadline {
	now := workflow.Now(ctx)
	return domain.Deadline{Name: name, Rule: name, From: now, Due: now.Add(time.Duration(n) * time.Hour), Zone: "UTC"}
}

func TestChild_asked_for_twice_is_one_case(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Starts(procedure(flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, f *probe) error {
			for range 2 {
				view, err := c.Child(ctx, domain.Escalation, "trouble", domain.NewEscalation{})
				if err != nil {
					return err
				}
				c.Say(domain.ToldAdvance, domain.ByCase, "opened %s", view.CaseID)
			}
			return nil
		}), flow.Stage("close", ends)), opening(w))
		id := string(domain.ChildID(w.Case, "trouble"))
		require.Equal(t, []string{"day 0   opened " + id, "day 0   opened " + id}, w.Timeline())
	})
}

// A case may wait on clinic, patient and payer at once: one open row for each wait (I3).
func TestFirst_waits_for_several_people_at_once_and_each_task_stays_until_its_own_end(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.After(1*time.Hour, w.Does("a", domain.DocumentsSent{Documents: []string{"n"}, Channel: domain.ByFax}))
		w.After(3*time.Hour, w.Does("b", domain.NeedDecided{Needed: "yes"}))
		open := map[string][]string{}
		look := func(when string) func() { return func() { open[when] = w.OpenTasks() } }
		w.After(30*time.Minute, look("before"))
		w.After(2*time.Hour, look("between"))
		w.Starts(procedure(flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, f *probe) error {
			papers := flow.Ask[domain.DocumentsSent](c, domain.Task{Title: "papers", Queue: "clinical", Party: domain.Clinician, Due: hours(ctx, 9, "d1")})
			need := flow.Ask[domain.NeedDecided](c, domain.Task{Title: "need", Queue: "authorizations", Due: hours(ctx, 9, "d2")})
			for !papers.Done || !need.Done {
				if err := c.First(ctx, papers, need); err != nil {
					return err
				}
			}
			return nil
		}), flow.Stage("close", ends)), opening(w))
		require.Equal(t, map[string][]string{"before": {"decide need", "send documents"}, "between": {"decide need"}}, open)
	})
}

// An answer that comes while the question is still on its way is kept until somebody
// listens; where nobody does, it is news once the question has arrived.
func TestHear_an_answer_that_came_while_the_question_was_on_its_way(t *testing.T) {
	for name, listens := range map[string]bool{"and somebody listens": true, "and nobody listens": false} {
		t.Run(name, func(t *testing.T) {
			casestory.Each(t, func(w *casestory.World) {
				w.Payer(`{rules: [{name: m, then: {decide: approve, deliver: mailbox}}]}`)
				x := w.Case.Exchange(1)
				w.Acts.Crashpoint = func(point string) {
					if point == "after-last-byte" {
						w.Say(domain.HearAnswer, "early", domain.Answer{
							ID: "early", Exchange: x, Channel: domain.ByX12, Said: domain.NotCertified, By: casestory.Dana, At: casestory.Start,
						})
					}
				}
				w.Starts(procedure(
					flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, f *probe) error {
						q := c.NewQuestion(domain.Request{Kind: domain.AskAuthorization, Payer: "larkfield", Order: order})
						if err := c.Exchange(ctx, q, domain.Terms{Name: "Larkfield"}); err != nil {
							return err
						}
						if listens {
							h := c.Hear(x)
							if err := c.First(ctx, h, c.Until(hours(ctx, 1, "soon"))); err != nil {
								return err
							}
							c.Say(domain.ToldPayer, h.Answer.By, "heard: %s", h.Answer.Said)
						}
						return nil
					}),
					flow.Stage("wait", func(ctx workflow.Context, c *flow.Case, f *probe) error {
						return c.First(ctx, c.Until(hours(ctx, 1, "later")))
					}),
					flow.Stage("close", ends)), opening(w))
				want := "day 0   news: A3"
				if listens {
					want = "day 0   heard: A3"
				}
				require.Equal(t, []string{want}, w.Timeline())
			})
		})
	}
}

// What a payer says to a stage that goes on without looking is told by a later one, and
// whoever brought it hears of that: no run begins, and no case ends, over an answer unread.
func TestHear_an_answer_that_its_stage_did_not_look_at(t *testing.T) {
	brings := func(w *casestory.World) {
		w.After(30*time.Minute, func() {
			w.Say(domain.HearAnswer, "a", domain.Answer{
				ID: "a", Exchange: w.Case.Exchange(1), Channel: domain.ByX12, Said: domain.NotCertified, By: casestory.Dana, At: casestory.Start,
			})
		})
	}
	goesOn := func(ctx workflow.Context, c *flow.Case, f *probe) error {
		heard := c.Hear(c.CaseID.Exchange(1))
		if f.Rounds++; f.Rounds == 1 {
			if err := c.First(ctx, c.Until(hours(ctx, 1, "soon"))); err != nil {
				return err
			}
			return flow.Again
		}
		if err := c.First(ctx, heard, c.Until(hours(ctx, 1, "later"))); err != nil {
			return err
		}
		c.Say(domain.ToldPayer, heard.Answer.By, "heard: %s", heard.Answer.Said)
		return nil
	}
	t.Run("before the next round", func(t *testing.T) {
		casestory.Each(t, func(w *casestory.World) {
			brings(w)
			w.Starts(procedure(flow.Stage(firstStage, goesOn), flow.Stage("close", ends)), opening(w))
			require.Equal(w.T, []string{"day 0   heard: A3"}, w.Timeline())
			require.Equal(w.T, []string{"a: step 2"}, w.Said)
		})
	})
	t.Run("before the case closes", func(t *testing.T) {
		casestory.Each(t, func(w *casestory.World) {
			brings(w)
			w.Starts(procedure(flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, _ *probe) error {
				c.Hear(c.CaseID.Exchange(1))
				if err := c.First(ctx, c.Until(hours(ctx, 1, "soon"))); err != nil {
					return err
				}
				c.Close(domain.OutcomeResolved, "over")
				return flow.Done
			})), opening(w))
			require.Equal(w.T, []string{"day 0   Dana said A3; nobody waited for it any more"}, w.Timeline())
			require.Equal(w.T, []string{"a: step 2"}, w.Said)
		})
	})
}

// An answer to one question, come while it was on its way, is news although the stage
// listens for the answer to another.
func TestHear_an_answer_to_another_question_than_the_one_listened_for(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Acts.Crashpoint = func(point string) {
			if point == "after-last-byte" {
				w.Say(domain.HearAnswer, "a", domain.Answer{
					ID: "a", Exchange: w.Case.Exchange(1), Channel: domain.ByX12, Said: domain.NotCertified, By: casestory.Dana, At: casestory.Start,
				})
			}
		}
		w.Starts(procedure(flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, f *probe) error {
			if f.Rounds++; f.Rounds == 1 {
				q := c.NewQuestion(domain.Request{Kind: domain.AskAuthorization, Payer: "larkfield", Order: order})
				if err := c.Exchange(ctx, q, domain.Terms{Name: "Larkfield"}); err != nil {
					return err
				}
			}
			return c.First(ctx, c.Hear("another"), c.Until(hours(ctx, 1, "later")))
		}), flow.Stage("close", ends)), opening(w))
		require.Equal(w.T, []string{"day 0   news: A3"}, w.Timeline())
	})
}

// Nobody is told 'done' before it is written (I10).
func TestComplete_is_answered_only_when_its_step_is_written(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		var mu sync.Mutex // a try that is given up may still be at it
		var said [][]string
		w.Writes = func(s domain.Step) error {
			if s.No != 2 {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if said = append(said, slices.Clone(w.Said)); len(said) == 1 {
				return errors.New("the database is away")
			}
			return nil
		}
		w.After(1*time.Hour, w.Does("a", domain.NeedDecided{Needed: "yes"}))
		w.Starts(procedure(flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, _ *probe) error {
			return c.First(ctx, flow.Ask[domain.NeedDecided](c, domain.Task{Title: "need", Queue: "authorizations", Due: hours(ctx, 9, "d")}))
		}), flow.Stage("close", ends)), opening(w))
		require.GreaterOrEqual(w.T, len(said), 2)
		require.Empty(w.T, slices.Concat(said...))
		require.Equal(w.T, []string{"a: step 2"}, w.Said)
	})
}

// Two who are done with one task while the case is busy: the first one's work counts (I4).
func TestComplete_by_two_while_the_case_writes_counts_once(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		task := domain.NewTaskID(w.Case, 1, domain.NeedDecided{}.Task(), 0)
		w.Writes = func(s domain.Step) error {
			if s.No == 2 { // it falls due, and is raised to the lead
				w.Writes = nil
				w.DoesTask("first", task, domain.NeedDecided{Needed: "yes"})()
				w.DoesTask("second", task, domain.NeedDecided{Needed: "no", Reference: "x"})()
			}
			return nil
		}
		w.Starts(procedure(flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, _ *probe) error {
			need := flow.Ask[domain.NeedDecided](c, domain.Task{Title: "need", Queue: "authorizations", Due: hours(ctx, 1, "d")})
			err := c.First(ctx, need)
			c.Say(domain.ToldPeople, need.By, "needed: %s", need.Result.Needed)
			return err
		}), flow.Stage("close", ends)), opening(w))
		require.NotEmpty(w.T, w.Line("needed: yes"))
		require.Equal(w.T, 1, w.Count("first: step 3"))
		require.Contains(w.T, w.Said[0], "second: refused")
	})
}

func TestHold_asked_for_as_a_run_ends_holds_in_the_next(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Writes = func(s domain.Step) error {
			if s.No == 2 {
				w.Writes = nil
				w.Holds("h", "patient is away", 5*time.Hour)()
			}
			return nil
		}
		w.Starts(procedure(flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, _ *probe) error {
			c.Arm(hours(ctx, 20, "the visit"))
			if err := c.First(ctx, c.Until(hours(ctx, 1, "soon"))); err != nil {
				return err
			}
			c.Say(domain.ToldAdvance, domain.ByCase, "ends")
			return c.Record(ctx)
		}), flow.Stage("second", func(ctx workflow.Context, c *flow.Case, _ *probe) error {
			return c.First(ctx, c.Until(hours(ctx, 9, "later")))
		}), flow.Stage("close", ends)), opening(w))
		require.Equal(w.T, []string{"day 0   ends", "day 0   On hold until 2 Mar 2026 14:00 CST", "day 0   The hold is over"}, w.Timeline())
	})
}

func TestFirst_a_clock_nobody_listens_for_is_told_when_it_passes(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Starts(procedure(flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, f *probe) error {
			c.Arm(hours(ctx, 2, "the visit"))
			return c.First(ctx, c.Until(hours(ctx, 30, "the end")))
		}), flow.Stage("close", ends)), opening(w))
		require.Equal(t, []string{"day 0   The time is up: the visit"}, w.Timeline())
	})
}

func TestAgain_each_round_of_a_stage_may_be_a_run_of_its_own(t *testing.T) {
	casestory.Each(t, func(w *casestory.World) {
		w.Starts(procedure(flow.Stage(firstStage, func(ctx workflow.Context, c *flow.Case, f *probe) error {
			if err := c.First(ctx, c.Until(hours(ctx, 24, "round"))); err != nil {
				return err
			}
			f.Rounds++
			c.Say(domain.ToldAdvance, domain.ByCase, "round %d", f.Rounds)
			if f.Rounds < 3 {
				return flow.Again
			}
			return nil
		}), flow.Stage("close", ends)), opening(w))
		require.Equal(t, []string{"day 1   round 1", "day 2   round 2", "day 3   round 3"}, w.Timeline())
	})
}

var order = domain.Order{
	Facility: "north", Zone: "America/Chicago",
	Patient:    domain.Patient{First: "Rosa", Last: "Featherstone", BirthDate: "1951-04-02", Sex: "F"},
	Coverage:   domain.Coverage{Payer: "larkfield", MemberID: "LKF100200300", Product: domain.MedicareAdvantage, Funding: domain.Government, Relationship: "self"},
	Requesting: domain.Provider{NPI: "1234567893", Last: "Okafor", First: "Ada"},
	Servicing:  domain.Provider{NPI: "1234567893", Last: "Okafor", First: "Ada"},
	Where:      domain.Provider{NPI: "1245319599", Last: "Northside Surgery Center"},
	Services:   []domain.OrderService{{Code: "27447", Units: 1, Unit: "UN", From: "2026-03-20"}},
	Diagnoses:  []string{"M17.11"}, Place: "24", Planned: "2026-03-20", Urgency: domain.Standard,
}
