package server

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
)

// requestNumber names requests: 8 random digits of this process and a count. A name from outside is not taken over, since
// it would be a way into the log.
type requestNumber struct {
	prefix [9]byte // the digits and a hyphen
	count  atomic.Uint64
}

func (n *requestNumber) init() error {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return fmt.Errorf("read random bytes: %w", err)
	}
	hex.Encode(n.prefix[:8], b[:])
	n.prefix[8] = '-'
	return nil
}

func (n *requestNumber) next() string {
	var b [32]byte
	return string(strconv.AppendUint(append(b[:0], n.prefix[:]...), n.count.Add(1), 10))
}

// Values of headers that every response shares. Nobody changes a header's slice in place.
var (
	nosniff     = []string{"nosniff"}
	noStore     = []string{"no-store"}
	jsonType    = []string{mediaJSON}
	problemType = []string{api.ProblemType}
	closing     = []string{"close"}
)

// observe wraps a route in everything that each request has: its number, the body's limit, errors as problems, recovery
// from a panic, a line in the log, and the counts. It is one function, not five middlewares, since it runs with every
// request of the hot path.
func (s *Server) observe(r *route) echo.HandlerFunc {
	return func(c *echo.Context) error {
		began := time.Now()
		id := s.requests.next()
		h := c.Response().Header()
		h["X-Request-Id"] = []string{id}
		h["X-Content-Type-Options"] = nosniff
		if err := s.attempt(r, c, id); err != nil {
			s.sendError(c, err)
		}
		took := time.Since(began)
		status, size := outcome(c)
		r.count[min(status/100, 5)].Inc()
		r.seconds.Observe(took.Seconds())
		s.config.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
			slog.String("method", knownMethod(c.Request().Method)), slog.String("route", r.pattern), slog.Int("status", status),
			slog.Duration("duration", took), slog.Int64("bytes", size), slog.String("request_id", id))
		return nil
	}
}

// attempt runs the route; a panic becomes an error that says nothing to the caller.
func (s *Server) attempt(r *route, c *echo.Context, id string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.metrics.panics.Inc()
			s.config.Log.LogAttrs(c.Request().Context(), slog.LevelError, "panic", slog.String("route", r.pattern),
				slog.String("request_id", id), slog.String("panic", describe(p)), slog.String("stack", string(debug.Stack())))
			err = api.NewProblem(api.CodeInternal, "")
		}
	}()
	if c.Request().ContentLength > s.config.MaxBody {
		return s.tooLarge(c)
	}
	if s.crossing.Check(c.Request()) != nil {
		return errCrossOrigin
	}
	err = r.handle(c)
	if err != nil && api.ProblemOf(err) == nil {
		s.config.Log.LogAttrs(c.Request().Context(), slog.LevelError, "failed", slog.String("route", r.pattern),
			slog.String("request_id", id), slog.String("error", anonymous(err.Error())))
	}
	return err
}

// describe says what a panic was about without what it was about: the value may hold anything, the runtime's own errors
// hold indices only.
func describe(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return anonymous(e.Error())
	}
	return fmt.Sprintf("a value of type %T", p)
}

// personal matches what stands in errors of the wallet and must not stand in a log: identifiers of people, codes and long
// numbers.
var personal = regexp.MustCompile(`\b[0-9a-v]{26}\b|YK[A-Z]?[0-9]:\S*|\b[0-9]{8,}[0-9X]?\b|"[^"]*"`)

func anonymous(text string) string { return personal.ReplaceAllString(text, "(withheld)") }

// outcome is the status and the number of bytes that were sent.
func outcome(c *echo.Context) (status int, size int64) {
	r, err := echo.UnwrapResponse(c.Response())
	if err != nil {
		return http.StatusOK, 0
	}
	return r.Status, r.Size
}

// knownMethod keeps a method that somebody made up out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "OTHER"
}

// sendError answers with a problem, unless an answer is under way: then the connection is all that can be cut.
func (s *Server) sendError(c *echo.Context, err error) {
	r, unwrapErr := echo.UnwrapResponse(c.Response())
	if unwrapErr == nil && r.Committed {
		return
	}
	p := api.ProblemOf(err)
	if p == nil {
		p = api.NewProblem(api.CodeInternal, "")
	}
	h := c.Response().Header()
	for name := range h {
		if strings.HasPrefix(name, "Content-") {
			delete(h, name)
		}
	}
	h.Del("ETag")
	h["Cache-Control"] = noStore
	if p.Status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	}
	_ = send(c, p.Status, problemType, p) // the caller is gone, if anything
}
