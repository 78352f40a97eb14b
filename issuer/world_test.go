package issuer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// morning is when the worlds of the tests begin.
var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, credential.Zone)

// seeded is a source of bytes, the same in every run, safe for concurrent use.
type seeded struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func newSeeded(seed byte) *seeded { return &seeded{src: rand.NewChaCha8([32]byte{seed})} }

func (s *seeded) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.src.Read(b)
}

// world is a region that has published its first bundle.
type world struct {
	t         testing.TB
	at        time.Time
	store     *memory
	issuer    *issuer.Issuer
	authority *issuer.Authority
	root      []byte
	keys      []issuer.NewKey
	list      *trust.KeyList
	rules     *health.RuleSet
	rand      *seeded
	gate      *trust.Bundle // what a checkpoint knows that updates whenever the test says so
}

var master = []byte("0123456789abcdef0123456789abcdef")

func newWorld(t testing.TB, alg cose.Algorithm) *world {
	t.Helper()
	return newWorldOf(t, alg, 1)
}

// newWorldOf makes worlds of different keys from different seeds.
func newWorldOf(t testing.TB, alg cose.Algorithm, seed byte) *world {
	t.Helper()
	w := &world{t: t, at: morning, store: newMemory(), rules: health.DefaultRules("CN-GD"), rand: newSeeded(seed)}
	var err error
	w.authority, err = issuer.NewAuthority("CN-GD", w.rand)
	w.must(err)
	w.root, err = w.authority.FirstRoot(true, w.at.AddDate(5, 0, 0))
	w.must(err)
	w.issuer = w.server()
	w.keys, err = w.issuer.Found(context.Background(), w.authority, alg, trust.DefaultPolicy(), w.at, w.at.AddDate(1, 0, 0))
	w.must(err)
	w.list = w.issuer.Bundle().KeyList()
	w.gate, err = trust.Pin(w.root)
	w.must(err)
	w.update()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// server is one more server over the same store.
func (w *world) server() *issuer.Issuer {
	w.t.Helper()
	i, err := issuer.New(issuer.Config{Store: w.store, Root: w.root, Master: master, Rand: w.rand})
	w.must(err)
	return i
}

// add gives the private halves to the service and returns the public ones.
func (w *world) add(keys ...issuer.NewKey) []trust.IssuerKey {
	w.t.Helper()
	var entries []trust.IssuerKey
	for _, k := range keys {
		_, err := w.issuer.AddKey(context.Background(), k.Entry.Purpose, k.Entry.Prefecture, k.Private)
		w.must(err)
		entries = append(entries, k.Entry)
	}
	return entries
}

func (w *world) publishKeyList(list *trust.KeyList) issuer.Publication {
	w.t.Helper()
	signed, err := w.authority.SignKeyList(list)
	w.must(err)
	p, err := w.issuer.PublishKeyList(context.Background(), [][]byte{w.root}, signed, w.at)
	w.must(err)
	w.list = list
	return p
}

func (w *world) publish() issuer.Publication {
	w.t.Helper()
	p, err := w.issuer.PublishSnapshot(context.Background(), w.at)
	w.must(err)
	return p
}

// update brings the last publication to the checkpoint, through the reader that every checkpoint uses.
func (w *world) update() {
	w.t.Helper()
	p, err := w.store.Published(context.Background())
	w.must(err)
	w.gate, err = trust.Update(w.gate, p.Bundle, w.at)
	w.must(err)
}

func (w *world) advance(d time.Duration) { w.at = w.at.Add(d) }

// key finds the generated key of a purpose and state.
func (w *world) key(purpose trust.Purpose, state trust.KeyState) issuer.NewKey {
	w.t.Helper()
	for _, k := range w.keys {
		if k.Entry.Purpose == purpose && k.Entry.State == state {
			return k
		}
	}
	w.t.Fatalf("no %v key of purpose %v", state, purpose)
	return issuer.NewKey{}
}

// resident is a person with a phone.
type resident struct {
	*world
	id      health.PersonID
	name    string
	holding *issuer.Holding
	print   *issuer.Holding
}

func (w *world) enrol(name string) *resident {
	w.t.Helper()
	id, err := health.NewPersonID(w.at, w.rand)
	w.must(err)
	phone, err := w.store.give(id, issuer.DeviceID(id), trust.Phone, w.at.Unix())
	w.must(err)
	print, err := w.store.give(id, issuer.DeviceID{}, trust.Paper, w.at.Unix())
	w.must(err)
	return &resident{world: w, id: id, name: credential.MaskName(name), holding: phone, print: print}
}

// tell records evidence and returns the colour after it.
func (r *resident) tell(kind health.EvidenceKind) credential.Colour {
	r.t.Helper()
	e := health.Evidence{Person: r.id, Kind: kind, At: r.at, RecordedAt: r.at, Source: "provincial laboratory"}
	r.must(e.Validate(r.at))
	d, _, err := r.store.Record(context.Background(), e, func(all []health.Evidence) health.Decision {
		return r.rules.Decide(r.id, all, r.at)
	})
	r.must(err)
	return d.Colour
}

// read is what a refresh reads from the store: everything that a code of kind needs but the time of signing.
func (r *resident) read(kind credential.Kind) issuer.Request {
	r.t.Helper()
	holding, holder := r.holding, r.holderKey()
	if kind == credential.Paper {
		holding, holder = r.print, nil
	}
	return issuer.Request{
		Kind: kind, Holder: holder, Prefecture: 440106, ReadAt: r.at,
		Subjects: []issuer.Subject{{
			Name:     r.name,
			Decision: r.store.colour(r.id, r.rules.Decide(r.id, nil, r.at)),
			Holding:  r.store.holding(holding),
		}},
	}
}

func (w *world) holderKey() *cose.PublicKey {
	w.t.Helper()
	k, err := cose.Generate(cose.ES256, w.rand)
	w.must(err)
	return k.Public()
}

// issue signs a request now.
func (w *world) issue(req issuer.Request) code {
	w.t.Helper()
	b, err := w.issuer.Issue(req, w.at)
	w.must(err)
	return w.open(b)
}

// code is an issued code, read back.
type code struct {
	bytes  []byte
	kid    cose.KeyID
	claims credential.Claims
}

func (w *world) open(b []byte) code {
	w.t.Helper()
	u, err := credential.Parse(credential.Text(b))
	w.must(err)
	if len(u.Codes) != 1 {
		w.t.Fatalf("%d codes in one", len(u.Codes))
	}
	return code{bytes: b, kid: u.Codes[0].Message.KeyID, claims: u.Codes[0].Claims}
}

// revoked says what the checkpoint's bundle says of a member: a list that had not begun holds nobody, and a list that had
// begun must be there.
func (w *world) revoked(c code, member int) bool {
	w.t.Helper()
	status := c.claims.Members[member].Status
	list := w.gate.List(trust.PurposeOf(c.claims.Kind), status.List)
	if list == nil {
		if credential.DayStart(status.List) <= w.gate.Snapshot().IssuedAt {
			w.t.Fatalf("the list of day %d had begun and is missing", status.List)
		}
		return false
	}
	return list.Contains(status.Index)
}

func (c code) String() string {
	return fmt.Sprintf("%s code of %s", c.claims.Kind, time.Unix(c.claims.IssuedAt, 0).In(credential.Zone).Format(time.RFC3339))
}
