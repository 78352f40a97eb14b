package bolt_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// alternating is a store file that two processes use at once: bolt locks it, so it is opened for each call, and between any
// two calls of one server the other may have its own.
type alternating struct {
	path string
}

func (a alternating) do(use func(*bolt.Store) error) error {
	s, err := bolt.Open(a.path, bolt.Options{LockTimeout: time.Minute})
	if err != nil {
		return err
	}
	return errors.Join(use(s), s.Close())
}

func (a alternating) AddList(ctx context.Context, k issuer.ListKey) (kept issuer.ListKey, err error) {
	err = a.do(func(s *bolt.Store) (err error) { kept, err = s.AddList(ctx, k); return err })
	return kept, err
}

func (a alternating) Lists(ctx context.Context) (all []issuer.ListKey, err error) {
	err = a.do(func(s *bolt.Store) (err error) { all, err = s.Lists(ctx); return err })
	return all, err
}

func (a alternating) DropLists(ctx context.Context, before map[trust.Purpose]uint32) error {
	return a.do(func(s *bolt.Store) error { return s.DropLists(ctx, before) })
}

func (a alternating) Publish(ctx context.Context, prev uint64, p issuer.Publication) error {
	return a.do(func(s *bolt.Store) error { return s.Publish(ctx, prev, p) })
}

func (a alternating) Published(ctx context.Context) (p issuer.Publication, err error) {
	err = a.do(func(s *bolt.Store) (err error) { p, err = s.Published(ctx); return err })
	return p, err
}

func (a alternating) Revocations(ctx context.Context, yield func(issuer.Revocation) error) error {
	return a.do(func(s *bolt.Store) error { return s.Revocations(ctx, yield) })
}

func (a alternating) Counter(ctx context.Context) (next, ceiling uint64, err error) {
	err = a.do(func(s *bolt.Store) (err error) { next, ceiling, err = s.Counter(ctx); return err })
	return next, ceiling, err
}

func (a alternating) PutKey(ctx context.Context, k issuer.KeyRecord) error {
	return a.do(func(s *bolt.Store) error { return s.PutKey(ctx, k) })
}

func (a alternating) Keys(ctx context.Context) (all []issuer.KeyRecord, err error) {
	err = a.do(func(s *bolt.Store) (err error) { all, err = s.Keys(ctx); return err })
	return all, err
}

func (a alternating) Activate(ctx context.Context, purpose trust.Purpose, prefecture uint32, id, was cose.KeyID) error {
	return a.do(func(s *bolt.Store) error { return s.Activate(ctx, purpose, prefecture, id, was) })
}

func (a alternating) DropKey(ctx context.Context, id cose.KeyID) error {
	return a.do(func(s *bolt.Store) error { return s.DropKey(ctx, id) })
}

var _ issuer.Store = alternating{}

// rounds is how often an activation is raced: 1,000 times with HEALTHCODE_LONG=1.
func rounds() int {
	if os.Getenv("HEALTHCODE_LONG") == "1" {
		return 1000
	}
	return 24
}

// race is a province whose paper key changes every five hours: each ceremony adds two keys for one of the next windows, so
// that in every round two keys may be activated, each known to every gate whose bundle has an allowed age.
type race struct {
	*province
	step    time.Duration
	next    [][]issuer.NewKey // of the windows to come
	bundles []*trust.Bundle   // of the last hard age, oldest first
}

func newRace(t *testing.T, seed uint64) *race {
	t.Helper()
	r := &race{province: newProvince(t, seed), step: 5 * time.Hour}
	for range 5 {
		r.ceremony()
		r.pass()
	}
	return r
}

