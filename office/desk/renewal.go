package desk

import (
	"context"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// dueAt is the time from which something that lives from its beginning to its end is renewed: when less than a third is left.
func dueAt(begin, end int64) int64 { return end - (end-begin)/3 }

// renew signs the key list anew, and gives keys a successor, before their end, where the authority is on this machine. A place that has a key
// for the time to come is left alone.
func (d *Desk) renew(ctx context.Context, at time.Time) error {
	if d.Authority == nil {
		return nil
	}
	d.ceremonies.Lock()
	defer d.ceremonies.Unlock()
	bundle := d.Issuer.Bundle()
	list := bundle.KeyList()
	change := issuer.Change{NoneInForce: at.Unix() >= bundle.Snapshot().ExpiresAt}
	keys, err := d.successors(list, change.NoneInForce, at)
	if err != nil {
		return err
	}
	if len(keys) == 0 && at.Unix() < dueAt(list.IssuedAt, list.ExpiresAt) {
		return nil
	}
	for _, key := range keys {
		if _, err := d.Issuer.AddKey(ctx, key.Entry.Purpose, key.Entry.Prefecture, key.Private); err != nil {
			return err
		}
		change.Add = append(change.Add, key.Entry)
	}
	_, err = d.hold(ctx, change, at)
	return err
}

// keyRole is what a region needs one key of: one that signs and one that stands by, for each purpose and place.
type keyRole struct {
	purpose    trust.Purpose
	prefecture uint32
	state      trust.KeyState
}

// successors makes the keys that are due, in the order of the list.
func (d *Desk) successors(list *trust.KeyList, noneInForce bool, at time.Time) ([]issuer.NewKey, error) {
	last := make(map[keyRole]trust.IssuerKey)
	var order []keyRole
	for _, k := range list.Keys {
		if k.State != trust.Published && k.State != trust.Standby {
			continue
		}
		role := keyRole{k.Purpose, k.Prefecture, k.State}
		former, any := last[role]
		if !any {
			order = append(order, role)
		}
		if !any || k.UseUntil > former.UseUntil {
			last[role] = k
		}
	}
	from := at.Truncate(time.Minute)
	if !noneInForce { // every gate can know them by then
		from = at.Add(list.Policy.HardAge + time.Minute).Truncate(time.Minute)
	}
	var out []issuer.NewKey
	for _, role := range order {
		former := last[role]
		if at.Unix() < dueAt(former.UseFrom, former.UseUntil) {
			continue
		}
		key, err := issuer.GenerateKey(issuer.KeyPlan{Purpose: role.purpose, Prefecture: role.prefecture, Algorithm: former.Key.Algorithm(), State: role.state,
			UseFrom: from.Unix(), UseUntil: from.AddDate(KeyYears, 0, 0).Unix()}, list.Policy, d.rand)
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}
