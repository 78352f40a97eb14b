package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
)

// asCaller lets a handler run for the caller of the demo token only. Real log-in takes this place with its own issue.
func (s *Server) asCaller(handle func(*echo.Context, Caller) error) echo.HandlerFunc {
	return func(c *echo.Context) error {
		c.Response().Header()["Cache-Control"] = noStore
		if !s.config.Demo || s.config.Caller.Token == "" {
			return s.unauthorized(c, "no log-in is set up at this service; in demo mode healthcode serve prints a token")
		}
		scheme, token, ok := strings.Cut(c.Request().Header.Get("Authorization"), " ")
		// Hashes are compared, so that neither the content nor the length of the token shows in the time.
		sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
		if !ok || !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(sum[:], s.token[:]) != 1 {
			return s.unauthorized(c, "send the header Authorization: Bearer TOKEN with the demo token that healthcode serve printed when it started")
		}
		return handle(c, s.config.Caller)
	}
}

func (s *Server) unauthorized(c *echo.Context, detail string) error {
	c.Response().Header().Set("WWW-Authenticate", `Bearer realm="healthcode demo"`)
	return api.NewProblem(api.CodeUnauthorized, detail)
}