// ceremony publishes two keys whose window opens once every gate knows them.
func (r *race) ceremony() {
	r.t.Helper()
	from := r.at.Add(r.list.Policy.HardAge + time.Minute).Unix()
	from += 60 - from%60
	var pair []issuer.NewKey
	for range 2 {
		k, err := issuer.GenerateKey(issuer.KeyPlan{
			Purpose: trust.Paper, Prefecture: 440300, Algorithm: cose.Ed25519, State: trust.Published,
			UseFrom: from, UseUntil: from + int64((r.step+time.Hour)/time.Second),
		}, r.list.Policy, r.bytes)
		r.must(err)
		pair = append(pair, k)
	}
	change := issuer.Change{Add: r.add(pair...), Expires: r.at.AddDate(0, 6, 0)}
	if r.list.Version == 1 { // a place with keys has a standby
		k, err := issuer.GenerateKey(issuer.KeyPlan{
			Purpose: trust.Paper, Prefecture: 440300, Algorithm: cose.Ed25519, State: trust.Standby, UseFrom: from, UseUntil: r.at.AddDate(3, 0, 0).Unix() / 60 * 60,
		}, r.list.Policy, r.bytes)
		r.must(err)
		change.Add = append(change.Add, k.Entry)
	}
	var err error
	r.list, err = issuer.NextKeyList(r.list, change, r.at)
	r.must(err)
	r.publishKeyList()
	r.next = append(r.next, pair)
	r.bundles = append(r.bundles, r.gate)
}

// pass lets the time of one round pass and forgets bundles that no gate may use any more.
func (r *race) pass() {
	r.t.Helper()
	r.at = r.at.Add(r.step)
	for r.at.Sub(time.Unix(r.bundles[0].Snapshot().IssuedAt, 0)) > r.list.Policy.HardAge {
		r.bundles = r.bundles[1:]
	}
}

// pair are the two keys whose window is open.
func (r *race) pair() []issuer.NewKey {
	r.t.Helper()
	for len(r.next) > 0 && r.next[0][0].Entry.UseUntil <= r.at.Unix() {
		r.next = r.next[1:]
	}
	if r.next[0][0].Entry.UseFrom > r.at.Unix() {
		r.t.Fatalf("%s: no window is open", r.at)
	}
	return r.next[0]
}

// settled checks the outcome of a round: one key of the place is active, it is one of the pair, and a code that each server
// signed is good at gates with the oldest and with the newest bundle of an allowed age.
func (r *race) settled(codes ...string) {
	r.t.Helper()
	records, err := r.store.Keys(r.ctx())
	r.must(err)
	var active []cose.KeyID
	for _, k := range records {
		if k.Active && k.Purpose == trust.Paper && k.Prefecture == 440300 {
			active = append(active, k.ID)
		}
	}
	pair := r.pair()
	if len(active) != 1 || active[0] != pair[0].Entry.Key.ID() && active[0] != pair[1].Entry.Key.ID() {
		r.t.Fatalf("%s: active are %v, of %v and %v", r.at, active, pair[0].Entry.Key.ID(), pair[1].Entry.Key.ID())
	}
	for _, code := range codes {
		for _, bundle := range []*trust.Bundle{r.bundles[0], r.gate} {
			got := verifier.New(bundle, verifier.Policy{Demo: true}).Verify(code, r.at, nil)
			if got.Verdict != verifier.Accept {
				r.t.Fatalf("%s: a gate with bundle %d, %s old, says %v %v", r.at, bundle.Version(), r.at.Sub(time.Unix(bundle.Snapshot().IssuedAt, 0)), got.Verdict, got.Reason)
			}
		}
	}
}

// paperCode is a code of a server for somebody.
func paperCode(i *issuer.Issuer, at time.Time) (string, error) {
	person := health.PersonID{1}
	b, err := i.Issue(issuer.Request{Kind: credential.Paper, Prefecture: 440300, ReadAt: at, Subjects: []issuer.Subject{{
		Name: "张*", Decision: health.Decision{Person: person, Colour: credential.Green}, Holding: issuer.Holding{Person: person, Purpose: trust.Paper, Handle: 1},
	}}}, at)
	return credential.Text(b), err
}

// activate is one server's part of a round. Losing is no fault: the winner's key is there then.
func activate(i *issuer.Issuer, id cose.KeyID, at time.Time) (string, error) {
	ctx := context.Background()
	err := i.Activate(ctx, id, at)
	if errors.Is(err, issuer.ErrConflict) {
		err = i.Refresh(ctx)
	}
	if err != nil {
		return "", err
	}
	return paperCode(i, at)
}

