package bolt_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// town is a store with a few people in it, of whom a random history is made.
type town struct {
	*rapid.T
	store   *bolt.Store
	now     int64
	people  []health.PersonID
	serial  int
	devices []issuer.DeviceID
}

const townsfolk = 6

func newTown(t *rapid.T, dir string) *town {
	s, err := bolt.Open(filepath.Join(dir, "store"), bolt.Options{})
	w := &town{T: t, store: s, now: 1646100000}
	w.must(err)
	t.Cleanup(func() { _ = s.Close() })
	w.must(s.Publish(ctx, 0, issuer.Publication{Version: 1, Ceiling: 100_000}))
	var people []wallet.NewPerson
	for i := range townsfolk {
		// Every byte is of its own, so that an identifier is found wherever it stands.
		p := health.PersonID{0xa0 + byte(i), 0xee, 0xdd, 0xcc, 0xbb, byte(i), 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
		w.people = append(w.people, p)
		people = append(people, wallet.NewPerson{ID: p, Sealed: []byte{byte(i)}, Lookups: []wallet.Lookup{w.lookup(i)}})
	}
	w.must(s.AddPeople(ctx, wallet.ByAuthority, people))
	return w
}

func (w *town) must(err error) {
	if err != nil {
		w.Fatal(err)
	}
}

func (w *town) lookup(i int) wallet.Lookup { return wallet.Lookup{byte(i + 1), 0xfe} }

func (w *town) someone(what string) health.PersonID {
	return w.people[rapid.IntRange(0, len(w.people)-1).Draw(w.T, what)]
}

// live does n random things; what is refused changes nothing.
func (w *town) live(n int) {
	for range n {
		w.now++
		a, b := w.someone("a"), w.someone("b")
		w.serial++
		switch rapid.IntRange(0, 7).Draw(w.T, "what") {
		case 0, 1:
			d := wallet.Device{ID: issuer.DeviceID{byte(w.serial), byte(w.serial >> 8), 0xd0}, Person: a, Key: []byte{1}, Since: w.now}
			if w.store.BindDevice(ctx, d, wallet.MaxDevices) == nil {
				w.devices = append(w.devices, d.ID)
			}
		case 2, 3:
			_ = w.store.BindGuardian(ctx, wallet.Guardianship{Guardian: a, Member: b, Relation: credential.Child, Evidence: "household_register", Since: w.now}, wallet.ByAuthority)
		case 4:
			_, _ = w.store.EndGuardian(ctx, wallet.GuardianEnd{Guardian: a, Member: b, By: wallet.ByAuthority}, w.now)
		case 5:
			_ = w.store.NewPrint(ctx, wallet.Acting{Person: a}, b, w.now, func(wallet.MemberView) ([]byte, error) { return []byte{1}, nil })
			_, _ = w.store.DrawPrint(ctx, wallet.Acting{Person: w.someone("drawn by")}, b, w.now, func(wallet.StoredPrint) error { return nil })
		case 6:
			e := health.Evidence{Person: a, Kind: health.PositiveTest, At: time.Unix(w.now, 0), RecordedAt: time.Unix(w.now, 0), Source: "laboratory", Reference: fmt.Sprint(w.serial)}
			_, _, err := w.store.Record(ctx, e, w.decide(a))
			w.must(err)
			hash := [32]byte{byte(w.serial), byte(w.serial >> 8), 0x5e}
			if err := w.store.AddSession(ctx, wallet.Session{Hash: hash, Person: a, Since: w.now, Seen: w.now}, "1"); !errors.Is(err, wallet.ErrDeceased) {
				w.must(err)
			}
		case 7:
			if len(w.devices) > 0 {
				w.must(w.store.EndDevice(ctx, w.devices[rapid.IntRange(0, len(w.devices)-1).Draw(w.T, "device")], wallet.BySelf, w.now))
			}
		}
	}
	w.now++
	w.audit("after the random history")
}

// decide changes the colour with every piece of evidence.
func (w *town) decide(p health.PersonID) func([]health.Evidence) health.Decision {
	return func(all []health.Evidence) health.Decision {
		c := credential.Green
		if len(all)%2 == 1 {
			c = credential.Red
		}
		return health.Decision{Person: p, Colour: c, Reason: fmt.Sprint("evidence_", len(all)), At: time.Unix(w.now, 0)}
	}
}

func (w *town) audit(when string) {
	if err := w.store.Audit(); err != nil {
		w.Fatalf("%s the store does not agree with itself: %v", when, err)
	}
}

// holdings are all that codes can be made for.
func (w *town) holdings() map[uint64]issuer.Holding {
	all := make(map[uint64]issuer.Holding)
	w.must(w.store.Holdings(ctx, func(h issuer.Holding) error {
		if _, twice := all[h.Handle]; twice {
			return fmt.Errorf("handle %d is held twice", h.Handle)
		}
		all[h.Handle] = h
		return nil
	}))
	return all
}

func (w *town) revoked() map[uint64]bool {
	all := make(map[uint64]bool)
	w.must(w.store.Revocations(ctx, func(r issuer.Revocation) error { all[r.Handle] = true; return nil }))
	return all
}

// ended checks that exactly the holdings ended that must, and none else moved.
func (w *town) ended(before map[uint64]issuer.Holding, must func(issuer.Holding) bool) (n int) {
	now, revoked := w.holdings(), w.revoked()
	for handle, h := range before {
		switch held, ok := now[handle]; {
		case must(h) && (ok || !revoked[handle]):
			w.Fatalf("the code behind %+v stays good", h)
		case must(h):
			n++
		case !ok || revoked[handle] || held != h:
			w.Fatalf("the code behind %+v, of somebody else, has ended", h)
		}
	}
	return n
}

func inTown(t *testing.T, check func(w *town)) {
	t.Parallel() // most of the time goes to the disk
	rapid.Check(t, func(r *rapid.T) { check(newTown(r, t.TempDir())) })
}

// revokedFromTheOther says which holdings of others end when the two are one
// guardian, from whom a guardianship was revoked under one of the records: those
// that the other record has.
func (w *town) revokedFromTheOther(one, two health.PersonID) func(issuer.Holding) bool {
	devices, hands := make(map[health.PersonID]map[issuer.DeviceID]bool), make(map[health.PersonID]bool)
	for _, p := range w.people {
		d, err := w.store.Dossier(ctx, p)
		w.must(err)
		for _, g := range d.Guardians {
			twin := map[health.PersonID]health.PersonID{one: two, two: one}[g.Guardian]
			i := slices.IndexFunc(d.Guardians, func(o wallet.Guardianship) bool { return o.Guardian == twin && o.Revoked() })
			if twin.IsZero() || i < 0 || g.Ended != 0 {
				continue
			}
			hands[p] = d.Print != nil && slices.Contains(d.Print.Hands, g.Guardian)
			devices[p] = make(map[issuer.DeviceID]bool)
			all, err := w.store.Devices(ctx, g.Guardian)
			w.must(err)
			for _, x := range all {
				devices[p][x.ID] = true
			}
		}
	}
	return func(h issuer.Holding) bool {
		return devices[h.Person][h.Device] || h.Purpose == trust.Paper && hands[h.Person]
	}
}

func TestAMergeEndsTheCodesOfBothAndNobodyElses(t *testing.T) {
	inTown(t, func(w *town) {
		w.live(rapid.IntRange(0, 30).Draw(w.T, "events"))
		keep, gone := w.people[0], w.people[1]
		before, content := w.holdings(), w.store.Content()
		revoked := w.revokedFromTheOther(keep, gone)
		var judged []health.Evidence
		merge := func(dry bool) (wallet.Changes, error) {
			return w.store.Merge(ctx, keep, gone, wallet.ByAuthority, dry, w.now, func(k, g wallet.StoredPerson) (wallet.Joined, error) {
				return wallet.Joined{Sealed: append(k.Sealed, g.Sealed...), Lookups: []wallet.Lookup{w.lookup(1)}}, nil
			}, func(all []health.Evidence) health.Decision {
				if all != nil {
					judged = slices.Clone(all)
				}
				return w.decide(keep)(all)
			})
		}
		would, err := merge(true)
		if w.store.Content() != content {
			w.Fatal("a dry run has changed the store")
		}
		if errors.Is(err, wallet.ErrTooMany) {
			return
		}
		w.must(err)
		did, err := merge(false)
		w.must(err)
		if did != would {
			w.Fatalf("it did %+v and would have done %+v", did, would)
		}
		n := w.ended(before, func(h issuer.Holding) bool { return h.Person == keep || h.Person == gone || revoked(h) })
		if n != did.Codes {
			w.Fatalf("%d handles ended and %d are reported", n, did.Codes)
		}
		w.audit("after the merge")
		if where := w.store.Named(gone[:]); len(where) > 0 {
			w.Fatalf("the gone identifier stands in %v", where)
		}
		for i := range 2 {
			if found, err := w.store.FindPerson(ctx, w.lookup(i)); err != nil || found != keep {
				w.Fatalf("document %d leads to %v, %v", i, found, err)
			}
		}
		w.checkMerged(keep, judged)
	})
}

// checkMerged looks whether keep's codes can be had wherever they must.
func (w *town) checkMerged(keep health.PersonID, judged []health.Evidence) {
	d, err := w.store.Dossier(ctx, keep)
	w.must(err)
	if len(judged) != len(d.Evidence) && judged != nil {
		w.Fatalf("%d pieces of evidence were judged and %d are kept", len(judged), len(d.Evidence))
	}
	held := make(map[issuer.DeviceID]bool)
	for _, h := range d.Holdings {
		if h.Purpose == trust.Paper {
			w.Fatal("a paper code is in force")
		}
		held[h.Device] = true
	}
	for _, x := range d.Devices {
		if (x.Ended == 0) != held[x.ID] {
			w.Fatalf("device %v: ended %d, codes %v", x.ID, x.Ended, held[x.ID])
		}
	}
	for _, g := range d.Guardians {
		devices, err := w.store.Devices(ctx, g.Guardian)
		w.must(err)
		for _, x := range devices {
			if g.InForce(w.now) != held[x.ID] {
				w.Fatalf("the guardian's device %v: in force %v, codes %v", x.ID, g.InForce(w.now), held[x.ID])
			}
		}
	}
	if last := d.Events[len(d.Events)-1]; last.Kind != wallet.EventMerged {
		w.Fatalf("the last event is %+v", last)
	}
}

// inHandsOf are those whose print the person, their guardian, has made.
func (w *town) inHandsOf(person health.PersonID) map[health.PersonID]bool {
	printed := make(map[health.PersonID]bool)
	for _, p := range w.people {
		d, err := w.store.Dossier(ctx, p)
		w.must(err)
		inForce := d.Print != nil && slices.ContainsFunc(d.Holdings, func(h issuer.Holding) bool { // after a change of colour it has another handle
			return h.Purpose == trust.Paper && h.Handle == d.Print.Handle
		})
		for _, g := range d.Guardians {
			printed[p] = printed[p] || g.Guardian == person && g.Ended == 0 && inForce && slices.Contains(d.Print.Hands, person)
		}
	}
	return printed
}

func TestAnErasureLeavesBareHandlesAndNothingElse(t *testing.T) {
	inTown(t, func(w *town) {
		w.live(rapid.IntRange(0, 30).Draw(w.T, "events"))
		person := w.people[2]
		before, content := w.holdings(), w.store.Content()
		devices, err := w.store.Devices(ctx, person)
		w.must(err)
		printed := w.inHandsOf(person)
		erase := func(dry bool) (wallet.Changes, error) {
			return w.store.Erase(ctx, person, wallet.ByAuthority, dry, w.now, func(wallet.Dossier) (wallet.Erased, error) {
				return wallet.Erased{Lookups: []wallet.Lookup{w.lookup(2)}}, nil
			})
		}
		would, err := erase(true)
		w.must(err)
		if w.store.Content() != content {
			w.Fatal("a dry run has changed the store")
		}
		did, err := erase(false)
		w.must(err)
		on := make(map[issuer.DeviceID]bool)
		for _, d := range devices {
			on[d.ID] = true
		}
		n := w.ended(before, func(h issuer.Holding) bool {
			return h.Person == person || on[h.Device] || h.Purpose == trust.Paper && printed[h.Person]
		})
		if n != did.Codes || did != would {
			w.Fatalf("%d handles ended; it did %+v and would have done %+v", n, did, would)
		}
		if where := w.store.Named(person[:]); len(where) > 0 {
			w.Fatalf("the identifier stands in %v", where)
		}
		if _, err := w.store.Dossier(ctx, person); !errors.Is(err, wallet.ErrNoPerson) {
			w.Fatalf("got %v", err)
		}
		for _, d := range devices {
			if where := w.store.Named(d.ID[:]); len(where) > 0 {
				w.Fatalf("a device stands in %v", where)
			}
		}
		w.audit("after the erasure")
		if _, err := w.store.FindPerson(ctx, w.lookup(2)); !errors.Is(err, wallet.ErrNoPerson) {
			w.Fatalf("the document leads to somebody: %v", err)
		}
	})
}

func TestADeathEndsEverythingOfThePersonForGood(t *testing.T) {
	inTown(t, func(w *town) {
		w.live(rapid.IntRange(0, 30).Draw(w.T, "events"))
		person := w.people[3]
		before := w.holdings()
		devices, err := w.store.Devices(ctx, person)
		w.must(err)
		did, err := w.store.Decease(ctx, person, wallet.ByAuthority, false, w.now)
		w.must(err)
		on := make(map[issuer.DeviceID]bool)
		for _, d := range devices {
			on[d.ID] = true
		}
		if n := w.ended(before, func(h issuer.Holding) bool { return h.Person == person || on[h.Device] }); n != did.Codes {
			w.Fatalf("%d handles ended and %d are reported", n, did.Codes)
		}
		content := w.store.Content()
		if again, err := w.store.Decease(ctx, person, wallet.ByAuthority, false, w.now+1); err != nil || again != (wallet.Changes{}) || w.store.Content() != content {
			w.Fatalf("a second time it did %+v, %v", again, err)
		}
		w.audit("after the death")
		d, err := w.store.Dossier(ctx, person)
		w.must(err)
		if len(d.Holdings)+len(d.Sessions) > 0 || d.Person.Deceased != w.now {
			w.Fatalf("kept are %+v", d)
		}
		for what, err := range map[string]error{
			"a device":    w.store.BindDevice(ctx, wallet.Device{ID: issuer.DeviceID{0xff}, Person: person, Since: w.now}, 8),
			"a guardian":  w.store.BindGuardian(ctx, wallet.Guardianship{Guardian: w.people[0], Member: person, Since: w.now}, wallet.ByAuthority),
			"a dependant": w.store.BindGuardian(ctx, wallet.Guardianship{Guardian: person, Member: w.people[0], Since: w.now}, wallet.ByAuthority),
			"a log-in":    w.store.AddSession(ctx, wallet.Session{Hash: [32]byte{0xff}, Person: person}, ""),
			"a print":     w.store.NewPrint(ctx, wallet.Acting{Person: person}, person, w.now, func(wallet.MemberView) ([]byte, error) { return nil, nil }),
		} {
			if !errors.Is(err, wallet.ErrDeceased) {
				w.Fatalf("%s: %v", what, err)
			}
		}
		w.live(20)
	})
}

func TestACorrectionEndsThePersonsCodesAndKeepsTheRest(t *testing.T) {
	inTown(t, func(w *town) {
		w.live(rapid.IntRange(0, 30).Draw(w.T, "events"))
		person, named := w.people[4], rapid.Bool().Draw(w.T, "named")
		before := w.holdings()
		devices, err := w.store.Devices(ctx, person)
		w.must(err)
		on := make(map[issuer.DeviceID]bool)
		for _, d := range devices {
			on[d.ID] = named
		}
		added := wallet.Lookup{0x77}
		_, err = w.store.Correct(ctx, person, wallet.ByAuthority, false, w.now, func(p wallet.Dossier) (wallet.Corrected, error) {
			return wallet.Corrected{Sealed: []byte("new"), Remove: []wallet.Lookup{w.lookup(4)}, Add: []wallet.Lookup{added}, Majority: 1, Named: named, Fields: "documents"}, nil
		})
		w.must(err)
		w.ended(before, func(h issuer.Holding) bool { return h.Person == person || on[h.Device] })
		w.audit("after the correction")
		if found, err := w.store.FindPerson(ctx, added); err != nil || found != person {
			w.Fatalf("the new document leads to %v, %v", found, err)
		}
		if _, err := w.store.FindPerson(ctx, w.lookup(4)); !errors.Is(err, wallet.ErrNoPerson) {
			w.Fatalf("the former document leads to somebody: %v", err)
		}
		_, err = w.store.Correct(ctx, person, wallet.ByAuthority, false, w.now, func(p wallet.Dossier) (wallet.Corrected, error) {
			return wallet.Corrected{Sealed: []byte("newer"), Add: []wallet.Lookup{w.lookup(5)}, Majority: 1}, nil
		})
		if !errors.Is(err, wallet.ErrDuplicate) {
			w.Fatalf("somebody else's document: %v", err)
		}
	})
}
