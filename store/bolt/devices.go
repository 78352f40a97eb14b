package bolt

import (
	"context"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

type deviceRecord struct {
	Person health.PersonID `cbor:"1,keyasint"`
	Key    []byte          `cbor:"2,keyasint"`
	Since  int64           `cbor:"3,keyasint"`
	Ended  int64           `cbor:"4,keyasint"`
}

// BindDevice implements wallet.Families.
func (s *Store) BindDevice(ctx context.Context, d wallet.Device, most int) error {
	return s.update(ctx, func(t *txn) error {
		switch {
		case !t.has(bucketPeople, d.Person[:]):
			return wallet.ErrNoPerson
		case t.has(bucketDeceased, d.Person[:]):
			return wallet.ErrDeceased
		case d.Session != nobodys && !t.has(bucketPersonSessions, join(d.Person[:], d.Session[:])):
			return wallet.ErrNoSession
		case d.ID == issuer.DeviceID{} || t.has(bucketDevices, d.ID[:]):
			return wallet.ErrDeviceExists
		case len(t.suffixes(bucketPersonDevices, d.Person[:])) >= min(most, wallet.MaxDevices):
			return wallet.ErrTooMany
		}
		members, err := t.members(d.Person, d.Since)
		if err != nil {
			return err
		}
		members = append(members, d.Person)
		if err := t.roomFor(len(members)); err != nil {
			return err
		}
		if err := t.putRecord(bucketDevices, d.ID[:], deviceRecord{Person: d.Person, Key: d.Key, Since: d.Since}); err != nil {
			return err
		}
		if err := t.put(bucketPersonDevices, join(d.Person[:], d.ID[:]), mark); err != nil {
			return err
		}
		for _, member := range members {
			if _, err := t.give(member, trust.Phone, d.ID, d.Since); err != nil {
				return err
			}
		}
		return t.event(d.Person, wallet.Event{At: d.Since, Kind: wallet.EventDeviceAdded, By: wallet.BySelf, Detail: wallet.DeviceMark(d.ID)})
	})
}

// EndDevice implements wallet.Families.
func (s *Store) EndDevice(ctx context.Context, id issuer.DeviceID, by wallet.Actor, at int64) error {
	return s.update(ctx, func(t *txn) error {
		var r deviceRecord
		switch found, err := t.getRecord(bucketDevices, id[:], &r); {
		case err != nil:
			return err
		case !found:
			return wallet.ErrNoDevice
		case r.Ended != 0:
			return nil
		}
		if err := t.endDevice(id, r, at); err != nil {
			return err
		}
		return t.event(r.Person, wallet.Event{At: at, Kind: wallet.EventDeviceEnded, By: by, Detail: wallet.DeviceMark(id)})
	})
}

// EndDevices implements wallet.Families.
func (s *Store) EndDevices(ctx context.Context, person health.PersonID, which []issuer.DeviceID, except [32]byte, by wallet.Actor, at int64) error {
	return s.update(ctx, func(t *txn) error {
		if !t.has(bucketPeople, person[:]) {
			return wallet.ErrNoPerson
		}
		for _, id := range which {
			if !t.has(bucketPersonDevices, join(person[:], id[:])) {
				return wallet.ErrNoDevice
			}
		}
		e := wallet.Event{At: at, By: by}
		if _, err := t.endDevices(person, which, e); err != nil {
			return err
		}
		return t.endSessions(person, except, e)
	})
}

// endDevice ends one that is in use, and every holding on it.
func (t *txn) endDevice(id issuer.DeviceID, r deviceRecord, at int64) error {
	r.Ended = max(at, 1) // 0 would say that it is in use
	if err := t.putRecord(bucketDevices, id[:], r); err != nil {
		return err
	}
	if err := t.delete(bucketPersonDevices, join(r.Person[:], id[:])); err != nil {
		return err
	}
	if err := t.put(bucketFormerDevices, join(r.Person[:], id[:]), mark); err != nil {
		return err
	}
	for _, person := range t.suffixes(bucketDeviceHoldings, id[:]) {
		if err := t.endHolding(health.PersonID(person), id, at); err != nil {
			return err
		}
	}
	return nil
}

// endDevices ends those of the person's devices in use that are named, or all
// when none is, and tells of each.
func (t *txn) endDevices(person health.PersonID, which []issuer.DeviceID, e wallet.Event) (ended int, err error) {
	if which == nil {
		for _, id := range t.suffixes(bucketPersonDevices, person[:]) {
			which = append(which, issuer.DeviceID(id))
		}
	}
	e.Kind = wallet.EventDeviceEnded
	for _, id := range which {
		d, err := t.device(id)
		if err != nil {
			return ended, err
		}
		if err := t.endDevice(d.ID, deviceRecord{Person: person, Key: d.Key, Since: d.Since}, e.At); err != nil {
			return ended, err
		}
		e.Detail = wallet.DeviceMark(d.ID)
		if err := t.event(person, e); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}
