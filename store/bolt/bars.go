package bolt

import (
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// A guardianship that was revoked is not made again by a claim. What says so
// must outlive the guardian's record: whoever erases it and logs in again is
// found by the same document. So a bar lies under the member and the keyed hash
// of the document, and leads to nobody as long as nobody has that document.
type barRecord struct {
	By wallet.Actor `cbor:"1,keyasint"` // who revoked it
}

// barGuardian keeps what was revoked of the guardian's guardianships, whose
// record is about to go with these lookups.
func (t *txn) barGuardian(of []wallet.Guardianship, lookups []wallet.Lookup) error {
	for _, g := range of {
		if !g.Revoked() {
			continue
		}
		for _, l := range lookups {
			if err := t.putRecord(bucketBars, join(g.Member[:], l[:]), barRecord{By: g.EndedBy}); err != nil {
				return err
			}
		}
	}
	return nil
}

// bars returns the keys of the bars that stand against the guardian, and what
// the first says of a guardianship that is to be made, with who revoked.
func (t *txn) bars(g wallet.Guardianship, by wallet.Actor) (keys [][]byte, revoked wallet.Actor, err error) {
	for _, l := range t.suffixes(bucketBars, g.Member[:]) {
		key := join(g.Member[:], l)
		if string(t.get(bucketLookups, l)) != string(g.Guardian[:]) {
			continue
		}
		var r barRecord
		if _, err := t.getRecord(bucketBars, key, &r); err != nil {
			return nil, "", err
		}
		if err := (wallet.Guardianship{EndedBy: r.By}).Bars(g, by); err != nil {
			return nil, r.By, err
		}
		keys = append(keys, key)
	}
	return keys, "", nil
}

// barredBy says who revoked what the bars under the member are of.
func (t *txn) barredBy(member health.PersonID) (all []wallet.Actor, err error) {
	err = t.scan(bucketBars, member[:], func(_, value []byte) error {
		var r barRecord
		if err := decode(bucketBars, value, &r); err != nil {
			return err
		}
		all = append(all, r.By)
		return nil
	})
	return all, err
}

// moveBars lets those against guardians of gone stand at keep: of two against
// the same document the stricter one.
func (t *txn) moveBars(keep, gone health.PersonID) error {
	for _, l := range t.suffixes(bucketBars, gone[:]) {
		var r barRecord
		if _, err := t.getRecord(bucketBars, join(gone[:], l), &r); err != nil {
			return err
		}
		var own barRecord
		if _, err := t.getRecord(bucketBars, join(keep[:], l), &own); err != nil {
			return err
		}
		if strictness(wallet.Guardianship{EndedBy: own.By}) > strictness(wallet.Guardianship{EndedBy: r.By}) {
			continue
		}
		if err := t.putRecord(bucketBars, join(keep[:], l), r); err != nil {
			return err
		}
	}
	return t.deleteAll(bucketBars, gone)
}
