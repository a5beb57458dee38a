package x12

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var texts = rapid.StringMatching(`[A-Z0-9 .,'()-]{1,8}`)

// fillLoop gives a loop's struct what its row of the table has place for.
func fillLoop(t *rapid.T, v reflect.Value, g *Guide, rule *LoopRule) {
	for _, f := range planLoop(v.Type()).fields {
		field := v.Field(f.index)
		inner, most := rule, 0
		if f.isLoop {
			if inner = f.rule(g, rule); inner == g.Loops[0] {
				continue
			}
			most = inner.Max
		} else {
			row := slices.IndexFunc(rule.Segments, func(s *SegmentRule) bool { return s.ID == f.ids[0] })
			closing := slices.ContainsFunc(rule.Children, func(l *LoopRule) bool { return strings.HasSuffix(l.ID, "/"+f.ids[0]) })
			if f.ids[0] == "HL" || row < 0 && !closing {
				continue
			}
			if row >= 0 {
				most = rule.Segments[row].Max
			}
		}
		fill := func(target reflect.Value) {
			if f.isLoop {
				fillLoop(t, target, g, inner)
				return
			}
			fillSegment(t, target, rule, f.ids[0])
		}
		switch {
		case f.many:
			if most == 0 || most > 3 {
				most = 3
			}
			n := rapid.IntRange(0, most).Draw(t, f.ids[0])
			if n == 0 {
				continue
			}
			field.Set(reflect.MakeSlice(field.Type(), n, n))
			for i := range n {
				fill(field.Index(i))
			}
		case f.pointer:
			if rapid.Bool().Draw(t, f.ids[0]) {
				field.Set(reflect.New(field.Type().Elem()))
				fill(field.Elem())
			}
		default:
			fill(field)
		}
	}
}

// fillSegment gives a segment texts; the codes that tell loops apart are set right.
func fillSegment(t *rapid.T, v reflect.Value, rule *LoopRule, id string) {
	for _, f := range planSegment(v.Type()).fields {
		field := v.Field(f.index)
		for _, e := range rule.Segments[0].Elements {
			if rule.Segments[0].ID == id && e.Qualifies && e.Element == f.from {
				field.SetString(rapid.SampledFrom(e.Codes).Draw(t, "qualifier"))
			}
		}
		if f.shape != oneText || field.String() == "" {
			fillElement(t, field, f)
		}
	}
}

func fillElement(t *rapid.T, v reflect.Value, f elementField) {
	if !rapid.Bool().Draw(t, "present") {
		return
	}
	if f.shape == oneText {
		v.SetString(texts.Draw(t, "text"))
		return
	}
	if f.shape == oneComposite {
		fillTexts(t, v)
		return
	}
	most := 3
	if f.to > f.from {
		most = (f.to - f.from + 1) / f.by
	}
	n := rapid.IntRange(1, most).Draw(t, "entries")
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		if v.Index(i).Kind() == reflect.String {
			v.Index(i).SetString(texts.Draw(t, "text"))
			continue
		}
		fillTexts(t, v.Index(i))
	}
}

// fillTexts gives a composite a first component at least.
func fillTexts(t *rapid.T, v reflect.Value) {
	for i := range v.NumField() {
		if i == 0 || rapid.Bool().Draw(t, "component") {
			v.Field(i).SetString(texts.Draw(t, "text"))
		}
	}
}

// comesBack checks that whatever is written is read as the same struct, whatever the
// delimiters.
func comesBack[T any](t *testing.T, g *Guide, fix func(*T)) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var want T
		fillLoop(t, reflect.ValueOf(&want).Elem(), g, g.Loops[0])
		fix(&want)
		d := rapid.SampledFrom([]Delimiters{DefaultDelimiters(), {'|', '!', '>', '\n'}, {'*', '>', '<', '~'}, {'\x1d', '\x1e', '\x1f', '\x1c'}}).Draw(t, "delimiters")
		set, err := write(g, want, SetControl{Number: "0001", Delimiters: d})
		require.NoError(t, err)
		file, err := Build(Envelope{Delimiters: d, SenderID: "US", ReceiverID: "THEM", Control: 1, GroupControl: 1}, set)
		require.NoError(t, err)
		b, err := Marshal(file, WriteOptions{})
		require.NoError(t, err)
		back, err := Parse(b, Options{})
		require.NoError(t, err)
		got, _, err := read[T](g, sets(back)[0])
		require.NoError(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("read otherwise than written (-want +got):\n%s\n%s", diff, b)
		}
	})
}

func TestAuthorizationRequest_what_is_written_is_read(t *testing.T) {
	comesBack(t, request278, func(r *AuthorizationRequest) { r.Header.Purpose = "13" })
}

func TestAuthorizationResponse_what_is_written_is_read(t *testing.T) {
	comesBack(t, response278, func(r *AuthorizationResponse) { r.Header.Purpose = "11" })
}

func TestAuthorizationInquiry_what_is_written_is_read(t *testing.T) {
	comesBack(t, inquiry278, func(r *AuthorizationInquiry) { r.Header.Purpose = "28" })
}

func TestAuthorizationInquiryResponse_what_is_written_is_read(t *testing.T) {
	comesBack(t, inquiryResponse278, func(r *AuthorizationInquiryResponse) { r.Header.Purpose = "11" })
}

func TestAcknowledgement999_what_is_written_is_read(t *testing.T) {
	comesBack(t, ack999, func(*Acknowledgement999) {})
}
