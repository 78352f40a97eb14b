package bolt_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// founding is when the provinces of these tests begin.
var founding = time.Date(2026, 3, 2, 8, 0, 0, 0, time.FixedZone("UTC+8", 8*3600))

// fewHandles is a small reserve, so that a restore revokes hundreds and not millions.
const fewHandles = 200

// province is a region with a store on disk, backups of it, and a gate that has every publication and never goes back.
type province struct {
	t         testing.TB
	rng       *rand.Rand
	bytes     *rand.ChaCha8
	at        time.Time
	path      string
	store     *bolt.Store
	issuer    *issuer.Issuer
	authority *issuer.Authority
	root      []byte
	list      *trust.KeyList
	gate      *trust.Bundle
	published []byte
	reserve   uint64
	safe      *safe // of a region that a ceremony founded; nil: a demonstration, whose roles are in authority

	people   []health.PersonID
	codes    []issuedCode
	backups  []backup
	given    map[uint64]issuer.Holding      // every handle ever seen, with whose it was
	versions map[uint64][]byte              // every version ever published
	dead     map[credential.Status]deadCode // every index ever published as revoked
}

// issuedCode is a code with the holding under which it was issued.
type issuedCode struct {
	holding issuer.Holding
	status  credential.Status
	at      time.Time
	expires int64
	listKey string // as sealed: a restore may have brought another key for the same list
	bytes   []byte
	holder  *cose.PrivateKey // of a phone
}

// deadCode names a list of a purpose.
type deadCode struct {
	purpose trust.Purpose
	day     uint32
}

type backup struct {
	at   time.Time
	file []byte
}

func newProvince(t testing.TB, seed uint64) *province {
	t.Helper()
	return newProvinceOf(t, seed, fewHandles)
}

// emptyProvince has a clock and a place, and no store yet.
func emptyProvince(t testing.TB, seed, reserve uint64) *province {
	t.Helper()
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	return &province{
		t: t, rng: rand.New(rand.NewPCG(seed, 1)), bytes: rand.NewChaCha8(key), at: founding, path: filepath.Join(t.TempDir(), "store"), reserve: reserve,
		given: map[uint64]issuer.Holding{}, versions: map[uint64][]byte{}, dead: map[credential.Status]deadCode{},
	}
}

func newProvinceOf(t testing.TB, seed, reserve uint64) *province {
	t.Helper()
	w := emptyProvince(t, seed, reserve)
	var err error
	w.authority, err = issuer.NewAuthority("CN-GD", w.bytes)
	w.must(err)
	w.root, err = w.authority.FirstRoot(true, w.at.AddDate(5, 0, 0))
	w.must(err)
	w.open()
	t.Cleanup(func() { w.must(w.store.Close()) })
	keys, err := issuer.DemoKeys(cose.Ed25519, trust.DefaultPolicy(), w.at, w.bytes)
	w.must(err)
	w.must(w.issuer.EnsureLists(w.ctx(), w.at))
	w.list, err = issuer.FirstKeyList("CN-GD", trust.DefaultPolicy(), w.add(keys...), w.at, w.at.AddDate(2, 0, 0))
	w.must(err)
	w.gate, err = trust.Pin(w.root)
	w.must(err)
	w.publishKeyList()
	_, err = w.issuer.EnsureKeys(w.ctx(), w.at)
	w.must(err)
	return w
}

func (w *province) ctx() context.Context { return context.Background() }

func (w *province) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *province) config() issuer.Config {
	return issuer.Config{Store: w.store, Root: w.root, Master: make([]byte, 32), Rand: w.bytes, Reserve: w.reserve}
}

// open opens the store and a server on it.
func (w *province) open() {
	w.t.Helper()
	var err error
	w.store, err = bolt.Open(w.path, bolt.Options{LockTimeout: time.Minute})
	w.must(err)
	w.issuer, err = issuer.New(w.config())
	w.must(err)
	w.must(w.issuer.Refresh(w.ctx()))
}

func (w *province) add(keys ...issuer.NewKey) []trust.IssuerKey {
	w.t.Helper()
	var entries []trust.IssuerKey
	for _, k := range keys {
		_, err := w.issuer.AddKey(w.ctx(), k.Entry.Purpose, k.Entry.Prefecture, k.Private)
		w.must(err)
		entries = append(entries, k.Entry)
	}
	return entries
}

func (w *province) publishKeyList() {
	w.t.Helper()
	signed, err := w.authority.SignKeyList(w.list)
	w.must(err)
	p, err := w.issuer.PublishKeyList(w.ctx(), [][]byte{w.root}, signed, w.at)
	w.must(err)
	w.take(p)
}

func (w *province) publish() {
	w.t.Helper()
	p, err := w.issuer.PublishSnapshot(w.ctx(), w.at)
	w.must(err)
	w.take(p)
	w.must(w.issuer.EnsureLists(w.ctx(), w.at))
}