func TestTwoServersOnOneStoreAlwaysComeToOneKey(t *testing.T) {
	r := newRace(t, 7)
	other, err := issuer.New(r.config())
	r.must(err)
	won := [2]int{}
	for range rounds() {
		pair, codes, both := r.pair(), [2]string{}, sync.WaitGroup{}
		for n, i := range []*issuer.Issuer{r.issuer, other} {
			both.Go(func() {
				var err error
				if codes[n], err = activate(i, pair[n].Entry.Key.ID(), r.at); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		r.settled(codes[:]...)
		r.ceremony()
		r.pass()
		won[winner(r, pair)]++
	}
	t.Logf("%d rounds: the first won %d, the second %d", rounds(), won[0], won[1])
}

// winner is which of the pair is active.
func winner(r *race, pair []issuer.NewKey) int {
	r.t.Helper()
	records, err := r.store.Keys(r.ctx())
	r.must(err)
	for _, k := range records {
		if k.Active && k.ID == pair[0].Entry.Key.ID() {
			return 0
		}
	}
	return 1
}

// The environment by which the test binary becomes a server of its own.
const (
	serverPath = "HEALTHCODE_TEST_SERVER" // of the store
	serverRoot = "HEALTHCODE_TEST_ROOT"   // in hexadecimal
)

// TestServerProcess is no test but a server, when another test starts it in a process of its own.
func TestServerProcess(t *testing.T) {
	path := os.Getenv(serverPath)
	if path == "" {
		t.Skip("only TestTwoProcessesOnOneStoreAlwaysComeToOneKey starts this, as a process")
	}
	if err := serveRounds(path, os.Stdin, os.Stdout); err != nil {
		t.Fatal(err)
	}
}

// serveRounds activates the key of each line "kid unix-time" and answers with a code.
func serveRounds(path string, in io.Reader, out io.Writer) error {
	root, err := hex.DecodeString(os.Getenv(serverRoot))
	if err != nil {
		return err
	}
	i, err := issuer.New(issuer.Config{Store: alternating{path}, Root: root, Master: make([]byte, 32), Rand: strings.NewReader("")})
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		kid, unix, _ := strings.Cut(lines.Text(), " ")
		id, err := cose.ParseKeyID(kid)
		if err != nil {
			return err
		}
		seconds, err := strconv.ParseInt(unix, 10, 64)
		if err != nil {
			return err
		}
		code, err := activate(i, id, time.Unix(seconds, 0))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, code); err != nil {
			return err
		}
	}
	return lines.Err()
}

// otherServer is a server in a process of its own.
type otherServer struct {
	in  io.Writer
	out *bufio.Scanner
}

func (r *race) startServer() *otherServer {
	r.t.Helper()
	program, err := os.Executable()
	r.must(err)
	cmd := exec.Command(program, "-test.run=^TestServerProcess$")
	cmd.Env = append(os.Environ(), serverPath+"="+r.path, serverRoot+"="+hex.EncodeToString(r.root))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	r.must(err)
	out, err := cmd.StdoutPipe()
	r.must(err)
	r.must(cmd.Start())
	r.t.Cleanup(func() { // the end of its input ends it
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			r.t.Error(err)
		}
	})
	return &otherServer{in: in, out: bufio.NewScanner(out)}
}

func (s *otherServer) activate(id cose.KeyID, at time.Time) (string, error) {
	if _, err := fmt.Fprintf(s.in, "%s %d\n", id, at.Unix()); err != nil {
		return "", err
	}
	if !s.out.Scan() {
		return "", fmt.Errorf("the other server ended: %w", errors.Join(s.out.Err(), io.ErrUnexpectedEOF))
	}
	return s.out.Text(), nil
}

func TestTwoProcessesOnOneStoreAlwaysComeToOneKey(t *testing.T) {
	r := newRace(t, 8)
	servers := []*otherServer{r.startServer(), r.startServer()}
	won := [2]int{}
	for range rounds() {
		pair, codes, both := r.pair(), [2]string{}, sync.WaitGroup{}
		r.must(r.store.Close()) // the two have it now
		for n, s := range servers {
			both.Go(func() {
				var err error
				if codes[n], err = s.activate(pair[n].Entry.Key.ID(), r.at); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		r.open()
		if t.Failed() {
			t.FailNow()
		}
		r.settled(codes[:]...)
		won[winner(r, pair)]++
		r.ceremony()
		r.pass()
	}
	t.Logf("%d rounds on %s: the first won %d, the second %d", rounds(), filepath.Base(r.path), won[0], won[1])
}
