package wallet_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

func TestDevicesAreListedLimitedAndEndedFromElsewhere(t *testing.T) {
	w := newWorld(t)
	_, mother := w.adult("王芳", 1)
	_, other := w.adult("李四", 2)
	_, err := w.wallet.ClaimMember(ctx, w.claim(mother, w.born("张小", w.years(8), 1)), w.at)
	w.must(err)
	lost, kept, others := w.phone(mother), w.phone(mother), w.phone(other)
	w.phone(mother)
	_, err = w.wallet.RegisterDevice(ctx, mother, w.key(), w.at)
	w.fails(err, wallet.ErrTooMany)
	end := func(by health.PersonID) error {
		return w.wallet.EndDeviceOf(ctx, wallet.Session{Person: by}, lost.ID, w.at)
	}
	w.fails(end(other), wallet.ErrNoDevice)
	w.must(end(mother))
	w.fails(end(mother), wallet.ErrNoDevice)
	all, err := w.wallet.Devices(ctx, mother)
	if err != nil || len(all) != 2 || slices.ContainsFunc(all, func(d wallet.Device) bool { return d.ID == lost.ID }) {
		t.Errorf("got %+v, %v", all, err)
	}
	if _, err := w.store.Family(ctx, mother, lost.ID); !errors.Is(err, wallet.ErrNoDevice) {
		t.Errorf("got %v", err)
	}
	for owner, d := range map[health.PersonID]wallet.Device{mother: kept, other: others} {
		f, err := w.store.Family(ctx, owner, d.ID)
		w.must(err)
		for _, member := range f.Members {
			if member.Holding.Handle == 0 {
				t.Errorf("%s has no codes on another device", member.Person.ID)
			}
		}
	}
}

