package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"parley/domain"
)

// maxBody is the largest body that is read: an order of thirty lines is a hundredth of it.
const maxBody = 1 << 20

// readBody is the whole body of a request that may have one. A body that is too large or
// of another type is refused before anything is looked at.
func readBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	if r.ContentLength > maxBody {
		return nil, refuse(kindTooLarge, "At most 1 MiB is read.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refuse(kindTooLarge, "At most 1 MiB is read.")
	case err != nil:
		return nil, refuse(kindMalformed, "The body ended before it was whole.")
	}
	if len(body) == 0 {
		return nil, nil
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") || r.Header.Get("Content-Encoding") != "" {
		return nil, refuse(kindType, "Send application/json, not compressed.")
	}
	return body, nil
}

// bind fills a request struct: fields marked in:"path" and in:"query" from the URL, the
// field Body from the body. Everything is strict, and all faults are told at once.
func bind(c echo.Context, body []byte, req any) error {
	v := reflect.ValueOf(req).Elem()
	faults := &domain.Invalid{}
	known := map[string]bool{}
	hasBody := false
	for _, f := range fieldsOf(v.Type()) {
		to := v.FieldByIndex(f.Index)
		switch f.In {
		case "path":
			to.SetString(c.Param(f.Name))
		case "query":
			known[f.Name] = true
			if values, ok := c.QueryParams()[f.Name]; ok && !fill(to, values) {
				faults.Fields = append(faults.Fields, domain.FieldError{Pointer: "/query/" + f.Name, Code: "type", Detail: "must be " + want(f.Type)})
			}
		case "body":
			hasBody = true
			if body == nil {
				body = []byte("{}") // what is needed in it is told below
			}
			var invalid *domain.Invalid
			if err := decode(body, to.Addr().Interface()); errors.As(err, &invalid) {
				faults.Fields = append(faults.Fields, invalid.Fields...)
			} else if err != nil {
				return err
			}
		}
	}
	for name := range c.QueryParams() {
		if !known[name] {
			faults.Fields = append(faults.Fields, domain.FieldError{Pointer: "/query", Code: "unknown", Detail: "holds a parameter that is not known here"})
			break
		}
	}
	if !hasBody && len(body) > 0 && strings.TrimSpace(string(body)) != "{}" {
		faults.Fields = append(faults.Fields, domain.FieldError{Pointer: "", Code: "unknown", Detail: "there is nothing to send with this"})
	}
	if len(faults.Fields) > 0 {
		return faults // types first: rules on what was not understood would only confuse
	}
	return judge(v.Interface())
}

// fill sets a field from the values of a query parameter.
func fill(to reflect.Value, values []string) bool {
	if to.Kind() == reflect.Slice {
		all := reflect.MakeSlice(to.Type(), 0, len(values))
		for _, value := range values {
			for part := range strings.SplitSeq(value, ",") {
				one := reflect.New(to.Type().Elem()).Elem()
				if !fill(one, []string{part}) {
					return false
				}
				all = reflect.Append(all, one)
			}
		}
		to.Set(all)
		return true
	}
	if len(values) != 1 || !text(values[0]) {
		return false
	}
	switch value := values[0]; to.Kind() {
	case reflect.String:
		to.SetString(value)
	case reflect.Int:
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil {
			return false
		}
		to.SetInt(n)
	case reflect.Bool:
		if value != "true" && value != "false" {
			return false
		}
		to.SetBool(value == "true")
	default:
		return false
	}
	return true
}

// judge checks a bound request by its tags, and its body by what it says of itself.
func judge(req any) error {
	all := &domain.Invalid{}
	var url, body any = req, nil
	if r, ok := req.(interface{ split() (url, body any) }); ok {
		url, body = r.split()
	}
	for _, part := range []struct {
		of any
		to func(string) string
	}{{url, inURL(url)}, {body, inJSON}} {
		if part.of == nil {
			continue
		}
		var invalid *domain.Invalid
		if err := domain.Check(part.of); errors.As(err, &invalid) {
			for _, f := range invalid.Fields {
				f.Pointer = part.to(f.Pointer)
				all.Fields = append(all.Fields, f)
			}
		} else if err != nil {
			return err
		}
		if own, ok := part.of.(interface{ faults() []domain.FieldError }); ok {
			all.Fields = append(all.Fields, own.faults()...)
		}
	}
	if len(all.Fields) > 0 {
		return all
	}
	return nil
}

// inJSON turns the validator's path into a pointer into a body: the validator names
// embedded structs, where JSON has none. Those begin with a capital, or are our own bodies'.
func inJSON(pointer string) string {
	var out strings.Builder
	for part := range strings.SplitSeq(pointer, "/") {
		if part != "" && (part[0] < 'A' || part[0] > 'Z') {
			out.WriteString("/" + part)
		}
	}
	return out.String()
}

// inURL turns it into the name of a parameter.
func inURL(req any) func(string) string {
	t := reflect.TypeOf(req)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return func(pointer string) string {
		for _, f := range fieldsOf(t) {
			if strings.Contains(pointer+"/", "/"+f.Name+"/") {
				return "/" + f.In + "/" + f.Name
			}
		}
		return pointer
	}
}
