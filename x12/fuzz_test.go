package x12

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func addSamples(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.bytes)
	}
	f.Add([]byte("ISA*00"))
	f.Add([]byte("ISA|00|          |00|          |ZZ|A              |ZZ|B              |250101|1230|^|00501|000000001|0|P|:\nTA1|000000019|250101|1200|A|000\nIEA|0|000000001"))
}

// FuzzReader: no input makes the reader panic, loop, or give a segment that is not
// where it says.
func FuzzReader(f *testing.F) {
	addSamples(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b), Options{MaxFileSize: 1 << 20})
		for {
			s, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				if _, again := r.Next(); !errors.Is(again, err) {
					t.Fatal("the error does not stay")
				}
				return
			}
			if !bytes.HasPrefix(b[s.Place.Offset:], []byte(s.ID)) {
				t.Fatalf("segment %d is not at byte %d", s.Place.Ordinal, s.Place.Offset)
			}
		}
	})
}

// FuzzRoundTrip: what is written from a file is read as the same file.
func FuzzRoundTrip(f *testing.F) {
	addSamples(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Parse(b, Options{MaxFileSize: 1 << 20})
		if err != nil {
			return
		}
		Acknowledge(file, Validate(file, ByRules))
		for _, i := range file.Interchanges {
			if len(i.Stray) > 0 { // their place is not kept
				return
			}
			for _, g := range i.Groups {
				if len(g.Stray) > 0 {
					return
				}
			}
		}
		once, err := Marshal(file, WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(once, Options{})
		if err != nil {
			t.Fatal(err)
		}
		twice, err := Marshal(again, WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once, twice) {
			t.Fatalf("written otherwise: %q, then %q", once, twice)
		}
	})
}

// FuzzTyped: what a typed reader understood is written so that it understands the same.
func FuzzTyped(f *testing.F) {
	addSamples(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Parse(b, Options{MaxFileSize: 1 << 20})
		if err != nil {
			return
		}
		for _, s := range sets(file) {
			sameAfterWriting(t, s, ReadAuthorizationRequest, WriteAuthorizationRequest)
			sameAfterWriting(t, s, ReadAuthorizationResponse, WriteAuthorizationResponse)
			sameAfterWriting(t, s, ReadAuthorizationInquiry, WriteAuthorizationInquiry)
			sameAfterWriting(t, s, ReadAuthorizationInquiryResponse, WriteAuthorizationInquiryResponse)
			sameAfterWriting(t, s, ReadAcknowledgement999, WriteAcknowledgement999)
		}
	})
}

func sameAfterWriting[T any](t *testing.T, s Set, read func(Set) (T, []Finding, error), write func(T, SetControl) (Set, error)) {
	want, findings, err := read(s)
	if err != nil || HasErrors(findings) { // what breaks the guide may be rearranged
		return
	}
	out, err := write(want, SetControl{Number: "0001", Delimiters: s.ST.Delimiters})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := read(out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("read otherwise than written (-want +got):\n%s", diff)
	}
}
