package bolt

import (
	"bytes"
	"fmt"
	"slices"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// moveLogs joins gone's evidence, decisions and events to keep's, each in the
// order of time.
func (m *merging) moveLogs() error {
	keep, gone := m.keep.Person.ID, m.gone.Person.ID
	for _, e := range m.gone.Evidence {
		e.Person = keep
		if slices.ContainsFunc(m.keep.Evidence, e.Same) {
			continue
		}
		m.keep.Evidence = append(m.keep.Evidence, e)
		if err := m.append(bucketEvidence, keep, newEvidenceRecord(e)); err != nil {
			return err
		}
		m.changes.Evidence++
	}
	if err := m.moveDecisions(); err != nil {
		return err
	}
	if err := m.moveEvents(); err != nil {
		return err
	}
	for _, bucket := range [][]byte{bucketEvidence, bucketDecisionLog, bucketEvents} {
		if err := m.deleteAll(bucket, gone); err != nil {
			return err
		}
	}
	return nil
}

// moveDecisions writes both logs as one. Places of evidence were those in
// another list and are left out of gone's.
func (m *merging) moveDecisions() error {
	m.changes.Decisions = len(m.gone.Decisions)
	if len(m.gone.Decisions) == 0 {
		return nil
	}
	all := slices.Clone(m.keep.Decisions)
	for _, d := range m.gone.Decisions {
		d.Evidence = nil
		all = append(all, d)
	}
	slices.SortStableFunc(all, func(x, y health.Decision) int { return x.At.Compare(y.At) })
	keep := m.keep.Person.ID
	if err := m.deleteAll(bucketDecisionLog, keep); err != nil {
		return err
	}
	for i, d := range all {
		if err := m.putRecord(bucketDecisionLog, join(keep[:], number(uint64(i+1))), newDecisionRecord(d)); err != nil {
			return err
		}
	}
	return nil
}

// moveEvents writes both logs as one.
func (m *merging) moveEvents() error {
	keep, gone := m.keep.Person.ID, m.gone.Person.ID
	m.changes.Events = len(m.gone.Events)
	all, err := m.log(keep) // with what this transaction has told already
	if err != nil {
		return err
	}
	gones, err := m.log(gone)
	if err != nil {
		return err
	}
	all = append(all, gones...)
	slices.SortStableFunc(all, func(x, y wallet.Event) int { return int(x.At - y.At) })
	if err := m.deleteAll(bucketEvents, keep); err != nil {
		return err
	}
	for i, e := range all {
		if err := m.putEvent(keep, uint64(i+1), e); err != nil {
			return err
		}
	}
	return nil
}

// decideAnew stores what the rules say of all evidence, as the last of the
// joined decisions.
func (m *merging) decideAnew() error {
	keep, gone := m.keep.Person.ID, m.gone.Person.ID
	evidence := m.keep.Evidence
	slices.SortStableFunc(evidence, func(x, y health.Evidence) int { return x.At.Compare(y.At) })
	d := m.decide(evidence)
	if !d.Colour.Valid() {
		return fmt.Errorf("decide about both as one: the rules gave no colour: nothing is stored")
	}
	current, err := m.decision(keep)
	if err != nil {
		return err
	}
	if current == nil {
		first := m.decide(nil)
		current = &first
	}
	if err := m.delete(bucketDecisions, gone[:]); err != nil {
		return err
	}
	if !d.Differs(*current) && len(m.gone.Decisions) == 0 {
		return nil
	}
	r := newDecisionRecord(d)
	if err := m.putRecord(bucketDecisions, keep[:], r); err != nil {
		return err
	}
	return m.append(bucketDecisionLog, keep, r)
}

// joinRecords lets gone be found as keep, and nothing under gone's identifier.
func (m *merging) joinRecords(joined wallet.Joined) error {
	keep, gone := m.keep.Person.ID, m.gone.Person.ID
	if err := m.put(bucketPeople, keep[:], joined.Sealed); err != nil {
		return err
	}
	if accepted := m.get(bucketAgreements, gone[:]); accepted != nil && !m.has(bucketAgreements, keep[:]) {
		if err := m.put(bucketAgreements, keep[:], bytes.Clone(accepted)); err != nil {
			return err
		}
	}
	for _, l := range joined.Lookups {
		if err := m.put(bucketLookups, l[:], keep[:]); err != nil {
			return err
		}
	}
	for _, bucket := range [][]byte{bucketPeople, bucketPrints, bucketDeceased, bucketAgreements} {
		if err := m.delete(bucket, gone[:]); err != nil {
			return err
		}
	}
	return nil
}
