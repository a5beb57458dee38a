package keys

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"sync"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

const (
	// Encoding marks a payload that is sealed.
	Encoding = "binary/parley"
	// MetadataKey is the metadata that names the key, for people who look at a history.
	MetadataKey = "parley-key"
)

// How the sealed bytes were written: the first byte inside the seal.
const (
	plain    = 0
	deflated = 1
)

// codec seals payloads whole, with their metadata. Where it cannot open one it panics if
// loud, else returns an error.
//
// Inside a workflow task an error would come out of the call that waited for the payload,
// and the case would take it for an answer and could fail on it, for good. A panic fails
// the workflow task, which the server tries again until the key is there. In a client
// nobody tries again, so there it is an error.
type codec struct {
	ring *Ring
	loud bool
}

// WorkerDataConverter is the data converter of workers: payloads it cannot open stop a
// case where it stands, until they can be opened.
func (r *Ring) WorkerDataConverter() converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec{r, true})
}

// DataConverter is the data converter of clients.
func (r *Ring) DataConverter() converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), r.Codec())
}

// Codec is the codec of clients and of tools that show histories.
func (r *Ring) Codec() converter.PayloadCodec { return codec{r, false} }

// FailureConverter seals the texts of failures with the data converter of the same
// program: a message can quote what it failed on.
func FailureConverter(dc converter.DataConverter) converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: dc, EncodeCommonAttributes: true,
	})
}

func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	sealed := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(p)
		if err != nil {
			return payloads, fmt.Errorf("seal payload: not a payload")
		}
		sealed[i] = &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(Encoding), MetadataKey: []byte(c.ring.current)},
			Data:     c.ring.Seal(Payloads, shrink(b)),
		}
	}
	return sealed, nil
}

func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	opened := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != Encoding {
			opened[i] = p // never sealed
			continue
		}
		var err error
		if opened[i], err = c.open(p.GetData()); err != nil {
			err = fmt.Errorf("open payload of key %q: %w", SealedWith(p.GetData()), err)
			if c.loud {
				panic(err)
			}
			return payloads, err
		}
	}
	return opened, nil
}

func (c codec) open(sealed []byte) (*commonpb.Payload, error) {
	b, err := c.ring.Open(Payloads, sealed)
	if err != nil {
		return nil, err
	}
	if b, err = grow(b); err != nil {
		return nil, ErrTampered
	}
	var p commonpb.Payload
	if err := proto.Unmarshal(b, &p); err != nil {
		return nil, ErrTampered
	}
	return &p, nil
}

// worthIt is the size from which payloads are compressed: below it there is nothing to win.
const worthIt = 256

// writers are kept: one takes more memory than most payloads.
var writers = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// shrink compresses bytes where that makes them fewer, and marks what it did.
func shrink(b []byte) []byte {
	if len(b) >= worthIt {
		out := bytes.NewBuffer(make([]byte, 0, len(b)))
		out.WriteByte(deflated)
		w := writers.Get().(*flate.Writer)
		defer writers.Put(w)
		w.Reset(out)
		_, err := w.Write(b)
		if err == nil {
			err = w.Close()
		}
		if err == nil && out.Len() <= len(b) {
			return out.Bytes()
		}
	}
	return append([]byte{plain}, b...)
}

func grow(b []byte) ([]byte, error) {
	switch {
	case len(b) > 0 && b[0] == plain:
		return b[1:], nil
	case len(b) > 0 && b[0] == deflated:
		return io.ReadAll(flate.NewReader(bytes.NewReader(b[1:])))
	}
	return nil, io.ErrUnexpectedEOF
}
