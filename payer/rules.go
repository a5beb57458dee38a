package payer

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"

	"parley/domain"
)

// Rule says of one service whether it needs authorization.
type Rule struct {
	Name   string        `yaml:"name"`
	Words  string        `yaml:"words"` // shown to people
	When   string        `yaml:"when"`  // CEL over facts
	Needed domain.Needed `yaml:"needed"`
	Source string        `yaml:"source"` // where the payer says so
	AsOf   domain.Date   `yaml:"asOf"`   // the date of that source

	program cel.Program
}

// costLimit bounds the work of one rule on one service, in CEL's own units: the rules
// shipped cost 30 at most, and a rule at the limit takes well under a millisecond.
const costLimit = 10_000

// facts is the typed catalogue of what a rule may ask, of one service of an order.
var facts = []cel.EnvOption{
	cel.VariableWithDoc("code", cel.StringType, "CPT or HCPCS code of the service"),
	cel.VariableWithDoc("modifiers", cel.ListType(cel.StringType), "its modifiers"),
	cel.VariableWithDoc("units", cel.IntType, "units asked for"),
	cel.VariableWithDoc("unit", cel.StringType, "UN, VS, DY, HS or MN"),
	cel.VariableWithDoc("place", cel.StringType, "CMS place of service"),
	cel.VariableWithDoc("product", cel.StringType, "medicare-advantage, commercial, …"),
	cel.VariableWithDoc("funding", cel.StringType, "insured, self-funded, government, unknown"),
	cel.VariableWithDoc("state", cel.StringType, "whose law holds; empty if unknown"),
	cel.VariableWithDoc("group", cel.StringType, "group number; empty if unknown"),
	cel.VariableWithDoc("urgent", cel.BoolType, "an expedited review is asked for"),
	cel.VariableWithDoc("age", cel.IntType, "whole years on the planned date"),
	cel.VariableWithDoc("plannedDate", cel.StringType, "YYYY-MM-DD; dates compare as text"),
	cel.VariableWithDoc("diagnoses", cel.ListType(cel.StringType), "ICD-10-CM with the point"),
	cel.VariableWithDoc("requesting", cel.StringType, "NPI of who asks"),
	cel.VariableWithDoc("servicing", cel.StringType, "NPI of who performs"),
	cel.VariableWithDoc("facility", cel.StringType, "NPI of where it is done"),
}

// ruleEnv knows facts and the standard operators; expressions stay small.
func ruleEnv() (*cel.Env, error) {
	return cel.NewEnv(append(facts, cel.ParserExpressionSizeLimit(4_000), cel.ExtendedValidations())...)
}

// compile readies the rule, or says what is wrong with its expression.
func (r *Rule) compile(env *cel.Env) error {
	ast, issues := env.Compile(r.When)
	if issues != nil && issues.Err() != nil {
		first := issues.Errors()[0]
		return fmt.Errorf("column %d: %s", first.Location.Column()+1, first.Message)
	}
	if ast.OutputType() != cel.BoolType {
		return fmt.Errorf("is %s, not true or false", ast.OutputType())
	}
	bound, err := env.EstimateCost(ast, sizes{})
	if err != nil {
		return fmt.Errorf("its cost cannot be told")
	}
	if bound.Max > costLimit {
		return fmt.Errorf("may cost %d, more than the limit of %d", bound.Max, costLimit)
	}
	r.program, err = env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(costLimit))
	if err != nil {
		return fmt.Errorf("cannot be planned")
	}
	return nil
}

// holds reports whether the rule holds; an error is a division by zero, an index out of
// range or the like, and never the caller's fault.
func (r *Rule) holds(asked map[string]any) (bool, error) {
	out, _, err := r.program.Eval(asked)
	if err != nil {
		return false, fmt.Errorf("work out rule %s", r.Name) // CEL's text may hold a fact
	}
	yes, ok := out.Value().(bool)
	if !ok {
		return false, fmt.Errorf("work out rule %s", r.Name)
	}
	return yes, nil
}

// sizes bounds the facts for the estimate of a rule's cost; domain.Order sets the limits.
type sizes struct{}

func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	path := n.Path()
	if len(path) == 0 {
		return nil
	}
	max := uint64(50)
	if len(path) == 1 {
		switch path[0] {
		case "modifiers":
			max = 4
		case "diagnoses":
			max = 12
		}
	}
	return &cost.SizeEstimate{Min: 0, Max: max}
}

func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// Need says whether an order needs authorization: yes if any of its services does, no
// only if a rule says so of every one. What no rule knows is unknown, and so is what a
// rule stumbles over: a person finds out.
func (p *Profile) Need(o domain.Order) domain.Need {
	need := domain.Need{Terms: p.Given()}
	rank := map[domain.Needed]int{domain.NeededNo: 1, domain.NeededUnknown: 2, domain.NeededYes: 3}
	said := map[string]bool{}
	var words []string
	for _, s := range o.Services {
		needed, rule, text := p.needOf(o, s)
		switch {
		case rank[needed] > rank[need.Needed]:
			need.Needed, need.Source, need.AsOf = needed, rule.Source, rule.AsOf
			words, said = []string{text}, map[string]bool{text: true}
		case needed == need.Needed && !said[text]:
			words, said[text] = append(words, text), true
		}
	}
	need.Rule = strings.Join(words, "; ")
	return need
}

func (p *Profile) needOf(o domain.Order, s domain.OrderService) (domain.Needed, Rule, string) {
	asked := asking(o, s)
	for _, r := range p.Rules {
		holds, err := r.holds(asked)
		switch {
		case err != nil:
			return domain.NeededUnknown, Rule{}, fmt.Sprintf("%s: rule %s could not be worked out", s.Code, r.Name)
		case holds:
			return r.Needed, r, fmt.Sprintf("%s: %s (%s)", s.Code, r.Words, r.Name)
		}
	}
	return domain.NeededUnknown, Rule{}, fmt.Sprintf("%s: %s's profile has no rule for it", s.Code, p.Name)
}

func asking(o domain.Order, s domain.OrderService) map[string]any {
	unit := s.Unit
	if unit == "" {
		unit = "UN"
	}
	return map[string]any{
		"code": s.Code, "modifiers": listed(s.Modifiers), "units": int64(s.Units), "unit": unit, "place": o.Place,
		"product": string(o.Coverage.Product), "funding": string(o.Coverage.Funding), "state": o.Coverage.State,
		"group": o.Coverage.Group, "urgent": o.Urgency == domain.Expedited, "age": age(o.Patient.BirthDate, o.Planned),
		"plannedDate": string(o.Planned), "diagnoses": listed(o.Diagnoses),
		"requesting": o.Requesting.NPI, "servicing": o.Servicing.NPI, "facility": o.Where.NPI,
	}
}

func listed(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// age is the whole years from a birth date to a day; 0 where either is no date.
func age(born, on domain.Date) int64 {
	b, err := time.Parse(time.DateOnly, string(born))
	if err != nil {
		return 0
	}
	d, err := time.Parse(time.DateOnly, string(on))
	if err != nil {
		return 0
	}
	years := d.Year() - b.Year()
	if d.Month() < b.Month() || d.Month() == b.Month() && d.Day() < b.Day() {
		years--
	}
	return int64(years)
}
