package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
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

	"healthcode.example/api"
	"healthcode.example/api/server"
	"healthcode.example/health"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
)

// counting counts the bytes that a caller had to send.
type counting struct {
	r io.Reader
	n atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// endless gives a byte for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}

func problemIn(t *testing.T, answer *http.Response) api.Problem {
	t.Helper()
	var p api.Problem
	if got := answer.Header.Get("Content-Type"); got != api.ProblemType {
		t.Errorf("content type %s", got)
	}
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil {
		t.Fatal(err)
	}
	if p.Status != answer.StatusCode {
		t.Errorf("the problem says %d, the status is %d", p.Status, answer.StatusCode)
	}
	return p
}

func TestABodyOf100MegabytesIsCut(t *testing.T) {
	w := newWorld(t)
	for _, length := range []int64{100 << 20, -1} {
		t.Run(fmt.Sprint("declared ", length), func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			head := "POST /v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n"
			if length < 0 {
				head = "POST /v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n6400000\r\n"
			}
			body := &counting{r: io.LimitReader(endless{}, 100<<20)}
			go func() { // until the server closes the connection
				_, _ = io.Copy(conn, io.MultiReader(strings.NewReader(head+`{"code":"`), body))
			}()
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if p := problemIn(t, answer); p.Code != api.CodeTooLarge || !answer.Close {
				t.Errorf("%+v, close %v", p, answer.Close)
			}
			if _, err := conn.Read(make([]byte, 1)); err == nil {
				t.Error("the connection is still open")
			}
			if n := body.n.Load(); n > 32<<20 { // what is read out of courtesy, what fits the buffers of the two sockets, and no more
				t.Errorf("%d bytes went over", n)
			}
		})
	}
}

func TestABodyOfOneMebibyteIsReadAndOneByteMoreIsNot(t *testing.T) {
	w := newWorld(t)
	frame := len(`{"code":""}`)
	for extra, want := range map[int]int{0: 200, 1: 413} {
		status, _, _ := w.call("POST", "/v1/verifications", "", `{"code":"`+strings.Repeat("A", api.MaxBody-frame+extra)+`"}`)
		if status != want {
			t.Errorf("%d bytes above the limit: %d, want %d", extra, status, want)
		}
	}
}

func TestHeadersBeyondTheLimitAreRefused(t *testing.T) {
	w := newWorld(t)
	r, err := http.NewRequest("GET", w.url+"/healthz", nil)
	w.must(err)
	r.Header.Set("X-Long", strings.Repeat("a", 64<<10))
	answer, err := w.http.Do(r)
	w.must(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", answer.StatusCode)
	}
}

func TestSixtyFourCodesAreAnsweredInOrderAndSixtyFiveRefused(t *testing.T) {
	w := newWorld(t)
	paper, ctx := w.paper(w.stranger), context.Background()
	codes := make([]string, api.MaxCodes)
	for i := range codes {
		switch i % 4 {
		case 0:
			codes[i] = paper
		case 1:
			codes[i] = "shc:/"
		case 2:
			codes[i] = ""
		default:
			codes[i] = paper[:len(paper)-i]
		}
	}
	got, err := w.client().VerifyAll(ctx, api.VerificationRequest{Codes: codes})
	w.must(err)
	for i := range got {
		one, err := w.client().Verify(ctx, codes[i])
		w.must(err)
		if one.Verdict != got[i].Verdict || one.Reason != got[i].Reason || one.Seen != got[i].Seen {
			t.Errorf("code %d: %+v alone and %+v among the others", i, one, got[i])
		}
	}
	_, err = w.client().VerifyAll(ctx, api.VerificationRequest{Codes: append(codes, paper)})
	if p := api.ProblemOf(err); p == nil || p.Code != api.CodeInvalidRequest {
		t.Errorf("65 codes: %v", err)
	}
}

func TestWhoeverSendsSlowlyIsCutOff(t *testing.T) {
	w := newWorldWith(t, func(c *server.Config) {
		c.HeaderTimeout, c.ReadTimeout, c.IdleTimeout = 100*time.Millisecond, 300*time.Millisecond, 200*time.Millisecond
	})
	for name, c := range map[string]struct{ sends, answer string }{
		"half a header": {"POST /v1/verifications HTTP/1.1\r\nHost:", ""},
		"half a body":   {"POST /v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", `"code":"timeout"`},
		"nothing":       {"", ""},
		"no second one": {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", `"alive"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, c.sends); err != nil {
				t.Fatal(err)
			}
			if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(conn)
			if err != nil {
				t.Fatalf("the connection was not closed: %v", err)
			}
			if !strings.Contains(string(got), c.answer) {
				t.Errorf("%s", got)
			}
		})
	}
}

func TestEveryTimeoutHasAValueUnlessGiven(t *testing.T) {
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h := server.HTTPServer(s)
	if h.ReadHeaderTimeout <= 0 || h.ReadTimeout <= 0 || h.WriteTimeout <= 0 || h.IdleTimeout <= 0 || h.MaxHeaderBytes <= 0 {
		t.Errorf("%v %v %v %v %v", h.ReadHeaderTimeout, h.ReadTimeout, h.WriteTimeout, h.IdleTimeout, h.MaxHeaderBytes)
	}
}

// broken is a format whose verifier panics with what must not be seen.
type broken struct{}

func (broken) Detect(text string) bool                                          { return strings.HasPrefix(text, "BOOM") }
func (broken) Verify(text string, _ *trust.Bundle, _ time.Time) verifier.Result { panic(text) }

func TestAPanicIsAProblemWithoutDetailAndIsCounted(t *testing.T) {
	w := newWorldWith(t, func(c *server.Config) { c.Formats = []verifier.Format{broken{}} })
	for _, body := range []string{`{"code":"BOOM-SECRET"}`, `{"codes":["` + strings.Repeat(`x","`, 30) + `BOOM-SECRET"]}`} {
		status, header, b := w.call("POST", "/v1/verifications", "", body)
		if status != 500 || header.Get("Content-Type") != api.ProblemType || bytes.Contains(b, []byte("BOOM")) || bytes.Contains(b, []byte("detail")) {
			t.Errorf("%d %s", status, b)
		}
	}
	if _, _, b := w.call("GET", "/metrics", "", ""); !bytes.Contains(b, []byte("healthcode_panics_total 2")) {
		t.Error("the panics were not counted")
	}
	if log := w.log.String(); strings.Contains(log, "SECRET") || !strings.Contains(log, `"panic":"a value of type string"`) {
		t.Errorf("the log is %s", log)
	}
	if status, _, _ := w.call("GET", "/healthz", "", ""); status != 200 {
		t.Error("the server did not survive")
	}
}

// stuck is a wallet that answers when it is let go, and fails with an error that names what must not be logged.
type stuck struct {
	server.Wallet
	begun, letGo chan struct{}
}

// Session lets everybody in.
func (s *stuck) Session(context.Context, string, time.Time) (wallet.Session, error) {
	return wallet.Session{}, nil
}

// anyLogin is there, and no more.
type anyLogin struct{ server.Providers }

func (s *stuck) Family(context.Context, health.PersonID, time.Time) ([]wallet.Member, error) {
	close(s.begun)
	<-s.letGo
	return []wallet.Member{}, nil
}

func TestShutdownLetsRequestsUnderWayEnd(t *testing.T) {
	for name, drain := range map[string]time.Duration{"in time": 10 * time.Second, "too late": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			slow := &stuck{begun: make(chan struct{}), letGo: make(chan struct{})}
			s, err := server.New(server.Config{Demo: true, Wallet: slow, Login: anyLogin{}, DrainTimeout: drain})
			if err != nil {
				t.Fatal(err)
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			served, answered := make(chan error, 1), make(chan error, 1)
			go func() { served <- s.Serve(ctx, l) }()
			client := &api.Client{Base: "http://" + l.Addr().String(), HTTP: &http.Client{Transport: new(http.Transport)}, Token: "token"}
			go func() { _, err := client.Family(context.Background()); answered <- err }()
			<-slow.begun
			stop()
			if drain > time.Second {
				for { // no new connection is taken while the old one is served
					conn, err := net.Dial("tcp", l.Addr().String())
					if err != nil {
						break
					}
					conn.Close()
				}
				close(slow.letGo)
				if err := errors.Join(<-answered, <-served); err != nil {
					t.Error(err)
				}
				return
			}
			if err := <-served; err == nil || !strings.Contains(err.Error(), "still under way") {
				t.Errorf("shutdown says %v", err)
			}
			close(slow.letGo)
			if err := <-answered; err == nil {
				t.Error("the cut request was answered")
			}
		})
	}
}

