package issuer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// AddKey seals a private key and stores it, not active. Storing the same key twice is no fault. A key that signs roots or key
// lists is refused (ErrRole): the server never holds one.
func (i *Issuer) AddKey(ctx context.Context, purpose trust.Purpose, prefecture uint32, key *cose.PrivateKey) (cose.KeyID, error) {
	id := key.Public().ID()
	if err := i.checkRole(ctx, id); err != nil {
		return id, fmt.Errorf("store the signing key %s: %w", id, err)
	}
	record, err := i.sealKey(purpose, prefecture, key)
	if err != nil {
		return id, err
	}
	err = i.store.PutKey(ctx, record)
	if err != nil && !errors.Is(err, ErrExists) {
		return id, fmt.Errorf("store the signing key %s: %w", id, err)
	}
	return id, nil
}

func (i *Issuer) sealKey(purpose trust.Purpose, prefecture uint32, key *cose.PrivateKey) (KeyRecord, error) {
	record := KeyRecord{ID: key.Public().ID(), Purpose: purpose, Prefecture: prefecture}
	secret, err := key.Bytes()
	if err != nil {
		return record, fmt.Errorf("seal the signing key %s: %w", record.ID, err)
	}
	if record.Sealed, err = i.keySeal.Seal(i.rand, secret, record.ID[:]); err != nil {
		return record, fmt.Errorf("seal the signing key %s: %w", record.ID, err)
	}
	return record, nil
}

// open unseals a key and makes sure that it is the one that its record names.
func (i *Issuer) open(record KeyRecord) (cose.Signer, error) {
	secret, err := i.keySeal.Open(record.Sealed, record.ID[:])
	if err != nil {
		return nil, fmt.Errorf("open the signing key %s: %w", record.ID, err)
	}
	key, err := cose.ParsePrivateKey(secret)
	if err != nil {
		return nil, fmt.Errorf("open the signing key %s: %w", record.ID, err)
	}
	if key.Public().ID() != record.ID {
		return nil, fmt.Errorf("open the signing key %s: the record holds the key %s", record.ID, key.Public().ID())
	}
	return key, nil
}

// findKey finds the public half of a record, of the same purpose and prefecture.
func findKey(list *trust.KeyList, record KeyRecord) (trust.IssuerKey, bool) {
	entry := list.Find(record.ID)
	if entry == nil || entry.Purpose != record.Purpose || entry.Prefecture != record.Prefecture {
		return trust.IssuerKey{}, false
	}
	return *entry, true
}

// Activate makes the key the one that signs for its purpose and prefecture. It refuses (ErrNotYet, with the reason) a key
// that the published key list does not have or does not let sign, that is outside its use window at the time at, or that
// some checkpoint may not know yet: it must have been published for the policy's hard bundle age, unless it came with the
// very first publication, before which no checkpoint had a bundle at all, or its place has lost its keys to compromises and
// has no older one. Compare-and-set: ErrConflict when another server
// activated meanwhile.
func (i *Issuer) Activate(ctx context.Context, id cose.KeyID, at time.Time) error {
	last, err := i.store.Published(ctx)
	if err != nil {
		return fmt.Errorf("activate %s: read the last publication: %w", id, err)
	}
	bundle, err := i.parse(last)
	if err != nil {
		return fmt.Errorf("activate %s: %w", id, err)
	}
	records, err := i.store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("activate %s: read the signing keys: %w", id, err)
	}
	place := slices.IndexFunc(records, func(r KeyRecord) bool { return r.ID == id })
	if place < 0 {
		return fmt.Errorf("activate %s: this service has no private key of that identifier: bring it from the file of its custodian with healthcode keys import: %w", id, ErrNotFound)
	}
	record := records[place]
	known := urgent(bundle.KeyList(), last.Keys, records, at.Unix())
	if err := maySign(bundle.KeyList(), known, record, at.Unix()); err != nil {
		return fmt.Errorf("activate %s: %w", id, err)
	}
	if err := i.store.Activate(ctx, record.Purpose, record.Prefecture, id, activeIn(records, record)); err != nil {
		return fmt.Errorf("activate %s: %w", id, err)
	}
	return i.Refresh(ctx)
}

