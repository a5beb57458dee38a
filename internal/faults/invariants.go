package faults

import (
	"context"
	"fmt"
	"time"

	"parley/domain"
	"parley/store"
)

// settled is what is left on its way once faults are over: nothing for long.
var settled = store.Grace{
	Deadline: 30 * time.Second, Doubt: 75 * time.Second, Unknown: time.Minute, Inbound: time.Minute, Silence: 30 * time.Second,
}

// Broken lists everything that does not hold: the invariants seen in the database, the
// audit's chains, and the payers' own ledger of what they were sent.
func (p *Practice) Broken(ctx context.Context) ([]string, error) {
	found := []string{}
	violations, err := p.Store.Broken(ctx, settled)
	if err != nil {
		return nil, err
	}
	for _, v := range violations {
		found = append(found, v.String())
	}
	audit, err := p.Store.VerifyAudit(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, f := range audit.Findings {
		found = append(found, "I5 audit: "+f.String())
	}
	twice, err := p.Payers.SentTwice(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range twice {
		found = append(found, "I2 payers' ledger: "+string(t))
	}
	return found, nil
}

// Settle waits until nothing is broken, and returns what still is when the time is up.
func (p *Practice) Settle(ctx context.Context, patience time.Duration) (broken []string, err error) {
	for end := time.Now().Add(patience); ; {
		broken, err = p.Broken(ctx)
		if err == nil && len(broken) == 0 || ctx.Err() != nil || time.Now().After(end) {
			return broken, err
		}
		pause(ctx, time.Second)
	}
}

// Lost lists the cases of acknowledged starts that the database does not show, or that
// Temporal does not run although they are open.
func (p *Practice) Lost(ctx context.Context, acknowledged map[domain.CaseID]bool) ([]string, error) {
	lost := []string{}
	for id := range acknowledged {
		c, err := p.Store.Case(ctx, store.Scope{Subject: tester, All: true}, string(id))
		if err != nil {
			lost = append(lost, fmt.Sprintf("I1 acknowledged and not shown: case %s: %v", id, err))
			continue
		}
		if c.Status == domain.Closed {
			continue
		}
		d, err := p.Temporal.DescribeWorkflowExecution(ctx, string(id), "")
		if err != nil {
			return nil, fmt.Errorf("describe case %s: %w", id, err)
		}
		if d.GetWorkflowExecutionInfo().GetCloseTime() != nil {
			lost = append(lost, fmt.Sprintf("I1 open and not running: case %s", id))
		}
	}
	return lost, nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
