package keys_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"parley/keys"
)

const canary = "CANARY-Featherstone"

type note struct {
	Words string   `json:"words"`
	Codes []string `json:"codes"`
}

func payload(data []byte) []*commonpb.Payload {
	return []*commonpb.Payload{{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(keys.Encoding)}, Data: data}}
}

func TestCodec_gives_back_what_went_in_and_shows_nothing_of_it(t *testing.T) {
	t.Parallel()
	dc := one(t, "k1", 1).DataConverter()
	for _, times := range []int{1, 1000} { // as it is, and compressed
		want := note{Words: strings.Repeat(canary, times), Codes: []string{"27447"}}
		sealed, err := dc.ToPayloads(want, nil, []byte(canary))
		require.NoError(t, err)
		raw, err := proto.Marshal(sealed)
		require.NoError(t, err)
		require.NotContains(t, string(raw), canary)
		require.NotContains(t, string(raw), "json/plain", "its kind is sealed too")
		for _, p := range sealed.Payloads {
			require.Equal(t, keys.Encoding, string(p.Metadata[converter.MetadataEncoding]))
			require.Equal(t, "k1", string(p.Metadata[keys.MetadataKey]))
		}
		var got note
		var none *note
		var raws []byte
		require.NoError(t, dc.FromPayloads(sealed, &got, &none, &raws))
		require.Equal(t, want, got)
		require.Nil(t, none)
		require.Equal(t, canary, string(raws))
	}
}

func TestCodec_compresses_only_where_it_helps(t *testing.T) {
	t.Parallel()
	dc := one(t, "k1", 1).DataConverter()
	long, err := dc.ToPayload(strings.Repeat("Larkfield answers. ", 500))
	require.NoError(t, err)
	require.Less(t, len(long.Data), 1000)
	short, err := dc.ToPayload("x")
	require.NoError(t, err)
	require.Less(t, len(short.Data), 100)
}

func TestCodec_leaves_payloads_alone_that_it_did_not_seal(t *testing.T) {
	t.Parallel()
	dc := one(t, "k1", 1).WorkerDataConverter()
	open, err := converter.GetDefaultDataConverter().ToPayload("from before")
	require.NoError(t, err)
	var got string
	require.NoError(t, dc.FromPayload(open, &got))
	require.Equal(t, "from before", got)
}

func TestCodec_of_a_client_returns_what_a_worker_panics_with(t *testing.T) {
	t.Parallel()
	sealed, err := one(t, "k2", 1).DataConverter().ToPayload(canary)
	require.NoError(t, err)
	var got string
	require.ErrorIs(t, one(t, "k1", 1).DataConverter().FromPayload(sealed, &got), keys.ErrUnknownKey)
	for name, other := range map[string]*keys.Ring{"key absent": one(t, "k1", 1), "key wrong": one(t, "k2", 9)} {
		require.Panics(t, func() { _ = other.WorkerDataConverter().FromPayload(sealed, &got) }, name)
	}
	require.Empty(t, got)
}

func TestFailureConverter_seals_texts_and_the_details(t *testing.T) {
	t.Parallel()
	dc := one(t, "k1", 1).DataConverter()
	fc := keys.FailureConverter(dc)
	cause := fmt.Errorf("record: %w", errors.New(canary))
	failure := fc.ErrorToFailure(temporal.NewApplicationErrorWithCause("refused "+canary, "Refused", cause, note{Words: canary}))
	raw, err := proto.Marshal(failure)
	require.NoError(t, err)
	require.NotContains(t, string(raw), canary)

	var back *temporal.ApplicationError
	require.ErrorAs(t, fc.FailureToError(failure), &back)
	require.Equal(t, "refused "+canary, back.Message())
	require.Equal(t, "Refused", back.Type(), "types are codes, and stay readable")
	var got note
	require.NoError(t, back.Details(&got))
	require.Equal(t, canary, got.Words)
	require.ErrorContains(t, errors.Unwrap(back), canary)
}
