package register_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"healthcode.example/api/register"
	"healthcode.example/wallet"
)

var (
	ctx      = context.Background()
	guardian = wallet.Document{Type: wallet.Passport, Number: "X99A0001"}
	child    = wallet.Document{Type: wallet.BirthCertificate, Number: "Z990000001"}
)

const shown = `{"shown":true,"person":{"name":"张小","documents":[{"type":"birth-certificate","number":"Z990000001"}],"birth_date":"2020-02-29","region":440106}}`

// asked is a register that always answers the same and keeps what it was asked.
type asked struct {
	status int
	kind   string
	body   string
	wait   time.Duration

	mu  sync.Mutex // the last question may be answered after the client gave up
	got []string   // path, authorisation and body of each question
}

func (a *asked) questions() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.got)
}

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.got = append(a.got, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization")+" "+string(b))
	a.mu.Unlock()
	time.Sleep(a.wait)
	w.Header().Set("Content-Type", a.kind)
	if a.status == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// client asks a with a floor.
func client(t *testing.T, a *asked, floor time.Duration) *register.Client {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	c, err := register.New(register.Config{Base: server.URL + "/v1", Token: "secret", Floor: floor, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryQuestionIsAskedAsDescribed(t *testing.T) {
	a := &asked{status: 200, kind: "application/json; charset=utf-8", body: shown}
	c := client(t, a, time.Millisecond)
	for _, ask := range []func() (wallet.RegisterEntry, error){
		func() (wallet.RegisterEntry, error) { return c.Household(ctx, guardian, child) },
		func() (wallet.RegisterEntry, error) { return c.Parent(ctx, guardian, child) },
		func() (wallet.RegisterEntry, error) { return c.Person(ctx, child) },
	} {
		e, err := ask()
		if err != nil || e.Name != "张小" || e.Birth != (wallet.Date{Year: 2020, Month: 2, Day: 29}) || e.Region != 440106 || len(e.Documents) != 1 || e.Documents[0] != child {
			t.Errorf("got %v", err)
		}
	}
	member := `"member":{"type":"birth-certificate","number":"Z990000001"}}`
	both := `{"guardian":{"type":"passport","number":"X99A0001"},` + member
	want := []string{"POST /v1/household Bearer secret " + both, "POST /v1/parent Bearer secret " + both, "POST /v1/person Bearer secret {" + member}
	if got := strings.Join(a.questions(), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("asked\n%s", got)
	}
}

func TestTheDescriptionHasEveryQuestion(t *testing.T) {
	b, err := os.ReadFile("../../docs/register.openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/household", "/parent", "/person"} {
		if doc.Paths[path]["post"] == nil {
			t.Errorf("%s is not described", path)
		}
	}
	if len(doc.Paths) != 3 {
		t.Errorf("%d paths are described", len(doc.Paths))
	}
}

func TestAnAnswerThatIsNotAsDescribedIsNotBelievedNorRepeated(t *testing.T) {
	for name, a := range map[string]*asked{
		"an error":           {status: 500, kind: "application/json", body: shown},
		"not found":          {status: 404, kind: "application/json", body: `{"shown":false}`},
		"another kind":       {status: 200, kind: "text/html", body: shown},
		"no kind":            {status: 200, body: shown},
		"empty":              {status: 200, kind: "application/json"},
		"cut":                {status: 200, kind: "application/json", body: shown[:60]},
		"two":                {status: 200, kind: "application/json", body: shown + shown},
		"endless":            {status: 200, kind: "application/json", body: shown + strings.Repeat(" ", 65<<10)},
		"an unknown field":   {status: 200, kind: "application/json", body: `{"shown":false,"reason":"张小"}`},
		"shown and nobody":   {status: 200, kind: "application/json", body: `{"shown":true}`},
		"hidden and there":   {status: 200, kind: "application/json", body: strings.Replace(shown, "true", "false", 1)},
		"a wrong name":       {status: 200, kind: "application/json", body: strings.Replace(shown, "张小", `张\u202e小`, 1)},
		"a wrong date":       {status: 200, kind: "application/json", body: strings.Replace(shown, "2020", "2021", 1)},
		"a wrong region":     {status: 200, kind: "application/json", body: strings.Replace(shown, "440106", "44", 1)},
		"a wrong document":   {status: 200, kind: "application/json", body: strings.Replace(shown, "Z990000001", "990000001", 1)},
		"another address":    {status: 302, kind: "application/json", body: shown},
		"nothing in time":    {status: 200, kind: "application/json", body: shown, wait: 3 * time.Second},
		"no document at all": {status: 200, kind: "application/json", body: `{"shown":true,"person":{"name":"张小","documents":[],"birth_date":"2020-02-29","region":440106}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := client(t, a, time.Millisecond).Household(ctx, guardian, child)
			if !errors.Is(err, register.ErrUnavailable) || errors.Is(err, wallet.ErrNotShown) || e.Name != "" {
				t.Fatalf("got %q, %v", e.Name, err)
			}
			for _, secret := range []string{"张小", "990000001", "X99A0001", "secret", "127.0.0.1"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error says %q: %v", secret, err)
				}
			}
			if n := len(a.questions()); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestEveryAnswerTakesTheFloor(t *testing.T) {
	const floor = 150 * time.Millisecond
	for name, a := range map[string]*asked{
		"shown":     {status: 200, kind: "application/json", body: shown},
		"not shown": {status: 200, kind: "application/json", body: `{"shown":false}`},
		"slower":    {status: 200, kind: "application/json", body: `{"shown":false}`, wait: 100 * time.Millisecond},
		"an error":  {status: 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client(t, a, floor)
			began := time.Now()
			_, err := c.Household(ctx, guardian, child)
			if took := time.Since(began); took < floor || took > 4*floor {
				t.Errorf("it took %s", took)
			}
			if strings.Contains(a.body, "false") && !errors.Is(err, wallet.ErrNotShown) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestACallerWhoLeavesIsNotHeld(t *testing.T) {
	c := client(t, &asked{status: 200, kind: "application/json", body: shown}, time.Second)
	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := c.Person(ctx, child); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 900*time.Millisecond {
		t.Errorf("got %v after %s", err, time.Since(began))
	}
}

func TestAnAddressThatWouldGiveNumbersAwayIsRefused(t *testing.T) {
	for _, base := range []string{"", "register.example", "http://register.example", "https://u:p@register.example", "https://register.example?x=1", "ftp://register.example", "https://"} {
		if _, err := register.New(register.Config{Base: base}); err == nil {
			t.Errorf("%q was taken", base)
		}
	}
	for _, c := range []register.Config{
		{Base: "https://register.example", Floor: time.Hour}, {Base: "https://register.example", Floor: -1},
	} {
		if _, err := register.New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	if _, err := register.New(register.Config{Base: "https://register.example/v1"}); err != nil {
		t.Error(err)
	}
	if text := fmt.Sprint(register.ErrUnavailable); !strings.Contains(text, "try again") {
		t.Error(text)
	}
}
