package bolt

import (
	"context"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// Family implements wallet.Views.
func (s *Store) Family(ctx context.Context, person health.PersonID, device issuer.DeviceID) (f wallet.FamilyView, err error) {
	err = s.view(ctx, func(t *txn) error {
		f = wallet.FamilyView{}
		if !t.has(bucketPeople, person[:]) {
			return wallet.ErrNoPerson
		}
		if device != (issuer.DeviceID{}) && !t.has(bucketPersonDevices, join(person[:], device[:])) {
			return wallet.ErrNoDevice
		}
		self, err := t.member(person, trust.Phone, device)
		if err != nil {
			return err
		}
		f.Members = append(f.Members, self)
		all, err := t.guardianships(person)
		if err != nil {
			return err
		}
		for _, g := range all {
			m, err := t.member(g.Member, trust.Phone, device)
			if err != nil {
				return err
			}
			m.Guardianship = &g
			f.Members = append(f.Members, m)
		}
		return nil
	})
	return f, err
}

// member reads one person of a family with the holding of the purpose.
func (t *txn) member(id health.PersonID, purpose trust.Purpose, device issuer.DeviceID) (m wallet.MemberView, err error) {
	if m.Person, err = t.person(id); err != nil {
		return m, err
	}
	if m.Decision, err = t.decision(id); err != nil {
		return m, err
	}
	m.Holding, err = t.holding(id, purpose, device)
	return m, err
}

// Device implements wallet.Views.
func (s *Store) Device(ctx context.Context, id issuer.DeviceID) (d wallet.Device, err error) {
	err = s.view(ctx, func(t *txn) error {
		d, err = t.device(id)
		return err
	})
	return d, err
}

func (t *txn) device(id issuer.DeviceID) (wallet.Device, error) {
	var r deviceRecord
	found, err := t.getRecord(bucketDevices, id[:], &r)
	if err == nil && !found {
		err = wallet.ErrNoDevice
	}
	if err != nil {
		return wallet.Device{}, err
	}
	return wallet.Device{ID: id, Person: r.Person, Key: r.Key, Since: r.Since, Ended: r.Ended}, nil
}

// Guardians implements wallet.Views.
func (s *Store) Guardians(ctx context.Context, member health.PersonID) (all []wallet.Guardianship, err error) {
	err = s.view(ctx, func(t *txn) error {
		all, err = t.guardians(member)
		return err
	})
	return all, err
}

// Devices implements wallet.Views.
func (s *Store) Devices(ctx context.Context, person health.PersonID) (all []wallet.Device, err error) {
	err = s.view(ctx, func(t *txn) error {
		all = nil
		for _, id := range t.suffixes(bucketPersonDevices, person[:]) {
			d, err := t.device(issuer.DeviceID(id))
			if err != nil {
				return err
			}
			all = append(all, d)
		}
		return nil
	})
	return all, err
}
