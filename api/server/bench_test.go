package server_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"healthcode.example/api/server"
	"healthcode.example/partner"
)

// connections of the benchmarks' callers, each kept alive.
const connections = 8

// BenchmarkHTTP measures requests over real sockets, all on this machine, with the access log formatted and thrown away. Of
// the ratios in the figures: verification/noop is requests a second, and batch/verification is the time of one code.
func BenchmarkHTTP(b *testing.B) {
	w := newWorldWith(b, func(c *server.Config) {
		c.Log, c.Formats = slog.New(slog.NewJSONHandler(io.Discard, nil)), partner.Formats(false)
	})
	paper := w.paper(w.stranger)
	noop := "GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n"
	single := post(`{"code":"` + paper + `"}`)
	batch := post(`{"codes":["` + strings.Repeat(paper+`","`, 63) + paper + `"]}`)
	for _, c := range []struct {
		name, request string
		codes         int
	}{{"noop", noop, 1}, {"verification", single, 1}, {"batch64", batch, 64}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			callers(b, strings.TrimPrefix(w.url, "http://"), c.request)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.codes), "ns/code")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}

func post(body string) string {
	return fmt.Sprintf("POST /v1/verifications HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// callers share b.N requests among the connections.
func callers(b *testing.B, addr, request string) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var group sync.WaitGroup
	for range connections {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		group.Go(func() {
			defer conn.Close()
			if err := call(conn, request, &left); err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
}

// call is a caller as lean as can be, so that the server is what is measured.
func call(conn net.Conn, request string, left *atomic.Int64) error {
	in := bufio.NewReaderSize(conn, 64<<10)
	for left.Add(-1) >= 0 {
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return err
		}
		if _, err := io.WriteString(conn, request); err != nil {
			return err
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("status %s", answer.Status)
		}
	}
	return nil
}
