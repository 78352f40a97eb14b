package wallet_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 3, 2, 12, 0, 0, 0, credential.Zone)
)

// testing.TB without Run, so that properties can have a world too.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// world is a wallet over a real store with a register that tests can fill.
type world struct {
	tester
	at       time.Time
	store    *bolt.Store
	wallet   *wallet.Service
	register *register
	serial   int
	config   wallet.Config
}

// register is a population register in memory.
type register struct {
	people    []registered
	down      error
	mu        sync.Mutex // over questions
	questions int
}

func (r *register) count() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.questions++
}

type registered struct {
	wallet.RegisterEntry
	household int
	parents   []wallet.Document
}

func (r *register) find(d wallet.Document) *registered {
	for i := range r.people {
		for _, have := range r.people[i].Documents {
			if have == d {
				return &r.people[i]
			}
		}
	}
	return nil
}

func (r *register) Household(_ context.Context, guardian, member wallet.Document) (wallet.RegisterEntry, error) {
	r.count()
	g, m := r.find(guardian), r.find(member)
	if r.down != nil {
		return wallet.RegisterEntry{}, r.down
	}
	if g == nil || m == nil || g.household == 0 || g.household != m.household {
		return wallet.RegisterEntry{}, wallet.ErrNotShown
	}
	return m.RegisterEntry, nil
}

func (r *register) Parent(_ context.Context, guardian, certificate wallet.Document) (wallet.RegisterEntry, error) {
	r.count()
	c := r.find(certificate)
	if r.down != nil {
		return wallet.RegisterEntry{}, r.down
	}
	if c != nil {
		for _, p := range c.parents {
			if p == guardian {
				return c.RegisterEntry, nil
			}
		}
	}
	return wallet.RegisterEntry{}, wallet.ErrNotShown
}

func (r *register) Person(_ context.Context, d wallet.Document) (wallet.RegisterEntry, error) {
	r.count()
	p := r.find(d)
	if r.down != nil {
		return wallet.RegisterEntry{}, r.down
	}
	if p == nil {
		return wallet.RegisterEntry{}, wallet.ErrNotShown
	}
	return p.RegisterEntry, nil
}

// noIssuer makes codes of nothing: what is tested here issues none.
type noIssuer struct{}

func (noIssuer) Issue(issuer.Request, time.Time) ([]byte, error) { return []byte{1}, nil }

func newWorld(t testing.TB) *world {
	t.Helper()
	return worldIn(t, t.TempDir(), func(f func()) { t.Cleanup(f) })
}

func worldIn(t tester, dir string, cleanup func(func())) *world {
	t.Helper()
	w := &world{tester: t, at: noon, register: new(register)}
	var err error
	w.store, err = bolt.Open(filepath.Join(dir, "store"), bolt.Options{})
	w.must(err)
	cleanup(func() { w.must(w.store.Close()) })
	w.must(w.store.Publish(ctx, 0, issuer.Publication{Version: 1, Ceiling: 1 << 20, At: w.at.Unix()}))
	vault, err := wallet.NewVault([]byte("0123456789abcdef0123456789abcdef"))
	w.must(err)
	w.config = wallet.Config{
		Store: w.store, Issuer: noIssuer{}, Rules: health.DefaultRules("CN-GD"), Vault: vault, Rand: rand.Reader, Register: w.register,
		Agreement: wallet.Agreement{Version: "2026-1"}, Consent: wallet.Agreement{Version: "c1"},
	}
	w.restart()
	return w
}

// restart makes the service anew over the same store: what was only in memory is gone.
func (w *world) restart() {
	w.Helper()
	var err error
	w.wallet, err = wallet.New(w.config)
	w.must(err)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%v", err)
	}
}

// fails checks that err is want.
func (w *world) fails(err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("got %v, want %v", err, want)
	}
}

// born is a new resident's entry in the register; nobody else lives with them.
func (w *world) born(name string, birth wallet.Date, household int) wallet.RegisterEntry {
	w.Helper()
	w.serial++
	e := wallet.RegisterEntry{Name: name, Documents: []wallet.Document{w.resident(birth, w.serial)}, Birth: birth, Region: 440106}
	w.register.people = append(w.register.people, registered{RegisterEntry: e, household: household})
	return e
}

// resident makes a number of area 99 with its check digit.
func (w *world) resident(birth wallet.Date, serial int) wallet.Document {
	w.Helper()
	for check := range "0123456789X" {
		d, err := wallet.ParseDocument("resident-id", fmt.Sprintf("990%03d%04d%02d%02d%03d%c", serial/1000, birth.Year, birth.Month, birth.Day, serial%1000, "0123456789X"[check]))
		if err == nil {
			return d
		}
	}
	w.Fatalf("no check digit fits")
	return wallet.Document{}
}

// years is the birth date of somebody of that age today.
func (w *world) years(n int) wallet.Date {
	return wallet.DateOf(w.at.AddDate(-n, 0, -1))
}

// face is what the identity provider says after the person's face check.
func (w *world) face(e wallet.RegisterEntry) wallet.Identity {
	return wallet.Identity{
		Provider: "https://id.example", Subject: "s", Document: e.Documents[0], Name: e.Name, Birth: e.Birth, Region: e.Region,
		Methods: []string{wallet.MethodFace}, At: w.at,
	}
}

// logIn logs in by face, with the agreement.
func (w *world) logIn(e wallet.RegisterEntry) (token string, person health.PersonID) {
	w.Helper()
	token, ses, err := w.wallet.LogIn(ctx, w.face(e), "2026-1", w.at)
	w.must(err)
	return token, ses.Person
}

// adult enters somebody of age and gives their household.
func (w *world) adult(name string, household int) (wallet.RegisterEntry, health.PersonID) {
	w.Helper()
	e := w.born(name, w.years(40), household)
	_, id := w.logIn(e)
	return e, id
}

// claim is the guardian's claim of a child of the household.
func (w *world) claim(guardian health.PersonID, member wallet.RegisterEntry) wallet.Claim {
	return wallet.Claim{Guardian: guardian, Way: wallet.WayHousehold, Document: member.Documents[0], Relation: credential.Child, Consent: "c1"}
}

// events are the kinds in the person's history, oldest first.
func (w *world) events(person health.PersonID) (kinds []wallet.EventKind) {
	w.Helper()
	all, err := w.store.Events(ctx, person, 0, 100)
	w.must(err)
	for _, e := range all {
		kinds = append([]wallet.EventKind{e.Kind}, kinds...)
	}
	return kinds
}

// phone registers a device.
func (w *world) phone(person health.PersonID) wallet.Device {
	w.Helper()
	d, err := w.wallet.RegisterDevice(ctx, person, w.key(), w.at)
	w.must(err)
	return d
}

func (w *world) key() *cose.PublicKey {
	w.Helper()
	key, err := holder.NewKey(rand.Reader)
	w.must(err)
	return key.Public()
}

// sprint prints v with every verb that shows what is inside.
func sprint(v any) string { return fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v) }

// importing imports lines of name, type, number, birth date and region.
func (w *world) importing(lines string) (wallet.Report, error) {
	return w.wallet.Import(ctx, strings.NewReader("name,document_type,document_number,birth_date,region\n"+lines), w.at, nil)
}
