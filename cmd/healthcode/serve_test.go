package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"healthcode.example/health"
	"healthcode.example/office/datadir"
	"healthcode.example/office/remote"
	"healthcode.example/store/bolt"
)

// service is a running healthcode serve.
type service struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string
	token  string
	output *strings.Builder // after ended has been closed
	ended  chan struct{}
}

func startService(t *testing.T, data string, more ...string) *service {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	s := &service{t: t, cmd: exec.CommandContext(ctx, "healthcode", append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--publish", "1s"}, more...)...),
		output: &strings.Builder{}, ended: make(chan struct{})}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = io.Discard
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	ready := make(chan struct{})
	go func() {
		defer close(s.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			line := lines.Text()
			s.output.WriteString(line + "\n")
			if m := regexp.MustCompile(`^  (http://[0-9.:]+) `).FindStringSubmatch(line); m != nil {
				s.base = m[1]
			}
			if line == "Ctrl-C stops it." {
				close(ready)
			}
		}
	}()
	select {
	case <-ready:
	case <-s.ended:
		t.Fatalf("serve ended:\n%s", s.output)
	case <-time.After(30 * time.Second):
		t.Fatal("serve did not start within 30 s")
	}
	return s
}

// logIn walks through the demo provider as the browser of its first person, and keeps the session.
func (s *service) logIn() {
	s.t.Helper()
	cookies := map[string]string{}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	open := func(method, address string, form url.Values) (to, body string) {
		s.t.Helper()
		if strings.HasPrefix(address, "/") {
			address = s.base + address
		}
		request, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
		if err != nil {
			s.t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name, value := range cookies {
			request.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		response, err := client.Do(request)
		if err != nil {
			s.t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		b, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode >= 400 {
			s.t.Fatalf("%s %s: %s %s (%v)", method, address, response.Status, b, err)
		}
		for _, c := range response.Cookies() {
			cookies[c.Name] = c.Value
		}
		return response.Header.Get("Location"), string(b)
	}
	to, _ := open("GET", "/v1/login", nil)
	to, _ = open("GET", to, nil)
	_, page := open("GET", to, nil)
	id := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(page)
	to, _ = open("POST", "/demo-idp/choose", url.Values{"request": {id[1]}, "person": {"0"}, "method": {"face"}})
	to, _ = open("GET", to, nil)
	to, _ = open("GET", to, nil)
	if strings.HasPrefix(to, "/v1/login/agreement") {
		_, page = open("GET", to, nil)
		version := regexp.MustCompile(`value="([^"]+)"`).FindStringSubmatch(page)
		open("POST", "/v1/login/agreement", url.Values{"accept": {version[1]}})
	}
	if s.token = cookies["__Host-healthcode"]; s.token == "" {
		s.t.Fatal("the log-in gave no session")
	}
}

// get asks as whoever is logged in.
func (s *service) get(path string) string {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodGet, s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s (%v)", path, response.Status, err)
	}
	return string(body)
}

// stop ends it as Ctrl-C does and wants a clean end.
func (s *service) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		s.t.Fatal(err)
	}
	<-s.ended
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("serve ended with %v", err)
	}
	if !strings.Contains(s.output.String(), "Stopped.") {
		s.t.Errorf("serve did not say that it stopped:\n%s", s.output)
	}
}

func TestServeFindsEverythingAgain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first := startService(t, data)
	first.logIn()
	family := first.get("/v1/wallet/family")
	if !strings.Contains(family, "陈小雨") {
		t.Errorf("the guardian's family is %s", family)
	}
	first.get("/readyz")
	first.stop()

	second := startService(t, data)
	second.token = first.token // a session outlives the process
	if second.get("/v1/wallet/family") != family {
		t.Error("the second start found another family")
	}
	second.stop()
}

