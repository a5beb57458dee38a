package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"parley/domain"
)

// object is a JSON object under construction; encoding/json writes its names in order.
type object = map[string]any

// OpenAPI is the OpenAPI 3.1 document of the table of routes.
func OpenAPI() []byte {
	b := &schemas{known: object{}}
	paths := object{}
	for _, r := range Routes() {
		at, ok := paths[prefix+r.Path].(object)
		if !ok {
			at = object{}
			paths[prefix+r.Path] = at
		}
		at[strings.ToLower(r.Method)] = b.operation(r)
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Parley", "version": "1",
			"description": "Durable case management for insurance coordinators. Instants are RFC 3339 in UTC, lists are {items, nextCursor}, problems are RFC 9457.",
		},
		"security": []any{object{"key": []any{}}},
		"paths":    paths,
		"components": object{
			"schemas":         b.known,
			"securitySchemes": object{"key": object{"type": "http", "scheme": "bearer", "description": "An API key, made by `parley key create`."}},
		},
	}
	out, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(err) // plain data: it cannot fail but by a programming error
	}
	return append(out, '\n')
}

// problemsOf lists the problems a route can answer with.
func problemsOf(r Route) map[int]string {
	out := map[int]string{http.StatusServiceUnavailable: "The database or Temporal is away; try again.", http.StatusInternalServerError: "A fault of Parley's."}
	if len(r.Roles) > 0 {
		out[http.StatusUnauthorized] = "No valid key."
		out[http.StatusForbidden] = "The key's roles do not include this."
	}
	if strings.Contains(r.Path, "{") {
		out[http.StatusNotFound] = "It does not exist, or lies outside the key's facilities."
	}
	if r.Method == http.MethodGet {
		if r.request.NumField() > 0 {
			out[http.StatusUnprocessableEntity] = "Each fault with its pointer."
		}
		return out
	}
	out[http.StatusBadRequest] = "Not JSON, or no idempotency key."
	out[http.StatusConflict] = "Someone was first, the case cannot take it where it stands, or the same request is being worked on."
	out[http.StatusRequestEntityTooLarge] = "Larger than 1 MiB."
	out[http.StatusUnsupportedMediaType] = "Not application/json."
	out[http.StatusUnprocessableEntity] = "Each fault with its pointer; or the idempotency key was used for another request."
	return out
}

func (b *schemas) operation(r Route) object {
	op := object{"operationId": r.Name, "summary": r.Summary}
	if len(r.Roles) == 0 {
		op["security"] = []any{}
	} else {
		op["x-roles"] = r.Roles
	}
	var params []any
	for _, f := range fieldsOf(r.request) {
		switch f.In {
		case "path":
			params = append(params, object{"name": f.Name, "in": "path", "required": true, "schema": b.schema(f.Type, f.Rules)})
		case "query":
			params = append(params, object{
				"name": f.Name, "in": "query", "schema": b.schema(f.Type, f.Rules), "style": "form", "explode": false, "description": f.Label,
			})
		case "body":
			op["requestBody"] = object{"required": needsBody(f.Type), "content": object{"application/json": object{"schema": b.schema(f.Type, "")}}}
		}
	}
	if r.writes() {
		params = append(params, object{
			"name": "Idempotency-Key", "in": "header", "required": true, "schema": object{"type": "string", "minLength": 8, "maxLength": 255},
			"description": "Names this request: sent again, it is answered again and done once.",
		})
	}
	if params != nil {
		op["parameters"] = params
	}
	content := object{"application/json": object{"schema": b.schema(r.response, "")}}
	answers := object{strconv.Itoa(r.Status): object{"description": http.StatusText(r.Status), "content": content}}
	if r.Status == http.StatusCreated {
		answers["200"] = object{"description": "It was there already.", "content": content}
	}
	for status, words := range problemsOf(r) {
		answers[strconv.Itoa(status)] = object{
			"description": words, "content": object{"application/problem+json": object{"schema": b.schema(reflect.TypeFor[Problem](), "")}},
		}
	}
	op["responses"] = answers
	return op
}

func needsBody(t reflect.Type) bool {
	for _, f := range fieldsOf(t) {
		if !f.Optional {
			return true
		}
	}
	return false
}

// schemas turns types into JSON schemas; named structs become components.
type schemas struct{ known object }

