package server

import (
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/prometheus/client_golang/prometheus"

	"healthcode.example/api"
)

// route is one address with what is counted of it. Its pattern, as in openapi.yaml, is what logs and metrics say: never the
// path that was asked for.
type route struct {
	method  string
	pattern string
	path    string // as echo writes it
	handle  echo.HandlerFunc

	count   [6]prometheus.Counter // by status class, 1xx to 5xx
	seconds prometheus.Observer
}

func (s *Server) table() []*route {
	get, post := http.MethodGet, http.MethodPost
	return []*route{
		{method: post, pattern: "/v1/verifications", path: "/v1/verifications", handle: s.verify},
		{method: get, pattern: "/v1/wallet/family", path: "/v1/wallet/family", handle: s.asCaller(s.getFamily)},
		{method: post, pattern: "/v1/wallet/codes", path: "/v1/wallet/codes", handle: s.asCaller(s.makeCodes)},
		{method: post, pattern: "/v1/wallet/devices", path: "/v1/wallet/devices", handle: s.asCaller(s.addDevice)},
		{method: post, pattern: "/v1/wallet/paper/{member}", path: "/v1/wallet/paper/:member", handle: s.asCaller(s.makePrint)},
		{method: get, pattern: "/v1/wallet/paper/{member}.{format}", path: "/v1/wallet/paper/:member", handle: s.asCaller(s.drawPrint)},
		{method: get, pattern: "/.well-known/healthcode/bundle", path: "/.well-known/healthcode/bundle", handle: s.getBundle},
		{method: get, pattern: "/.well-known/healthcode/root", path: "/.well-known/healthcode/root", handle: s.getRoot},
		{method: get, pattern: "/.well-known/healthcode/keys.jws", path: "/.well-known/healthcode/keys.jws", handle: s.getSignedKeys},
		{method: get, pattern: "/.well-known/healthcode/status/{list}.{format}", path: "/.well-known/healthcode/status/:list", handle: s.getStatusList},
		{method: get, pattern: "/.well-known/jwks.json", path: "/.well-known/jwks.json", handle: s.getJWKS},
		{method: get, pattern: "/.well-known/cose-keys", path: "/.well-known/cose-keys", handle: s.getCOSEKeys},
		{method: get, pattern: "/openapi.yaml", path: "/openapi.yaml", handle: getOpenAPI},
		{method: get, pattern: "/healthz", path: "/healthz", handle: getHealth},
		{method: get, pattern: "/readyz", path: "/readyz", handle: s.getReady},
		{method: get, pattern: "/metrics", path: "/metrics", handle: s.metrics.handler()},
		{method: get, pattern: "/", path: "/", handle: s.getHome},
	}
}

// Routes that no address has: what else is asked for is counted and logged under them.
const (
	patternNone   = "(none)"
	patternMethod = "(other method)"
)

// route registers the table, and answers of the router's own with problems.
func (s *Server) route() error {
	none := &route{pattern: patternNone, handle: func(*echo.Context) error { return errNotFound }}
	method := &route{pattern: patternMethod, handle: wrongMethod}
	s.metrics.watch(none)
	s.metrics.watch(method)
	router := echo.NewRouter(echo.RouterConfig{
		AutoHandleHEAD:          true, // no GET of ours changes anything
		NotFoundHandler:         s.observe(none),
		MethodNotAllowedHandler: s.observe(method),
		OptionsMethodHandler:    s.observe(method),
	})
	s.echo = echo.NewWithConfig(echo.Config{
		Logger: s.config.Log, Router: router,
		HTTPErrorHandler: func(c *echo.Context, err error) { s.sendError(c, err) },
	})
	s.routes = s.table()
	for _, r := range s.routes {
		s.metrics.watch(r)
		if _, err := s.echo.AddRoute(echo.Route{Method: r.method, Path: r.path, Handler: s.observe(r)}); err != nil {
			return err
		}
	}
	return nil
}

var errNotFound = api.NewProblem(api.CodeNotFound, "see /openapi.yaml for the addresses of this service")

func wrongMethod(c *echo.Context) error {
	detail := "see /openapi.yaml"
	if allow, ok := c.Get(echo.ContextKeyHeaderAllow).(string); ok && allow != "" {
		c.Response().Header().Set(echo.HeaderAllow, allow)
		detail = "use one of: " + allow
	}
	if c.Request().Method == http.MethodOptions {
		return c.NoContent(http.StatusNoContent)
	}
	return api.NewProblem(api.CodeMethod, detail)
}

// Routes lists what the router has as "METHOD PATTERN", patterns as in openapi.yaml; a HEAD goes wherever a GET does.
func (s *Server) Routes() []string {
	var out []string
	for _, registered := range s.echo.Router().Routes() {
		pattern := registered.Path // one that is not in the table
		for _, r := range s.routes {
			if r.method == registered.Method && r.path == registered.Path {
				pattern = r.pattern
			}
		}
		out = append(out, registered.Method+" "+pattern)
	}
	return out
}
