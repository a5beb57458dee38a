package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/labstack/echo/v4"

	"parley/domain"
	"parley/store"
)

// Route is one line of the table from which routing, authorization, the audit of looks,
// idempotency and the OpenAPI document are all made.
type Route struct {
	Method  string
	Path    string // under /api/v1
	Name    string // operationId
	Summary string
	Roles   []store.Role // who may; empty: anyone, without a key
	Health  bool         // its answer shows health data: an audit row tells who saw whom
	Status  int          // of success; 200 if zero

	request, response reflect.Type
	serve             func(s *Server, c echo.Context, body []byte) (reply, error)
}

// reply is what a handler answers, before it is written.
type reply struct {
	status   int
	body     any
	location string
	seen     []domain.CaseID
}

// Answers may say more than their JSON.
type (
	// seer names the cases whose health data an answer shows.
	seer interface{ seen() []domain.CaseID }
	// created is an answer that may tell of something new: where it is.
	created interface {
		created() (location string, isNew bool)
	}
)

// on makes a route of a handler. The handler's types are the contract: the request is
// bound and judged by its tags, the response is published as its schema.
func on[Req, Res any](r Route, handle func(*Server, context.Context, Req) (Res, error)) Route {
	r.request, r.response = reflect.TypeFor[Req](), reflect.TypeFor[Res]()
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	r.serve = func(s *Server, c echo.Context, body []byte) (reply, error) {
		var req Req
		if err := bind(c, body, &req); err != nil {
			return reply{}, err
		}
		ctx := c.Request().Context()
		if k := keyOf(ctx); k != nil {
			if err := k.begin(ctx); err != nil {
				return reply{}, err
			}
		}
		res, err := handle(s, ctx, req)
		if err != nil {
			return reply{}, inQuery(r, err)
		}
		out := reply{status: r.Status, body: res}
		if v, ok := any(res).(created); ok {
			location, isNew := v.created()
			if out.status = http.StatusOK; isNew {
				out.status, out.location = r.Status, location
			}
		}
		if v, ok := any(res).(seer); ok {
			out.seen = v.seen()
		}
		return out, nil
	}
	return r
}

// inQuery moves what the store finds wrong with a cursor to where the caller wrote it.
func inQuery(r Route, err error) error {
	var invalid *domain.Invalid
	if r.Method != http.MethodGet || !errors.As(err, &invalid) {
		return err
	}
	moved := &domain.Invalid{}
	for _, f := range invalid.Fields {
		f.Pointer = "/query" + f.Pointer
		moved.Fields = append(moved.Fields, f)
	}
	return moved
}

// writes reports whether a route changes something, and so needs an idempotency key.
func (r Route) writes() bool { return r.Method == http.MethodPost }

// echoPath is the path as the router wants it: :id for {id}.
func (r Route) echoPath() string {
	return prefix + strings.NewReplacer("{", ":", "}", "").Replace(r.Path)
}

// prefix of every route of this version.
const prefix = "/api/v1"
