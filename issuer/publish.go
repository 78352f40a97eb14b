package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
)

// PublishSnapshot publishes what has been revoked, under the key list of the last publication. It is safe to call from
// several servers: one wins, the others read again and publish on top of it. See docs/issuance.md for the order of steps.
func (i *Issuer) PublishSnapshot(ctx context.Context, at time.Time) (Publication, error) {
	return i.publish(ctx, nil, nil, at)
}

// PublishKeyList publishes a key list that a ceremony has signed, with the roots that lead to its signers (nil: those of
// the last publication) and a snapshot. The very first publication is made so.
func (i *Issuer) PublishKeyList(ctx context.Context, roots [][]byte, keyList []byte, at time.Time) (Publication, error) {
	if len(keyList) == 0 {
		return Publication{}, errors.New("publish a key list: it is empty")
	}
	return i.publish(ctx, roots, keyList, at)
}

func (i *Issuer) publish(ctx context.Context, roots [][]byte, keyList []byte, at time.Time) (Publication, error) {
	for range publishAttempts {
		p, err := i.publishOnce(ctx, &draft{at: at.Unix(), roots: roots, keyList: keyList})
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return Publication{}, fmt.Errorf("publish a snapshot: %w", err)
		}
		if err := i.Refresh(ctx); err != nil {
			return p, fmt.Errorf("publication %d is made, but: %w", p.Version, err)
		}
		return p, nil
	}
	return Publication{}, fmt.Errorf("publish a snapshot: %w, %d times: are many publishers running?", ErrConflict, publishAttempts)
}

// draft is one attempt at a publication.
type draft struct {
	at      int64
	former  Publication   // zero before the first
	base    *trust.Bundle // the former publication, or the pinned root before the first
	roots   [][]byte
	keyList []byte
	keys    *trust.KeyList // what keyList says
	next    Publication
	lists   []*trust.StatusList
	carried map[listID][]uint64 // what a restore adds to lists, beside what is revoked
}

func (i *Issuer) publishOnce(ctx context.Context, d *draft) (Publication, error) {
	steps := []func(context.Context, *draft) error{i.readFormer, i.readKeyList, i.reserve, i.beginLists, i.mapRevocations, i.checkSuperset, i.sign}
	for _, step := range steps {
		if err := step(ctx, d); err != nil {
			return Publication{}, err
		}
	}
	if err := i.store.Publish(ctx, d.former.Version, d.next); err != nil {
		return Publication{}, fmt.Errorf("store publication %d: %w", d.next.Version, err)
	}
	return d.next, nil
}

// readFormer reads what this publication must not fall behind.
func (i *Issuer) readFormer(ctx context.Context, d *draft) (err error) {
	d.former, err = i.store.Published(ctx)
	if errors.Is(err, ErrNotFound) {
		if d.keyList == nil {
			return fmt.Errorf("nothing has been published yet: publish the first key list: %w", ErrNotFound)
		}
		d.base, err = trust.Pin(i.root)
		return err
	}
	if err != nil {
		return fmt.Errorf("read the last publication: %w", err)
	}
	if d.at < d.former.At {
		return fmt.Errorf("publication %d is of %s and this clock says %s: set the clock: %w", d.former.Version, stamp(d.former.At), stamp(d.at), ErrBackwards)
	}
	d.base, err = i.parse(d.former)
	return err
}

// publishedKeys carries forward since when each key of the list has been published.
func (d *draft) publishedKeys() []PublishedKey {
	var first int64 // no checkpoint decides by an earlier bundle: there is none, or it has expired
	if d.former.Version != 0 && d.at < d.base.Snapshot().ExpiresAt {
		first = d.at
	}
	out := make([]PublishedKey, 0, len(d.keys.Keys))
	for _, entry := range d.keys.Keys {
		key := PublishedKey{ID: entry.Key.ID(), Since: first}
		if n := slices.IndexFunc(d.former.Keys, func(p PublishedKey) bool { return p.ID == key.ID }); n >= 0 {
			key.Since = d.former.Keys[n].Since
		}
		if !slices.ContainsFunc(out, func(p PublishedKey) bool { return p.ID == key.ID }) {
			out = append(out, key)
		}
	}
	return out
}

// beginLists makes sure that the lists of the day exist: one that is made after the snapshot of its day would be missing at
// every gate that has that snapshot, and good codes could not be judged.
func (i *Issuer) beginLists(ctx context.Context, d *draft) error {
	return i.addLists(ctx, credential.ListDay(d.at), listWidth(d.next.Ceiling))
}

// mapRevocations makes every list that lives: also the empty ones, since a list that had begun and is missing is one that
// a checkpoint cannot judge by.
func (i *Issuer) mapRevocations(ctx context.Context, d *draft) error {
	stored, err := i.store.Lists(ctx)
	if err != nil {
		return fmt.Errorf("read the list keys: %w", err)
	}
	var lists []*dayList
	for _, k := range stored {
		if !(listID{k.Purpose, k.Day}).covers(d.at) {
			continue
		}
		list, err := openList(k, i.listSeal)
		if err != nil {
			return err
		}
		lists = append(lists, list)
	}
	indices := make([][]uint64, len(lists))
	err = i.store.Revocations(ctx, func(r Revocation) error {
		for n, list := range lists {
			if !list.id.holds(r) || r.Handle>>list.width != 0 {
				continue // a handle that is too large for the list has no code in it: Issue refuses it
			}
			index, err := list.index(r.Handle)
			if err != nil {
				return err
			}
			indices[n] = append(indices[n], index)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the revocations: %w", err)
	}
	for n, list := range lists {
		if former := d.base.List(list.id.purpose, list.id.day); list.carried && former != nil {
			indices[n] = append(indices[n], former.All()...)
		}
		indices[n] = append(indices[n], d.carried[list.id]...)
		made, err := trust.NewStatusList(list.id.purpose, list.id.day, list.width, indices[n])
		if err != nil {
			return fmt.Errorf("make the %s: %w", list.id, err)
		}
		d.lists = append(d.lists, made)
	}
	return nil
}
