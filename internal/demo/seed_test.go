package demo

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/api"
	"parley/internal/dev"
	"parley/internal/testpg"
	"parley/store"
)

func TestMain(m *testing.M) { testpg.Main(m) }

// desk stands in for the API: it keeps what was sent under which key.
type desk struct {
	*httptest.Server
	sent map[string]string
	keys map[string]bool
}

func openDesk(t *testing.T) *desk {
	d := &desk{sent: map[string]string{}, keys: map[string]bool{}}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		key := r.Header.Get("Idempotency-Key")
		if was, there := d.sent[key]; there && was != string(body) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		d.sent[key] = string(body)
		d.keys[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] = true
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(d.Close)
	return d
}

func TestLoad_twice_sends_the_same_requests_and_makes_no_second_key(t *testing.T) {
	pool, d, data := testpg.New(t), openDesk(t), t.TempDir()
	env := dev.Env{DatabaseURL: testpg.URL(pool), API: d.URL, APIKeyFile: filepath.Join(data, "api-key")}
	require.NoError(t, Load(t.Context(), env))
	require.Len(t, d.sent, len(lines))
	require.NoError(t, Load(t.Context(), env))
	require.LessOrEqual(t, len(d.sent), 2*len(lines)) // more than once only if midnight passed
	require.Len(t, d.keys, 1)

	db := store.New(pool)
	all, err := db.APIKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, all, len(store.Roles), "a key for each role, once")
	for _, k := range all {
		require.Equal(t, api.DemoMaker, k.CreatedBy, "or a listener that is not loopback would take it")
	}
	for _, p := range people {
		path := env.APIKeyFile
		if p.file != "" {
			path = filepath.Join(data, p.file)
		}
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestLoad_replaces_a_key_that_opens_another_database(t *testing.T) {
	d, data := openDesk(t), t.TempDir()
	env := dev.Env{API: d.URL, APIKeyFile: filepath.Join(data, "api-key")}
	env.DatabaseURL = testpg.URL(testpg.New(t))
	require.NoError(t, Load(t.Context(), env))
	old, err := os.ReadFile(env.APIKeyFile)
	require.NoError(t, err)

	pool := testpg.New(t)
	env.DatabaseURL = testpg.URL(pool)
	require.NoError(t, Load(t.Context(), env))
	now, err := os.ReadFile(env.APIKeyFile)
	require.NoError(t, err)
	require.NotEqual(t, old, now)
	_, err = store.New(pool).FindAPIKey(t.Context(), strings.TrimSpace(string(now)))
	require.NoError(t, err)
}
