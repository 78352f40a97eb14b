package issuer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// What a ceremony brought into the service after the backup is not in it: the keys that the newest key list lets sign. They come from the store
// that was lost, if it can be read, or from the files that their custodians keep.

// UseKeyList lets the first publication of the restored store be made under a key list that a ceremony has signed since, with the roots that lead to
// its signers: where the newest one that was published has expired, or lets only keys sign that are lost for ever. Without a list it stands
// under the newest one and these roots. Call it before keys are brought; Apply refuses what gates would refuse.
func (p *RestorePlan) UseKeyList(ctx context.Context, roots [][]byte, signed []byte) error {
	if signed != nil {
		list, err := trust.ReadKeyList(signed)
		if err != nil {
			return fmt.Errorf("use a key list for the restore: %w", err)
		}
		p.list = list
	}
	p.roots, p.signed, p.Missing = roots, signed, nil
	return p.findMissing(ctx)
}

// BringRecords takes over, of the records of another store of this service, the keys that the newest key list lets sign and that the backup
// lacks. One that does not open under this service's master key is passed over. It returns how many it took.
func (p *RestorePlan) BringRecords(records []KeyRecord) int {
	taken := 0
	for _, record := range records {
		if _, wanted := p.takeMissing(record); !wanted {
			continue
		}
		if _, err := p.issuer.open(record); err != nil {
			continue
		}
		p.bring(record)
		taken++
	}
	return taken
}

// BringKey brings a key that a custodian keeps. That the backup has it is no fault; one that the newest key list does not let sign is refused.
func (p *RestorePlan) BringKey(ctx context.Context, purpose trust.Purpose, prefecture uint32, key *cose.PrivateKey) error {
	if err := p.issuer.checkRole(ctx, key.Public().ID()); err != nil {
		return fmt.Errorf("bring the key %s: %w", key.Public().ID(), err)
	}
	record, err := p.issuer.sealKey(purpose, prefecture, key)
	if err != nil {
		return err
	}
	entry, listed := findKey(p.list, record)
	switch {
	case !listed:
		return fmt.Errorf("bring the key %s: key list %d does not have it for %s of %s: bring it later with healthcode keys import, when a ceremony has listed it",
			record.ID, p.list.Version, purpose, placeName(prefecture))
	case entry.State != trust.Published && entry.State != trust.Standby:
		return fmt.Errorf("bring the key %s: key list %d has it as %s: it never signs again", record.ID, p.list.Version, entry.State)
	}
	if _, missing := p.takeMissing(record); missing {
		p.bring(record)
	} else if entry.State == trust.Standby && !slices.ContainsFunc(p.r.Keys, func(k KeyRecord) bool { return k.ID == record.ID }) {
		p.r.Keys = append(p.r.Keys, record)
	}
	return nil
}

// takeMissing finds the place of the record among the missing keys.
func (p *RestorePlan) takeMissing(record KeyRecord) (place int, missing bool) {
	place = slices.IndexFunc(p.Missing, func(k trust.IssuerKey) bool {
		return k.Key.ID() == record.ID && k.Purpose == record.Purpose && k.Prefecture == record.Prefecture
	})
	return place, place >= 0
}

func (p *RestorePlan) bring(record KeyRecord) {
	place, _ := p.takeMissing(record)
	p.Missing = slices.Delete(p.Missing, place, place+1)
	record.Active = false
	p.r.Keys = append(p.r.Keys, record)
}

// findMissing compares the newest key list with the keys of the backup.
func (p *RestorePlan) findMissing(ctx context.Context) error {
	records, err := p.store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	for _, entry := range findAbsent(p.list, records) {
		if p.at.Unix() < entry.UseUntil {
			p.Missing = append(p.Missing, entry)
		}
	}
	return nil
}

// noSnapshotKey says which keys would do.
func (p *RestorePlan) noSnapshotKey() error {
	var ids []string
	for _, entry := range p.Missing {
		if entry.Purpose == trust.SnapshotKey && signsAt(&entry, p.at.Unix()) {
			ids = append(ids, entry.Key.ID().String())
		}
	}
	if len(ids) == 0 {
		return fmt.Errorf("key list %d lets nobody sign snapshots now: hold a ceremony that brings a snapshot key (healthcode keys propose) and give its proposal with healthcode restore --proposal: %w", p.list.Version, ErrNoKey)
	}
	return fmt.Errorf("key list %d lets %s sign snapshots, and neither the backup nor a store beside it has it: give its file with healthcode restore --key FILE; "+
		"where there is none any more, a ceremony condemns it for another (keys propose --compromise, restore --proposal): %w", p.list.Version, strings.Join(ids, " or "), ErrNoKey)
}

// Keys are those of the backup and those that were brought.
func (s *restoring) Keys(ctx context.Context) ([]KeyRecord, error) {
	stored, err := s.Restorer.Keys(ctx)
	if err != nil {
		return nil, err
	}
	return append(stored, s.plan.r.Keys...), nil
}

// Brought says how many keys were brought.
func (p *RestorePlan) Brought() int { return len(p.r.Keys) }
