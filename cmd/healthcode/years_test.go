package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthcode.example/office/datadir"
	"healthcode.example/store/bolt"
)

// machine is a data directory of its own with one person, and a clock that a test sets.
type machine struct {
	t    *testing.T
	dir  string
	data string
	at   time.Time
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	return newRegionMachine(t, "CN-GD")
}

func newRegionMachine(t *testing.T, region string) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir(), at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	m.data = m.path("data")
	people := "name,document_type,document_number,birth_date,region\n李伟,passport,X99A0098,1979-12-08,440106\n王芳,passport,X99A0099,1980-01-01,440106\n"
	if err := os.WriteFile(m.path("people.csv"), []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	m.must("import", "--data", m.data, "--region", region, m.path("people.csv"))
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

// run runs a command line at the machine's time, or until the context ends.
func (m *machine) run(ctx context.Context, args ...string) (code int, out, errs string) {
	return m.runInto(ctx, new(bytes.Buffer), args...)
}

// said is called with all that has been printed so far.
type said struct {
	bytes.Buffer
	heard func(sofar string)
}

func (s *said) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	s.heard(s.String())
	return n, err
}

// serve starts the service and stops it as soon as it says that it runs.
func (m *machine) serve() (code int, out, errs string) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	return m.runInto(ctx, &said{heard: func(sofar string) {
		if strings.Contains(sofar, "Ctrl-C stops it.") {
			stop()
		}
	}}, "serve", "--data", m.data, "--listen", "127.0.0.1:0")
}

func (m *machine) runInto(ctx context.Context, o interface {
	io.Writer
	String() string
}, args ...string) (code int, out, errs string) {
	var e bytes.Buffer
	code = run(ctx, args, &console{in: strings.NewReader(""), out: o, err: &e, now: func() time.Time { return m.at }, rand: rand.Reader, program: "healthcode"})
	return code, o.String(), e.String()
}

func (m *machine) must(args ...string) string {
	m.t.Helper()
	code, out, errs := m.run(context.Background(), args...)
	if code != 0 {
		m.t.Fatalf("%s at %s: exit %d: %s", strings.Join(args[:2], " "), m.at, code, errs)
	}
	return out
}

// works issues on paper for everybody, publishes and verifies what came of it.
func (m *machine) works() {
	m.t.Helper()
	m.must("issue", "--data", m.data, "--all", "--out", m.path("codes"))
	m.must("bundle", "export", "--data", m.data, "--publish", "--out", m.path("bundle"))
	out := m.must("verify", "--bundle", m.path("bundle"), "--demo", "--stream", "--at", m.at.Format(time.RFC3339), m.path("codes"))
	if strings.Count(out, `{"verdict":"accept","reason":"ok","check"`) != 2 {
		m.t.Errorf("at %s the codes are answered %s", m.at, out)
	}
}

// signing gives the key that signs for a purpose.
func (m *machine) signing(purpose string) string {
	m.t.Helper()
	var list struct{ Keys []listedKey }
	if err := json.Unmarshal([]byte(m.must("keys", "list", "--json", "--data", m.data)), &list); err != nil {
		m.t.Fatal(err)
	}
	for _, k := range list.Keys {
		if k.Purpose == purpose && k.Active && k.State == "published" {
			return k.ID
		}
	}
	m.t.Fatalf("nobody signs for %s", purpose)
	return ""
}

