package x12

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// accepted is a 999 in one interchange, as text to break.
const accepted = "ISA*00*          *00*          *ZZ*THEM           *ZZ*US             *260601*1200*^*00501*000000010*0*T*:~" +
	"GS*FA*THEM*US*20260601*1200*10*X*005010X231A1~ST*999*0010*005010X231A1~AK1*HI*1*005010X217~" +
	"AK2*278*0001*005010X217~IK5*A~AK9*A*1*1*1~SE*6*0010~GE*1*10~IEA*1*000000010~"

func parse(t *testing.T, text string) *File {
	t.Helper()
	file, err := Parse([]byte(text), Options{})
	require.NoError(t, err)
	return file
}

func errorNames(findings []Finding) (names []FindingName) {
	for _, f := range findings {
		if f.Severity == Error {
			names = append(names, f.Name)
		}
	}
	return names
}

func TestValidate_tells_each_fault_of_an_envelope(t *testing.T) {
	t.Parallel()
	require.Empty(t, Validate(parse(t, accepted), ByRules))
	for _, c := range []struct {
		old, new string
		name     FindingName
		code     AckCode
	}{
		{"IEA*1*000000010", "IEA*1*000000011", InterchangeControlMismatch, AckCode{InTA1, "001"}},
		{"IEA*1*", "IEA*2*", InterchangeGroupCount, AckCode{InTA1, "021"}},
		{"IEA*1*000000010~", "", InterchangeTrailerMissing, AckCode{InTA1, "023"}},
		{"*260601*1200*^", "*261301*1200*^", InterchangeDate, AckCode{InTA1, "014"}},
		{"*260601*1200*^", "*260601*2560*^", InterchangeTime, AckCode{InTA1, "015"}},
		{"*00501*", "*00401*", InterchangeVersion, AckCode{InTA1, "017"}},
		{"*0*T*:", "*2*T*:", InterchangeAckFlag, AckCode{InTA1, "019"}},
		{"*0*T*:", "*0*X*:", InterchangeUsage, AckCode{InTA1, "020"}},
		{"*ZZ*THEM ", "*99*THEM ", InterchangeSender, AckCode{InTA1, "005"}},
		{"*ZZ*US ", "*99*US ", InterchangeReceiver, AckCode{InTA1, "007"}},
		{"GE*1*10~", "GE*1*11~", GroupControlMismatch, AckCode{InGroup, "4"}},
		{"GE*1*", "GE*3*", GroupSetCount, AckCode{InGroup, "5"}},
		{"GE*1*10~", "", GroupTrailerMissing, AckCode{InGroup, "3"}},
		{"GS*FA*", "GS*QQ*", GroupFunction, AckCode{InGroup, "1"}},
		{"GS*FA*", "GS*HI*", SetInWrongGroup, AckCode{InSet, "18"}},
		{"*20260601*1200*10*", "*20260631*1200*10*", GroupElement, AckCode{InTA1, "024"}},
		{"SE*6*0010", "SE*7*0010", SetSegmentCount, AckCode{InSet, "4"}},
		{"SE*6*0010", "SE*6*0011", SetControlMismatch, AckCode{InSet, "3"}},
		{"SE*6*0010~", "", SetTrailerMissing, AckCode{InSet, "2"}},
		{"ST*999*0010*005010X231A1", "ST*999*0010", SetGuideMissing, AckCode{InSet, "19"}},
		{"ST*999*0010*005010X231A1", "ST*999*0010*005010X231", GroupSetGuidesDiffer, AckCode{InSet, "19"}},
		{"AK9*A*", "AK9*Q*", ElementCodeByGuide, AckCode{InElement, "I6"}},
		{"AK9*A*1*1*1~", "", SegmentMissing, AckCode{InSegment, "3"}},
		{"IK5*A~", "IK5*A~ZZZ*1~", SegmentUnknown, AckCode{InSegment, "1"}},
	} {
		broken := strings.Replace(accepted, c.old, c.new, 1)
		require.NotEqual(t, accepted, broken)
		findings := Validate(parse(t, broken), ByGuide)
		found := false
		for _, f := range findings {
			found = found || f.Name == c.name && f.Severity == Error && f.Code() == c.code
		}
		require.True(t, found, "%s: %v", c.name, findings)
	}
}

