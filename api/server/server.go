// Package server is the HTTP service: verdicts, the published bundle and keys, and the wallet's routes. It is the only
// package that knows echo.
//
// A verification touches no store: it reads the verifier of the last publication through an atomic pointer. Nothing that
// the service logs holds a code, a name, a number, a token, a path parameter or a query.
package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api/login"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
)

// Server answers HTTP requests. It is safe for concurrent use.
type Server struct {
	config    Config
	echo      *echo.Echo
	routes    []*route
	metrics   *metrics
	sheets    chan struct{} // a place for each sheet that is being drawn
	requests  requestNumber
	crossing  *http.CrossOriginProtection
	proofs    *login.Once[proof]
	grants    *login.Once[grant]
	tickets   *login.Once[wallet.Claim]
	visits    *login.Once[visit] // as tickets, of people at kiosks
	visitors  visitors
	published atomic.Pointer[publication]
	draining  atomic.Bool
}

// New makes a server that has no bundle yet: verdicts say cannot_say and /readyz says so until UseBundle.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	s := &Server{
		config: c, sheets: make(chan struct{}, sheetsAtOnce), crossing: http.NewCrossOriginProtection(), grants: login.NewOnce[grant](rand.Reader, mostProofs, grantLife),
		proofs:  login.NewOnceOf(rand.Reader, mostProofs, ownProofs, proofLife, func(p proof) string { return p.identity.Provider + " " + p.identity.Subject }),
		tickets: login.NewOnceOf(rand.Reader, mostTickets, ownTickets, proofLife, func(c wallet.Claim) string { return string(c.Guardian[:]) }),
	}
	s.visits = login.NewOnceOf(rand.Reader, mostVisits, ownVisits, proofLife, func(v visit) string { return string(v.kiosk[:]) })
	if err := s.requests.init(); err != nil {
		return nil, fmt.Errorf("make a server: %w", err)
	}
	s.metrics = newMetrics(s)
	s.published.Store(&publication{verifier: verifier.New(nil, verifier.Policy{})})
	if err := s.route(); err != nil {
		return nil, fmt.Errorf("make a server: %w", err)
	}
	return s, nil
}

// UseBundle puts a publication in force: verdicts, the bundle and the key sets follow it from the next request on. Requests
// under way end with the former. A bundle older than the one in force is passed over: of two publishers the slower may come
// last. On an error the former stays.
func (s *Server) UseBundle(b *trust.Bundle) error {
	v := verifier.New(b, verifier.Policy{Demo: s.config.Demo, MaxAge: s.config.MaxAge, Gate: s.config.Gate}, s.config.Formats...)
	if b != nil && s.config.Partners != nil {
		v = s.config.Partners(v, b)
	}
	p, err := newPublication(b, v)
	if err != nil {
		return fmt.Errorf("serve a bundle: %w", err)
	}
	for {
		former := s.published.Load()
		if former.bundle != nil && former.bundle.Version() > b.Version() || s.published.CompareAndSwap(former, p) {
			return nil
		}
	}
}

// Handler answers requests without a socket, for tests and for a server of one's own, which then has to set the limits of
// headers and times.
func (s *Server) Handler() http.Handler { return politely(s.echo) }

// Serve answers on l until ctx is done; then it takes no new connection, lets requests under way end within the drain
// timeout, and returns nil if they did. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := s.httpServer()
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.DrainTimeout)
	defer cancel()
	if err := h.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("shut down: requests were still under way after %v and were cut: %w", s.config.DrainTimeout, err), h.Close())
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	}
	return nil
}

// httpServer has every limit set: whoever sends or reads slowly holds a connection for a bounded time.
func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: s.config.HeaderTimeout,
		ReadTimeout:       s.config.ReadTimeout,
		WriteTimeout:      s.config.WriteTimeout,
		IdleTimeout:       s.config.IdleTimeout,
		MaxHeaderBytes:    s.config.MaxHeader,
		ErrorLog:          log.New(addressless{s.config.Log}, "", 0),
	}
}

// addressless logs what net/http has to say without the addresses of callers.
type addressless struct{ to *slog.Logger }

var address = regexp.MustCompile(`\[[0-9a-fA-F:.%a-z]+\](:\d+)?|\d+\.\d+\.\d+\.\d+(:\d+)?`)

func (w addressless) Write(p []byte) (int, error) {
	w.to.Warn("http server", slog.String("message", string(address.ReplaceAll(p, []byte("(address)")))))
	return len(p), nil
}

// now is the time of the verdicts and codes.
func (s *Server) now() time.Time { return s.config.Now() }
