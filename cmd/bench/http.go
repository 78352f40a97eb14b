package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"healthcode.example/api/server"
	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/partner"
)

// connections is how many callers keep one connection each.
const connections = 8

// httpFigures measures requests through real sockets of the loopback, caller and server sharing the processors.
func httpFigures(w *world) []figure {
	refresh := refreshFigures() // first: the server cuts connections on which nothing comes
	s, err := server.New(server.Config{Demo: true, Formats: partner.Formats(false), Now: func() time.Time { return at }, Log: slog.New(slog.NewJSONHandler(io.Discard, nil))})
	must(err)
	must(s.UseBundle(w.bundle))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	defer func() {
		stop()
		must(<-done)
	}()
	paper := credential.Text(w.paper(cose.Ed25519))
	none := newCallers(listener.Addr().String(), "GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n")
	single := newCallers(listener.Addr().String(), post(`{"code":"`+paper+`"}`))
	batch := newCallers(listener.Addr().String(), post(`{"codes":["`+strings.Repeat(paper+`","`, 63)+paper+`"]}`))
	fixture := fmt.Sprintf("Ed25519 paper code, %d connections, access log on", connections)
	return append(refresh, []figure{
		{"POST /v1/verifications / no-op route, requests a second", fixture, ratio(none.call, single.call), "", 0.60, true},
		{"64 codes in one request / single requests, per code", fixture, ratio(batch.call, single.call) / 64, "", 0.60, false},
	}...)
}

func post(body string) string {
	return fmt.Sprintf("POST /v1/verifications HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// callers send requests over connections that stay open, each its own, one after the other.
type callers struct {
	requests [connections * eachCalls]string
	conns    []net.Conn
	readers  []*bufio.Reader
}

// eachCalls is how many requests each connection takes at a time: enough that starting the callers costs nothing.
const eachCalls = 100

// newCallers send the same request all the time.
func newCallers(address, request string) *callers {
	c := new(callers)
	for i := range c.requests {
		c.requests[i] = request
	}
	for range connections {
		conn, err := net.Dial("tcp", address)
		must(err)
		c.conns = append(c.conns, conn)
		c.readers = append(c.readers, bufio.NewReaderSize(conn, 64<<10))
	}
	return c
}

// call makes all the requests.
func (c *callers) call() {
	var group sync.WaitGroup
	for i := range c.conns {
		group.Go(func() {
			for _, request := range c.requests[i*eachCalls : (i+1)*eachCalls] {
				must(c.once(i, request))
			}
		})
	}
	group.Wait()
}

func (c *callers) once(i int, request string) error {
	if _, err := io.WriteString(c.conns[i], request); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.readers[i], nil)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", response.Status)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	return response.Body.Close()
}
