package demo

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/domain"
	"parley/payer"
)

// What the practice asks for is what anybody may ask for, on whatever day it is loaded.
func TestOrders_are_fit_to_be_started_on_any_day(t *testing.T) {
	book, err := payer.Load(payer.Shipped())
	require.NoError(t, err)
	for _, day := range []time.Time{time.Date(2026, 2, 27, 12, 0, 0, 0, time.UTC), time.Date(2027, 12, 31, 23, 0, 0, 0, time.UTC)} {
		seen := map[string]bool{}
		for _, o := range orders(domain.DateOf(day, zone)) {
			require.NoError(t, domain.Check(o.Order), o.SourceID)
			faults, _ := o.Judge(domain.DateOf(day, time.UTC))
			require.Empty(t, faults, o.SourceID)
			_, err := book.Profile(o.Coverage.Payer, 0)
			require.NoError(t, err, o.SourceID)
			require.False(t, seen[o.SourceID], o.SourceID)
			seen[o.SourceID] = true
		}
		require.Len(t, seen, len(lines))
	}
}

// A second start on the same day sends the same requests, to the byte: another body under
// the same key would be refused.
func TestOrders_of_one_day_are_the_same_at_every_hour(t *testing.T) {
	day := domain.DateOf(time.Date(2027, 3, 14, 3, 0, 0, 0, zone), zone)
	require.Equal(t, orders(day), orders(day))
	for _, o := range orders(day) {
		if o.Midway != nil {
			require.True(t, o.Midway.SentAt.Before(day.In(zone)), o.SourceID)
		}
	}
}
