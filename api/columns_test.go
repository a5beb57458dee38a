package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestColumns_a_row_becomes_the_body_of_a_start(t *testing.T) {
	t.Parallel()
	body, err := StartFromColumns(
		[]string{"source", "patient.lastName", "services.0.code", "services.1.code", "services.1.units", "diagnoses", "coverage.ownMemberId", "midway.sentAt", "midway.answer.said", "place"},
		[]string{"old system", " Hale ", "", "27447", "2", "M17.11 M17.12", "true", "2026-01-02T10:00:00Z", "A4"})
	require.NoError(t, err)
	require.JSONEq(t, `{
		"source": "old system", "patient": {"lastName": "Hale"}, "services": [{"code": "27447", "units": 2}],
		"diagnoses": ["M17.11", "M17.12"], "coverage": {"ownMemberId": true}, "midway": {"sentAt": "2026-01-02T10:00:00Z", "answer": {"said": "A4"}}
	}`, string(body))
}

func TestColumns_what_belongs_nowhere_is_named_before_a_row_is_read(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"patient.surname", "services.x.code", "services", "midway.answer.by.id", ""},
		UnknownColumns([]string{"place", "patient.surname", "services.x.code", "services", "midway.answer.by.id", "services.3.units", ""}))
}

func TestCheckStart_judges_without_a_database(t *testing.T) {
	t.Parallel()
	faults, _ := CheckStart([]byte(`{"place": 21}`), "2026-11-25")
	require.Equal(t, "/place", faults[0].Pointer)
	faults, _ = CheckStart([]byte(`{"place": "21"}`), "2026-11-25")
	require.NotEmpty(t, faults)
	faults, _ = CheckStart([]byte(`nonsense`), "2026-11-25")
	require.Equal(t, "json", faults[0].Code)
}
