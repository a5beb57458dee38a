package dev

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRow_keeps_clear_of_ports_that_are_chosen_already(t *testing.T) {
	chosen := Ports{Postgres: 30_000, Payersim: 30_001, Temporal: 30_003}
	port, err := row(30_000, 1, chosen)
	require.NoError(t, err)
	require.GreaterOrEqual(t, port, 30_011)
}

func TestRow_ends_where_temporald_cannot_go(t *testing.T) {
	_, err := row(32_762, temporalRow, Ports{})
	require.ErrorContains(t, err, "no free port")
}
