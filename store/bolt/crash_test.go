package bolt_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/wallet"
)

// acknowledged is what the children of one store were told is kept.
type acknowledged struct {
	batches   map[int]int // run -> batches
	devices   map[issuer.DeviceID]bool
	ended     map[issuer.DeviceID]bool
	revoked   map[uint64]bool
	steps     map[health.PersonID]int
	published issuer.Publication
	lines     int
}

func newAcknowledged() *acknowledged {
	return &acknowledged{
		batches: map[int]int{}, devices: map[issuer.DeviceID]bool{}, ended: map[issuer.DeviceID]bool{},
		revoked: map[uint64]bool{}, steps: map[health.PersonID]int{},
	}
}

// hear takes in a line of a child.
func (a *acknowledged) hear(t *testing.T, line string) {
	t.Helper()
	a.lines++
	var (
		run, n        int
		person, id    string
		first, second uint64
	)
	switch word, _, _ := strings.Cut(line, " "); word {
	case "ready":
		a.lines--
	case "batch":
		scan(t, line, "batch %d %d", &run, &n)
		a.batches[run] = n + 1
	case "device":
		scan(t, line, "device %s %s", &person, &id)
		a.devices[deviceID(t, id)] = true
	case "colour":
		scan(t, line, "colour %s %d %d", &person, &n, &first)
		p, err := health.ParsePersonID(person)
		if err != nil {
			t.Fatal(err)
		}
		a.steps[p] = n
		a.revoked[first] = true
	case "end":
		scan(t, line, "end %s %d %d", &id, &first, &second)
		a.ended[deviceID(t, id)] = true
		a.revoked[first], a.revoked[second] = true, true
	case "publish":
		scan(t, line, "publish %d %d", &a.published.Version, &a.published.Ceiling)
	default:
		t.Fatalf("the child says %q", line)
	}
}

func scan(t *testing.T, line, format string, into ...any) {
	t.Helper()
	if _, err := fmt.Sscanf(line, format, into...); err != nil {
		t.Fatalf("the child says %q: %v", line, err)
	}
}

func deviceID(t *testing.T, text string) (id issuer.DeviceID) {
	t.Helper()
	if n, err := hex.Decode(id[:], []byte(text)); err != nil || n != len(id) {
		t.Fatalf("device %q: %v", text, err)
	}
	return id
}

