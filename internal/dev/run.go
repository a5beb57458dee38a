package dev

import (
	"context"
	"os"
	"time"
)

// Run is `parley dev`: it starts a stack, tells where it is, and stops it when ctx ends.
func Run(ctx context.Context, o Options) error {
	began := time.Now()
	s, err := Start(ctx, o)
	if err != nil && ctx.Err() != nil {
		return nil // told to stop while starting, and did
	}
	if err != nil {
		return err
	}
	s.say.line("ready after %.0f s", time.Since(began).Seconds())
	s.say.line("  Parley    %s/api/v1", s.Env.API)
	if _, err := os.Stat(s.Env.APIKeyFile); err == nil {
		s.say.line("  API keys  a coordinator's in %s, other roles' in api-key-* beside it", s.Env.APIKeyFile)
	}
	s.say.line("  payers    %s (simulated)", s.Env.Payersim)
	s.say.line("  Temporal  %s, namespace %s", s.Env.TemporalAddress, s.Env.TemporalNamespace)
	s.say.line("  data      %s, logs in its log/", s.Env.Data)
	if len(o.Try) > 0 {
		s.say.line("try, in another terminal:")
	}
	for _, command := range o.Try {
		s.say.line("  %s", command)
	}
	s.say.line("Ctrl-C stops everything; cases go on at the next start")
	<-ctx.Done()
	s.say.line("stopping; a second Ctrl-C does not wait")
	s.Stop(context.WithoutCancel(ctx))
	s.say.line("stopped")
	return nil
}
