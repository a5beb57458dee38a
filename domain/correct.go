package domain

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Change is one corrected fact, before and after. It holds health data: timeline only.
type Change struct {
	Pointer string `json:"pointer"`
	Before  string `json:"before"`
	After   string `json:"after"`
}

// fixed are the facts that say which order it is, and whose: another one is another case.
var fixed = []string{"/source", "/sourceId", "/facilityId"}

// With is the order with facts replaced, and what changed in it; the order itself stays as
// it is. Pointers name single facts: texts, dates, numbers, and entries of lists by index, where
// '-' adds one. A service that was to begin on the planned day moves with that day.
//
// The result is checked as a new order is, but for what depends on today: ask Judge for that.
// Errors are *Invalid and name the pointers of the order; a pointer to nothing is named by
// its place among the corrections, since it may hold anything.
func (o Order) With(corrections []Correct) (Order, []Change, error) {
	out := o.clone()
	var invalid Invalid
	var changes []Change
	var seen []string
	for i, c := range corrections {
		switch {
		case slices.Contains(fixed, c.Pointer):
			invalid.add(c.Pointer, "fixed", "may not be corrected: it says which order this is")
			continue
		case slices.Contains(seen, c.Pointer) && !strings.HasSuffix(c.Pointer, "/-"):
			invalid.add(c.Pointer, "duplicate", "is corrected twice")
			continue
		}
		seen = append(seen, c.Pointer)
		//workflowcheck:ignore reflection on a copy: the result depends on the arguments alone
		change, err := correct(reflect.ValueOf(&out).Elem(), c)
		switch {
		case errors.Is(err, errNoFact):
			invalid.add(fmt.Sprintf("/corrections/%d/pointer", i), "pointer", "does not name a single fact of an order")
		case err != nil:
			invalid.add(c.Pointer, "type", err.Error())
		case change.Before != change.After:
			changes = append(changes, change)
		}
	}
	if len(invalid.Fields) > 0 {
		return o, nil, &invalid
	}
	changes = append(changes, out.follow(o, seen)...)
	if err := out.recheck(); err != nil {
		return o, nil, err
	}
	return out, changes, nil
}

// follow moves the first day of each service that was to begin on the planned day along
// with that day, unless it was itself corrected.
func (o *Order) follow(was Order, corrected []string) (changes []Change) {
	for i := range o.Services {
		s, at := &o.Services[i], pointerTo("/services", i)+"/from"
		if o.Planned != was.Planned && s.From == was.Planned && !slices.Contains(corrected, at) {
			s.From = o.Planned
			changes = append(changes, Change{Pointer: at, Before: string(was.Planned), After: string(o.Planned)})
		}
	}
	return changes
}

// recheck checks an order again, as far as that does not depend on today.
func (o Order) recheck() error {
	if err := Check(o); err != nil {
		return err
	}
	var j judgement
	if j.itself(o); len(j.faults) > 0 {
		return &Invalid{Fields: j.faults}
	}
	return nil
}

func (e *Invalid) add(pointer, code, detail string) {
	e.Fields = append(e.Fields, FieldError{Pointer: pointer, Code: code, Detail: detail})
}

// clone shares nothing with the order that a correction could reach.
func (o Order) clone() Order {
	o.Services = slices.Clone(o.Services)
	for i := range o.Services {
		o.Services[i].Modifiers = slices.Clone(o.Services[i].Modifiers)
	}
	o.Diagnoses = slices.Clone(o.Diagnoses)
	if o.Coverage.Subscriber != nil {
		subscriber := *o.Coverage.Subscriber
		o.Coverage.Subscriber = &subscriber
	}
	return o
}

var (
	errNoFact    = errors.New("no such fact")
	errNotNumber = errors.New("must be a whole number")
	errNotBool   = errors.New("must be true or false")
)

// correct sets the fact a pointer names within v.
func correct(v reflect.Value, c Correct) (Change, error) {
	steps := strings.Split(c.Pointer, "/")
	if steps[0] != "" || len(steps) == 1 {
		return Change{}, errNoFact
	}
	pointer := ""
	for _, step := range steps[1:] {
		var err error
		if v, step, err = into(v, step); err != nil {
			return Change{}, err
		}
		pointer += "/" + step
	}
	before := ""
	switch v.Kind() {
	case reflect.String:
		before = v.String()
		v.SetString(c.Value)
	case reflect.Int:
		n, err := strconv.Atoi(c.Value)
		if err != nil {
			return Change{}, errNotNumber
		}
		before = strconv.FormatInt(v.Int(), 10)
		v.SetInt(int64(n))
		c.Value = strconv.Itoa(n)
	case reflect.Bool:
		b, err := strconv.ParseBool(c.Value)
		if err != nil {
			return Change{}, errNotBool
		}
		before = strconv.FormatBool(v.Bool())
		v.SetBool(b)
		c.Value = strconv.FormatBool(b)
	default:
		return Change{}, errNoFact
	}
	return Change{Pointer: pointer, Before: before, After: c.Value}, nil
}

// into takes one step of a pointer: a field by its JSON name, an entry by its index, or a
// new text at the end of a list. It returns the step with '-' made an index.
func into(v reflect.Value, step string) (reflect.Value, string, error) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); name == step {
				return v.Field(i), step, nil
			}
		}
	case reflect.Slice:
		if step == "-" && v.Type().Elem().Kind() == reflect.String {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			step = strconv.Itoa(v.Len() - 1)
		}
		// One way to write an index: 00 would be a second name of 0.
		if i, err := strconv.Atoi(step); err == nil && strconv.Itoa(i) == step && i >= 0 && i < v.Len() {
			return v.Index(i), step, nil
		}
	default: // a single fact: it holds nothing
	}
	return reflect.Value{}, "", errNoFact
}

// pointerTo is the JSON pointer of a list's entry.
func pointerTo(list string, i int) string { return list + "/" + strconv.Itoa(i) }