// check opens the store and looks for everything acknowledged. run is the last
// run, of which something may have been done and not yet been told.
func (a *acknowledged) check(t *testing.T, path string, run int) {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{LockTimeout: 10 * time.Second})
	if err != nil {
		t.Fatalf("the store does not open: %v", err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Audit(); err != nil {
		t.Fatalf("the store does not agree with itself: %v", err)
	}
	a.checkBatches(t, s, run)
	a.checkDevices(t, s)
	a.checkColours(t, s)
	p, err := s.Published(context.Background())
	if err != nil && !errors.Is(err, issuer.ErrNotFound) {
		t.Fatal(err)
	}
	if p.Version < a.published.Version || p.Version > a.published.Version+1 || p.Ceiling < a.published.Ceiling {
		t.Errorf("publication %d with ceiling %d is kept and %d with %d was acknowledged", p.Version, p.Ceiling, a.published.Version, a.published.Ceiling)
	}
	a.published = p // kept without having been told of: from now on it must stay
}

func (a *acknowledged) checkBatches(t *testing.T, s *bolt.Store, run int) {
	t.Helper()
	service := newService(t, s, noIssuer{})
	for r := 0; r <= run; r++ {
		for batch := 0; batch <= a.batches[r]; batch++ {
			if r < run-1 && batch < a.batches[r] {
				continue // looked at after that run and the one behind it
			}
			found := 0
			for i := range batchSize {
				p, err := service.FindPerson(context.Background(), passport(r, batch*batchSize+i))
				switch {
				case err == nil && p.Name == "王小明":
					found++
				case !errors.Is(err, wallet.ErrNoPerson):
					t.Fatal(err)
				}
			}
			if told := batch < a.batches[r]; found != batchSize && (told || found != 0) {
				t.Fatalf("run %d: %d people of batch %d are kept; acknowledged: %v", r, found, batch, told)
			}
		}
	}
}

func (a *acknowledged) checkDevices(t *testing.T, s *bolt.Store) {
	t.Helper()
	for id := range a.devices {
		if _, err := s.Device(context.Background(), id); err != nil {
			t.Errorf("an acknowledged device: %v", err)
		}
	}
	for id := range a.ended {
		if d, err := s.Device(context.Background(), id); err != nil || d.Ended == 0 {
			t.Errorf("a device whose end was acknowledged: %+v, %v", d, err)
		}
	}
}

func (a *acknowledged) checkColours(t *testing.T, s *bolt.Store) {
	t.Helper()
	kept := make(map[uint64]bool)
	err := s.Revocations(context.Background(), func(r issuer.Revocation) error {
		kept[r.Handle] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for h := range a.revoked {
		if !kept[h] {
			t.Errorf("the end of handle %d was acknowledged and it is not revoked", h)
		}
	}
	for person, step := range a.steps {
		f, err := s.Family(context.Background(), person, issuer.DeviceID{})
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		if d := f.Members[0].Decision; d != nil {
			_, _ = fmt.Sscan(d.Reason, &got) // stays 0, which is wrong
		}
		if got != step && got != step+1 {
			t.Errorf("decision %d was acknowledged and %d is in force", step, got)
		}
	}
}

// childCommand is this test binary as a child.
func childCommand(t *testing.T, path string, run int, mode string, before ...string) *exec.Cmd {
	t.Helper()
	args := append(before, plainBinary(t))
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childFile+"="+path, fmt.Sprint(childRun, "=", run), childMode+"="+mode)
	return cmd
}

// runAndKill starts a child, kills it after the time, and hears what it said.
// The time counts from the acknowledgement of that number, where 0 is the
// moment at which the child has the store open, or, for fromStart, from its
// start. So the kills mean the same on a machine that is busy.
func (a *acknowledged) runAndKill(t *testing.T, path string, run, from int, after time.Duration) {
	t.Helper()
	cmd := childCommand(t, path, run, "endless")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) }
	if from == fromStart {
		kill()
	}
	lines, heard := bufio.NewReader(out), -1 // the first line says that the store is open
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // what is cut off was not told
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			break
		}
		if heard++; heard == from {
			kill()
		}
		a.hear(t, strings.TrimSuffix(line, "\n"))
	}
	_ = cmd.Wait() // it was killed
	if complaints.Len() > 0 {
		t.Fatalf("the child failed by itself: %s", complaints.String())
	}
}

// fromStart stands for a kill that may come before the store is open.
const fromStart = -1

func TestAKillAtAnyMomentLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	stores, kills := 4, 60 // 240 kills
	if slowed {
		stores, kills = 2, 10 // the child never has the race detector; make test kills it as often as that without it here too
	}
	for n := range stores {
		t.Run(fmt.Sprint("store ", n), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "store")
			a := newAcknowledged()
			random := rand.New(rand.NewPCG(uint64(n), 20220301))
			for run := range kills {
				from := random.IntN(5)
				if run%8 == 0 {
					from = fromStart
				}
				after := time.Duration(random.Int64N(int64(20 * time.Millisecond)))
				a.runAndKill(t, path, run, from, after)
				a.check(t, path, run)
				if t.Failed() {
					t.Fatalf("after run %d, killed after %v", run, after)
				}
			}
			t.Logf("%d kills, %d operations acknowledged, %d handles ended", kills, a.lines, len(a.revoked))
			if a.lines < kills {
				t.Errorf("only %d operations were acknowledged: the kills came too early to mean anything", a.lines)
			}
		})
	}
}
