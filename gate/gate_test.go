package gate

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/gate/belief"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// manned is a gate at work on a thread of its own, with somebody who types and reads before it.
type manned struct {
	testing.TB
	dir     string
	world   *world.World
	author  *world.Authority
	holder  *cose.PrivateKey
	mu      sync.Mutex
	clock   time.Time
	look    chan time.Time
	scanner *io.PipeWriter
	screen  chan string // line by line
	close   context.CancelFunc
	ended   chan error
	notes   lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// manGate opens the gate on a bundle of the world.
func manGate(t *testing.T, change func(*Config)) *manned {
	t.Helper()
	w := world.New(func(err error) { t.Helper(); t.Fatal(err) })
	a := w.Authority()
	m := &manned{TB: t, dir: t.TempDir(), world: w, author: a, holder: w.EC("holder"), clock: time.Unix(world.Now, 0), look: make(chan time.Time), ended: make(chan error, 1)}
	m.write("gate.ykb", a.Bundle())
	in, scanner := io.Pipe()
	screen, out := io.Pipe()
	m.scanner, m.screen = scanner, make(chan string, 1000)
	go func() {
		defer close(m.screen)
		for lines := bufio.NewScanner(screen); lines.Scan(); {
			m.screen <- lines.Text()
		}
	}()
	c := Config{Files: belief.Files{Bundle: m.path("gate.ykb"), Pin: m.pin}, Screen: JSON(out), Now: m.now, Rand: rand.Reader}
	c.Note = func(format string, args ...any) { _, _ = fmt.Fprintf(&m.notes, format, args...) }
	if change != nil {
		change(&c)
	}
	p, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	m.close = stop
	go func() {
		m.ended <- p.Work(ctx, in, m.look)
		_ = out.Close()
	}()
	t.Cleanup(stop)
	return m
}

func (m *manned) pin([]byte) (*trust.Bundle, error) { return trust.Pin(m.author.FirstRoot()) }

func (m *manned) path(name string) string { return filepath.Join(m.dir, name) }

func (m *manned) write(name string, b []byte) {
	m.Helper()
	if err := os.WriteFile(m.path(name), b, 0o600); err != nil {
		m.Fatal(err)
	}
}

func (m *manned) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.clock
}

// after moves the clock and lets the gate look at it.
func (m *manned) after(d time.Duration) {
	m.mu.Lock()
	m.clock = m.clock.Add(d)
	m.mu.Unlock()
	m.look <- time.Time{}
}

// challenge is the next one that the screen shows.
func (m *manned) challenge() []byte {
	m.Helper()
	var said struct{ Challenge string }
	m.next(&said)
	b, err := hex.DecodeString(said.Challenge)
	if err != nil || len(b) == 0 {
		m.Fatalf("no challenge is on the screen but something else, %v", err)
	}
	return b
}

func (m *manned) next(into any) {
	m.Helper()
	line, more := <-m.screen
	if !more {
		m.Fatal("the gate has closed")
	}
	if err := json.Unmarshal([]byte(line), into); err != nil {
		m.Fatal(err)
	}
}

// shows lets a holder show a presentation and reads the verdict.
func (m *manned) shows(challenge []byte) verifier.Reason {
	m.Helper()
	code := m.world.Sign(world.Phone("陈*", m.holder), m.world.Ed(world.PhoneKey))
	text := credential.Text(m.world.Show(credential.Presentation{At: m.now().Unix(), Codes: [][]byte{code}, Challenge: challenge}, m.holder))
	return m.scans(text)
}

func (m *manned) scans(text string) verifier.Reason {
	m.Helper()
	go func() { _, _ = io.WriteString(m.scanner, text+"\n") }()
	var r struct{ Reason verifier.Reason }
	m.next(&r)
	return r.Reason
}

func (m *manned) expect(what string, got, want verifier.Reason) {
	m.Helper()
	if got != want {
		m.Errorf("%s: %s, want %s; the gate notes %s", what, got, want, m.notes.String())
	}
}

func asks(c *Config) { c.Ask = true }

func TestTheChallengeOnTheScreenIsAlwaysLive(t *testing.T) {
	m := manGate(t, asks)
	first := m.challenge()
	m.after(49 * time.Second)
	m.after(time.Second)
	second := m.challenge() // a line between would have been read in its place
	if bytes.Equal(first, second) {
		t.Fatal("the same challenge is drawn again")
	}
	for range 60 { // nobody comes for an hour
		m.after(50 * time.Second)
		second = m.challenge()
	}
	m.after(49 * time.Second)
	m.expect("who comes to a quiet gate", m.shows(second), verifier.ReasonOK)
	m.expect("the next one has a challenge of their own", m.shows(m.challenge()), verifier.ReasonOK)
}