// take brings a publication to the gate, which must accept it, and notes what it promises.
func (w *province) take(p issuer.Publication) {
	w.t.Helper()
	next, err := trust.Update(w.gate, p.Bundle, w.at)
	if err != nil {
		w.t.Fatalf("%s: the gate refuses publication %d after %d: %v", w.at, p.Version, w.gate.Version(), err)
	}
	if was, twice := w.versions[p.Version]; twice && !bytes.Equal(was, p.Bundle) {
		w.t.Fatalf("version %d was published twice", p.Version)
	}
	w.versions[p.Version], w.gate, w.published = p.Bundle, next, p.Bundle
}

// enrol makes a person with a phone and a print.
func (w *province) enrol() {
	w.t.Helper()
	id, err := health.NewPersonID(w.at, w.bytes)
	w.must(err)
	w.must(w.store.AddPeople(w.ctx(), wallet.ByAuthority, []wallet.NewPerson{{ID: id, Sealed: []byte("sealed"), Lookups: []wallet.Lookup{wallet.Lookup(append(id[:], id[:]...))}}}))
	w.people = append(w.people, id)
	w.phone(id)
	w.print(id)
}

func (w *province) phone(id health.PersonID) {
	w.t.Helper()
	var device issuer.DeviceID
	_, _ = w.bytes.Read(device[:])
	w.must(w.store.BindDevice(w.ctx(), wallet.Device{ID: device, Person: id, Key: []byte{1}, Since: w.at.Unix()}, wallet.MaxDevices))
}

func (w *province) print(id health.PersonID) {
	w.t.Helper()
	w.must(w.store.NewPrint(w.ctx(), wallet.Acting{Person: id}, id, w.at.Unix(), func(wallet.MemberView) ([]byte, error) { return []byte("code"), nil }))
}

// tell records evidence, and the colour follows.
func (w *province) tell(id health.PersonID, kind health.EvidenceKind) {
	w.t.Helper()
	rules := health.DefaultRules("CN-GD")
	e := health.Evidence{Person: id, Kind: kind, At: w.at, RecordedAt: w.at, Source: "laboratory", Reference: fmt.Sprint(w.rng.Uint64())}
	_, _, err := w.store.Record(w.ctx(), e, func(all []health.Evidence) health.Decision { return rules.Decide(id, all, w.at) })
	w.must(err)
}

// holdings reads all, and sees to it that no handle is ever another's.
func (w *province) holdings() []issuer.Holding {
	w.t.Helper()
	var all []issuer.Holding
	w.must(w.store.Holdings(w.ctx(), func(h issuer.Holding) error {
		all = append(all, h)
		if was, seen := w.given[h.Handle]; seen && was != h {
			return fmt.Errorf("handle %d was given to %v and to %v", h.Handle, was, h)
		}
		w.given[h.Handle] = h
		return nil
	}))
	return all
}

// refresh issues a code for every holding.
func (w *province) refresh() {
	w.t.Helper()
	holder, err := cose.Generate(cose.ES256, w.bytes)
	w.must(err)
	keys := w.listKeys()
	for _, h := range w.holdings() {
		req := issuer.Request{Kind: credential.Paper, Prefecture: 440106, ReadAt: w.at, Subjects: []issuer.Subject{{
			Name: "张*", Decision: health.Decision{Person: h.Person, Colour: credential.Green}, Holding: h,
		}}}
		if h.Purpose == trust.Phone {
			req.Kind, req.Holder = credential.Phone, holder.Public()
		}
		b, err := w.issuer.Issue(req, w.at)
		w.must(err)
		u, err := credential.Parse(credential.Text(b))
		w.must(err)
		c := u.Codes[0].Claims
		w.codes = append(w.codes, issuedCode{
			holding: h, status: c.Members[0].Status, at: w.at, expires: c.ExpiresAt, listKey: keys[deadCode{h.Purpose, c.Members[0].Status.List}], bytes: b, holder: holder,
		})
	}
}

// listKeys are the keys of the lists as they are stored.
func (w *province) listKeys() map[deadCode]string {
	w.t.Helper()
	lists, err := w.store.Lists(w.ctx())
	w.must(err)
	keys := make(map[deadCode]string)
	for _, k := range lists {
		keys[deadCode{k.Purpose, k.Day}] = string(k.Sealed)
	}
	return keys
}

// backUp copies the store while it is open.
func (w *province) backUp() {
	w.t.Helper()
	var b bytes.Buffer
	w.must(w.store.Backup(w.ctx(), &b))
	w.backups = append(w.backups, backup{w.at, b.Bytes()})
}

// restore loses the store and brings a backup of it back, with what the gate has.
func (w *province) restore(b backup) *issuer.RestorePlan {
	w.t.Helper()
	w.rememberKeys()
	w.must(w.store.Close())
	w.must(os.WriteFile(w.path, b.file, 0o600))
	w.open()
	plan, err := issuer.PlanRestore(w.ctx(), w.config(), w.store, w.published, b.at, w.at)
	w.must(err)
	w.bringKeys(plan)
	p, err := plan.Apply(w.ctx(), true)
	w.must(err)
	w.take(p)
	w.must(w.issuer.EnsureLists(w.ctx(), w.at))
	_, err = w.issuer.EnsureKeys(w.ctx(), w.at)
	w.must(err)
	return plan
}

// overwrite puts the backup in the place of the store, which is closed.
func (w *province) overwrite(b backup) {
	w.t.Helper()
	w.must(os.WriteFile(w.path, b.file, 0o600))
}