// activeIn is the key that is active for what the record is for; zero when none is.
func activeIn(records []KeyRecord, record KeyRecord) cose.KeyID {
	for _, r := range records {
		if r.Active && r.Purpose == record.Purpose && r.Prefecture == record.Prefecture {
			return r.ID
		}
	}
	return cose.KeyID{}
}

// maySign says why a key may not begin to sign at the time at.
func maySign(list *trust.KeyList, published []PublishedKey, record KeyRecord, at int64) error {
	entry, listed := findKey(list, record)
	if !listed {
		return fmt.Errorf("key list %d does not have it for %s of %s: a ceremony must publish it first: %w",
			list.Version, record.Purpose, placeName(record.Prefecture), ErrNotYet)
	}
	if entry.State != trust.Published {
		return fmt.Errorf("key list %d has it as %s: only a published key signs; a standby becomes one by a ceremony: %w", list.Version, entry.State, ErrNotYet)
	}
	if minute := at - at%60; minute < entry.UseFrom || minute >= entry.UseUntil {
		return fmt.Errorf("its use window is %s to %s and it is %s: %w", stamp(entry.UseFrom), stamp(entry.UseUntil), stamp(at), ErrNotYet)
	}
	place := slices.IndexFunc(published, func(p PublishedKey) bool { return p.ID == record.ID })
	if place < 0 {
		return fmt.Errorf("no publication with it has been made: publish first: %w", ErrNotYet)
	}
	since := published[place].Since
	if known := since + int64(list.Policy.HardAge/time.Second); since != 0 && at < known {
		return fmt.Errorf("it was first published at %s and checkpoints may be without it until %s: activate it then: %w", stamp(since), stamp(known), ErrNotYet)
	}
	return nil
}

// urgent gives the published keys as maySign is to see them. A place that has lost a key to a compromise and has no other that
// every checkpoint can know may use a newer one at once: a checkpoint that does not have it yet cannot say, which is better than
// a place that serves nobody for the hard age of a bundle.
func urgent(list *trust.KeyList, published []PublishedKey, records []KeyRecord, at int64) []PublishedKey {
	lost := make(map[slot]bool)
	for _, k := range list.Keys {
		if k.State == trust.Compromised {
			lost[slot{k.Purpose, k.Prefecture}] = true
		}
	}
	for _, r := range records {
		if maySign(list, published, r, at) == nil {
			delete(lost, slot{r.Purpose, r.Prefecture})
		}
	}
	if len(lost) == 0 {
		return published
	}
	out := slices.Clone(published)
	for n := range out {
		if entry := list.Find(out[n].ID); entry != nil && lost[slot{entry.Purpose, entry.Prefecture}] {
			out[n].Since = 0
		}
	}
	return out
}