func TestPublishingUnderLoadGivesEveryRequestOneWholePublication(t *testing.T) {
	w := newWorld(t)
	paper, ctx := w.paper(w.stranger), context.Background()
	var group sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := w.client().Verify(ctx, paper)
				if err != nil || r.Verdict != "accept" {
					t.Errorf("%+v %v", r, err)
					return
				}
			}
		})
	}
	for range 5 {
		w.advance(time.Minute)
		w.publish()
	}
	close(stop)
	group.Wait()
}

func TestAnOlderBundleIsPassedOver(t *testing.T) {
	w := newWorld(t)
	older := w.issuer.Bundle()
	w.advance(time.Minute)
	w.publish()
	_, _, want := w.call("GET", "/.well-known/healthcode/bundle", "", "")
	w.must(w.server.UseBundle(older))
	if _, _, got := w.call("GET", "/.well-known/healthcode/bundle", "", ""); !bytes.Equal(got, want) {
		t.Error("the server went back to an older bundle")
	}
}

func TestBeforeTheFirstPublicationNothingIsSaid(t *testing.T) {
	s, err := server.New(server.Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.UseBundle(nil); err == nil {
		t.Error("no bundle was taken for one")
	}
	w := httpWorld(t, s)
	status, _, b := w.call("POST", "/v1/verifications", "", `{"code":"YK1:AAA"}`)
	if status != 200 || !bytes.Contains(b, []byte(`"verdict":"cannot_say","reason":"bundle_missing"`)) {
		t.Errorf("%d %s", status, b)
	}
	for _, path := range []string{"/.well-known/healthcode/bundle", "/.well-known/healthcode/root", "/.well-known/jwks.json", "/.well-known/cose-keys", "/readyz"} {
		if status, _, b := w.call("GET", path, "", ""); status != 503 || !bytes.Contains(b, []byte(`"not_ready"`)) {
			t.Errorf("%s: %d %s", path, status, b)
		}
	}
	if status, _, _ := w.call("GET", "/", "", ""); status != 200 {
		t.Errorf("the first page: %d", status)
	}
}

// httpWorld is a server without a province.
func httpWorld(t *testing.T, s *server.Server) *world {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() { stop(); <-done })
	return &world{t: t, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, url: "http://" + l.Addr().String(), server: s}
}

func TestWithoutALogInNoTokenOpensAndOutsideDemoModeADemoRootSaysNothing(t *testing.T) {
	w := newWorldWith(t, func(c *server.Config) { c.Demo, c.Login = false, nil })
	if status, _, _ := w.call("GET", "/v1/wallet/family", w.token, ""); status != 401 {
		t.Errorf("status %d", status)
	}
	if _, _, b := w.call("POST", "/v1/verifications", "", `{"code":"`+w.paper(w.stranger)+`"}`); !bytes.Contains(b, []byte(`"demo_root"`)) {
		t.Errorf("%s", b)
	}
	bare, err := server.New(server.Config{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"", " ", "x"} { // an empty token in the Config opens to nobody
		if status, _, _ := httpWorld(t, bare).call("GET", "/v1/wallet/family", token, ""); status != 401 {
			t.Errorf("token %q: status %d", token, status)
		}
	}
}

func TestAStoreThatDoesNotAnswerIsNotReady(t *testing.T) {
	w := newWorldWith(t, func(c *server.Config) { c.Ready = func(context.Context) error { return errors.New("gone") } })
	if status, _, b := w.call("GET", "/readyz", "", ""); status != 503 || bytes.Contains(b, []byte("gone")) {
		t.Errorf("%d %s", status, b)
	}
}

// By a clock that was set back every verdict is cannot say, so that nobody should ask this server.
func TestAServerWhoseClockWasSetBackIsNotReady(t *testing.T) {
	w := newWorld(t)
	if status, _, b := w.call("GET", "/readyz", "", ""); status != 200 {
		t.Fatalf("%d %s", status, b)
	}
	w.advance(-time.Minute) // the skew of two clocks
	if status, _, b := w.call("GET", "/readyz", "", ""); status != 200 {
		t.Errorf("a minute behind: %d %s", status, b)
	}
	w.advance(-time.Second)
	if status, _, b := w.call("GET", "/readyz", "", ""); status != 503 || !bytes.Contains(b, []byte("set the clock")) {
		t.Errorf("more than a minute behind: %d %s", status, b)
	}
}

func TestAConfigThatCannotBeMeantIsRefused(t *testing.T) {
	for name, c := range map[string]server.Config{
		"log-in without a wallet":               {Login: anyLogin{}},
		"a demonstration's provider for people": {DemoIDP: http.NotFoundHandler()},
	} {
		if _, err := server.New(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
