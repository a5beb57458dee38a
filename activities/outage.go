package activities

import (
	"context"
	"errors"
	"time"

	"parley/domain"
	"parley/payer"
	"parley/payer/connector"
	"parley/store"
)

// reached notes whether a payer could be reached. Many failures are one outage, told to
// people once if it lasts; the first success ends it. What goes wrong here is noted at the
// next contact: it must not trouble a send.
func (a *Activities) reached(ctx context.Context, p *payer.Profile, what string, failed error) {
	var err error
	if failed != nil && outOfReach(failed) {
		err = a.failedAt(ctx, p, what)
	} else if failed == nil {
		err = a.answersAgain(ctx, p, what)
	}
	if err != nil {
		a.Log.Warn("outage.not_noted", "payer", p.Slug, "error", err)
	}
}

// outOfReach are the failures that say something about the payer, not about one request.
func outOfReach(err error) bool {
	switch connector.Code(connector.CodeOf(err)) {
	case connector.Unreachable, connector.TimedOut, connector.Broken, connector.ServerError, connector.MailboxFails, connector.NotSetUp:
		return true
	default: // the payer was reached
	}
	return false
}

func (a *Activities) failedAt(ctx context.Context, p *payer.Profile, what string) error {
	o, err := a.Store.FailedAt(ctx, what, a.Now(), func(since time.Time) domain.CaseID {
		return domain.ChildID("outage", what+" "+since.Format(time.RFC3339Nano))
	})
	if err != nil || o.ToldAt != nil || a.Now().Sub(o.Since) < a.OutageAfter {
		return err
	}
	start := a.escalation(o.CaseID, p, domain.PayerUnreachable, o.Since)
	start.Subject = what
	if err := a.openOnce(ctx, start); err != nil {
		return err
	}
	ended, err := a.Store.OutageTold(ctx, o)
	if err == nil && ended { // while people were being told
		err = a.tellReachable(ctx, p, o)
	}
	return err
}

func (a *Activities) answersAgain(ctx context.Context, p *payer.Profile, what string) error {
	for {
		o, err := a.Store.OpenOutage(ctx, what)
		if errors.Is(err, domain.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		// One that is due to be told may have been, by whom we do not see finish.
		if o.ToldAt != nil || a.Now().Sub(o.Since) >= a.OutageAfter {
			if err := a.tellReachable(ctx, p, o); err != nil {
				return err
			}
		}
		ended, err := a.Store.OutageEnded(ctx, o)
		if err != nil || ended {
			return err
		}
	}
}

// tellReachable ends the escalation of an outage; one that is over, or never was, is as
// it should be.
func (a *Activities) tellReachable(ctx context.Context, p *payer.Profile, o store.Outage) error {
	ctx, cancel := context.WithTimeout(ctx, hearPatience)
	defer cancel()
	err := a.Cases.Tell(ctx, o.CaseID, domain.Tell{
		ID: messageID(string(o.CaseID), domain.TellReachable), What: domain.TellReachable, By: domain.ByPayer(p.Slug, p.Name), At: a.Now().UTC(),
	})
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrConflict) {
		return nil
	}
	return err
}
