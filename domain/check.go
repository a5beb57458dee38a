package domain

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"

	"parley/codes"
)

// checks judges every struct that comes from outside, by its tags: the API's bodies and
// the results of tasks. One instance, so that a rule is the same wherever it is asked.
var checks = newChecks()

var (
	phone10   = regexp.MustCompile(`^[2-9]\d{9}$`)
	procedure = regexp.MustCompile(`^(\d{5}|\d{4}[A-Z]|[A-V]\d{4})$`) // CPT I, II/III/PLA, HCPCS II
	icd10cm   = regexp.MustCompile(`^[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?$`)
	modifier  = regexp.MustCompile(`^[0-9A-Z]{2}$`)
)

func newChecks() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	tags := map[string]func(string) bool{
		"npi":       codes.ValidNPI,
		"date":      func(s string) bool { return Date(s).Valid() },
		"phone10":   phone10.MatchString,
		"procedure": procedure.MatchString,
		"icd10cm":   icd10cm.MatchString,
		"modifier":  modifier.MatchString,
		"place":     codes.PlaceForm, // the list is not complete: Judge warns of what it lacks
		"state":     isState,
	}
	for tag, ok := range tags {
		err := v.RegisterValidation(tag, func(f validator.FieldLevel) bool { return ok(f.Field().String()) })
		if err != nil {
			panic(fmt.Sprintf("register check %s: %v", tag, err)) // a name that cannot be a tag: never at run time
		}
	}
	return v
}

func isState(s string) bool {
	_, known := codes.Lookup(codes.State, s, time.Time{}) // a complete list without dates
	return known == codes.Listed
}

// Check judges a struct by its tags and returns *Invalid with every fault, or nil.
// Texts name field and rule, never a value.
func Check(v any) error {
	err := checks.Struct(v)
	var faults validator.ValidationErrors
	if err == nil || !errors.As(err, &faults) {
		return err
	}
	invalid := &Invalid{}
	for _, f := range faults {
		invalid.Fields = append(invalid.Fields, FieldError{Pointer: pointer(f.Namespace()), Code: f.Tag(), Detail: ruleWords(f)})
	}
	return invalid
}

// pointer turns Order.services[0].code into /services/0/code.
func pointer(namespace string) string {
	_, path, _ := strings.Cut(namespace, ".")
	path = strings.NewReplacer("[", "/", "]", "", ".", "/").Replace(path)
	return "/" + path
}

func ruleWords(f validator.FieldError) string {
	switch f.Tag() {
	case "required", "required_with", "required_if", "required_unless":
		return "is needed"
	case "npi":
		return "is not an NPI: ten digits whose last is the check digit"
	case "date":
		return "is not a date that exists; write YYYY-MM-DD"
	case "icd10cm":
		return "is not shaped like an ICD-10-CM code"
	case "procedure":
		return "is not shaped like a CPT or HCPCS code"
	case "modifier":
		return "is not shaped like a modifier: two letters or digits"
	case "place":
		return "is not shaped like a place of service code: two digits"
	case "state":
		return "is not a state's two letters"
	case "phone10":
		return "is not a phone number of ten digits"
	case "timezone":
		return "is not an IANA time zone"
	case "oneof":
		return "must be one of " + strings.ReplaceAll(f.Param(), " ", ", ")
	case "max":
		return bound(f, "at most")
	case "min":
		return bound(f, "at least")
	case "len":
		return "must have exactly " + f.Param() + " characters"
	case "alphanum":
		return "must hold letters and digits only"
	case "startswith":
		return "must begin with " + f.Param()
	case "unique":
		return "holds an entry twice"
	}
	return "breaks the rule " + f.Tag()
}

func bound(f validator.FieldError, word string) string {
	if _, err := strconv.Atoi(f.Param()); err == nil {
		switch f.Kind() {
		case reflect.String:
			return fmt.Sprintf("must have %s %s characters", word, f.Param())
		case reflect.Slice:
			return fmt.Sprintf("must have %s %s entries", word, f.Param())
		default: // a number
		}
	}
	return fmt.Sprintf("must be %s %s", word, f.Param())
}
