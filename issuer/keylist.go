package issuer

import (
	"fmt"
	"slices"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// Change is what a key list ceremony does. Its zero value only renews the list.
type Change struct {
	Add        []trust.IssuerKey
	Retire     []cose.KeyID     // they sign no more; what they signed stays good
	Compromise []cose.KeyID     // everything under them is refused from the next update on, and the standby takes over
	Policy     *trust.Policy    // nil: as before
	Expires    time.Time        // of the new list
	Partners   *[]trust.Partner // all of them from now on; nil: as before

	// NoneInForce says that the last publication has expired. No checkpoint decides by any bundle then, so each takes this list
	// before it accepts anything, and keys that it adds may be used at once.
	NoneInForce bool
}

// FirstKeyList begins a region. No checkpoint has a bundle yet, so its keys may be used at once.
func FirstKeyList(region string, policy trust.Policy, keys []trust.IssuerKey, at, expires time.Time) (*trust.KeyList, error) {
	list := &trust.KeyList{
		Version: 1, IssuedAt: at.Unix(), ExpiresAt: expires.Unix(), Region: region, Policy: policy, Keys: slices.Clone(keys),
	}
	if err := checkKeys(list); err != nil {
		return nil, fmt.Errorf("make the first key list: %w", err)
	}
	return list, nil
}

// NextKeyList makes the version after former. It changes nothing of former, and it refuses a list under which the service
// would sooner or later stand without a key: each place that has keys for phone or paper codes has a standby as well.
func NextKeyList(former *trust.KeyList, change Change, at time.Time) (*trust.KeyList, error) {
	if at.Unix() < former.IssuedAt {
		return nil, fmt.Errorf("make key list %d: the former is of %s and this clock says %s: set the clock", former.Version+1, stamp(former.IssuedAt), stamp(at.Unix()))
	}
	if former.Version >= trust.MaxVersion {
		return nil, fmt.Errorf("make a key list: the former is of version %d, after which there is none: thieves of list keys ran it ahead; base the change on your own last bundle, under a root with new list signers",
			former.Version)
	}
	next := *former
	next.Version, next.IssuedAt, next.ExpiresAt = former.Version+1, at.Unix(), change.Expires.Unix()
	if change.Policy != nil {
		next.Policy = *change.Policy
	}
	if change.Partners != nil {
		next.Partners = slices.Clone(*change.Partners)
	}
	next.Keys = slices.DeleteFunc(slices.Clone(former.Keys), func(k trust.IssuerKey) bool { return outlived(&k, at.Unix()) })
	added, compromised := condemn(change.Add, change.Compromise)
	steps := []func() error{
		func() error { return retire(next.Keys, change.Retire) },
		func() error { return compromise(next.Keys, compromised) },
		func() error { return add(&next, added, change.NoneInForce) },
		func() error { promote(next.Keys, compromised, next.IssuedAt); return checkKeys(&next) },
		func() error { return checkRetired(&next, change.Retire) },
		func() error { return checkSnapshotKey(former, &next) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("make key list %d: %w", next.Version, err)
		}
	}
	return &next, nil
}

// checkRetired wants somebody who signs in the place of each key that is retired. A compromise is never held up by this: better that nobody
// signs than a thief.
func checkRetired(list *trust.KeyList, retired []cose.KeyID) error {
	for _, id := range retired {
		lost := list.Find(id)
		if lost == nil {
			continue
		}
		if !slices.ContainsFunc(list.Keys, func(k trust.IssuerKey) bool {
			return samePlace(k, *lost) && signsAt(&k, list.IssuedAt)
		}) {
			return fmt.Errorf("retire %s: no other published key would sign for %v of %s: publish one and let it begin first", id, lost.Purpose, placeName(lost.Prefecture))
		}
	}
	return nil
}

func retire(keys []trust.IssuerKey, ids []cose.KeyID) error {
	for _, id := range ids {
		n := slices.IndexFunc(keys, func(k trust.IssuerKey) bool { return k.Key.ID() == id })
		switch {
		case n < 0:
			return fmt.Errorf("retire %s: the list does not have it", id)
		case keys[n].State == trust.Compromised:
			return fmt.Errorf("retire %s: it is compromised, which is for ever", id)
		}
		keys[n].State = trust.Retired
	}
	return nil
}

// compromise marks the keys.
func compromise(keys []trust.IssuerKey, ids []cose.KeyID) error {
	for _, id := range ids {
		n := slices.IndexFunc(keys, func(k trust.IssuerKey) bool { return k.Key.ID() == id })
		switch {
		case n < 0:
			return fmt.Errorf("compromise %s: the list does not have it", id)
		case keys[n].State == trust.Compromised:
			return fmt.Errorf("compromise %s: it is compromised already", id)
		}
		keys[n].State = trust.Compromised
	}
	return nil
}

// promote lets a standby sign wherever a compromise has left nobody, also one that came with the same change.
func promote(keys []trust.IssuerKey, compromised []cose.KeyID, at int64) {
	usable := func(k trust.IssuerKey) bool { return k.UseFrom <= at && at < k.UseUntil }
	for _, id := range compromised {
		lost := keys[slices.IndexFunc(keys, func(k trust.IssuerKey) bool { return k.Key.ID() == id })]
		if slices.ContainsFunc(keys, func(k trust.IssuerKey) bool { return samePlace(k, lost) && k.State == trust.Published && usable(k) }) {
			continue // another key of the place may sign now
		}
		n := slices.IndexFunc(keys, func(k trust.IssuerKey) bool { return samePlace(k, lost) && k.State == trust.Standby && usable(k) })
		if n >= 0 {
			keys[n].State = trust.Published
		}
	}
}

func samePlace(a, b trust.IssuerKey) bool {
	return a.Purpose == b.Purpose && a.Prefecture == b.Prefecture
}

// add refuses a key whose window opens before every checkpoint can know it. A standby waits anyway.
func add(list *trust.KeyList, keys []trust.IssuerKey, noneInForce bool) error {
	known := list.IssuedAt + int64(list.Policy.HardAge/time.Second)
	for _, k := range keys {
		if k.State == trust.Published && k.UseFrom < known && !noneInForce {
			return fmt.Errorf("add %s: its use begins at %s and checkpoints may be without it until %s: begin later", k.Key.ID(), stamp(k.UseFrom), stamp(known))
		}
		list.Keys = append(list.Keys, k)
	}
	return nil
}

// checkKeys wants a standby wherever codes are signed and for the whole region.
func checkKeys(list *trust.KeyList) error {
	standby := make(map[slot]bool)
	needed := map[slot]bool{{trust.Phone, 0}: true, {trust.Paper, 0}: true}
	for _, k := range list.Keys {
		place := slot{k.Purpose, k.Prefecture}
		switch {
		case k.State == trust.Standby && k.UseUntil > list.IssuedAt:
			standby[place] = true
		case k.State == trust.Published && slices.Contains(coded, k.Purpose):
			needed[place] = true
		}
	}
	for place := range needed {
		if !standby[place] {
			return fmt.Errorf("no standby key for %s codes of %s: add one, so that a compromise stops nobody", place.purpose, placeName(place.prefecture))
		}
	}
	return nil
}

// placeName says for people where a key signs.
func placeName(prefecture uint32) string {
	if prefecture == 0 {
		return "the whole region"
	}
	return fmt.Sprintf("prefecture %06d", prefecture)
}
