package domain

import "time"

// Deadline is a due instant and the rule it came from.
type Deadline struct {
	Name   string          `json:"name"`             // 'Larkfield answers', 'authorization expires': unique in its case
	Rule   string          `json:"rule"`             // for example 'Medicare Advantage standard, 7 calendar days'
	Source string          `json:"source,omitempty"` // the citation; empty where no rule is known to hold
	Due    time.Time       `json:"due"`              // UTC
	Zone   string          `json:"zone"`             // IANA; the rule's, else the facility's
	From   time.Time       `json:"from"`             // the start event's instant
	Warn   []time.Duration `json:"warn,omitempty"`   // before Due
	Then   string          `json:"then,omitempty"`   // what happens when it passes
}

// Warning reports whether a deadline is near at an instant.
func (d Deadline) Warning(now time.Time) bool {
	for _, before := range d.Warn {
		if !now.Before(d.Due.Add(-before)) {
			return true
		}
	}
	return false
}
