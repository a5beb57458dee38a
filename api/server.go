package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"parley/store"
)

// patience is how long a caller waits for a case before hearing 'not now': the message is
// kept, and the same request again is answered.
const patience = 20 * time.Second

// Server answers HTTP. It is made by New.
type Server struct {
	Store  *store.Store
	Cases  *Cases
	Secret []byte // the installation's: case IDs are derived from it
	Log    *slog.Logger
	Now    func() time.Time
	Level  func(context.Context) (at, want int64, err error) // of the migrations: also tells whether the database is there

	metrics *metrics
}

// New is a server; its fields are set before it answers.
func New(s *store.Store, cases *Cases, secret []byte, log *slog.Logger, level func(context.Context) (at, want int64, err error)) *Server {
	return &Server{Store: s, Cases: cases, Secret: secret, Log: log, Now: time.Now, Level: level, metrics: newMetrics()}
}

// Handler routes requests by the table of routes.
func (s *Server) Handler() http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.fail
	e.Use(s.around)
	for _, r := range Routes() {
		e.Add(r.Method, r.echoPath(), s.handle(r))
	}
	document := OpenAPI()
	e.GET(prefix+"/openapi.json", func(c echo.Context) error { return c.JSONBlob(http.StatusOK, document) })
	e.GET("/livez", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", s.ready)
	e.GET("/metrics", echo.WrapHandler(s.metrics.handler()))
	return e
}

// handle is what happens to every request of a route, in this order: who asks, may they,
// what do they say, was it said before; then the handler; then who saw whom is written
// down, and only then is anything answered.
func (s *Server) handle(r Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
		defer cancel()
		this := callOf(ctx)
		c.SetRequest(c.Request().WithContext(ctx))
		if len(r.Roles) > 0 {
			who, err := s.authenticate(c)
			if err != nil {
				return err
			}
			this.who = who
			if !who.Has(r.Roles...) {
				return refuse(kindForbidden, "The roles of this key do not include it.")
			}
		}
		body, err := readBody(c)
		if err != nil {
			return err
		}
		if r.writes() {
			if this.key, err = s.once(c, body); err != nil {
				return err
			}
		}
		out, err := r.serve(s, c, body)
		var again *answered
		if errors.As(err, &again) {
			return write(c, again.status, again.location, again.body)
		}
		if err != nil {
			return s.letGo(ctx, this.key, err)
		}
		if r.Health {
			// Without a note of who saw whom nothing is shown.
			if err := s.Store.Looked(ctx, this.who.Subject, r.Name, out.seen...); err != nil {
				return err
			}
		}
		answer, err := encode(out.body)
		if err != nil {
			return err
		}
		if this.key != nil {
			s.keep(ctx, this.key, out.status, out.location, answer)
		}
		return write(c, out.status, out.location, answer)
	}
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

func write(c echo.Context, status int, location string, body []byte) error {
	if location != "" {
		c.Response().Header().Set("Location", location)
	}
	return c.JSONBlob(status, body)
}

// around names a request, bounds what a browser may do with its answer, counts it, and
// logs it once: its route, never its address, which may name a case.
func (s *Server) around(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		begun := time.Now()
		this := &call{requestID: requestID(c.Request()), at: s.Now().UTC()}
		c.SetRequest(c.Request().WithContext(withCall(c.Request().Context(), this)))
		h := c.Response().Header()
		h.Set("X-Request-Id", this.requestID)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Strict-Transport-Security", "max-age=63072000")
		defer func() {
			if broken := recover(); broken != nil {
				if broken == http.ErrAbortHandler {
					panic(broken)
				}
				// What it says may hold anything: the place tells enough.
				s.Log.LogAttrs(c.Request().Context(), slog.LevelError, "panic", slog.String("request", this.requestID), slog.String("at", origin()))
				err = refuse(kindInternal, "")
			}
			if err != nil {
				c.Error(err)
				s.explain(c, this, err)
			}
			route := c.Path()
			if route == "" {
				route = "none"
			}
			took := time.Since(begun)
			method := methodName(c.Request().Method)
			s.metrics.served(method, route, c.Response().Status, took)
			s.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", slog.String("request", this.requestID),
				slog.String("method", method), slog.String("route", route), slog.String("key", this.who.Subject.ID),
				slog.Int("status", c.Response().Status), slog.Duration("took", took))
			err = nil
		}()
		return next(c)
	}
}

// explain logs what an answer of 5xx does not say. A case's own words are left out.
func (s *Server) explain(c echo.Context, this *call, err error) {
	if c.Response().Status < http.StatusInternalServerError {
		return
	}
	s.Log.LogAttrs(c.Request().Context(), slog.LevelError, "request went wrong",
		slog.String("request", this.requestID), slog.String("why", errorText(err)))
}

// fail writes the problem that an error is.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := problemOf(err)
	p.RequestID = callOf(c.Request().Context()).requestID
	if p.Status == http.StatusUnauthorized {
		c.Response().Header().Set("WWW-Authenticate", "Bearer")
	}
	if p.retryAfter != "" {
		c.Response().Header().Set("Retry-After", p.retryAfter)
	}
	body, err := encode(p)
	if err != nil {
		body = []byte("{}") // plain data: it cannot fail but by a programming error
	}
	_ = c.Blob(p.Status, "application/problem+json", body) // nobody is left to tell
}

// methodName is a method of ours: anyone may send any word as one.
func methodName(sent string) string {
	if sent == http.MethodGet || sent == http.MethodPost {
		return sent
	}
	return "other"
}

// requestID is the caller's if it is a UUID, which says nothing about anyone; else a new one.
func requestID(r *http.Request) string {
	if id, err := uuid.Parse(r.Header.Get("X-Request-Id")); err == nil {
		return id.String()
	}
	return uuid.NewString()
}

// loopback reports whether a request came in on an address that no other machine reaches.
func loopback(r *http.Request) bool {
	a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	host, _, err := net.SplitHostPort(a.String())
	return err == nil && net.ParseIP(host).IsLoopback()
}

// bearer is the secret of a request, or empty.
func bearer(r *http.Request) string {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}
