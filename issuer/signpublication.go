package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// readKeyList settles under which key list this publication stands.
func (i *Issuer) readKeyList(_ context.Context, d *draft) error {
	if d.roots == nil {
		d.roots = d.base.SignedRoots()
	}
	if d.keyList == nil {
		d.keyList, d.keys = d.base.SignedKeyList(), d.base.KeyList()
		return nil
	}
	keys, err := trust.ReadKeyList(d.keyList)
	if err != nil {
		return fmt.Errorf("read the key list: %w", err)
	}
	d.keys = keys
	return nil
}

// checkSuperset compares every list that was published and still lives with what would take its place. A checkpoint makes
// the same comparison; here the operator learns of it, before anything is out.
func (i *Issuer) checkSuperset(_ context.Context, d *draft) error {
	now := make(map[listID]*trust.StatusList, len(d.lists))
	for _, list := range d.lists {
		now[listID{list.Purpose, list.Day}] = list
	}
	for _, old := range d.base.Lists() {
		id := listID{old.Purpose, old.Day}
		if !id.covers(d.at) {
			continue
		}
		list := now[id]
		if list == nil {
			return fmt.Errorf("publication %d has the %s and the store has lost its key: restore the store: %w", d.former.Version, id, ErrBackwards)
		}
		if list.Width != old.Width {
			return fmt.Errorf("publication %d has the %s with width %d, the store with %d: restore the store: %w", d.former.Version, id, old.Width, list.Width, ErrBackwards)
		}
		for _, index := range old.All() {
			if !list.Contains(index) {
				return fmt.Errorf("the %s would lose a revoked code of publication %d: the store has lost revocations, restore it: %w", id, d.former.Version, ErrBackwards)
			}
		}
	}
	return nil
}

// sign signs and assembles, and then takes the result in as a checkpoint with the former publication would.
func (i *Issuer) sign(ctx context.Context, d *draft) error {
	signer, err := i.snapshotSigner(ctx, d)
	if err != nil {
		return err
	}
	snapshot := &trust.Snapshot{
		Version: d.next.Version, IssuedAt: d.at, Region: d.keys.Region, Ceiling: d.next.Ceiling,
		// After the hard age no checkpoint decides with it any more.
		ExpiresAt: d.at + int64(d.keys.Policy.Exposure()/time.Second),
	}
	if snapshot.Runs, err = i.runs(d); err != nil {
		return err
	}
	signed, err := trust.SignSnapshot(snapshot, d.keyList, d.lists, signer)
	if err != nil {
		return err
	}
	if d.next.Bundle, err = trust.Assemble(d.roots, d.keyList, signed, d.lists); err != nil {
		return err
	}
	at := time.Unix(d.at, 0)
	got, err := trust.Update(d.base, d.next.Bundle, at)
	switch {
	case errors.Is(err, trust.ErrRollback):
		return fmt.Errorf("a checkpoint would refuse it: %w: %w", ErrBackwards, err)
	case err != nil:
		return fmt.Errorf("a checkpoint would refuse it: %w", err)
	case got.Expired(at) != "":
		return fmt.Errorf("a checkpoint would refuse it: its %s has expired: hold a ceremony", got.Expired(at))
	}
	return nil
}

// runs are those of the former publication, and this issuer's.
func (i *Issuer) runs(d *draft) ([]trust.Run, error) {
	id, err := i.run.draw(i.rand)
	if err != nil {
		return nil, err
	}
	var former []trust.Run
	if last := d.base.Snapshot(); last != nil {
		former = last.Runs
	}
	return trust.NextRuns(former, id, d.next.Version), nil
}

// snapshotSigner is the active snapshot key, or another that the key list lets sign: the bundle brings the key list along,
// so no checkpoint has to know a snapshot key beforehand, and a stolen one is replaced by the publication that says so.
func (i *Issuer) snapshotSigner(ctx context.Context, d *draft) (cose.Signer, error) {
	records, err := i.store.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the signing keys: %w", err)
	}
	var best *KeyRecord
	var from int64
	for n := range records {
		record := &records[n]
		entry, listed := findKey(d.keys, *record)
		if record.Purpose != trust.SnapshotKey || !listed || entry.State != trust.Published || !entry.Usable(time.Unix(d.at, 0)) {
			continue
		}
		if best == nil || record.Active || !best.Active && entry.UseFrom < from {
			best, from = record, entry.UseFrom
		}
	}
	if best == nil {
		return nil, fmt.Errorf("key list %d %s: %w", d.keys.Version, noSnapshotSigner(d, records), ErrNoKey)
	}
	return i.open(*best)
}

// noSnapshotSigner says why nobody signs, and what helps: a key that the service holds may not have begun, or have ended.
func noSnapshotSigner(d *draft, records []KeyRecord) string {
	why := "has no published snapshot key that this service holds: bring one from the file of its custodian with healthcode keys import"
	for _, record := range records {
		entry, listed := findKey(d.keys, record)
		switch {
		case record.Purpose != trust.SnapshotKey || !listed || entry.State != trust.Published:
		case entry.UseFrom > d.at:
			return fmt.Sprintf("lets the snapshot key %s, which this service holds, sign from %s on: publish then, or let a ceremony list one that begins now", record.ID, stamp(entry.UseFrom))
		default:
			why = fmt.Sprintf("let the snapshot key %s, which this service holds, sign until %s: make a new one with healthcode keys new, list it with healthcode keys propose --add, and import it", record.ID, stamp(entry.UseUntil))
		}
	}
	return why
}
