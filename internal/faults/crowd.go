package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"parley/api/client"
	"parley/domain"
	"parley/store"
)

// trigger starts one order many times at once, each under a key of its own, and says what
// is wrong if that is not one case.
func (p *Practice) trigger(ctx context.Context, o domain.Order, times int) (id domain.CaseID, wrong []string, err error) {
	var mu sync.Mutex
	cases, fresh := map[domain.CaseID]int{}, 0
	each(times, times, func(int) {
		started, status, failed := p.Start(ctx, "", o)
		mu.Lock()
		defer mu.Unlock()
		if failed != nil {
			err = errors.Join(err, failed)
			return
		}
		id = started.CaseID
		cases[id]++
		if status == http.StatusCreated {
			fresh++
		}
	})
	if err == nil && (len(cases) != 1 || fresh == 0) {
		wrong = append(wrong, fmt.Sprintf("I1 one trigger %d times at once: %d cases, %d times new", times, len(cases), fresh))
	}
	return id, wrong, err
}

// crowd opens many tasks and has each completed by four people at once. It says what is
// wrong if not each is completed once, the others told who was first.
func (p *Practice) crowd(ctx context.Context, source string, many int) (wrong []string, err error) {
	var mu sync.Mutex
	note := func(failed error) {
		mu.Lock()
		defer mu.Unlock()
		err = errors.Join(err, failed)
	}
	tasks := make([]domain.TaskID, many)
	each(many, 8, func(i int) {
		task, failed := p.pended(ctx, Order(source, i, fmt.Sprintf("LK92%05d", i)))
		tasks[i] = task
		note(failed)
	})
	if err != nil {
		return nil, err
	}
	won, untold := make([]int, many), 0
	var hands sync.WaitGroup
	for hand := range 4 {
		hands.Go(func() {
			each(many, 3, func(i int) {
				n := (i + hand) % many
				_, failed := p.Clinic.Post(ctx, taskPath(tasks[n], "completion"), "", sentDocuments(fmt.Sprint("by ", hand)), nil)
				var problem *client.Problem
				mu.Lock()
				defer mu.Unlock()
				switch {
				case failed == nil:
					won[n]++
				case errors.As(failed, &problem) && problem.Status == http.StatusConflict && problem.By != nil:
				case errors.As(failed, &problem) && problem.Status == http.StatusConflict:
					untold++
				default:
					err = errors.Join(err, failed)
				}
			})
		})
	}
	hands.Wait()
	if err != nil {
		return nil, err
	}
	completed := map[domain.TaskID]bool{}
	for i, n := range won {
		completed[tasks[i]] = true
		if n != 1 {
			wrong = append(wrong, fmt.Sprintf("I4 completed by %d of four at once: task %s", n, tasks[i]))
		}
	}
	if untold > 0 {
		wrong = append(wrong, fmt.Sprintf("I4 %d were too late and not told who was first", untold))
	}
	unapplied, err := p.Unapplied(ctx, completed)
	return append(wrong, unapplied...), err
}

// pended starts an order that the payer pends, and returns the task of what it wants.
func (p *Practice) pended(ctx context.Context, o domain.Order) (domain.TaskID, error) {
	o.Services[0].Code = "70551"
	started, _, err := p.Start(ctx, "", o)
	if err != nil {
		return "", err
	}
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 50*time.Millisecond) {
		tasks, err := p.Store.TasksOfCase(ctx, store.Scope{Subject: tester, All: true}, started.CaseID)
		if err != nil {
			return "", err
		}
		for _, row := range tasks {
			if row.Kind == (domain.DocumentsSent{}).Task() && row.ClosedAt == nil {
				return row.ID, nil
			}
		}
	}
	return "", fmt.Errorf("case %s was never pended", started.CaseID)
}

// sentDocuments is the body by which a person says that they sent what the payer wants.
func sentDocuments(what string) map[string]any {
	return map[string]any{"result": domain.DocumentsSent{Documents: []string{what}, Channel: domain.ByFax}}
}

func taskPath(id domain.TaskID, what string) string { return "/tasks/" + string(id) + "/" + what }

// each does something n times, some at once.
func each(n, atOnce int, do func(i int)) {
	var all sync.WaitGroup
	next := make(chan int)
	for range atOnce {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}
