package workflows

import (
	"encoding/json"
	"time"

	"go.temporal.io/sdk/workflow"

	"parley/domain"
	"parley/workflows/flow"
)

const (
	expiryName = "authorization expires"
	callAgain  = 3 * 24 * time.Hour
)

// armExpiry arms the last day to perform; nil where the payer named none.
func (f *AuthorizationFile) armExpiry(c *flow.Case) *flow.Clock {
	if f.Decision.Through == "" {
		return nil
	}
	zone := domain.Zone(c.Zone)
	d := domain.Deadline{
		Name: expiryName, Rule: "the payer's approval, last day to perform", Source: "authorization " + f.Decision.Number,
		From: f.Decision.From.In(zone), Due: f.Decision.Through.End(zone), Zone: c.Zone,
		Warn: []time.Duration{14 * 24 * time.Hour, 3 * 24 * time.Hour}, Then: "the authorization can no longer be used",
	}
	if was, armed := c.Armed(expiryName); !armed || !was.Due.Equal(d.Due) {
		c.Arm(d)
	}
	return c.Until(d)
}

// askDoneAt is when somebody is asked whether the service was done: the morning after
// the planned day, and then each week.
func (f *AuthorizationFile) askDoneAt(ctx workflow.Context) domain.Deadline {
	at := f.Order.Planned.AddDays(1 + 7*f.AskedDone).In(domain.Zone(f.Zone)).Add(9 * time.Hour)
	if now := workflow.Now(ctx); f.AskedDone > 0 && at.Before(now) {
		at = now.Add(7 * 24 * time.Hour)
	}
	return domain.Deadline{
		Name: "ask whether the service was done", Rule: "Parley: asked the day after", From: workflow.Now(ctx), Due: at, Zone: f.Zone,
		Then: "a person is asked",
	}
}

// confirmService asks a person whether the service took place under the authorization.
func confirmService(ctx workflow.Context, c *flow.Case, f *AuthorizationFile, done *flow.Expected, expiry *flow.Clock) error {
	task := flow.Ask[domain.ServiceConfirmed](c, serviceTask(ctx, c, f))
	c.Stand("was the service done?")
	if err := c.First(ctx, task, done, expiry); err != nil {
		return err
	}
	switch {
	case done.Tell != nil:
		return f.serviceDone(c, *done.Tell)
	case !task.Done:
		c.Say(domain.ToldClock, domain.ByCase, "The last day to use the authorization is over")
		return nil
	}
	f.AskedDone++
	switch r := task.Result; r.Done {
	case "yes":
		f.Done = &domain.ServiceDone{On: r.On, Units: r.Units}
		c.Say(domain.ToldPeople, task.By, "The service was done on %s", r.On.Words())
	case "moved":
		c.Tell(domain.Told{Kind: domain.ToldPeople, By: task.By, Words: "The visit was moved to " + r.On.Words(), Before: string(f.Order.Planned), After: string(r.On)})
		f.Order.Planned, f.AskedDone = r.On, 0
		if f.Decision.Through != "" && r.On > f.Decision.Through {
			f.Decision.Meaning, f.Reviewed = domain.MeansUnclear, false
			f.Decision.Words = "the visit was moved to a day after the authorization's last"
			return flow.GoTo(domain.StageAnswerPayer)
		}
	default:
		c.Say(domain.ToldPeople, task.By, "The service was not done yet")
	}
	return flow.Again
}

// serviceDone takes an integrator's word that the service took place.
func (f *AuthorizationFile) serviceDone(c *flow.Case, t domain.Tell) error {
	var done domain.ServiceDone
	if err := json.Unmarshal(t.Body, &done); err != nil {
		return err // it was decoded when it was admitted
	}
	f.Done = &done
	c.Say(domain.ToldPeople, t.By, "The service was done on %s", done.On.Words())
	return flow.Again
}

// ending is how the case ends, from what is known of it.
func (f *AuthorizationFile) ending() (domain.Outcome, string) {
	switch f.Decision.Meaning {
	case domain.MeansNotRequired:
		return domain.OutcomeNotRequired, "no authorization is needed"
	case domain.MeansApproved:
		if f.Done != nil {
			return domain.OutcomeUsed, "approved, and the service was done"
		}
		return domain.OutcomeExpired, "approved, and expired unused"
	case domain.MeansDenied:
		return domain.OutcomeDenied, "denied"
	case domain.MeansCancelled:
		return domain.OutcomeCancelled, "cancelled by the payer"
	default: // goes on below
	}
	return domain.OutcomeWithdrawn, "given up after a rejection"
}
