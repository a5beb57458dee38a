package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/internal/bench"
)

func figures(values map[string]float64) func(*bench.Report) error {
	return func(r *bench.Report) error {
		for name, v := range values {
			r.Set(name, v)
		}
		return nil
	}
}

func TestRun_prints_one_line_that_says_what_was_found_and_whether_it_was_held(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := bench.Run("tea", bench.Musts{"cups": ">= 2"}, &out, figures(map[string]float64{"cups": 2.00049, "sugar": 1}))
	require.NoError(t, err)
	require.Equal(t, `{"bench":"tea","figures":{"cups":2,"sugar":1},"must":{"cups":">= 2"},"held":true}`+"\n", out.String())
}

func TestRun_holds_a_must_at_its_ends_and_not_beyond(t *testing.T) {
	t.Parallel()
	for must, cases := range map[string]map[float64]bool{
		">= 0.6":  {0.6: true, 0.599: false, 7: true},
		"<=2":     {2: true, 2.001: false, -1: true},
		"1..10":   {1: true, 10: true, 0.999: false, 10.001: false},
		"-2 .. 0": {-2: true, 0: true, -2.001: false, 0.001: false},
		">= -1":   {-1: true, -1.5: false},
	} {
		for value, held := range cases {
			var out bytes.Buffer
			err := bench.Run("b", bench.Musts{"x": must}, &out, figures(map[string]float64{"x": value}))
			var said bench.Report
			require.NoError(t, json.Unmarshal(out.Bytes(), &said))
			require.Equal(t, held, said.Held, "%v %s", value, must)
			if held {
				require.NoError(t, err)
				continue
			}
			require.ErrorIs(t, err, bench.ErrNotHeld)
			require.ErrorContains(t, err, "must be "+must)
		}
	}
}

func TestRun_does_not_hold_what_was_not_measured(t *testing.T) {
	t.Parallel()
	for name, measure := range map[string]func(*bench.Report) error{
		"never set": figures(nil), "no number": figures(map[string]float64{"x": math.NaN()}), "without end": figures(map[string]float64{"x": math.Inf(1)}),
	} {
		var out bytes.Buffer
		err := bench.Run("b", bench.Musts{"x": ">= 0"}, &out, measure)
		require.ErrorIs(t, err, bench.ErrNotHeld, name)
		require.ErrorContains(t, err, "x was not measured", name)
		require.Contains(t, out.String(), `"held":false`, name)
	}
}

func TestRun_that_fails_on_its_way_still_ends_with_its_line_and_is_not_held(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	broken := errors.New("no kettle")
	err := bench.Run("tea", bench.Musts{"cups": ">= 0"}, &out, func(r *bench.Report) error {
		r.Set("cups", 3)
		return broken
	})
	require.ErrorIs(t, err, broken)
	require.NotErrorIs(t, err, bench.ErrNotHeld)
	require.Contains(t, out.String(), `"figures":{"cups":3}`)
	require.Contains(t, out.String(), `"held":false`)
	require.Equal(t, 1, strings.Count(out.String(), "\n"))
}

func TestRun_refuses_a_must_that_cannot_be_read_before_it_measures(t *testing.T) {
	t.Parallel()
	for _, must := range []string{"", "0.6", "> 1", "about 3", "3..1", "a..b", ">= ", "<= NaN", "1..Inf"} {
		err := bench.Run("b", bench.Musts{"x": must}, &bytes.Buffer{}, func(*bench.Report) error {
			t.Errorf("measured for the must %q", must)
			return nil
		})
		require.ErrorContains(t, err, "x: the must", must)
	}
}

func TestTurnAbout_goes_there_and_back(t *testing.T) {
	t.Parallel()
	var order strings.Builder
	add := func(s string) func() error { return func() error { order.WriteString(s); return nil } }
	require.NoError(t, bench.TurnAbout(2, add("a"), add("b")))
	require.Equal(t, "abbaabba", order.String())
	broken := errors.New("b is broken")
	require.ErrorIs(t, bench.TurnAbout(2, add("."), func() error { return broken }), broken)
	require.Equal(t, "abbaabba.", order.String())
}

func TestTally_counts_what_all_lanes_did(t *testing.T) {
	t.Parallel()
	var tally bench.Tally
	for range 2 {
		require.NoError(t, tally.Lanes(t.Context(), 3, 5, func(context.Context) error { return nil }))
	}
	require.Equal(t, 30, tally.Done)
	require.InDelta(t, 10, bench.Tally{Done: 20, Took: 2 * time.Second}.Rate(), 1e-9)
}

func TestTally_adds_up(t *testing.T) {
	t.Parallel()
	sum := bench.Tally{Done: 2, Took: time.Second}.Plus(bench.Tally{Done: 3, Took: time.Minute})
	require.Equal(t, bench.Tally{Done: 5, Took: 61 * time.Second}, sum)
}

func TestMedian_is_in_the_middle(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 2, bench.Median([]float64{9, 1, 2}), 1e-9)
	require.InDelta(t, 3, bench.Median([]float64{9, 4, 1, 2}), 1e-9)
	require.True(t, math.IsNaN(bench.Median(nil)))
}

func TestTally_ends_with_the_first_error_and_says_it(t *testing.T) {
	t.Parallel()
	var tally bench.Tally
	broken := errors.New("a lane is closed")
	err := tally.Lanes(t.Context(), 4, 1_000_000, func(context.Context) error { return broken })
	require.ErrorIs(t, err, broken)
	require.Zero(t, tally.Done)
}

func TestTimes_a_percentile_is_one_of_the_times(t *testing.T) {
	t.Parallel()
	var times bench.Times
	for _, ms := range []int{50, 10, 40, 20, 30} {
		times = append(times, time.Duration(ms)*time.Millisecond)
	}
	require.InDelta(t, 30, times.Milliseconds(50), 1e-9)
	require.InDelta(t, 50, times.Milliseconds(100), 1e-9)
	require.InDelta(t, 10, times.Milliseconds(0), 1e-9)
	require.True(t, math.IsNaN(bench.Times{}.Milliseconds(50)))
	require.Error(t, times.Of(func() error { return errors.New("it failed") }))
	require.Len(t, times, 5, "what failed took no time")
}
