package bolt

import (
	"context"
	"fmt"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

type guardianshipRecord struct {
	Relation credential.Relation `cbor:"1,keyasint"`
	Evidence string              `cbor:"2,keyasint"`
	Since    int64               `cbor:"3,keyasint"`
	Ended    int64               `cbor:"4,keyasint"`
	NotAfter int64               `cbor:"5,keyasint"`
	Provider string              `cbor:"6,keyasint,omitempty"`
	Consent  string              `cbor:"7,keyasint,omitempty"`
	EndedBy  wallet.Actor        `cbor:"8,keyasint,omitempty"`
	ByDeath  bool                `cbor:"9,keyasint,omitempty"`
	Reason   string              `cbor:"10,keyasint,omitempty"`
}

// endHolding ends the person's holding on the device, if there is one.
func (t *txn) endHolding(person health.PersonID, device issuer.DeviceID, at int64) error {
	h, err := t.holding(person, trust.Phone, device)
	if err != nil {
		return err
	}
	return t.end(h, at)
}

// BindGuardian implements wallet.Families.
func (s *Store) BindGuardian(ctx context.Context, g wallet.Guardianship, by wallet.Actor, marks ...wallet.Mark) error {
	g.Ended, g.EndedBy, g.Reason, g.ByDeath = 0, "", "", false
	return s.update(ctx, func(t *txn) error {
		again, bars, err := t.mayBind(g, by, marks)
		if err != nil {
			return err
		}
		if again {
			if err := t.endMemberHoldings(g.Guardian, g.Member, g.Since); err != nil {
				return err
			}
		}
		for _, bar := range bars {
			if err := t.delete(bucketBars, bar); err != nil {
				return err
			}
		}
		if err := t.liftMarks(marks); err != nil {
			return err
		}
		if err := t.bindGuardian(g); err != nil {
			return err
		}
		if err := t.guardianEvent(g, wallet.Event{At: g.Since, Kind: wallet.EventGuardianAdded, By: by}); err != nil {
			return err
		}
		return t.consentEvent(g, g.Since, by)
	})
}

// mayBind says what stands against the guardianship, and writes nothing. again
// says that one that is over is replaced; bars are those that it lifts.
func (t *txn) mayBind(g wallet.Guardianship, by wallet.Actor, marks []wallet.Mark) (again bool, bars [][]byte, err error) {
	if g.Guardian == g.Member || !t.has(bucketPeople, g.Guardian[:]) || !t.has(bucketPeople, g.Member[:]) {
		return false, nil, wallet.ErrNoPerson
	}
	if t.has(bucketDeceased, g.Guardian[:]) || t.has(bucketDeceased, g.Member[:]) {
		return false, nil, wallet.ErrDeceased
	}
	former, again, err := t.guardianship(g.Guardian, g.Member)
	switch {
	case err != nil:
		return again, nil, err
	case again && former.InForce(g.Since):
		return again, nil, wallet.ErrGuardianExists
	case again:
		err = former.Bars(g, by)
	}
	if err == nil {
		bars, _, err = t.bars(g, by)
	}
	if err == nil {
		_, err = t.marked(g, by, marks)
	}
	if err == nil {
		err = t.roomForGuardianship(g)
	}
	return again, bars, err
}

// roomForGuardianship checks the limits and the handle counter.
func (t *txn) roomForGuardianship(g wallet.Guardianship) error {
	dependants, err := t.dependants(g.Guardian, g.Since)
	if err != nil {
		return err
	}
	guardians, err := t.guardiansInForce(g.Member, g.Since)
	if err != nil {
		return err
	}
	if dependants >= wallet.MaxDependants || guardians >= wallet.MaxGuardians {
		return wallet.ErrTooMany
	}
	return t.roomFor(len(t.suffixes(bucketPersonDevices, g.Guardian[:])))
}

// guardiansInForce counts those of the member.
func (t *txn) guardiansInForce(member health.PersonID, at int64) (n int, err error) {
	all, err := t.guardians(member)
	for _, g := range all {
		if g.InForce(at) {
			n++
		}
	}
	return n, err
}

// bindGuardian writes the guardianship and makes its holdings.
func (t *txn) bindGuardian(g wallet.Guardianship) error {
	if err := t.putGuardianship(g); err != nil {
		return err
	}
	return t.admitGuardian(g)
}

func (t *txn) putGuardianship(g wallet.Guardianship) error {
	r := guardianshipRecord{
		Relation: g.Relation, Evidence: g.Evidence, Since: g.Since, Ended: g.Ended, NotAfter: g.NotAfter,
		Provider: g.Provider, Consent: g.Consent, EndedBy: g.EndedBy, Reason: g.Reason, ByDeath: g.ByDeath,
	}
	return t.putRecord(bucketGuardianships, join(g.Guardian[:], g.Member[:]), r)
}

// admitGuardian lets the guardian be found from the member, and the guardian's
// devices have the member's codes.
func (t *txn) admitGuardian(g wallet.Guardianship) error {
	key := join(g.Member[:], g.Guardian[:])
	if err := t.put(bucketMemberGuards, key, mark); err != nil {
		return err
	}
	if t.has(bucketFormerGuards, key) {
		if err := t.delete(bucketFormerGuards, key); err != nil {
			return err
		}
	}
	for _, device := range t.suffixes(bucketPersonDevices, g.Guardian[:]) {
		if _, err := t.give(g.Member, trust.Phone, issuer.DeviceID(device), g.Since); err != nil {
			return err
		}
	}
	return nil
}

// EndGuardian implements wallet.Families.
func (s *Store) EndGuardian(ctx context.Context, end wallet.GuardianEnd, at int64) (wallet.Changes, error) {
	return s.change(ctx, end.Dry, func(t *txn) (changes wallet.Changes, err error) {
		g, found, err := t.guardianship(end.Guardian, end.Member)
		switch {
		case err != nil:
			return changes, err
		case !found:
			return changes, wallet.ErrNoGuardian
		case g.Ended != 0 && !g.ByDeath:
			return changes, nil
		}
		g.EndedBy, g.Reason = end.By, end.Reason
		changes.Guardians = 1
		if g.Ended != 0 {
			return changes, t.revokeEnded(g, wallet.Event{At: at, By: g.EndedBy}, &changes)
		}
		return changes, t.revokeGuardian(g, wallet.Event{At: at, By: g.EndedBy}, &changes)
	})
}

// endGuardian ends one that has not been ended, and the holdings that it gave.
func (t *txn) endGuardian(g wallet.Guardianship, at int64) error {
	g.Ended = max(at, 1) // 0 would say that it is in force
	if err := t.putGuardianship(g); err != nil {
		return err
	}
	key := join(g.Member[:], g.Guardian[:])
	if err := t.delete(bucketMemberGuards, key); err != nil {
		return err
	}
	if err := t.put(bucketFormerGuards, key, mark); err != nil {
		return err
	}
	return t.endMemberHoldings(g.Guardian, g.Member, at)
}

// endMemberHoldings ends the member's holdings on the guardian's devices.
func (t *txn) endMemberHoldings(guardian, member health.PersonID, at int64) error {
	for _, device := range t.suffixes(bucketPersonDevices, guardian[:]) {
		if err := t.endHolding(member, issuer.DeviceID(device), at); err != nil {
			return err
		}
	}
	return nil
}

// GiveConsent implements wallet.Families.
func (s *Store) GiveConsent(ctx context.Context, guardian, member health.PersonID, version string, at int64) error {
	return s.update(ctx, func(t *txn) error {
		g, found, err := t.guardianship(guardian, member)
		switch {
		case err != nil:
			return err
		case !found || !g.InForce(at):
			return wallet.ErrNoGuardian
		}
		g.Consent = version
		if err := t.putGuardianship(g); err != nil {
			return err
		}
		return t.consentEvent(g, at, wallet.ByGuardian)
	})
}

// guardianship reads that of the pair, ended or not.
func (t *txn) guardianship(guardian, member health.PersonID) (g wallet.Guardianship, found bool, err error) {
	key := join(guardian[:], member[:])
	value := t.get(bucketGuardianships, key)
	if value == nil {
		return wallet.Guardianship{}, false, nil
	}
	g, err = parseGuardianship(key, value)
	return g, err == nil, err
}

func parseGuardianship(key, value []byte) (wallet.Guardianship, error) {
	if len(key) != 32 {
		return wallet.Guardianship{}, fmt.Errorf("read a guardianship: %w", ErrDamaged)
	}
	var r guardianshipRecord
	if err := decode(bucketGuardianships, value, &r); err != nil {
		return wallet.Guardianship{}, err
	}
	return wallet.Guardianship{
		Guardian: health.PersonID(key[:16]), Member: health.PersonID(key[16:]),
		Relation: r.Relation, Evidence: r.Evidence, Since: r.Since, Ended: r.Ended, NotAfter: r.NotAfter,
		Provider: r.Provider, Consent: r.Consent, EndedBy: r.EndedBy, Reason: r.Reason, ByDeath: r.ByDeath,
	}, nil
}

// guardianships returns those of the guardian that have not been ended, in the
// order of the members.
func (t *txn) guardianships(guardian health.PersonID) (all []wallet.Guardianship, err error) {
	err = t.scan(bucketGuardianships, guardian[:], func(key, value []byte) error {
		g, err := parseGuardianship(key, value)
		if err == nil && g.Ended == 0 {
			all = append(all, g)
		}
		return err
	})
	return all, err
}

// guardians returns those over the member that have not been ended, in the
// order of the guardians.
func (t *txn) guardians(member health.PersonID) (all []wallet.Guardianship, err error) {
	for _, guardian := range t.suffixes(bucketMemberGuards, member[:]) {
		g, found, err := t.guardianship(health.PersonID(guardian), member)
		if err != nil {
			return nil, err
		}
		if found && g.Ended == 0 {
			all = append(all, g)
		}
	}
	return all, nil
}

// members returns whom the guardian has under a guardianship in force.
func (t *txn) members(guardian health.PersonID, at int64) (ids []health.PersonID, err error) {
	all, err := t.guardianships(guardian)
	for _, g := range all {
		if g.InForce(at) {
			ids = append(ids, g.Member)
		}
	}
	return ids, err
}

// dependants counts them.
func (t *txn) dependants(guardian health.PersonID, at int64) (int, error) {
	ids, err := t.members(guardian, at)
	return len(ids), err
}
