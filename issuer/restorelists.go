package issuer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
)

// endedHandle is a handle behind published indices, which a revocation of purpose made.
type endedHandle struct {
	purpose trust.Purpose
	handle  uint64
}

// days are the first and the last day of the lists in which the handle was published.
type days struct {
	first, last uint32
	carried     bool // only in lists whose key is not the one that they were published under: nothing to be recovered
}

// readEnded turns the published indices of every living list back into handles.
func (p *RestorePlan) readEnded(ctx context.Context, bundle *trust.Bundle) (map[endedHandle]days, error) {
	stored, err := p.store.Lists(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the list keys: %w", err)
	}
	ended := make(map[endedHandle]days)
	for _, list := range bundle.Lists() {
		id := listID{list.Purpose, list.Day}
		if !id.covers(p.at.Unix()) {
			continue
		}
		n := slices.IndexFunc(stored, func(k ListKey) bool { return k.Purpose == id.purpose && k.Day == id.day && k.Width == list.Width })
		if n < 0 {
			if err := p.replaceList(id, list.Width); err != nil {
				return nil, err
			}
			continue
		}
		handles, carried, err := p.invert(stored[n], list)
		if err != nil {
			return nil, err
		}
		if handles == nil {
			if err := p.replaceList(id, list.Width); err != nil {
				return nil, err
			}
		}
		for _, handle := range handles {
			ended[endedHandle{id.purpose, handle}] = ended[endedHandle{id.purpose, handle}].with(id.day, carried)
		}
	}
	return ended, p.carryAbandoned(stored, ended)
}

// invert finds the handles behind a published list; nil when one of them was never given, so that the key is not the one under
// which the list was published: the backup is of a time that a former restore has undone. In a carried list that is no wonder.
func (p *RestorePlan) invert(k ListKey, list *trust.StatusList) (handles []uint64, carried bool, err error) {
	opened, err := openList(k, p.issuer.listSeal)
	if err != nil {
		return nil, false, err
	}
	handles = make([]uint64, 0, list.Len())
	for _, index := range list.All() {
		handle, err := opened.cipher.Invert(index)
		if err != nil {
			return nil, false, fmt.Errorf("the %s: %w", opened.id, err)
		}
		if handle != 0 && handle < p.r.From {
			handles = append(handles, handle)
		} else if !opened.carried {
			return nil, false, nil
		}
	}
	return handles, opened.carried, nil
}

func (d days) with(day uint32, carried bool) days {
	switch {
	case d == days{} || d.carried && !carried:
		return days{day, day, carried}
	case carried && !d.carried:
		return d
	}
	return days{min(d.first, day), max(d.last, day), carried}
}

// replaceList gives a list a new key, so that codes can be signed into it and what was published stays in it.
func (p *RestorePlan) replaceList(id listID, width uint8) error {
	k, err := newListKey(id, width, p.issuer.listSeal, p.issuer.rand)
	if err != nil {
		return err
	}
	k.Carried = true
	p.r.Lists = append(p.r.Lists, k)
	p.Lost = append(p.Lost, id.String())
	return nil
}

// settle says of every ended handle whether the backup knew, a holding has it, the doubtful ones contain it, or it is to be
// recovered.
func (p *RestorePlan) settle(ctx context.Context, ended map[endedHandle]days) error {
	err := p.store.Revocations(ctx, func(r Revocation) error {
		key := endedHandle{r.Purpose, r.Handle}
		if d, found := ended[key]; found && r.covers(d) {
			delete(ended, key)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the revocations: %w", err)
	}
	err = p.store.Holdings(ctx, func(h Holding) error {
		key := endedHandle{h.Purpose, h.Handle}
		d, found := ended[key]
		if !found {
			return nil
		}
		p.r.Renew = append(p.r.Renew, h)
		if (Revocation{Since: h.Since, At: max(p.r.At, h.Since)}).covers(d) {
			delete(ended, key)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the holdings: %w", err)
	}
	p.recover(ended)
	slices.SortFunc(p.r.Renew, func(a, b Holding) int { return cmp.Compare(a.Handle, b.Handle) })
	p.Renewed = p.r.Renew
	return nil
}

// recover revokes what nothing else does.
func (p *RestorePlan) recover(ended map[endedHandle]days) {
	lag := int64(Lag / time.Second)
	doubtful := Revocation{Since: p.r.Since, At: max(p.r.At, p.r.Since)}
	for key, d := range ended {
		if d.carried || p.r.Next <= key.handle && key.handle < p.r.From && doubtful.covers(d) {
			continue
		}
		since := credential.DayStart(d.first) + lag
		p.r.Revoked = append(p.r.Revoked, Revocation{Purpose: key.purpose, Handle: key.handle, Since: since, At: max(since, credential.DayStart(d.last))})
	}
	slices.SortFunc(p.r.Revoked, func(a, b Revocation) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Handle, b.Handle))
	})
	p.Recovered = len(p.r.Revoked)
}

// covers says whether a revocation stands in all the lists from the first to the last of the days.
func (r Revocation) covers(d days) bool {
	for _, day := range []uint32{d.first, d.last} {
		if !(listID{r.Purpose, day}).holds(r) {
			return false
		}
	}
	return true
}