// EnsureKeys activates a key wherever none may sign at the time at: at first start, when a use window ends and when the
// active key has been compromised or retired. Of several it takes the one whose window began first. It returns what it
// activated; a place for which there is nothing to activate is left as it is, and Issue says so. Private keys that the list has
// as retired or compromised are deleted: what they signed is verified without them, and nobody can steal them any more. Call it at start, after
// every publication of a key list, and every hour.
func (i *Issuer) EnsureKeys(ctx context.Context, at time.Time) ([]cose.KeyID, error) {
	last, err := i.store.Published(ctx)
	if err != nil {
		return nil, fmt.Errorf("activate keys: read the last publication: %w", err)
	}
	bundle, err := i.parse(last)
	if err != nil {
		return nil, fmt.Errorf("activate keys: %w", err)
	}
	records, err := i.store.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("activate keys: read the signing keys: %w", err)
	}
	var done []cose.KeyID
	known := urgent(bundle.KeyList(), last.Keys, records, at.Unix())
	for place, best := range bestKeys(bundle.KeyList(), known, records, at.Unix()) {
		was := activeIn(records, best)
		err := i.store.Activate(ctx, place.purpose, place.prefecture, best.ID, was)
		if errors.Is(err, ErrConflict) {
			continue // another server did the same
		}
		if err != nil {
			return done, fmt.Errorf("activate %s: %w", best.ID, err)
		}
		done = append(done, best.ID)
	}
	if err := i.forgetKeys(ctx, bundle.KeyList()); err != nil {
		return done, fmt.Errorf("activate keys: %w", err)
	}
	slices.SortFunc(done, func(a, b cose.KeyID) int { return bytes.Compare(a[:], b[:]) })
	return done, i.Refresh(ctx)
}

// forgetKeys deletes private keys that never sign again. Those that are not in the list wait for a ceremony.
func (i *Issuer) forgetKeys(ctx context.Context, list *trust.KeyList) error {
	records, err := i.store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	for _, record := range records {
		entry := list.Find(record.ID)
		if entry == nil || entry.State != trust.Retired && entry.State != trust.Compromised {
			continue
		}
		if record.Active {
			err = i.store.Activate(ctx, record.Purpose, record.Prefecture, cose.KeyID{}, record.ID)
		}
		if err == nil {
			err = i.store.DropKey(ctx, record.ID)
		}
		if err != nil && !errors.Is(err, ErrConflict) { // another server is at it
			return fmt.Errorf("delete the key %s, which is %s: %w", record.ID, entry.State, err)
		}
	}
	return nil
}

// bestKeys finds, for every slot whose active key may not sign, the key that should. The choice depends only on what is
// published, so that two servers make the same one.
func bestKeys(list *trust.KeyList, published []PublishedKey, records []KeyRecord, at int64) map[slot]KeyRecord {
	settled := make(map[slot]bool)
	best := make(map[slot]KeyRecord)
	from := make(map[slot]int64)
	for _, record := range records {
		place := slot{record.Purpose, record.Prefecture}
		if maySign(list, published, record, at) != nil {
			continue
		}
		settled[place] = settled[place] || record.Active
		entry, _ := findKey(list, record)
		if _, any := best[place]; !any || entry.UseFrom < from[place] {
			best[place], from[place] = record, entry.UseFrom
		}
	}
	for place := range settled {
		if settled[place] {
			delete(best, place)
		}
	}
	return best
}

// Signer returns the active key of a purpose and prefecture that may sign at the time at, or the region's where the
// prefecture has none: for rule sets and notices. Codes are signed by Issue only. Without a store read.
func (i *Issuer) Signer(purpose trust.Purpose, prefecture uint32, at time.Time) (cose.Signer, error) {
	if slices.Contains(coded, purpose) || purpose == trust.SnapshotKey {
		return nil, fmt.Errorf("signer of purpose %s: codes are signed by Issue and snapshots by PublishSnapshot only", purpose)
	}
	s := i.loaded.Load()
	if s == nil {
		return nil, ErrNotReady
	}
	key, err := s.key(purpose, prefecture, at.Unix()-at.Unix()%60)
	if err != nil {
		return nil, err
	}
	return key.signer, nil
}

// key finds who signs for a place at a whole minute: the prefecture's own key, else the region's.
func (s *state) key(purpose trust.Purpose, prefecture uint32, minute int64) (*signingKey, error) {
	for _, place := range stands(prefecture) {
		key := s.keys[slot{purpose, place}]
		if key != nil && key.entry.UseFrom <= minute && minute < key.entry.UseUntil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("%w: purpose %s of %s at %s: %s", ErrNoKey, purpose, placeName(prefecture), stamp(minute), s.remedy(purpose, prefecture, minute))
}

func stamp(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }
