package codes

import (
	"compress/gzip"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"
)

// List names a code list.
type List string

// The lists, by the element that uses them. SOURCES.md says where each comes from.
const (
	ReviewAction    List = "hcr_action"             // HCR01
	DecisionReasons List = "review_decision_reason" // HCR03, code source 886
	RejectReason    List = "aaa_reject_reason"      // AAA03
	FollowUp        List = "aaa_followup"           // AAA04
	RequestCategory List = "um_request_category"    // UM01
	Certification   List = "um_certification_type"  // UM02
	ServiceType     List = "service_type"           // UM03, EB03
	LevelOfService  List = "um_level_of_service"    // UM06
	PlaceOfService  List = "place_of_service"       // UM04, CLM05
	ReportType      List = "pwk_report_type"        // PWK01
	ReportChannel   List = "pwk_transmission"       // PWK02
	InterchangeAck  List = "ta1_ack"                // TA104
	InterchangeNote List = "ta1_note"               // TA105
	SegmentError    List = "ack_ik304"              // IK304
	ElementError    List = "ack_ik403"              // IK403
	SetResult       List = "ack_result"             // IK501, AK901
	SetError        List = "ack_ik502"              // IK502
	GroupError      List = "ack_ak905"              // AK905
	State           List = "state"                  // N402
	Modifier        List = "modifier"               // HCPCS level II; CPT modifiers as numbers only
	HCPCS2          List = "hcpcs2"                 // HCPCS level II without the ADA's D codes
	ICD10CM         List = "icd10cm"                // without the point, as X12 writes them
)

// complete are the lists that hold every code there is.
var complete = map[List]bool{
	FollowUp: true, RequestCategory: true, InterchangeAck: true, InterchangeNote: true,
	SegmentError: true, ElementError: true, SetResult: true, SetError: true, GroupError: true, State: true,
}

// Entry is one code. Words are ours where another owns the text, and empty where we
// have none. The zero time leaves that end of its life open.
type Entry struct {
	Code   string
	Words  string
	Start  time.Time
	End    time.Time // the last day
	Source string
}

// Known says what a list knows of a code.
type Known int

// Answers of [Lookup].
const (
	Unlisted  Known = iota // a complete list lacks it: it is wrong
	Uncertain              // a partial list lacks it: it may be right
	NotYet                 // listed, and starts later
	Ended                  // listed, and ended before
	Listed
)

//go:embed data
var data embed.FS

type table struct {
	once    sync.Once
	entries map[string]Entry
}

var tables = func() map[List]*table {
	all := map[List]*table{}
	for _, l := range Lists() {
		all[l] = &table{}
	}
	return all
}()

// Lists returns every list.
func Lists() []List {
	return []List{
		ReviewAction, DecisionReasons, RejectReason, FollowUp, RequestCategory, Certification,
		ServiceType, LevelOfService, PlaceOfService, ReportType, ReportChannel, InterchangeAck,
		InterchangeNote, SegmentError, ElementError, SetResult, SetError, GroupError, State,
		Modifier, HCPCS2, ICD10CM,
	}
}

// Complete says whether a code the list lacks must be wrong.
func Complete(l List) bool { return complete[l] }

// Lookup says what the list knows of the code on a day. The entry is returned for a
// code outside its dates too, so that its words can be shown.
func Lookup(l List, code string, on time.Time) (Entry, Known) {
	e, found := entries(l)[normal(l, code)]
	day := time.Date(on.Year(), on.Month(), on.Day(), 0, 0, 0, 0, time.UTC)
	switch {
	case !found && complete[l]:
		return Entry{}, Unlisted
	case !found:
		return Entry{}, Uncertain
	case !e.Start.IsZero() && day.Before(e.Start):
		return e, NotYet
	case !e.End.IsZero() && day.After(e.End):
		return e, Ended
	}
	return e, Listed
}

// Words returns what the list says of the code, whenever it was in use, or "".
func Words(l List, code string) string { return entries(l)[normal(l, code)].Words }

// normal brings a code into the form its list has.
func normal(l List, code string) string {
	switch l {
	case DecisionReasons:
		return DecisionReason(code)
	case ICD10CM:
		return strings.ReplaceAll(code, ".", "")
	default: // codes that are written in one way only
	}
	return code
}

// entries reads a list when it is first asked for. An unknown list has none.
func entries(l List) map[string]Entry {
	t, known := tables[l]
	if !known {
		return nil
	}
	t.once.Do(func() {
		// The files are part of the program; a test reads every one of them.
		t.entries, _ = load(l)
	})
	return t.entries
}

func load(l List) (map[string]Entry, error) {
	in, err := open(l)
	if err != nil {
		return nil, fmt.Errorf("read list %s: %w", l, err)
	}
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read list %s: %w", l, err)
	}
	out := make(map[string]Entry, len(rows))
	for _, row := range rows[1:] {
		start, startErr := day(row[2])
		end, endErr := day(row[3])
		if err := errors.Join(startErr, endErr); err != nil {
			return nil, fmt.Errorf("read list %s: %w", l, err)
		}
		out[row[0]] = Entry{Code: row[0], Words: row[1], Start: start, End: end, Source: row[4]}
	}
	return out, nil
}

// open reads a list from its file, packed or not.
func open(l List) (io.Reader, error) {
	plain, err := data.Open("data/" + string(l) + ".csv")
	if !errors.Is(err, fs.ErrNotExist) {
		return plain, err
	}
	packed, err := data.Open("data/" + string(l) + ".csv.gz")
	if err != nil {
		return nil, err
	}
	return gzip.NewReader(packed)
}

func day(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, s)
}
