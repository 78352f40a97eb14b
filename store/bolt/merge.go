package bolt

import (
	"context"
	"errors"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// merging joins the record of gone to that of keep, in one transaction.
type merging struct {
	*txn
	keep, gone wallet.Dossier
	decide     func([]health.Evidence) health.Decision
	event      wallet.Event // when and by whom
	changes    wallet.Changes
}

// Merge implements wallet.Records.
func (s *Store) Merge(ctx context.Context, keep, gone health.PersonID, by wallet.Actor, dry bool, at int64, join func(keep, gone wallet.StoredPerson) (wallet.Joined, error), decide func([]health.Evidence) health.Decision) (wallet.Changes, error) {
	return s.change(ctx, dry, func(t *txn) (wallet.Changes, error) {
		m := merging{txn: t, decide: decide, event: wallet.Event{At: at, By: by}}
		joined, err := m.judge(keep, gone, join)
		if err != nil {
			return wallet.Changes{}, err
		}
		related, err := t.related(gone)
		if err != nil {
			return wallet.Changes{}, err
		}
		for _, step := range []func() error{m.keepRevoked, m.endCodes, m.moveDevices, m.moveGuardianships, m.fillHoldings, m.moveLogs, m.decideAnew} {
			if err := step(); err != nil {
				return wallet.Changes{}, err
			}
		}
		if joined.Majority != 0 {
			if err := m.ageGuardianships(keep, joined.Majority, m.event, &m.changes); err != nil {
				return wallet.Changes{}, err
			}
		}
		if err := m.joinRecords(joined); err != nil {
			return wallet.Changes{}, err
		}
		if err := m.endKeptAway(keep, joined.Marks, m.event, &m.changes); err != nil {
			return wallet.Changes{}, err
		}
		for _, other := range append(related, keep) {
			if err := t.replaceInLog(other, gone, keep); err != nil {
				return wallet.Changes{}, err
			}
			if err := t.replaceHand(other, gone, keep); err != nil {
				return wallet.Changes{}, err
			}
		}
		told := m.event
		told.Kind = wallet.EventMerged
		return m.changes, t.tellAll(keep, told)
	})
}

// judge reads both and refuses what cannot be joined.
func (m *merging) judge(keep, gone health.PersonID, join func(keep, gone wallet.StoredPerson) (wallet.Joined, error)) (joined wallet.Joined, err error) {
	if keep == gone {
		return joined, wallet.ErrNoPerson
	}
	if m.keep, err = m.dossier(keep); err != nil {
		return joined, err
	}
	if m.gone, err = m.dossier(gone); err != nil {
		return joined, err
	}
	if (m.keep.Person.Deceased != 0) != (m.gone.Person.Deceased != 0) {
		return joined, wallet.ErrDeceased
	}
	if joined, err = join(m.keep.Person, m.gone.Person); err != nil {
		return joined, err
	}
	for _, l := range joined.Lookups {
		if string(m.get(bucketLookups, l[:])) != string(gone[:]) {
			return joined, ErrDamaged
		}
	}
	return joined, m.judgeLimits()
}

// judgeLimits counts what keep would have.
func (m *merging) judgeLimits() error {
	at, keep, gone := m.event.At, m.keep.Person.ID, m.gone.Person.ID
	devices := 0
	for _, d := range append(m.keep.Devices, m.gone.Devices...) {
		if d.Ended == 0 {
			devices++
		}
	}
	guardians, dependants := make(map[health.PersonID]bool), make(map[health.PersonID]bool)
	for _, g := range append(m.keep.Guardians, m.gone.Guardians...) {
		if g.InForce(at) && g.Guardian != keep && g.Guardian != gone {
			guardians[g.Guardian] = true
		}
	}
	for _, g := range append(m.keep.Dependants, m.gone.Dependants...) {
		if g.InForce(at) && g.Member != keep && g.Member != gone {
			dependants[g.Member] = true
		}
	}
	if devices > wallet.MaxDevices || len(guardians) > wallet.MaxGuardians || len(dependants) > wallet.MaxDependants {
		return wallet.ErrTooMany
	}
	return nil
}

// keepRevoked ends the guardianship of one record that was revoked from the
// other: whoever claims again under another document is no guardian either. Of
// two that have ended the stricter end is that of both.
func (m *merging) keepRevoked() error {
	keep, gone := m.keep.Person.ID, m.gone.Person.ID
	for _, g := range append(m.gone.Guardians, m.gone.Dependants...) {
		twin := g
		if g.Member == gone {
			twin.Member = keep
		} else {
			twin.Guardian = keep
		}
		other, found, err := m.guardianship(twin.Guardian, twin.Member)
		if err != nil {
			return err
		}
		if strictness(g) > strictness(other) {
			g, other = other, g
		}
		if !found || strictness(g) == strictness(other) {
			continue
		}
		if err := m.revokeLike(g, other); err != nil {
			return err
		}
	}
	var errs [2]error
	m.keep, errs[0] = m.dossier(keep)
	m.gone, errs[1] = m.dossier(gone)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	return m.moveBars(keep, gone)
}

// strictness orders guardianships by who can make them again.
func strictness(g wallet.Guardianship) int {
	switch {
	case !g.Revoked():
		return 0
	case g.EndedBy == wallet.BySelf:
		return 1
	}
	return 2
}

// revokeLike ends g as other was. Where it has ended already nothing but who
// may make it again is another.
func (m *merging) revokeLike(g, other wallet.Guardianship) error {
	g.EndedBy, g.Reason = other.EndedBy, other.Reason
	switch {
	case g.Ended == 0:
		return m.revokeGuardian(g, m.event, &m.changes)
	case g.ByDeath:
		return m.revokeEnded(g, m.event, &m.changes)
	}
	return m.putGuardianship(g)
}

// endCodes ends every code of both, and gone's sessions.
func (m *merging) endCodes() error {
	if err := m.endSessions(m.gone.Person.ID, nobodys, m.event); err != nil {
		return err
	}
	if err := m.renewAll(m.keep.Person.ID, m.event, &m.changes); err != nil {
		return err
	}
	if err := m.endPaper(m.gone.Person.ID, m.event, &m.changes); err != nil {
		return err
	}
	for _, h := range m.gone.Holdings {
		if h.Purpose == trust.Paper {
			continue
		}
		if err := m.end(h, m.event.At); err != nil {
			return err
		}
	}
	return nil
}

// moveDevices gives gone's devices, ended or not, to keep.
func (m *merging) moveDevices() error {
	for _, d := range m.gone.Devices {
		index := bucketPersonDevices
		if d.Ended != 0 {
			index = bucketFormerDevices
		}
		r := deviceRecord{Person: m.keep.Person.ID, Key: d.Key, Since: d.Since, Ended: d.Ended}
		if err := m.putRecord(bucketDevices, d.ID[:], r); err != nil {
			return err
		}
		if err := m.delete(index, join(d.Person[:], d.ID[:])); err != nil {
			return err
		}
		if err := m.put(index, join(r.Person[:], d.ID[:]), mark); err != nil {
			return err
		}
		m.changes.Devices++
	}
	return nil
}

// moveGuardianships gives gone's, both ways and ended or not, to keep. Of two
// over one pair the one that has not ended stays, or else keep's own. Nobody
// stays their own guardian.
func (m *merging) moveGuardianships() error {
	keep, gone := m.keep.Person.ID, m.gone.Person.ID
	for _, g := range append(m.gone.Guardians, m.gone.Dependants...) {
		if err := m.removeGuardianship(g); err != nil {
			return err
		}
		if g.Member == gone {
			g.Member = keep
			m.changes.Guardians++
		} else {
			g.Guardian = keep
			m.changes.Dependants++
		}
		if g.Member == g.Guardian {
			continue
		}
		former, found, err := m.guardianship(g.Guardian, g.Member)
		if err != nil {
			return err
		}
		if found && (former.InForce(m.event.At) || !g.InForce(m.event.At) && (former.Ended == 0 || g.Ended != 0)) {
			continue
		}
		if found {
			if err := m.removeGuardianship(former); err != nil {
				return err
			}
		}
		if err := m.storeGuardianship(g); err != nil {
			return err
		}
	}
	return nil
}

// removeGuardianship takes the record and its index away and leaves the
// holdings.
func (t *txn) removeGuardianship(g wallet.Guardianship) error {
	if err := t.delete(bucketGuardianships, join(g.Guardian[:], g.Member[:])); err != nil {
		return err
	}
	return t.delete(guardIndex(g), join(g.Member[:], g.Guardian[:]))
}

// storeGuardianship writes the record and its index.
func (t *txn) storeGuardianship(g wallet.Guardianship) error {
	if err := t.putGuardianship(g); err != nil {
		return err
	}
	return t.put(guardIndex(g), join(g.Member[:], g.Guardian[:]), mark)
}

// guardIndex is the bucket in which the guardian is found from the member.
func guardIndex(g wallet.Guardianship) []byte {
	if g.Ended != 0 {
		return bucketFormerGuards
	}
	return bucketMemberGuards
}

// fillHoldings gives holdings where the joined record has none yet: for keep
// and every dependant on each of keep's devices, and for keep on the devices of
// every guardian.
func (m *merging) fillHoldings() error {
	keep, at := m.keep.Person.ID, m.event.At
	members, err := m.members(keep, at)
	if err != nil {
		return err
	}
	for _, device := range m.suffixes(bucketPersonDevices, keep[:]) {
		for _, member := range append(members, keep) {
			if err := m.fill(member, issuer.DeviceID(device)); err != nil {
				return err
			}
		}
	}
	guardians, err := m.everyGuardian(keep)
	if err != nil {
		return err
	}
	for _, g := range guardians {
		if !g.InForce(at) {
			continue
		}
		for _, device := range m.suffixes(bucketPersonDevices, g.Guardian[:]) {
			if err := m.fill(keep, issuer.DeviceID(device)); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill gives a holding unless there is one.
func (m *merging) fill(person health.PersonID, device issuer.DeviceID) error {
	h, err := m.holding(person, trust.Phone, device)
	if err != nil || h.Handle != 0 {
		return err
	}
	_, err = m.give(person, trust.Phone, device, m.event.At)
	return err
}
