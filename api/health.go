package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"go.temporal.io/sdk/client"
)

// readiness is what GET /readyz answers: 'ok' for each part that is well, else what is not.
type readiness struct {
	Database  string `json:"database"`
	Migration string `json:"migration"`
	Temporal  string `json:"temporal"`
}

// ready reports whether requests can be served. Each part is given 2 s; why one is not
// well is in the log of the one who asks it, not here.
func (s *Server) ready(c echo.Context) error {
	r := s.readiness(c.Request().Context())
	status := http.StatusOK
	if r != (readiness{"ok", "ok", "ok"}) {
		status = http.StatusServiceUnavailable
	}
	return c.JSON(status, r)
}

func (s *Server) readiness(ctx context.Context) readiness {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r := readiness{"ok", "ok", "ok"}
	at, want, err := s.Level(ctx)
	switch {
	case err != nil:
		r.Database, r.Migration = "away", "unknown"
	case at < want:
		r.Migration = "behind"
	}
	if _, err := s.Cases.Client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		r.Temporal = "away"
	}
	return r
}
