package bolt

import (
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// marksOf makes the marks of two records.
type marksOf func(member, guardian wallet.StoredPerson) ([]wallet.Mark, error)

// endKeptAway ends the guardianships in force of and over the person that what
// an erasure left of a revocation would refuse, now that further documents are
// the person's.
func (t *txn) endKeptAway(person health.PersonID, marks marksOf, e wallet.Event, changes *wallet.Changes) error {
	over, err := t.everyGuardian(person)
	if err != nil {
		return err
	}
	of, err := t.everyDependant(person)
	if err != nil {
		return err
	}
	for _, g := range append(over, of...) {
		if !g.InForce(e.At) {
			continue
		}
		if g.EndedBy, err = t.keptAway(g, marks, e.At); err != nil {
			return err
		}
		if g.EndedBy == "" {
			continue
		}
		if err := t.revokeGuardian(g, e, changes); err != nil {
			return err
		}
	}
	return nil
}

// keptAway says who revoked what bars or marks would refuse as a claim of the
// guardian at the time, empty for nobody.
func (t *txn) keptAway(g wallet.Guardianship, marks marksOf, at int64) (wallet.Actor, error) {
	_, by, err := t.bars(g, wallet.ByGuardian)
	if by != "" || err != nil || marks == nil {
		return by, unlessRevoked(by, err)
	}
	member, err := t.person(g.Member)
	if err != nil {
		return "", err
	}
	guardian, err := t.person(g.Guardian)
	if err != nil {
		return "", err
	}
	asked, err := marks(member, guardian)
	if err != nil {
		return "", err
	}
	g.Since = at // whether they say something now
	by, err = t.marked(g, wallet.ByGuardian, asked)
	return by, unlessRevoked(by, err)
}

// unlessRevoked drops the error by which a revocation answers a claim.
func unlessRevoked(by wallet.Actor, err error) error {
	if by != "" {
		return nil
	}
	return err
}
