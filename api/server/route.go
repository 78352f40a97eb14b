package server

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v5"
	"github.com/prometheus/client_golang/prometheus"

	"healthcode.example/api"
	"healthcode.example/api/login"
	"healthcode.example/wallet"
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
	get, post, del := http.MethodGet, http.MethodPost, http.MethodDelete
	counter := []wallet.Role{wallet.CommunityWorker, wallet.Kiosk}
	office, authority := []wallet.Role{wallet.CommunityWorker, wallet.Authority}, []wallet.Role{wallet.Authority}
	return []*route{
		{method: post, pattern: "/v1/verifications", path: "/v1/verifications", handle: s.verify},
		{method: get, pattern: "/v1/login", path: "/v1/login", handle: forPeople(oneOfEach(s.beginLogin))},
		{method: get, pattern: "/v1/login/callback", path: "/v1/login/callback", handle: getOnly(forPeople(oneOfEach(s.takeAnswer)))},
		{method: get, pattern: "/v1/login/agreement", path: "/v1/login/agreement", handle: forPeople(s.showAgreement)},
		{method: post, pattern: "/v1/login/agreement", path: "/v1/login/agreement", handle: forPeople(s.acceptAgreement)},
		{method: post, pattern: "/v1/sessions", path: "/v1/sessions", handle: s.makeSession},
		{method: del, pattern: "/v1/session", path: "/v1/session", handle: s.asPerson(s.logOut)},
		{method: get, pattern: "/v1/wallet/family", path: "/v1/wallet/family", handle: s.asPerson(s.getFamily)},
		{method: post, pattern: "/v1/wallet/codes", path: "/v1/wallet/codes", handle: s.asPerson(s.makeCodes)},
		{method: get, pattern: "/v1/wallet/devices", path: "/v1/wallet/devices", handle: s.asPerson(s.getDevices)},
		{method: post, pattern: "/v1/wallet/devices", path: "/v1/wallet/devices", handle: s.asPerson(s.addDevice)},
		{method: del, pattern: "/v1/wallet/devices", path: "/v1/wallet/devices", handle: s.asPerson(s.endDevices)},
		{method: del, pattern: "/v1/wallet/devices/{device}", path: "/v1/wallet/devices/:device", handle: s.asPerson(s.endDevice)},
		{method: post, pattern: "/v1/wallet/members", path: "/v1/wallet/members", handle: s.asPerson(s.addMember)},
		{method: post, pattern: "/v1/wallet/members/check", path: "/v1/wallet/members/check", handle: s.asPerson(s.checkMember)},
		{method: get, pattern: "/v1/wallet/consent", path: "/v1/wallet/consent", handle: s.asPerson(s.getConsent)},
		{method: post, pattern: "/v1/wallet/members/{member}/consent", path: "/v1/wallet/members/:member/consent", handle: s.asPerson(s.giveConsent)},
		{method: del, pattern: "/v1/wallet/members/{member}", path: "/v1/wallet/members/:member", handle: s.asPerson(s.endMember)},
		{method: get, pattern: "/v1/wallet/guardians", path: "/v1/wallet/guardians", handle: s.asPerson(s.getGuardians)},
		{method: del, pattern: "/v1/wallet/guardians/{guardian}", path: "/v1/wallet/guardians/:guardian", handle: s.asPerson(s.endGuardian)},
		{method: post, pattern: "/v1/wallet/paper/{member}", path: "/v1/wallet/paper/:member", handle: oneOfEach(s.asPerson(s.makePrint))},
		{method: get, pattern: "/v1/wallet/paper/{member}.{format}", path: "/v1/wallet/paper/:member", handle: s.told(oneOfEach(s.asPerson(s.drawPrint)))},
		{method: del, pattern: "/v1/wallet/paper/{member}", path: "/v1/wallet/paper/:member", handle: s.asPerson(s.endPrint)},
		{method: get, pattern: "/v1/wallet/members/{member}/history", path: "/v1/wallet/members/:member/history", handle: s.asPerson(s.getHistory)},
		{method: post, pattern: "/v1/wallet/members/{member}/export", path: "/v1/wallet/members/:member/export", handle: s.asPerson(s.export)},
		{method: post, pattern: "/v1/wallet/erasure", path: "/v1/wallet/erasure", handle: s.asPerson(s.erase)},
		{method: post, pattern: "/v1/staff/people", path: "/v1/staff/people", handle: s.asStaff(wallet.Roles, s.findPerson)},
		{method: post, pattern: "/v1/staff/people/{person}/paper", path: "/v1/staff/people/:person/paper", handle: oneOfEach(s.asStaff(counter, s.printFor))},
		{method: get, pattern: "/v1/staff/people/{person}/paper.{format}", path: "/v1/staff/people/:person/:sheet", handle: s.told(oneOfEach(s.asStaff(counter, s.drawFor)))},
		{method: del, pattern: "/v1/staff/people/{person}/paper", path: "/v1/staff/people/:person/paper", handle: s.asStaff(office, s.endPaperOf)},
		{method: get, pattern: "/v1/staff/people/{person}/guardians", path: "/v1/staff/people/:person/guardians", handle: s.asStaff(authority, s.getGuardiansOf)},
		{method: post, pattern: "/v1/staff/people/{person}/guardians/{guardian}/revocation", path: "/v1/staff/people/:person/guardians/:guardian/revocation", handle: s.asStaff(authority, s.revokeGuardian)},
		{method: del, pattern: "/v1/staff/people/{person}/devices", path: "/v1/staff/people/:person/devices", handle: s.asStaff(office, s.endDevicesOf)},
		{method: get, pattern: "/demo-idp/{path}", path: login.DemoPath + "/*", handle: s.demoIDP},
		{method: post, pattern: "/demo-idp/{path}", path: login.DemoPath + "/*", handle: s.demoIDP},
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
		AutoHandleHEAD:          true, // no GET of ours changes anything, but for those that getOnly guards
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

// told is for a GET that changes nothing but the person's history, which tells of it: no look ahead and no link on another site's page may put
// something there.
func (s *Server) told(handle echo.HandlerFunc) echo.HandlerFunc {
	return getOnly(func(c *echo.Context) error {
		as := c.Request().Clone(c.Request().Context())
		as.Method = http.MethodPost // what is looked at where something changes
		if s.crossing.Check(as) != nil {
			return errCrossOrigin
		}
		return handle(c)
	})
}

// getOnly keeps HEAD from a GET that changes something: the end of a log-in, which the standard makes one and which counts once, and what is told.
// Some programs look ahead.
func getOnly(handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		if c.Request().Method == http.MethodHead {
			c.Response().Header().Set(echo.HeaderAllow, http.MethodGet)
			return api.NewProblem(api.CodeMethod, "use GET")
		}
		return handle(c)
	}
}

// oneOfEach refuses a query that says something twice, of which the one who reads it and the one who checks it might take another (RFC 6749 §3.1 has
// the same rule), or that is not one: what is not understood is not passed over.
func oneOfEach(handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		query, err := url.ParseQuery(c.Request().URL.RawQuery)
		if err != nil {
			return api.NewProblem(api.CodeInvalidRequest, "the query behind the ? cannot be read: write name=value with & between, and %-encode the values")
		}
		for _, values := range query {
			if len(values) > 1 {
				return api.NewProblem(api.CodeInvalidRequest, "the query gives one parameter more than once: give each at most one time")
			}
		}
		return handle(c)
	}
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
