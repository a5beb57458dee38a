package faults

import (
	"context"
	"fmt"
	"time"

	"parley/domain"
	"parley/store"
)

// settled is what may be on its way once all has come right: next to nothing, so that
// whoever waits for it has waited for every doubt and every unknown send.
var settled = store.Grace{
	Deadline: 5 * time.Second, Doubt: time.Second, Unknown: time.Second, Inbound: 20 * time.Second, Silence: 2 * time.Second,
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

// Unapplied lists the tasks whose completion was acknowledged and that do not have
// exactly one that stands.
func (p *Practice) Unapplied(ctx context.Context, completed map[domain.TaskID]bool) ([]string, error) {
	wrong := []string{}
	for id := range completed {
		var n int
		err := p.Pool.QueryRow(ctx, `select count(*) from task_completion where task_id = $1 and struck_at is null`, id).Scan(&n)
		if err != nil {
			return nil, fmt.Errorf("count completions of task %s: %w", id, err)
		}
		if n != 1 {
			wrong = append(wrong, fmt.Sprintf("I4 acknowledged and applied %d times: task %s", n, id))
		}
	}
	return wrong, nil
}
