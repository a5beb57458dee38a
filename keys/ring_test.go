package keys_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/keys"
)

func secret(fill byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32))
}

func ring(t testing.TB, text string) *keys.Ring {
	t.Helper()
	r, err := keys.Parse([]byte(text))
	require.NoError(t, err)
	return r
}

func one(t testing.TB, id string, fill byte) *keys.Ring {
	t.Helper()
	return ring(t, fmt.Sprintf("current: %s\nkeys:\n  %s: %s\n", id, id, secret(fill)))
}

func TestRing_opens_what_it_sealed_and_only_for_the_same_purpose(t *testing.T) {
	t.Parallel()
	r := one(t, "k1", 1)
	for _, size := range []int{0, 1, 1000} {
		want := bytes.Repeat([]byte("x"), size)
		got, err := r.Open(keys.Payloads, r.Seal(keys.Payloads, want))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got))
	}
	_, err := r.Open(keys.CaseFiles, r.Seal(keys.Payloads, []byte("x")))
	require.ErrorIs(t, err, keys.ErrTampered)
}

func TestRing_after_rotation_seals_with_the_new_key_and_opens_both(t *testing.T) {
	t.Parallel()
	before := one(t, "k1", 1)
	old := before.Seal(keys.Payloads, []byte("an old history"))
	after := ring(t, fmt.Sprintf("current: k2\nkeys: {k1: %s, k2: %s}\n", secret(1), secret(2)))
	fresh := after.Seal(keys.Payloads, []byte("a new one"))
	require.Equal(t, "k1", keys.SealedWith(old))
	require.Equal(t, "k2", keys.SealedWith(fresh))

	got, err := after.Open(keys.Payloads, old)
	require.NoError(t, err)
	require.Equal(t, "an old history", string(got))
	_, err = before.Open(keys.Payloads, fresh)
	require.ErrorIs(t, err, keys.ErrUnknownKey)
}

func TestRing_with_another_key_of_the_same_name_opens_nothing(t *testing.T) {
	t.Parallel()
	sealed := one(t, "k1", 1).Seal(keys.Payloads, []byte("x"))
	_, err := one(t, "k1", 2).Open(keys.Payloads, sealed)
	require.ErrorIs(t, err, keys.ErrTampered)
}

func TestRing_notices_every_changed_or_missing_byte(t *testing.T) {
	t.Parallel()
	r := ring(t, fmt.Sprintf("current: k1\nkeys: {k1: %s, k2: %s}\n", secret(1), secret(1)))
	sealed := r.Seal(keys.Payloads, []byte("left knee"))
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 3 // the 1 of k1 becomes 2: a key that is there, with the same bits
		_, err := r.Open(keys.Payloads, bad)
		require.Error(t, err, "byte %d", i)
		_, err = r.Open(keys.Payloads, sealed[:i])
		require.ErrorIs(t, err, keys.ErrTampered, "cut at %d", i)
	}
}

func TestRing_leaves_nothing_readable(t *testing.T) {
	t.Parallel()
	const canary = "CANARY-Featherstone"
	r := one(t, "k1", 1)
	sealed := r.Seal(keys.Payloads, []byte(canary))
	require.NotContains(t, string(sealed), canary)
	require.NotEqual(t, sealed, r.Seal(keys.Payloads, []byte(canary)), "two seals of the same are alike")
}

func TestGenerate_makes_a_file_that_loads_with_a_key_of_its_own(t *testing.T) {
	t.Parallel()
	var rings []*keys.Ring
	for i, demo := range []bool{true, false} {
		text, err := keys.Generate(demo)
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), fmt.Sprintf("keys%d.yaml", i))
		require.NoError(t, os.WriteFile(path, text, 0o600))
		r, err := keys.Load(path)
		require.NoError(t, err)
		require.Equal(t, demo, r.Demo())
		require.Equal(t, []string{r.Current()}, r.IDs())
		rings = append(rings, r)
	}
	_, err := rings[0].Open(keys.Payloads, rings[1].Seal(keys.Payloads, []byte("x")))
	require.ErrorIs(t, err, keys.ErrTampered)
}

func TestParse_refuses_a_bad_file_and_never_quotes_it(t *testing.T) {
	t.Parallel()
	good := secret(7)
	for name, text := range map[string]string{
		"empty":             "",
		"no keys":           "current: k1\n",
		"current missing":   "keys: {k1: " + good + "}\n",
		"current unknown":   "current: SECRETk\nkeys: {k1: " + good + "}\n",
		"unknown field":     "current: k1\nkeys: {k1: " + good + "}\nSECRETfield: " + good + "\n",
		"field twice":       "current: k1\ncurrent: k1\nkeys: {k1: " + good + "}\n",
		"key twice":         "current: k1\nkeys:\n  k1: " + good + "\n  k1: " + good + "\n",
		"not base64":        "current: k1\nkeys: {k1: 'SECRET!'}\n",
		"too short":         "current: k1\nkeys: {k1: " + base64.StdEncoding.EncodeToString([]byte("SECRET")) + "}\n",
		"ID with a space":   "current: k1\nkeys: {k1: " + good + ", 'SECRET k': " + good + "}\n",
		"key where a map":   "current: k1\nkeys: " + good + "\n",
		"not YAML":          "current: k1\nkeys: {k1: " + good + "\n  SECRET",
		"another structure": "- " + good + "\n",
		"demo not a bool":   "current: k1\nkeys: {k1: " + good + "}\ndemo: SECRET\n",
		"bytes":             "\x00\xffSECRET" + good,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := keys.Parse([]byte(text))
			require.Error(t, err)
			require.NotContains(t, err.Error(), "SECRET")
			require.NotContains(t, err.Error(), good[:10])
		})
	}
	_, err := keys.Load(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzOpen(f *testing.F) {
	r := one(f, "k1", 1)
	f.Add(r.Seal(keys.Payloads, []byte("seed")))
	f.Add(one(f, "k2", 1).Seal(keys.Payloads, []byte("seed")))
	f.Add([]byte{})
	f.Add([]byte{1, 255})
	f.Add([]byte(strings.Repeat("\x01", 64)))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		plain, err := r.Open(keys.Payloads, sealed)
		if err == nil && string(plain) != "seed" {
			t.Fatal("opened what nobody sealed")
		}
		_, _ = r.Codec().Decode(payload(sealed))
	})
}
