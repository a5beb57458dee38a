package payersim

import (
	_ "embed"
	"errors"
	"fmt"
	"hash/fnv"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed demo.yaml
var demoScript []byte

// DemoScript is the script used when none is given; README.md tells its rules.
func DemoScript() []byte { return demoScript }

// Asks is what a transaction set wants.
type Asks string

// What a set may want.
const (
	AsksReview  Asks = "review"  // 278 X217, an initial request
	AsksChange  Asks = "change"  // 278 X217 about an earlier one: UM02 other than I
	AsksInquiry Asks = "inquiry" // 278 X215
)

// Script says how the payer behaves. The first rule that fits decides; what no rule
// fits is approved as asked.
type Script struct {
	Seed      int64     `yaml:"seed,omitempty"`
	Directory Directory `yaml:"directory,omitempty"`
	Rules     []Rule    `yaml:"rules,omitempty"`
}

// Directory is what the payer has on file. Patterns are those of path.Match: * and ?.
type Directory struct {
	Receivers          []string          `yaml:"receivers,omitempty"` // ISA08 it answers to; none given: any
	Senders            []string          `yaml:"senders,omitempty"`   // ISA06 it knows; none given: any
	Payers             []string          `yaml:"payers,omitempty"`    // NM109 of 2010A; none given: any
	UnknownMembers     []string          `yaml:"unknownMembers,omitempty"`
	BirthDates         map[string]string `yaml:"birthDates,omitempty"` // member → 19580322; others are believed
	UnknownProviders   []string          `yaml:"unknownProviders,omitempty"`
	IneligibleProvider []string          `yaml:"ineligibleProviders,omitempty"`
	UnknownProcedures  []string          `yaml:"unknownProcedures,omitempty"`
	UnknownDiagnoses   []string          `yaml:"unknownDiagnoses,omitempty"`
	PastDays           int               `yaml:"pastDays,omitempty"`  // how long ago a service may be; 365
	AheadDays          int               `yaml:"aheadDays,omitempty"` // how far ahead; 730
}

// Rule gives behaviour to what it fits: either Then, or one of Mix by weight.
type Rule struct {
	Name  string     `yaml:"name"`
	When  When       `yaml:"when,omitempty"`
	Times int        `yaml:"times,omitempty"` // only for the first n that fit; 0: always
	Then  *Behaviour `yaml:"then,omitempty"`
	Mix   []Choice   `yaml:"mix,omitempty"`
}

// When fits if everything given fits; in a list one pattern must. Nothing given fits
// every request, but no inquiry.
type When struct {
	Asks      []Asks   `yaml:"asks,omitempty"` // none given: review and change
	Sender    []string `yaml:"sender,omitempty"`
	Payer     []string `yaml:"payer,omitempty"`
	Member    []string `yaml:"member,omitempty"`
	Procedure []string `yaml:"procedure,omitempty"` // any of its services
	Trace     []string `yaml:"trace,omitempty"`
	Provider  []string `yaml:"provider,omitempty"`
}

// Choice is one of several behaviours.
type Choice struct {
	Weight int       `yaml:"weight"`
	Then   Behaviour `yaml:"then"`
}

// Behaviour is what the payer says, and how its answer travels.
type Behaviour struct {
	Decide    Verdict      `yaml:"decide,omitempty" json:"decide,omitempty"`
	Code      string       `yaml:"code,omitempty" json:"code,omitempty"` // HCR01 when the verdict is 'code'
	Number    string       `yaml:"number,omitempty" json:"number,omitempty"`
	Reasons   []string     `yaml:"reasons,omitempty" json:"reasons,omitempty"` // HCR03
	Units     string       `yaml:"units,omitempty" json:"units,omitempty"`     // granted on every line, or a share of those asked for: 50%; else as asked
	Days      int          `yaml:"days,omitempty" json:"days,omitempty"`       // granted span from the first day asked for
	Shift     int          `yaml:"shift,omitempty" json:"shift,omitempty"`     // days by which the granted dates are moved
	Lines     []LineScript `yaml:"lines,omitempty" json:"lines,omitempty"`
	PerLine   bool         `yaml:"perLine,omitempty" json:"perLine,omitempty"` // repeat the decision on every line
	Wants     *Wants       `yaml:"wants,omitempty" json:"wants,omitempty"`
	Contact   *Contact     `yaml:"contact,omitempty" json:"contact,omitempty"`
	Message   string       `yaml:"message,omitempty" json:"message,omitempty"`
	Rejects   []Reject     `yaml:"rejects,omitempty" json:"rejects,omitempty"`
	More      bool         `yaml:"more,omitempty" json:"more,omitempty"` // BHT06 19
	Later     *LaterScript `yaml:"later,omitempty" json:"later,omitempty"`
	Deliver   Delivery     `yaml:"deliver,omitempty" json:"deliver,omitempty"`
	Delay     Seconds      `yaml:"delay,omitempty" json:"delay,omitempty"`         // before the answer leaves
	KeepBytes int          `yaml:"keepBytes,omitempty" json:"keepBytes,omitempty"` // of a truncated answer; else half
}

// Verdict is what is decided.
type Verdict string

// Verdicts.
const (
	Approve     Verdict = "approve"      // A1; the default
	Partial     Verdict = "partial"      // A2
	Deny        Verdict = "deny"         // A3
	Pend        Verdict = "pend"         // A4
	Modify      Verdict = "modify"       // A6
	CancelIt    Verdict = "cancel"       // C
	CallUs      Verdict = "contact"      // CT
	NotRequired Verdict = "not-required" // NA
	OtherCode   Verdict = "code"         // whatever Code says
	RejectIt    Verdict = "reject"       // AAA, and no HCR
)

var verdictCodes = map[Verdict]string{
	"": "A1", Approve: "A1", Partial: "A2", Deny: "A3", Pend: "A4", Modify: "A6",
	CancelIt: "C", CallUs: "CT", NotRequired: "NA", OtherCode: "", RejectIt: "",
}

// Delivery is how an answer travels, or fails to.
type Delivery string

// Deliveries. Before says that the fault strikes before anybody has looked at the
// request; in all others the request was taken and stands in the ledger.
const (
	AtOnce       Delivery = "at-once"
	ByMailbox    Delivery = "mailbox"       // a 999 at once, the 278 in the mailbox
	Silent       Delivery = "silent"        // the connection is held until the other side gives up
	ErrorBefore  Delivery = "error-before"  // 503, not processed
	ErrorAfter   Delivery = "error-after"   // 500, processed
	ResetBefore  Delivery = "reset-before"  // connection reset, not processed
	ResetAfter   Delivery = "reset-after"   // connection reset, processed
	Garbage      Delivery = "garbage"       // 200 with a page
	Truncated    Delivery = "truncated"     // 200 with the first part of the answer
	CutOff       Delivery = "cut-off"       // the connection dies within the answer
	Twice        Delivery = "twice"         // at once, and again through the mailbox
	StalePend    Delivery = "stale-pend"    // the decision at once, then an older pend in the mailbox
	OtherPatient Delivery = "other-patient" // our trace with another member
	OtherRequest Delivery = "other-request" // another member and another trace
)

var deliveries = []Delivery{
	"", AtOnce, ByMailbox, Silent, ErrorBefore, ErrorAfter, ResetBefore, ResetAfter, Garbage,
	Truncated, CutOff, Twice, StalePend, OtherPatient, OtherRequest,
}

func (d Delivery) before() bool { return d == ErrorBefore || d == ResetBefore }

// LineScript is what is decided on one service.
type LineScript struct {
	Line      int      `yaml:"line" json:"line"` // 1-based
	Code      string   `yaml:"code,omitempty" json:"code,omitempty"`
	Number    string   `yaml:"number,omitempty" json:"number,omitempty"`
	Reasons   []string `yaml:"reasons,omitempty" json:"reasons,omitempty"`
	Units     string   `yaml:"units,omitempty" json:"units,omitempty"`
	Procedure string   `yaml:"procedure,omitempty" json:"procedure,omitempty"` // decided on instead of the one asked for
	Omit      bool     `yaml:"omit,omitempty" json:"omit,omitempty"`           // not answered
}

// Wants are the documents a pended request waits for.
type Wants struct {
	PWK     []string `yaml:"pwk,omitempty" json:"pwk,omitempty"`
	LOINC   []string `yaml:"loinc,omitempty" json:"loinc,omitempty"`
	DueDays int      `yaml:"dueDays,omitempty" json:"dueDays,omitempty"`
}

// Contact is whom to call.
type Contact struct {
	Name  string `yaml:"name" json:"name"`
	Phone string `yaml:"phone" json:"phone"`
}

// Reject is one AAA.
type Reject struct {
	Loop     string `yaml:"loop" json:"loop"`
	Code     string `yaml:"code" json:"code"` // AAA03
	FollowUp string `yaml:"followUp,omitempty" json:"followUp,omitempty"`
	Valid    bool   `yaml:"valid,omitempty" json:"valid,omitempty"` // AAA01 Y
	Line     int    `yaml:"line,omitempty" json:"line,omitempty"`   // 0-based, of 2000F
}

// LaterScript is a decision that comes later: after a time, at the k-th inquiry, or
// when released, whichever is first.
type LaterScript struct {
	After     Seconds   `yaml:"after,omitempty" json:"after,omitempty"`
	Inquiries int       `yaml:"inquiries,omitempty" json:"inquiries,omitempty"`
	Push      bool      `yaml:"push,omitempty" json:"push,omitempty"` // into the mailbox too
	Then      Behaviour `yaml:"then" json:"then"`
}

// Seconds is a duration written like 90s or 48h.
type Seconds time.Duration

// UnmarshalYAML reads a Go duration.
func (s *Seconds) UnmarshalYAML(b []byte) error {
	d, err := time.ParseDuration(strings.Trim(strings.TrimSpace(string(b)), `"'`))
	if err != nil {
		return fmt.Errorf("a duration like 90s was expected: %w", err)
	}
	*s = Seconds(d)
	return nil
}

// MarshalYAML writes a Go duration.
func (s Seconds) MarshalYAML() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// ReadScript reads a script in YAML or JSON. A field it does not know is an error.
func ReadScript(b []byte) (Script, error) {
	var s Script
	if err := yaml.UnmarshalWithOptions(b, &s, yaml.Strict()); err != nil {
		return Script{}, fmt.Errorf("read script: %w", err)
	}
	return s, s.check()
}

func (s Script) check() error {
	var problems []error
	names := map[string]bool{}
	for i, r := range s.Rules {
		where := fmt.Sprintf("rule %d (%s)", i+1, r.Name)
		if r.Name == "" || names[r.Name] {
			problems = append(problems, fmt.Errorf("%s: a name of its own is needed", where))
		}
		names[r.Name] = true
		if (r.Then == nil) == (len(r.Mix) == 0) {
			problems = append(problems, fmt.Errorf("%s: give either then or mix", where))
		}
		if r.Then != nil {
			problems = append(problems, r.Then.check(where))
		}
		for _, c := range r.Mix {
			if c.Weight < 1 {
				problems = append(problems, fmt.Errorf("%s: a weight is at least 1", where))
			}
			problems = append(problems, c.Then.check(where))
		}
		problems = append(problems, r.When.check(where))
	}
	return errors.Join(problems...)
}

func (b Behaviour) check(where string) error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf(where+": "+format, args...))
	}
	if _, known := verdictCodes[b.Decide]; !known {
		problem("unknown verdict %q", b.Decide)
	}
	known := false
	for _, d := range deliveries {
		known = known || d == b.Deliver
	}
	if !known {
		problem("unknown delivery %q", b.Deliver)
	}
	if (b.Decide == OtherCode) != (b.Code != "") {
		problem("a code goes with the verdict 'code'")
	}
	if (b.Decide == RejectIt) != (len(b.Rejects) > 0) {
		problem("rejects go with the verdict 'reject'")
	}
	for _, r := range b.Rejects {
		if r.Code == "" || !rejectLoops[r.Loop] {
			problem("a reject needs a code and a loop of the response")
		}
	}
	if b.Later != nil {
		problems = append(problems, b.Later.Then.check(where+" later"))
		if b.Later.Then.Deliver != "" || b.Later.Then.Decide == RejectIt {
			problem("what comes later is a decision, delivered by inquiry or push")
		}
	}
	return errors.Join(problems...)
}

