package server

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
)

var alive = []byte(`{"status":"alive"}` + "\n")

// getHealth says that the process answers, and nothing else.
func getHealth(c *echo.Context) error { return sendBytes(c, http.StatusOK, jsonType, alive) }

// getReady says whether this server should be asked: it has a bundle that is not past its soft age, and its store answers.
func (s *Server) getReady(c *echo.Context) error {
	p := s.published.Load()
	c.Response().Header()["Cache-Control"] = noStore
	if s.draining.Load() {
		return api.NewProblem(api.CodeNotReady, "the service is shutting down: ask another")
	}
	if why := p.notReady(s.now()); why != "" {
		return api.NewProblem(api.CodeNotReady, why)
	}
	if err := s.storeAnswers(c.Request().Context()); err != nil {
		s.config.Log.LogAttrs(c.Request().Context(), slog.LevelError, "store does not answer", slog.String("error", anonymous(err.Error())))
		return api.NewProblem(api.CodeNotReady, "the store does not answer: see the log")
	}
	return send(c, http.StatusOK, jsonType, struct {
		Status  string `json:"status"`
		Version uint64 `json:"bundle_version"`
		Age     int64  `json:"bundle_age_s"`
	}{"ready", p.bundle.Version(), int64(p.age(s.now()).Seconds())})
}

func (s *Server) storeAnswers(ctx context.Context) error {
	if s.config.Ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return s.config.Ready(ctx)
}