func TestADeviceKeyOffTheCurveOrOfAnotherKindIsRefused(t *testing.T) {
	w := newWorld(t)
	_, person := w.adult("张三", 1)
	raw := w.key().Bytes()
	raw[len(raw)-1] ^= 1 // y no longer belongs to x
	if _, err := cose.ParseKey(raw); err == nil {
		t.Error("a point off the curve was read")
	}
	if _, err := w.wallet.RegisterDevice(ctx, person, nil, w.at); err == nil {
		t.Error("no key was registered")
	}
	signer, err := cose.NewEd25519(make([]byte, 32))
	if err == nil {
		if _, err := w.wallet.RegisterDevice(ctx, person, signer, w.at); err == nil {
			t.Error("an Ed25519 key was registered")
		}
	}
	if all, err := w.wallet.Devices(ctx, person); err != nil || len(all) != 0 {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestOneKeyRegisteredByManyAtOnceIsOnePersons(t *testing.T) {
	w := newWorld(t)
	var people []health.PersonID
	for range 8 {
		_, id := w.adult("张三", 0)
		people = append(people, id)
	}
	key := w.key()
	var all sync.WaitGroup
	var registered atomic.Int32
	for _, person := range people {
		all.Go(func() {
			_, err := w.wallet.RegisterDevice(ctx, person, key, w.at)
			if err == nil {
				registered.Add(1)
			} else {
				w.fails(err, wallet.ErrDeviceExists)
			}
		})
	}
	all.Wait()
	if registered.Load() != 1 {
		t.Errorf("%d registered it", registered.Load())
	}
}

func TestThePlacesForDevicesAndMembersAreNotExceededByManyAtOnce(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	for i := range wallet.MaxDependants - 1 {
		w.must(errOf(w.wallet.ClaimMember(ctx, w.claim(guardian, w.born("张小", w.years(i+1), 1)), w.at)))
	}
	var children []wallet.RegisterEntry
	for i := range 6 {
		children = append(children, w.born("张晚", w.years(i+1), 1))
	}
	var all sync.WaitGroup
	var members, devices atomic.Int32
	count := func(n *atomic.Int32, err error) {
		if err == nil {
			n.Add(1)
		} else {
			w.fails(err, wallet.ErrTooMany)
		}
	}
	for i := range children {
		key := w.key()
		all.Go(func() { count(&members, errOf(w.wallet.ClaimMember(ctx, w.claim(guardian, children[i]), w.at))) })
		all.Go(func() { count(&devices, errOf(w.wallet.RegisterDevice(ctx, guardian, key, w.at))) })
	}
	all.Wait()
	family, err := w.wallet.Family(ctx, guardian, w.at)
	w.must(err)
	own, err := w.wallet.Devices(ctx, guardian)
	w.must(err)
	if members.Load() != 1 || len(family) != wallet.MaxDependants+1 || devices.Load() != wallet.DefaultDevices || len(own) != wallet.DefaultDevices {
		t.Errorf("%d members more, %d in the family; %d devices, %d in use", members.Load(), len(family), devices.Load(), len(own))
	}
}

func TestADeviceKeyIsOnePersonsAndIsRegisteredOnce(t *testing.T) {
	w := newWorld(t)
	_, mother := w.adult("王芳", 1)
	_, other := w.adult("李四", 2)
	key := w.key()
	d, err := w.wallet.RegisterDevice(ctx, mother, key, w.at)
	w.must(err)
	// The same telephone asks again, whose answer was lost on the way: it is the same device.
	before := w.events(mother)
	again, err := w.wallet.RegisterDevice(ctx, mother, key, w.at.Add(time.Minute))
	if err != nil || again.ID != d.ID || again.Since != d.Since {
		t.Errorf("again it is %+v, %v", again, err)
	}
	if all, err := w.wallet.Devices(ctx, mother); err != nil || len(all) != 1 || len(w.events(mother)) != len(before) {
		t.Errorf("got %+v, %v", all, err)
	}
	_, err = w.wallet.RegisterDevice(ctx, other, key, w.at)
	w.fails(err, wallet.ErrDeviceExists)
	// A key that has ended comes back for nobody.
	w.must(w.wallet.EndDevice(ctx, d.ID, wallet.BySelf, w.at))
	for _, person := range []health.PersonID{mother, other} {
		_, err = w.wallet.RegisterDevice(ctx, person, key, w.at)
		w.fails(err, wallet.ErrDeviceExists)
	}
	if all, err := w.wallet.Devices(ctx, other); err != nil || len(all) != 0 {
		t.Errorf("got %+v, %v", all, err)
	}
	if other := w.phone(other); other.ID == d.ID {
		t.Error("two keys make one device")
	}
}

func TestTwoDevicesThatEndInOneSecondEachSayWhoEndedThem(t *testing.T) {
	w := newWorld(t)
	_, person := w.adult("王芳", 1)
	own, reported := w.phone(person), w.phone(person)
	w.must(w.wallet.EndDevice(ctx, own.ID, wallet.BySelf, w.at))
	w.must(w.wallet.EndDevice(ctx, reported.ID, wallet.ByCommunityWorker, w.at))
	h, err := w.wallet.History(ctx, person, person, w.at)
	w.must(err)
	for _, e := range h.Parts[1].Entries {
		want := map[string]wallet.Actor{wallet.DeviceMark(own.ID): wallet.BySelf, wallet.DeviceMark(reported.ID): wallet.ByCommunityWorker}[e.Detail]
		if e.By != want || want == "" || e.Until != w.at.Unix() {
			t.Errorf("the history says %+v, want %s", e, want)
		}
	}
	if len(h.Parts[1].Entries) != 2 {
		t.Errorf("the history is %+v", h.Parts[1])
	}
}

// Whichever is first: a device that was registered before all ended has ended with them, and one of a session that ended registers none.
func TestWhenAllDevicesEndInTheMomentOfARegistrationNoneIsLeft(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("王芳", 1)
	for i := range 40 {
		thiefs, owners := w.session(e), w.session(e)
		key := w.key()
		var both sync.WaitGroup
		register := func() {
			if _, err := w.wallet.RegisterDeviceOf(ctx, thiefs, key, w.at); err != nil {
				w.fails(err, wallet.ErrNoSession)
			}
		}
		end := func() { w.must(w.wallet.EndDevicesOf(ctx, person, owners.Hash, wallet.BySelf, w.at)) }
		switch i {
		case 0:
			register()
			end()
		case 1:
			end()
			register()
		default:
			both.Go(register)
			both.Go(end)
			both.Wait()
		}
		if all, err := w.wallet.Devices(ctx, person); err != nil || len(all) != 0 {
			t.Fatalf("round %d: %d devices are left, %v", i, len(all), err)
		}
		own, err := w.wallet.RegisterDeviceOf(ctx, owners, w.key(), w.at)
		if err != nil || own.Session != ([32]byte{}) {
			t.Fatalf("the owner's: %v", err)
		}
		w.must(w.wallet.EndDevice(ctx, own.ID, wallet.BySelf, w.at))
	}
}
