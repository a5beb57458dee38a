package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ReviewKind is when a payer looks at a service: before it, during it, or after it.
type ReviewKind string

const (
	PreService ReviewKind = "pre-service"
	Concurrent ReviewKind = "concurrent" // more of approved care, asked before it ends
	Retro      ReviewKind = "retro"
	DrugReview ReviewKind = "drug" // under the medical benefit: its clocks are shorter
)

// ClockUnit is what a clock counts.
type ClockUnit string

const (
	Hours        ClockUnit = "hours"
	CalendarDays ClockUnit = "calendar days"
	BusinessDays ClockUnit = "business days"
)

// Length is how long a clock runs.
type Length struct {
	N    int       `json:"n"`
	Unit ClockUnit `json:"unit"`
}

// Words is the length as people write it: 72 hours, 1 calendar day.
func (l Length) Words() string {
	unit := string(l.Unit)
	if l.N == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf("%d %s", l.N, unit)
}

// After is the instant, in UTC, at which a clock of this length that started at from has
// run out. Hours are exact, through nights, weekends and changes of the clocks. Of days the
// one after from is the first (29 CFR 2560.503-1(f)(4), 42 CFR 422.568(b): 'after receipt'), and
// the clock runs to the end of the last in the zone: no rule in the table ends a day sooner.
func (l Length) After(from time.Time, zone *time.Location) time.Time {
	day := DateOf(from, zone)
	switch l.Unit {
	case Hours:
		return from.Add(time.Duration(l.N) * time.Hour).UTC()
	case CalendarDays:
		return day.AddDays(l.N).End(zone).UTC()
	case BusinessDays:
		return AddBusinessDays(day, l.N).End(zone).UTC()
	}
	return time.Time{}
}

// Warn is when people should hear of a clock of this length before it runs out.
func (l Length) Warn() []time.Duration {
	if l.Unit == CalendarDays {
		return []time.Duration{48 * time.Hour, 24 * time.Hour}
	}
	if l.Unit == Hours && l.N <= 24 {
		return []time.Duration{4 * time.Hour, time.Hour}
	}
	return []time.Duration{24 * time.Hour, 4 * time.Hour}
}

// ZoneRule is whose day a clock counts.
type ZoneRule string

const (
	// NoZone is for hours: an instant is the same everywhere.
	NoZone ZoneRule = "none"
	// AskersZone is the facility's. The regulations are silent; where a request was handed
	// in is what our proof of receipt shows.
	AskersZone ZoneRule = "asker's"
)

// ClockRule is how long a payer of one kind may take to answer, and where that is written.
type ClockRule struct {
	Name     string
	Products []Product
	Fundings []Funding // none: the product alone decides
	Urgency  Urgency
	Kind     ReviewKind
	From     Date // first day of receipt it holds for; empty: as long as anyone remembers
	Before   Date // first day it no longer holds for
	Length   Length
	Zone     ZoneRule
	Extends  string // pauses and extensions, in words
	Late     string // what a late answer means
	Source   string // the citation
	Note     string
	Verified bool // read in a stored source; else field knowledge
}

// Rules hang on the coverage: product, funding, date. One payer has all of them.
func (r ClockRule) holds(kind ReviewKind, c Coverage, u Urgency, on Date) bool {
	return r.Kind == kind && r.Urgency == u && slices.Contains(r.Products, c.Product) &&
		(len(r.Fundings) == 0 || slices.Contains(r.Fundings, c.Funding)) &&
		(r.From == "" || on >= r.From) && (r.Before == "" || on < r.Before)
}

// ClockRuleFor is the rule by which a payer must answer a request received on a day, and
// false where the coverage is not known or no rule is known to hold.
func ClockRuleFor(kind ReviewKind, c Coverage, u Urgency, on Date) (ClockRule, bool) {
	if !c.Known() {
		return ClockRule{}, false
	}
	i := slices.IndexFunc(clockRules, func(r ClockRule) bool { return r.holds(kind, c, u, on) })
	if i < 0 {
		return ClockRule{}, false
	}
	return clockRules[i], true
}

// PayerClock is when a payer must have answered a request for a service not yet done that
// it received at an instant. It is false where the coverage is not known or no rule is known
// to hold: then there is no citation, and a person must find out. A zone that is empty or
// unknown counts days in UTC.
func PayerClock(c Coverage, u Urgency, received time.Time, zone, payer string) (Deadline, bool) {
	place := Zone(zone)
	rule, ok := ClockRuleFor(PreService, c, u, DateOf(received, place))
	if !ok || received.IsZero() {
		return Deadline{}, false
	}
	return Deadline{
		Name: payer + " answers", Rule: rule.Name, Source: rule.Source,
		Due: rule.Length.After(received, place), Zone: place.String(), From: received.UTC(),
		Warn: rule.Length.Warn(), Then: "ask the payer and cite the rule",
	}, true
}
