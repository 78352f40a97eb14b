package server

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/wallet"
)

// Cookies. The prefix __Host- makes browsers take them from this very host only, over TLS, for every path (RFC 6265bis
// §4.1.3.2): a neighbour host cannot plant a session.
const (
	sessionCookie = "__Host-healthcode"
	loginCookie   = "__Host-healthcode-login" // of a log-in under way
)

// setCookie sets a cookie that no script reads and no other site's request but a visit brings along; seconds is its age, less
// than 0 to remove it.
func setCookie(c *echo.Context, name, value string, seconds int) {
	http.SetCookie(c.Response(), &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// cookie is the value of a cookie, or "".
func cookie(c *echo.Context, name string) string {
	found, err := c.Request().Cookie(name)
	if err != nil {
		return ""
	}
	return found.Value
}

// token is what the caller says to be: a browser by cookie, a program by Authorization: Bearer (RFC 6750 §2.1), which goes
// before the cookie.
func token(c *echo.Context) string {
	if scheme, given, ok := strings.Cut(c.Request().Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(given)
	}
	return cookie(c, sessionCookie)
}

// asPerson lets a handler run for somebody who is logged in.
func (s *Server) asPerson(handle func(*echo.Context, wallet.Session) error) echo.HandlerFunc {
	return func(c *echo.Context) error {
		c.Response().Header()["Cache-Control"] = noStore
		if s.config.Wallet == nil || s.config.Login == nil {
			return unauthorized(c, "no log-in is set up at this service")
		}
		who, err := s.config.Wallet.Session(c.Request().Context(), token(c), s.now())
		if errors.Is(err, wallet.ErrNoSession) {
			return unauthorized(c, "log in at /v1/login; a session ends when it is not used, when it is too old, and everywhere when its person logs out")
		}
		if err != nil {
			return err
		}
		return handle(c, who)
	}
}

// asStaff lets a handler run for somebody who is logged in and has one of the roles.
func (s *Server) asStaff(roles []wallet.Role, handle func(*echo.Context, wallet.Session) error) echo.HandlerFunc {
	return s.asPerson(func(c *echo.Context, who wallet.Session) error {
		if !slices.ContainsFunc(roles, who.Has) {
			return api.NewProblem(api.CodeRole, "log in at the identity provider with the role that this needs")
		}
		return handle(c, who)
	})
}

func unauthorized(c *echo.Context, detail string) error {
	c.Response().Header().Set("WWW-Authenticate", `Bearer realm="healthcode"`)
	return api.NewProblem(api.CodeUnauthorized, detail)
}

var errCrossOrigin = api.NewProblem(api.CodeCrossOrigin, "a page of another site has sent it: open this service's own page and do it there")

// logOut answers DELETE /v1/session: all sessions of the person end, on every device.
func (s *Server) logOut(c *echo.Context, who wallet.Session) error {
	if err := s.config.Wallet.LogOut(c.Request().Context(), who.Person, s.now()); err != nil {
		return err
	}
	setCookie(c, sessionCookie, "", -1)
	return c.NoContent(http.StatusNoContent)
}

// demoIDP hands over to the demo identity provider where there is one.
func (s *Server) demoIDP(c *echo.Context) error {
	if s.config.DemoIDP == nil {
		return errNotFound
	}
	s.config.DemoIDP.ServeHTTP(c.Response(), c.Request())
	return nil
}
