package dev

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// teller tells a person what is going on, a line at a time.
type teller struct {
	mu  sync.Mutex
	out io.Writer
}

func (t *teller) line(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out != nil {
		_, _ = fmt.Fprintf(t.out, "parley: "+format+"\n", args...) // nobody may be listening
	}
}

// step does something that may take a while, and says so while it does.
func (t *teller) step(what string, do func() error) error {
	began, done := time.Now(), make(chan struct{})
	var beat sync.WaitGroup
	beat.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(3 * time.Second):
				t.line("%s: %.0f s so far", what, time.Since(began).Seconds())
			}
		}
	})
	err := do()
	close(done)
	beat.Wait()
	if err == nil {
		t.line("%s: done in %.1f s", what, time.Since(began).Seconds())
	}
	return err
}
