package main

import (
	"net"
	"strconv"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/dynamicconfig"
)

func parse(t *testing.T, args ...string) *Flags {
	t.Helper()
	var f Flags
	k, err := kong.New(&f)
	require.NoError(t, err)
	_, err = k.Parse(args)
	require.NoError(t, err)
	return &f
}

func TestFlags_ports_must_fit_the_servers_smallint(t *testing.T) {
	require.ErrorContains(t, parse(t, "--port", "32761").portsFree(), "below 32768")
	require.ErrorContains(t, parse(t, "--port", "0").portsFree(), "below 32768")
}

func TestFlags_a_taken_port_is_named(t *testing.T) {
	for port := 20_000; port < 32_000; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		defer l.Close()
		require.ErrorContains(t, (&Flags{Bind: "127.0.0.1", Port: port}).portsFree(), "not free")
		return
	}
	t.Fatal("no port to take")
}

func TestFlags_a_bad_address_is_refused_without_showing_its_password(t *testing.T) {
	for _, text := range []string{"", "host=h password=hunter2", "postgres://u:hunter2@h:port/d", "mysql://u:hunter2@h/d"} {
		_, err := parse(t, "--postgres", text).postgres()
		require.ErrorContains(t, err, "postgres://user@host:port/database")
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestStore_takes_TLS_and_password_from_the_address(t *testing.T) {
	u, err := parse(t, "--postgres", "postgres://u:p%40ss@db.example/x?sslmode=verify-full&sslrootcert=/ca.pem").postgres()
	require.NoError(t, err)
	c := store(u, "parley_temporal")
	require.Equal(t, "db.example:5432", c.ConnectAddr)
	require.Equal(t, "p@ss", c.Password)
	require.True(t, c.TLS.Enabled)
	require.True(t, c.TLS.EnableHostVerification)
	require.Equal(t, "/ca.pem", c.TLS.CaFile)

	u, err = parse(t, "--postgres", "postgres://u@127.0.0.1:5432/x?sslmode=disable").postgres()
	require.NoError(t, err)
	require.Nil(t, store(u, "parley_temporal").TLS)
}

func TestLimits_only_a_hurried_namespace_is_hurried(t *testing.T) {
	key := dynamicconfig.HistoryCountSuggestContinueAsNew.Key()
	require.Empty(t, parse(t).limits().GetValue(key))
	values := parse(t, "--hurried-namespace", "a", "--hurried-namespace", "b").limits().GetValue(key)
	require.Len(t, values, 2)
	require.Equal(t, "a", values[0].Constraints.Namespace)
}