// written tells what the store holds that a command by a wrong clock could have changed.
func (m *machine) written() string {
	m.t.Helper()
	store, err := bolt.Open(filepath.Join(m.data, datadir.StoreFile), bolt.Options{})
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = store.Close() }() // only read
	ctx := context.Background()
	last, err := store.Published(ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	next, ceiling, err := store.Counter(ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	lists, err := store.Lists(ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	keys, err := store.Keys(ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	return fmt.Sprint(last, next, ceiling, lists, keys)
}

func TestADemonstrationWorksAfterYears(t *testing.T) {
	for _, days := range [][]int{{400, 400, 400}, {800}, {500, 240, 240}} {
		m := newMachine(t)
		for _, d := range days {
			m.at = m.at.AddDate(0, 0, d)
			if code, out, errs := m.serve(); code != 0 || !strings.Contains(out, "Stopped.") {
				t.Errorf("serve after %v days: exit %d, %s", days, code, errs)
			}
			m.at = m.at.Add(time.Minute)
			m.must("issue", "--data", m.data, "--document", "passport:X99A0099", "--kind", "phone")
			m.must("keys", "list", "--data", m.data)
		}
	}
	m := newMachine(t)
	for _, d := range []int{400, 400} {
		m.at = m.at.AddDate(0, 0, d)
		m.works()
	}
}

// A key is renewed while the former still signs, so that no gate meets an unknown one.
func TestAKeyHasASuccessorBeforeItsEnd(t *testing.T) {
	m := newMachine(t)
	first := m.signing("paper")
	for range 10 { // every 80 days for more than two years
		m.at = m.at.AddDate(0, 0, 80)
		m.works()
	}
	if m.signing("paper") == first {
		t.Error("after two years the first key signs")
	}
}

func TestASecondCompromiseLeavesSomebodyToSign(t *testing.T) {
	for _, purpose := range []string{"rules", "paper", "phone", "snapshot"} {
		m := newMachine(t)
		for range 3 {
			m.at = m.at.Add(time.Minute)
			out := m.must("keys", "compromise", "--yes", "--data", m.data, m.signing(purpose))
			if !strings.Contains(out, "signs at once") || !strings.Contains(out, "2026-03-03 05:") {
				t.Errorf("the compromise says %s", out)
			}
			m.works()
			m.must("evidence", "add", "--data", m.data, "--document", "passport:X99A0099", "--kind", "release", "--at", m.at.Format(time.RFC3339), "--source", "test")
		}
	}
}

func TestCompromiseOfACompromisedKeyChangesNothing(t *testing.T) {
	m := newMachine(t)
	key := m.signing("paper")
	m.must("keys", "compromise", "--yes", "--data", m.data, key)
	before := m.must("keys", "list", "--data", m.data)
	if out := m.must("keys", "compromise", "--yes", "--data", m.data, key); !strings.Contains(out, "already") {
		t.Errorf("the second compromise says %s", out)
	}
	if m.must("keys", "list", "--data", m.data) != before {
		t.Error("the second compromise changed the keys")
	}
}

// Who looks after keys needs no rules key: with none that signs, keys and publications still work, and the error names the rules.
func TestPublishingNeedsNoRulesKey(t *testing.T) {
	m := newMachine(t)
	rules, err := filepath.Glob(filepath.Join(m.data, datadir.KeysDir, "rules-*.cose"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range rules {
		if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.must("keys", "list", "--data", m.data)
	m.must("bundle", "export", "--data", m.data, "--publish", "--out", m.path("bundle"))
	if code, _, errs := m.run(context.Background(), "issue", "--data", m.data, "--all"); code != 1 || !strings.Contains(errs, "rules") {
		t.Errorf("issue with damaged rules: exit %d, %s", code, errs)
	}
	m.must("keys", "compromise", "--yes", "--data", m.data, m.signing("rules"))
	m.works()
}

func TestAClockThatIsBehindWritesNothing(t *testing.T) {
	m := newMachine(t)
	m.must("bundle", "export", "--data", m.data, "--publish", "--out", m.path("bundle"))
	key := m.signing("paper")
	m.at = m.at.AddDate(0, 0, -3)
	before := m.written()
	for _, args := range [][]string{
		{"issue", "--all"}, {"issue", "--all", "--kind", "phone"}, {"import", m.path("people.csv")}, {"serve", "--listen", "127.0.0.1:0"}, {"keys", "publish", "--purpose", "paper"},
		{"keys", "activate", key}, {"keys", "compromise", "--yes", key}, {"bundle", "export", "--publish", "--out", m.path("other")},
		{"evidence", "add", "--document", "passport:X99A0099", "--kind", "release", "--at", m.at.Format(time.RFC3339), "--source", "test"},
	} {
		code, _, errs := m.run(context.Background(), append(args, "--data", m.data)...)
		if code != 1 || !strings.Contains(errs, "set the clock") || !strings.Contains(errs, "2026-02-27T09:00:00Z") || !strings.Contains(errs, "2026-03-02T09:00:00Z") {
			t.Errorf("%v: exit %d, %s", args, code, errs)
		}
		if m.written() != before {
			t.Fatalf("%v wrote to the store", args)
		}
	}
	m.must("keys", "list", "--data", m.data)
}

func TestAServiceThatCannotStartSettlesNobody(t *testing.T) {
	m := newMachine(t)
	for _, listen := range []string{"127.0.0.1:99999", "no-such-host.invalid:1"} {
		if code, _, _ := m.run(context.Background(), "serve", "--data", m.data, "--listen", listen); code != 1 {
			t.Fatalf("serve on %s: exit %d", listen, code)
		}
	}
	m.works() // which wants two codes, for the two people of the operator
}