// ResultSchema is the JSON schema of a task's result: its struct's tags, in another form.
func ResultSchema(r domain.Result) object {
	b := &schemas{}
	return b.structure(reflect.TypeOf(r))
}

var parameterised = regexp.MustCompile(`^(\w+)\[.*\.(\w+)\]$`)

// schemaName is the name of a component: Page[api.CaseSummary] is CaseSummaryPage.
func schemaName(t reflect.Type) string {
	name := t.Name()
	if m := parameterised.FindStringSubmatch(name); m != nil {
		name = m[2] + m[1]
	}
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func (b *schemas) schema(t reflect.Type, tag string) object {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	own, each := rules(tag)
	s := object{}
	switch {
	case t == timeType:
		s["type"], s["format"] = "string", "date-time"
	case t == rawType || t == anyType:
		return s // anything: its kind's own form tells
	case t == reflect.TypeFor[domain.Date]():
		// Where a date may be left out, an empty text also says that there is none.
		s["type"], s["format"] = "string", "date"
	case t.Kind() == reflect.String:
		s["type"] = "string"
	case t.Kind() == reflect.Bool:
		s["type"] = "boolean"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		s["type"] = "integer"
	case t.Kind() == reflect.Slice:
		s["type"], s["items"] = "array", b.schema(t.Elem(), strings.Join(each, ","))
	case t.Kind() == reflect.Map:
		s["type"], s["additionalProperties"] = "object", b.schema(t.Elem(), "")
	case t.Kind() == reflect.Struct:
		return b.reference(t)
	}
	for _, rule := range own {
		name, param, _ := strings.Cut(rule, "=")
		constrain(s, t.Kind(), name, param)
	}
	return s
}

// reference is a struct's schema, in its place or as a component.
func (b *schemas) reference(t reflect.Type) object {
	name := schemaName(t)
	if name == "" || b.known == nil {
		return b.structure(t)
	}
	if _, ok := b.known[name]; !ok {
		b.known[name] = object{} // a struct may hold itself
		b.known[name] = b.structure(t)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

func (b *schemas) structure(t reflect.Type) object {
	properties := object{}
	required := []string{}
	for _, f := range fieldsOf(t) {
		p := b.schema(f.Type, f.Rules)
		if f.Label != "" {
			if _, isRef := p["$ref"]; isRef {
				p = object{"allOf": []any{p}}
			}
			p["title"] = f.Label
		}
		properties[f.Name] = p
		if !f.Optional {
			required = append(required, f.Name)
		}
	}
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// constrain says in JSON schema what a rule of a validate tag says. A rule that schema
// cannot say, such as a check digit, is named under x-rules.
func constrain(s object, k reflect.Kind, name, param string) {
	n, _ := strconv.Atoi(param) // where it is no number, no rule below reads it
	switch name {
	case "required":
		switch k {
		case reflect.String:
			if _, set := s["minLength"]; !set {
				s["minLength"] = 1
			}
		case reflect.Slice:
			if _, set := s["minItems"]; !set {
				s["minItems"] = 1
			}
		}
	case "omitempty":
	case "oneof":
		values := []any{}
		for _, v := range strings.Fields(param) {
			values = append(values, v)
		}
		s["enum"] = values
	case "max", "min", "len":
		limit(s, k, name, n)
	case "unique":
		s["uniqueItems"] = true
	case "npi":
		s["pattern"] = "^[0-9]{10}$"
		extra(s, "npi: its check digit holds")
	case "phone10":
		s["pattern"] = "^[2-9][0-9]{9}$"
	case "state", "modifier":
		s["pattern"] = "^[0-9A-Z]{2}$"
	case "date":
	case "required_if", "required_with", "required_unless":
		extra(s, name+" "+param)
	default:
		extra(s, name)
	}
}

func limit(s object, k reflect.Kind, name string, n int) {
	words := map[reflect.Kind][2]string{
		reflect.String: {"minLength", "maxLength"}, reflect.Slice: {"minItems", "maxItems"}, reflect.Int: {"minimum", "maximum"},
	}[k]
	if words[0] == "" {
		return
	}
	if name != "max" {
		s[words[0]] = n
	}
	if name != "min" {
		s[words[1]] = n
	}
}

func extra(s object, rule string) {
	all, _ := s["x-rules"].([]string)
	s["x-rules"] = append(all, rule)
}