// TestServeWritesAtItsEndWhenSessionsWereLastUsed, which no request does.
func TestServeWritesAtItsEndWhenSessionsWereLastUsed(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startService(t, data)
	s.logIn()
	for began := time.Now().Unix(); time.Now().Unix() == began; time.Sleep(50 * time.Millisecond) {
	}
	member := regexp.MustCompile(`"member":"([0-9a-z]+)"`).FindStringSubmatch(s.get("/v1/wallet/family"))
	s.stop()
	store, err := bolt.Open(filepath.Join(data, "store.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	person, err := health.ParsePersonID(member[1])
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.Dossier(context.Background(), person)
	if err != nil || len(all.Sessions) != 1 || all.Sessions[0].Seen <= all.Sessions[0].Since {
		t.Errorf("%v: %d sessions, or one that was never used after its log-in", err, len(all.Sessions))
	}
}

func TestServePublishesOnItsSchedule(t *testing.T) {
	s := startService(t, filepath.Join(t.TempDir(), "data"))
	gate := filepath.Join(t.TempDir(), "gate.ykb")
	update := func() string {
		out, err := exec.Command("healthcode", "bundle", "update", "--bundle", gate, "--demo", s.base+"/.well-known/healthcode/bundle").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	update()
	for until := time.Now().Add(15 * time.Second); !strings.Contains(update(), "is now"); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("no newer bundle came")
		}
	}
	s.stop()
}

// A publication reserves 1,024 handles in so small a province, and the next comes in five minutes: two thousand prints are made all the same.
func TestServePublishesEarlyWhenHandlesRunShort(t *testing.T) {
	s := startService(t, filepath.Join(t.TempDir(), "data"), "--publish", "5m")
	s.logIn()
	elder := regexp.MustCompile(`"member":"([0-9a-z]+)","name":"陈国强"`).FindStringSubmatch(s.get("/v1/wallet/family"))
	if elder == nil {
		t.Fatal("no elder in the guardian's family")
	}
	refused, until := 0, time.Now().Add(40*time.Second) // from the last print that was made, on a machine that others use too
	for made := 0; made < 2000; {
		request, err := http.NewRequest(http.MethodPost, s.base+"/v1/wallet/paper/"+elder[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+s.token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			t.Fatal(err)
		}
		switch {
		case response.StatusCode < 300:
			made++
			until = time.Now().Add(40 * time.Second)
		case response.StatusCode == http.StatusServiceUnavailable && time.Now().Before(until):
			refused++
			time.Sleep(100 * time.Millisecond)
		default:
			t.Fatalf("print %d: %s after %d refusals", made, response.Status, refused)
		}
	}
	t.Logf("2,000 prints, %d refusals", refused)
	s.stop()
}

func TestTheStoreInUseIsSaidWithItsRemedy(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startService(t, data)
	if err := os.Rename(filepath.Join(data, remote.Socket), filepath.Join(data, "moved")); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("healthcode", "keys", "list", "--data", data).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "end it with Ctrl-C first") {
		t.Errorf("keys list beside a service without its socket: %v: %s", err, out)
	}
	out, err = exec.Command("healthcode", "serve", "--data", filepath.Join(t.TempDir(), "other"), "--listen", strings.TrimPrefix(s.base, "http://")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--listen") {
		t.Errorf("a second service on the same address: %v: %s", err, out)
	}
	s.stop()
}

func TestAServiceForPeopleStartsWithNoDemoProvider(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "login.json")
	config := `{"providers":[{"name":"x","issuer":"https://demo.example/demo-idp","client_id":"hc"}]}`
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("healthcode", "serve", "--no-demo", "--data", filepath.Join(dir, "data"), "--login", file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "a demonstration's, which proves nothing") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestAWrongLogInConfigurationKeepsTheServiceFromStarting before anything is founded.
func TestAWrongLogInConfigurationKeepsTheServiceFromStarting(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "login.json")
	for wrong, say := range map[string]string{`"devices":9`: "1 to 8", `"sessions":{"idle":"48h","absolute":"24h"}`: "sessions", `"device":3`: `"device"`} {
		config := `{"providers":[{"name":"x","issuer":"https://login.example","client_id":"hc"}],` + wrong + `}`
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("healthcode", "serve", "--data", filepath.Join(dir, "data"), "--login", file).CombinedOutput()
		if err == nil || !strings.Contains(string(out), say) {
			t.Errorf("%s: %v: %s", wrong, err, out)
		}
		if datadir.Exists(filepath.Join(dir, "data")) {
			t.Fatal("something was founded")
		}
	}
}