func TestReader_takes_the_delimiters_of_each_interchange_from_its_header(t *testing.T) {
	t.Parallel()
	other := strings.NewReplacer("*", "|", "^", "!", ":", ">", "~", "\n").Replace(accepted)
	file := parse(t, "\r\n"+accepted+"\r\n\r\n"+other)
	require.Len(t, file.Interchanges, 2)
	require.Equal(t, Delimiters{'|', '!', '>', '\n'}, file.Interchanges[1].ISA.Delimiters)
	require.Empty(t, Validate(file, ByGuide))
	st := file.Interchanges[1].Groups[0].Sets[0].ST
	require.Equal(t, 2, st.Place.Interchange)
	require.Equal(t, 13, st.Place.Ordinal)
}

func TestReader_tolerates_line_ends_and_a_missing_last_terminator(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.ReplaceAll(accepted, "~", "~\r\n"), strings.ReplaceAll(accepted, "~", "~\n\n"),
		strings.TrimSuffix(accepted, "~"), strings.TrimSuffix(accepted, "~") + "\r\n", "\ufeff" + accepted,
	} {
		require.Empty(t, Validate(parse(t, text), ByRules))
	}
}

func TestReader_reads_the_old_habit_of_declaring_no_repetition_separator(t *testing.T) {
	t.Parallel()
	findings := Validate(parse(t, strings.Replace(accepted, "*^*", "*U*", 1)), ByGuide)
	require.Len(t, findings, 1)
	require.Equal(t, InterchangeRepetition, findings[0].Name)
	require.Equal(t, Warning, findings[0].Severity)
}

func TestParse_refuses_what_passes_a_limit(t *testing.T) {
	t.Parallel()
	deep := strings.Builder{}
	for i := range 20 {
		deep.WriteString("HL*" + string(rune('A'+i)) + "*" + strings.Repeat(string(rune('A'+i-1)), min(i, 1)) + "*20*1~")
	}
	for limit, inner := range map[string]string{
		"MaxSegmentLength": "MSG*" + strings.Repeat("A", 65<<10) + "~",
		"MaxElements":      "MSG" + strings.Repeat("*", 200) + "~",
		"MaxRepeats":       "MSG*" + strings.Repeat("A^", 200) + "~",
		"MaxDepth":         deep.String(),
	} {
		_, err := Parse([]byte(strings.Replace(accepted, "AK2*", inner+"AK2*", 1)), Options{})
		var passed *LimitError
		require.ErrorAs(t, err, &passed, limit)
		require.Equal(t, limit, passed.Limit)
	}
	_, err := Parse([]byte(accepted), Options{MaxFileSize: 100})
	require.ErrorContains(t, err, "MaxFileSize")
}

func TestParse_refuses_what_is_no_interchange(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\r\n", "ISA", "ISA*00*", "<html></html>", "ISA" + strings.Repeat("A", 200), accepted + "trailing words"} {
		_, err := Parse([]byte(text), Options{})
		require.ErrorIs(t, err, ErrNotX12, text)
	}
}

func TestReader_streams_without_reading_ahead_of_its_buffer(t *testing.T) {
	t.Parallel()
	r := NewReader(io.MultiReader(strings.NewReader(accepted), brokenPipe{}), Options{})
	count := 0
	for {
		_, err := r.Next()
		if err != nil {
			require.ErrorIs(t, err, errPipe)
			break
		}
		count++
	}
	require.Equal(t, 10, count)
}

var errPipe = errors.New("broken pipe")

type brokenPipe struct{}

func (brokenPipe) Read([]byte) (int, error) { return 0, errPipe }

func TestWrite_refuses_data_that_holds_a_delimiter_and_never_quotes_it(t *testing.T) {
	t.Parallel()
	r := knee()
	r.Subscriber.Party.Name.Last = "SECRET~NAME"
	_, err := WriteAuthorizationRequest(r, SetControl{Number: "0001"})
	var refused *DataError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, DataError{Loop: "2010C", Segment: "NM1", Element: 3, Reason: "holds a delimiter"}, *refused)
	require.NotContains(t, err.Error(), "SECRET")
	r = knee()
	r.Event.Message.Text = "LINE\nBREAK"
	_, err = WriteAuthorizationRequest(r, SetControl{Number: "0001"})
	require.ErrorContains(t, err, "2000E MSG01 holds a control character")
}