func TestWhoScannedTheFormerChallengeHasItsWholeMinute(t *testing.T) {
	m := manGate(t, asks)
	former := m.challenge()
	m.after(50 * time.Second)
	m.challenge()
	m.after(10 * time.Second)
	m.expect("an answer to the former after 60 s", m.shows(former), verifier.ReasonOK)
	shown := m.challenge() // what was answered is followed by another
	m.expect("the former once more", m.shows(former), verifier.ReasonChallengeMismatch)
	m.after(50 * time.Second)
	m.challenge()
	m.after(11 * time.Second)
	m.expect("an answer to the former after 61 s", m.shows(shown), verifier.ReasonChallengeMismatch)
}

func TestAClockThatJumpsLeavesNoDeadChallengeOnTheScreen(t *testing.T) {
	m := manGate(t, asks)
	m.challenge()
	m.after(time.Hour) // the machine slept
	m.expect("after an hour", m.shows(m.challenge()), verifier.ReasonOK)
	m.challenge()
	m.after(-2 * time.Hour)
	m.challenge()
}

func TestAQuestionMarkDrawsOneChallenge(t *testing.T) {
	m := manGate(t, nil)
	m.expect("without a question", m.shows(nil), verifier.ReasonOK)
	_, _ = io.WriteString(m.scanner, "?\n")
	asked := m.challenge()
	m.after(30 * time.Second)
	m.expect("who does not answer", m.shows(nil), verifier.ReasonChallengeMissing)
	m.expect("who does", m.shows(asked), verifier.ReasonOK)
	m.after(time.Second)
	m.expect("the next one is not asked", m.shows(nil), verifier.ReasonOK)
}

func TestAGateEndsWithItsContextAndWithItsInput(t *testing.T) {
	m := manGate(t, asks)
	m.challenge()
	m.close() // nobody has typed anything, and the read goes on
	if err := <-m.ended; err != nil {
		t.Errorf("Ctrl-C: %v", err)
	}
	m = manGate(t, nil)
	_ = m.scanner.Close()
	if err := <-m.ended; err != nil {
		t.Errorf("the end of the input: %v", err)
	}
}

// The next bundle revokes what is shown; on its way it is damaged, unreadable, of another root, or older than what the gate has.
func TestAFailingBundleNeverReplacesAGoodOneAndIsTriedAgain(t *testing.T) {
	m := manGate(t, nil)
	first := m.author.Bundle()
	m.expect("the first bundle", m.shows(nil), verifier.ReasonOK)
	m.author.Next(60)
	m.author.Lists = nil
	for _, l := range m.world.LiveLists(m.author.Snapshot.IssuedAt, m.author.List.Policy) {
		m.author.Lists = append(m.author.Lists, m.world.StatusList(l.Purpose, l.Day, append([]uint64{2001}, world.Revoked...)...))
	}
	next := m.author.Bundle()
	replace := func(b []byte) {
		m.write("new.ykb", b)
		if err := os.Rename(m.path("new.ykb"), m.path("gate.ykb")); err != nil {
			t.Fatal(err)
		}
		m.after(time.Second)
	}
	replace(next[:100])
	m.expect("half a bundle", m.shows(nil), verifier.ReasonOK)
	m.after(time.Second)
	m.expect("half a bundle, once more", m.shows(nil), verifier.ReasonOK)
	if n := strings.Count(m.notes.String(), "goes on with the bundle that it has"); n != 1 {
		t.Errorf("it is told %d times: %s", n, m.notes.String())
	}
	// The rest arrives in the same file with the same time, as a copy that keeps times does it.
	info, err := os.Stat(m.path("gate.ykb"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(next)
	damaged[len(damaged)/2] ^= 1
	replace(damaged)
	m.expect("a damaged bundle", m.shows(nil), verifier.ReasonOK)
	m.write("gate.ykb", next)
	if err := os.Chtimes(m.path("gate.ykb"), info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	m.after(3 * time.Second)
	m.expect("the whole bundle", m.shows(nil), verifier.ReasonRevoked)
	m.after(time.Second)
	replace(first)
	m.expect("the former bundle put back", m.shows(nil), verifier.ReasonRevoked)
	if err := os.Remove(m.path("gate.ykb")); err != nil {
		t.Fatal(err)
	}
	m.after(time.Second)
	m.expect("no bundle any more", m.shows(nil), verifier.ReasonRevoked)
}
