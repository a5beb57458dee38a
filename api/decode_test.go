package api

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/domain"
)

func TestDecode_finds_every_fault_and_names_it_by_its_pointer(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{"place": 1, "services": [{"units": "x"}, 7], "patient": []}`: {"/place type", "/services/0/units type", "/services/1 type", "/patient type"},
		`{"Place": "21"}`:                                                               {" unknown"},
		`{"place": "21", "place": "22"}`:                                                {"/place repeated"},
		`{"patient": {"firstName": "a\u0000b"}}`:                                        {"/patient/firstName text"},
		`{"midway": {"sentAt": "yesterday"}}`:                                           {"/midway/sentAt type"},
		`{"midway": {"answer": {"id": "m", "by": {}, "exchange": "x"}}}`:                {"/midway/answer unknown", "/midway/answer unknown", "/midway/answer unknown"},
		`{"services": [{"units": 1.5}, {"units": 99999999999999999999}, {"units": 1}]}`: {"/services/0/units type", "/services/1/units type"},
		`{"coverage": null, "services": null, "midway": null}`:                          {"/coverage type"},
		`{"coverage": {"ownMemberId": "yes"}}`:                                          {"/coverage/ownMemberId type"},
	} {
		var invalid *domain.Invalid
		var s start
		require.ErrorAs(t, decode([]byte(body), &s), &invalid, body)
		var got []string
		for _, f := range invalid.Fields {
			got = append(got, f.Pointer+" "+f.Code)
		}
		require.ElementsMatch(t, want, got, body)
	}
}

func TestDecode_what_is_no_JSON_is_malformed(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `{`, `{} {}`, `{"place": }`, `nonsense`, `{"a": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`} {
		var s start
		require.ErrorIs(t, decode([]byte(body), &s), errMalformed, body)
	}
}

// Whatever comes in: no panic, an error of one of the two kinds, and what is taken is what
// encoding/json would have taken.
func FuzzDecode(f *testing.F) {
	f.Add(`{"place":"21","services":[{"code":"27447","units":1}],"midway":{"sentAt":"2026-01-01T00:00:00Z"}}`)
	f.Add(`{"patient":{"firstName":"x","firstName":1}}`)
	f.Add(`[[[[`)
	f.Add(`{"result":{"a":[1,2,{"b":null}]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, v := range []any{&start{}, &told{}, &completion{}} {
			err := decode([]byte(body), v)
			var invalid *domain.Invalid
			switch {
			case err == nil:
				require.True(t, json.Valid([]byte(body)))
				require.NoError(t, json.Unmarshal([]byte(body), v))
			case errors.As(err, &invalid):
				require.NotEmpty(t, invalid.Fields)
				require.True(t, json.Valid([]byte(body)))
			default:
				require.ErrorIs(t, err, errMalformed)
			}
		}
	})
}

func FuzzColumns(f *testing.F) {
	f.Add("patient.lastName", "Hale")
	f.Add("services.0.code", "27447")
	f.Add("midway.answer.wanted.3.words", "x")
	f.Add("services.99999999999999999999.units", "-1")
	f.Fuzz(func(t *testing.T, column, cell string) {
		body, err := StartFromColumns([]string{column, "place"}, []string{cell, "21"})
		if err == nil {
			require.True(t, json.Valid(body))
		}
	})
}