func (w When) check(where string) error {
	for _, list := range [][]string{w.Sender, w.Payer, w.Member, w.Procedure, w.Trace, w.Provider} {
		for _, pattern := range list {
			if _, err := path.Match(pattern, ""); err != nil {
				return fmt.Errorf("%s: pattern %q: %w", where, pattern, err)
			}
		}
	}
	for _, a := range w.Asks {
		if a != AsksReview && a != AsksChange && a != AsksInquiry {
			return fmt.Errorf("%s: unknown kind of question %q", where, a)
		}
	}
	return nil
}

// fits says whether the rule is for this set of this sender.
func (w When) fits(sender string, q *question) bool {
	asks := w.Asks
	if len(asks) == 0 {
		asks = []Asks{AsksReview, AsksChange}
	}
	wanted := false
	for _, a := range asks {
		wanted = wanted || a == q.asks
	}
	return wanted && matches(w.Sender, sender) && matches(w.Payer, q.payer) && matches(w.Member, q.member) &&
		matches(w.Procedure, q.procedures()...) && matches(w.Trace, q.trace) && matches(w.Provider, q.providers...)
}

// matches says whether any value fits any pattern; no patterns fit everything.
func matches(patterns []string, values ...string) bool {
	return len(patterns) == 0 || listed(patterns, values...)
}

