package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ErrNotHeld: a figure is not what it must be, or was not measured.
var ErrNotHeld = errors.New("not held")

// Musts say what figures must be, by name: '>= 0.6', '<= 2' or '0..10', ends included.
type Musts map[string]string

// Report is what a bench found.
type Report struct {
	Bench   string             `json:"bench"`
	Figures map[string]float64 `json:"figures"`
	Must    Musts              `json:"must"`
	Held    bool               `json:"held"`
}

// Set notes a figure. It is judged as it is shown, with three decimals.
func (r *Report) Set(figure string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return // nothing was measured; a must on it is not held
	}
	r.Figures[figure] = math.Round(value*1000) / 1000
}

// Run measures, and prints the report as the last line of out: always, since whoever reads
// it must find one. It returns ErrNotHeld, with the reasons, unless every must is held.
func Run(name string, must Musts, out io.Writer, measure func(*Report) error) error {
	r := &Report{Bench: name, Figures: map[string]float64{}, Must: must}
	for _, figure := range slices.Sorted(maps.Keys(must)) {
		if _, _, err := bounds(must[figure]); err != nil {
			return fmt.Errorf("bench %s: %s: %w", name, figure, err)
		}
	}
	err := measure(r)
	missed := r.missed()
	r.Held = err == nil && len(missed) == 0
	line := json.NewEncoder(out)
	line.SetEscapeHTML(false) // a must has a < or a >
	if err := line.Encode(r); err != nil {
		return fmt.Errorf("bench %s: print the report: %w", name, err)
	}
	switch {
	case err != nil:
		return fmt.Errorf("bench %s: %w", name, err)
	case !r.Held:
		return fmt.Errorf("bench %s: %w: %s", name, ErrNotHeld, strings.Join(missed, "; "))
	}
	return nil
}

// missed says which musts are not held.
func (r *Report) missed() (missed []string) {
	for _, figure := range slices.Sorted(maps.Keys(r.Must)) {
		low, high, err := bounds(r.Must[figure])
		value, measured := r.Figures[figure]
		switch {
		case err != nil:
			missed = append(missed, figure+": "+err.Error())
		case !measured:
			missed = append(missed, figure+" was not measured")
		case value < low || value > high:
			missed = append(missed, fmt.Sprintf("%s is %v, must be %s", figure, value, r.Must[figure]))
		}
	}
	return missed
}

// bounds reads a must.
func bounds(must string) (low, high float64, err error) {
	low, high = math.Inf(-1), math.Inf(1)
	read := func(text string, into *float64) {
		if *into, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil || math.IsNaN(*into) || math.IsInf(*into, 0) {
			err = fmt.Errorf("the must %q is none of '>= x', '<= x', 'a..b'", must)
		}
	}
	from, to, between := strings.Cut(must, "..")
	least, isLeast := strings.CutPrefix(must, ">=")
	most, isMost := strings.CutPrefix(must, "<=")
	switch {
	case isLeast:
		read(least, &low)
	case isMost:
		read(most, &high)
	case between:
		if read(from, &low); err == nil {
			read(to, &high)
		}
		if err == nil && low > high {
			err = fmt.Errorf("the must %q holds for nothing", must)
		}
	default:
		err = fmt.Errorf("the must %q is none of '>= x', '<= x', 'a..b'", must)
	}
	return low, high, err
}