func TestBuild_refuses_control_numbers_and_identifiers_that_do_not_fit(t *testing.T) {
	t.Parallel()
	good := Envelope{SenderQualifier: "ZZ", SenderID: "US", ReceiverQualifier: "ZZ", ReceiverID: "THEM", At: noon, Control: 1, GroupControl: 1}
	for name, wrong := range map[string]func(*Envelope){
		"control":       func(e *Envelope) { e.Control = 0 },
		"group control": func(e *Envelope) { e.GroupControl = 1_000_000_000 },
		"sender":        func(e *Envelope) { e.SenderID = "LONGER THAN FIFTEEN" },
		"receiver":      func(e *Envelope) { e.ReceiverID = "A*B" },
		"delimiters":    func(e *Envelope) { e.Delimiters = Delimiters{'*', '*', ':', '~'} },
		"other":         func(e *Envelope) { e.Delimiters = Delimiters{'|', '^', ':', '~'} },
	} {
		e := good
		wrong(&e)
		_, err := Build(e, kneeSet(t))
		require.Error(t, err, name)
	}
	_, err := WriteAuthorizationRequest(knee(), SetControl{Number: "1"})
	require.ErrorContains(t, err, "control number")
}

func TestFindings_never_hold_a_value_of_the_file(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		garbled := bytes.ReplaceAll(s.bytes, []byte("*"), []byte("*SECRET"))
		garbled = append(append([]byte{}, s.bytes[:106]...), garbled[min(106, len(garbled)):]...)
		garbled = append(garbled, "SECRET*SECRET~secret SECRET~"...)
		file, err := Parse(garbled, Options{})
		if err != nil {
			require.NotContains(t, err.Error(), "SECRET")
		}
		for _, f := range Validate(file, ByRules) {
			require.NotContains(t, strings.ToUpper(f.String()), "SECRET")
		}
	}
}

func TestAcknowledge_accepts_the_good_sets_of_a_group_and_rejects_the_bad(t *testing.T) {
	t.Parallel()
	good, bad := kneeSet(t), kneeSet(t)
	bad.ST = NewSegment(DefaultDelimiters(), "ST", "278", "0002", "005010X217")
	file := interchange(t, good, bad)
	answer := Acknowledge(file, Validate(file, ByGuide))[0]
	require.True(t, answer.Requested)
	require.Equal(t, InterchangeAck{Control: "000000017", Date: "260601", Time: "1200", Code: Accepted, Note: "000"}, answer.TA1)
	ack := answer.Groups[0]
	require.Equal(t, GroupResult{Code: PartlyAccepted, Included: "2", Received: "2", Accepted: "1"}, ack.Result)
	require.Equal(t, Accepted, ack.Sets[0].Result.Code)
	require.Equal(t, SetResult{Code: Rejected, Errors: []string{"3"}}, ack.Sets[1].Result)

	set, err := WriteAcknowledgement999(ack, SetControl{Number: "0001"})
	require.NoError(t, err)
	back := interchange(t, set)
	require.Empty(t, Validate(back, ByRules))
	read, _, err := ReadAcknowledgement999(sets(back)[0])
	require.NoError(t, err)
	require.Equal(t, ack, read)
	require.Empty(t, Acknowledge(back, nil)[0].Groups, "an acknowledgement is not acknowledged")
}

func TestAcknowledge_rejects_a_whole_group_or_interchange_for_its_envelope(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/samples/278-request/kputnam-stupidedi-request-for-medical-services-reservation.edi")
	require.NoError(t, err)
	text := withoutBreaks(b)
	group := parse(t, strings.Replace(text, "GE*1*20213", "GE*1*20214", 1))
	ack := Acknowledge(group, Validate(group, ByGuide))[0].Groups[0]
	require.Equal(t, GroupResult{Code: Rejected, Included: "1", Received: "1", Accepted: "0", Errors: []string{"4"}}, ack.Result)

	whole := parse(t, strings.Replace(text, "IEA*1*000010216", "IEA*1*000010217", 1))
	answer := Acknowledge(whole, Validate(whole, ByGuide))[0]
	require.Equal(t, Rejected, answer.TA1.Code)
	require.Equal(t, "001", answer.TA1.Note)
	require.Empty(t, answer.Groups)

	twice := found(InterchangeDuplicate, Syntax, whole.Interchanges[0].ISA)
	require.Equal(t, "025", Acknowledge(whole, []Finding{twice})[0].TA1.Note)
}

func TestBuild_carries_interchange_acknowledgements(t *testing.T) {
	t.Parallel()
	ack := InterchangeAck{Control: "000000017", Date: "260601", Time: "1200", Code: Accepted, Note: "000"}
	file, err := Build(Envelope{SenderQualifier: "ZZ", SenderID: "US", ReceiverQualifier: "ZZ", ReceiverID: "THEM", At: noon, Control: 1, TA1s: []InterchangeAck{ack}})
	require.NoError(t, err)
	back := reread(t, file)
	require.Empty(t, Validate(back, ByRules))
	got, _, err := ReadInterchangeAck(back.Interchanges[0].TA1s[0])
	require.NoError(t, err)
	require.Equal(t, ack, got)
}
