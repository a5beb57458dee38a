package payersim_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/internal/payersim"
)

func TestListen_refuses_an_address_that_others_can_reach(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.org:0"} {
		_, err := payersim.Listen(t.Context(), address, false)
		require.ErrorIs(t, err, payersim.ErrNotLoopback, address)
	}
	for address, remote := range map[string]bool{"127.0.0.1:0": false, "localhost:0": false, "0.0.0.0:0": true} {
		l, err := payersim.Listen(t.Context(), address, remote)
		require.NoError(t, err, address)
		require.NoError(t, l.Close())
	}
}

func TestServe_an_outage_refuses_connections_and_ends_at_the_same_address(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	l, err := payersim.Listen(t.Context(), "127.0.0.1:0", false)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- w.sim.Serve(ctx, l) }()
	address := "http://" + l.Addr().String()
	post := func() error {
		resp, err := w.client.Post(address+"/x12", "application/edi-x12", bytes.NewReader(w.knee().bytes()))
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	require.NoError(t, post())
	require.Equal(t, http.StatusNoContent, w.do(http.MethodPost, "/control/outage?for=1h", ""))
	require.Error(t, post(), "a connection that was kept is broken")
	require.ErrorIs(t, post(), syscall.ECONNREFUSED)
	require.Len(t, w.outcomes(), 1)
	w.pass(time.Hour)
	require.Eventually(t, func() bool { return post() == nil }, 10*time.Second, 5*time.Millisecond, "the payer is back")
	stop()
	require.NoError(t, <-served)
	_, err = net.Dial("tcp", l.Addr().String())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestServe_too_large_a_body_is_refused_and_not_noted(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	status, _, err := w.post([]byte(strings.Repeat("x", 9<<20)))
	require.NoError(t, err)
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	require.Empty(t, w.sim.Ledger().Entries())
}

func TestServe_answers_many_at_once_each_once(t *testing.T) {
	t.Parallel()
	w := start(t, "")
	const askers = 40
	answers := make(chan string, askers)
	for n := range askers {
		b := w.knee(member("M" + string(rune('A'+n%20)))).bytes()
		go func() {
			_, answer, err := w.post(b)
			if err != nil {
				answers <- err.Error()
				return
			}
			answers <- pick(strings.ReplaceAll(string(answer), "~", "\n"), "HCR")
		}()
	}
	approved, duplicates := 0, 0
	for range askers {
		switch answer := <-answers; {
		case strings.HasPrefix(answer, "HCR*A1*"):
			approved++
		case answer == "HCR*A3**0Q":
			duplicates++
		default:
			require.Fail(t, answer)
		}
	}
	require.Equal(t, []int{20, 20}, []int{approved, duplicates})
}