func listed(patterns []string, values ...string) bool {
	for _, p := range patterns {
		for _, v := range values {
			if ok, err := path.Match(p, v); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// choose gives the behaviour of the first rule that fits. Chance depends on the seed,
// the rule and the request alone, so that neither order nor a restart changes it.
func (s Script) choose(sender string, q *question, used func(rule string) int) (Behaviour, string) {
	for _, r := range s.Rules {
		if !r.When.fits(sender, q) || (r.Times > 0 && used(r.Name) >= r.Times) {
			continue
		}
		if r.Then != nil {
			return *r.Then, r.Name
		}
		return pick(r.Mix, s.Seed, r.Name, q.trace, q.reference), r.Name
	}
	return Behaviour{}, ""
}

func pick(mix []Choice, seed int64, salt ...string) Behaviour {
	h := fnv.New64a()
	h.Write([]byte(strconv.FormatInt(seed, 10) + "\x00" + strings.Join(salt, "\x00")))
	total := 0
	for _, c := range mix {
		total += c.Weight
	}
	// FNV's low bits hardly mix; its high ones do.
	at := int((h.Sum64() >> 20) % uint64(total))
	for _, c := range mix {
		if at < c.Weight {
			return c.Then
		}
		at -= c.Weight
	}
	return Behaviour{}
}
