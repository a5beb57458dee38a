package flow

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"parley/domain"
)

// The server makes no new attempt at a send that was called off: if the one under way
// fails, for want of a connection say, that is how the send ends. The case does not.
func TestStop_asks_what_became_of_a_send_whose_last_attempt_failed(t *testing.T) {
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.RegisterActivityWithOptions(func(_ context.Context, r domain.Request) (domain.Receipt, error) {
		if !r.Abandon {
			return domain.Receipt{}, errors.New("sent after it was called off")
		}
		return domain.Receipt{Submission: r.Submission, State: domain.Prepared}, nil
	}, activity.RegisterOptions{Name: string(Submit)})
	env.ExecuteWorkflow(func(ctx workflow.Context) (r domain.Receipt, err error) {
		failed, set := workflow.NewFuture(ctx)
		set.SetError(errors.New("unreachable"))
		sent := &Sent{request: domain.Request{Submission: "x1-s1"}, future: failed, cancel: func() {}, receipt: &r}
		c := &Case{sends: []*Sent{sent}}
		err = sent.stop(ctx, c)
		return r, err
	})
	require.NoError(t, env.GetWorkflowError())
	var r domain.Receipt
	require.NoError(t, env.GetWorkflowResult(&r))
	require.Equal(t, domain.Receipt{Submission: "x1-s1", State: domain.Prepared}, r)
}

// An inquiry is called off because something happened, and its answer may have come by then.
func TestStop_an_inquiry_that_was_answered_all_the_same_is_news(t *testing.T) {
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.ExecuteWorkflow(func(ctx workflow.Context) (domain.Answer, error) {
		came, set := workflow.NewFuture(ctx)
		set.SetValue(domain.Receipt{State: domain.Accepted, Answer: &domain.Answer{ID: "a", Said: domain.CertifiedInTotal}})
		sent := &Sent{request: domain.Request{Kind: domain.AskStatus}, future: came, cancel: func() {}, receipt: &domain.Receipt{}}
		c := &Case{sends: []*Sent{sent}}
		err := sent.stop(ctx, c)
		return *c.news[0].answer, err
	})
	require.NoError(t, env.GetWorkflowError())
	var a domain.Answer
	require.NoError(t, env.GetWorkflowResult(&a))
	require.Equal(t, domain.MessageID("a"), a.ID)
}
