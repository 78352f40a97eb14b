// Package storetest says, as tests, what every store must do: one case for
// every MUST in the interfaces of wallet, health and issuer. A back end's own
// test calls Run.
package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// Store is a back end under test.
type Store interface {
	wallet.Store
	issuer.Restorer
	Close() error
}

// start is the time at which every world begins.
var start = time.Date(2022, 3, 1, 9, 0, 0, 0, time.UTC)

// world is a store with names for the people in it, so that cases read like
// sentences.
type world struct {
	*testing.T
	Store
	ctx    context.Context
	open   func() Store
	now    time.Time
	serial uint64
	people map[string]health.PersonID
}

func newWorld(t *testing.T, open func(t *testing.T, dir string) Store) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{
		T: t, ctx: context.Background(), now: start, people: make(map[string]health.PersonID),
		open: func() Store { return open(t, dir) },
	}
	w.Store = w.open()
	t.Cleanup(func() { w.must(w.Close()) })
	w.publish(200)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// reopen closes the store and opens it again, as after a restart.
func (w *world) reopen() {
	w.Helper()
	w.must(w.Close())
	w.Store = w.open()
}

// publish raises the ceiling.
func (w *world) publish(ceiling uint64) {
	w.Helper()
	last, _ := w.Published(w.ctx) // before the first there is none: version 0
	w.must(w.Publish(w.ctx, last.Version, issuer.Publication{Version: last.Version + 1, Ceiling: ceiling, At: w.unix()}))
}

func (w *world) unix() int64 { return w.now.Unix() }

// later moves the clock on by a second, so that times tell events apart.
func (w *world) later() int64 {
	w.now = w.now.Add(time.Second)
	return w.unix()
}

// id makes an identifier that sorts by its number.
func id(n uint64) (id [16]byte) {
	binary.BigEndian.PutUint64(id[:8], n)
	id[15] = 1
	return id
}

func lookup(name string) wallet.Lookup { return sha256.Sum256([]byte(name)) }

// newPerson is a person of that name, not yet stored.
func (w *world) newPerson(name string) wallet.NewPerson {
	w.serial++
	p := wallet.NewPerson{ID: id(w.serial), Sealed: []byte("sealed " + name), Lookups: []wallet.Lookup{lookup(name)}}
	w.people[name] = p.ID
	return p
}

// enrol stores people of those names.
func (w *world) enrol(names ...string) {
	w.Helper()
	var people []wallet.NewPerson
	for _, name := range names {
		people = append(people, w.newPerson(name))
	}
	w.must(w.AddPeople(w.ctx, wallet.ByAuthority, people))
}

// device binds a device to the person.
func (w *world) device(owner string) issuer.DeviceID {
	w.Helper()
	w.serial++
	d := wallet.Device{ID: id(w.serial), Person: w.people[owner], Key: []byte{1, 2, 3}, Since: w.unix()}
	w.must(w.BindDevice(w.ctx, d, wallet.MaxDevices))
	return d.ID
}

func (w *world) guardianship(guardian, member string) wallet.Guardianship {
	return wallet.Guardianship{
		Guardian: w.people[guardian], Member: w.people[member], Relation: credential.Child,
		Evidence: wallet.AuthorityImport, Since: w.unix(),
	}
}

// guard binds guardian to member.
func (w *world) guard(guardian, member string) {
	w.Helper()
	w.must(w.BindGuardian(w.ctx, w.guardianship(guardian, member), wallet.ByAuthority))
}

// endGuardian ends the guardianship for the authority.
func (w *world) endGuardian(guardian, member string, at int64) {
	w.Helper()
	w.must(w.endGuardianBy(wallet.ByAuthority, guardian, member, at))
}

func (w *world) endGuardianBy(by wallet.Actor, guardian, member string, at int64) error {
	_, err := w.EndGuardian(w.ctx, wallet.GuardianEnd{Guardian: w.people[guardian], Member: w.people[member], By: by}, at)
	return err
}

// endPrint ends the member's print for the member or a guardian.
func (w *world) endPrint(by, member string, at int64) error {
	_, err := w.EndPrint(w.ctx, wallet.PrintEnd{By: wallet.Acting{Person: w.people[by]}, Member: w.people[member]}, at)
	return err
}

// handle is the member's handle on the guardian's device, 0 when there is none.
func (w *world) handle(guardian, member string, device issuer.DeviceID) uint64 {
	w.Helper()
	f, err := w.Family(w.ctx, w.people[guardian], device)
	w.must(err)
	for _, m := range f.Members {
		if m.Person.ID == w.people[member] {
			return m.Holding.Handle
		}
	}
	return 0
}

// own is the person's own handle on the device.
func (w *world) own(person string, device issuer.DeviceID) uint64 {
	w.Helper()
	return w.handle(person, person, device)
}

// revoked returns the revocations by handle.
func (w *world) revoked() map[uint64]issuer.Revocation {
	w.Helper()
	all := make(map[uint64]issuer.Revocation)
	w.must(w.Revocations(w.ctx, func(r issuer.Revocation) error {
		if _, twice := all[r.Handle]; twice {
			return fmt.Errorf("handle %d is revoked twice", r.Handle)
		}
		all[r.Handle] = r
		return nil
	}))
	return all
}

// colour is a decision of that colour.
func (w *world) colour(person string, c credential.Colour, reason string) health.Decision {
	return health.Decision{
		Person: w.people[person], Colour: c, Reason: reason, RulesVersion: 1, At: w.now.UTC(),
		Text: map[string]string{"en": reason}, Release: map[string]string{"en": "wait"}, Evidence: []int{0},
	}
}

// positive is a piece of evidence; each is another one.
func (w *world) positive(person string) health.Evidence {
	w.serial++
	return health.Evidence{
		Person: w.people[person], Kind: health.PositiveTest, At: w.now, RecordedAt: w.now,
		Source: "laboratory", Reference: fmt.Sprint(w.serial),
	}
}

// always decides the same whenever there is evidence, and green without.
func (w *world) always(d health.Decision) func([]health.Evidence) health.Decision {
	green := d
	green.Colour, green.Reason = credential.Green, "default"
	return func(all []health.Evidence) health.Decision {
		if len(all) == 0 {
			return green
		}
		return d
	}
}

// paint records evidence that turns the person red.
func (w *world) paint(person string) {
	w.Helper()
	_, changed, err := w.Record(w.ctx, w.positive(person), w.always(w.colour(person, credential.Red, "positive_test")))
	w.must(err)
	if !changed {
		w.Fatalf("%s did not change", person)
	}
}

// print makes a print and returns its handle.
func (w *world) print(by, member string) (handle uint64) {
	w.Helper()
	w.must(w.NewPrint(w.ctx, wallet.Acting{Person: w.people[by]}, w.people[member], w.unix(), func(m wallet.MemberView) ([]byte, error) {
		handle = m.Holding.Handle
		return []byte(fmt.Sprint("code ", handle)), nil
	}))
	return handle
}

// gone checks that exactly these handles have been revoked since before.
func (w *world) gone(before map[uint64]issuer.Revocation, want ...uint64) {
	w.Helper()
	now := w.revoked()
	for _, h := range want {
		r, ok := now[h]
		if !ok {
			w.Errorf("handle %d is not revoked", h)
			continue
		}
		if r.At != w.unix() || r.Since > r.At || r.Since == 0 || r.Purpose != trust.Phone && r.Purpose != trust.Paper {
			w.Errorf("the revocation of %d is %+v at %d", h, r, w.unix())
		}
		delete(now, h)
	}
	for h := range before {
		if _, ok := now[h]; !ok {
			w.Errorf("the revocation of %d is lost", h)
		}
		delete(now, h)
	}
	for h := range now {
		w.Errorf("handle %d is revoked for no reason", h)
	}
}

// unchanged checks that the operation gave no handle and revoked none.
func (w *world) unchanged(what string, operation func()) {
	w.Helper()
	next, _, err := w.Counter(w.ctx)
	w.must(err)
	before := w.revoked()
	operation()
	after, _, err := w.Counter(w.ctx)
	w.must(err)
	if next != after {
		w.Errorf("%s moved the handle counter from %d to %d", what, next, after)
	}
	w.gone(before)
}
