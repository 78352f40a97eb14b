package issuer

import (
	"fmt"
	"slices"
	"time"

	"healthcode.example/trust"
)

// readAbandoned lets the store go on after the branches that are given up, too.
func (p *RestorePlan) readAbandoned(bundles [][]byte) error {
	for _, raw := range bundles {
		pinned, err := trust.Pin(p.issuer.root)
		if err != nil {
			return err
		}
		b, err := trust.Update(pinned, raw, p.at)
		if err != nil {
			return fmt.Errorf("the bundle of the abandoned branch: %w", err)
		}
		s := b.Snapshot()
		if p.at.Unix() < s.IssuedAt {
			return fmt.Errorf("the bundle of the abandoned branch is of %s and this clock says %s: set the clock: %w", stamp(s.IssuedAt), stamp(p.at.Unix()), ErrBackwards)
		}
		p.former.Version, p.former.Ceiling = max(p.former.Version, s.Version), max(p.former.Ceiling, s.Ceiling)
		p.abandoned = append(p.abandoned, b)
	}
	return nil
}

// carryAbandoned keeps what the abandoned branches have published as revoked, as it stands: from now on the list carries it from one publication to the
// next. Where the list's key is the one that they had too, the handles behind it count as ended, and holdings under them are renewed.
func (p *RestorePlan) carryAbandoned(stored []ListKey, ended map[endedHandle]days) error {
	p.carried = make(map[listID][]uint64)
	for _, b := range p.abandoned {
		for _, list := range b.Lists() {
			id := listID{list.Purpose, list.Day}
			if !id.covers(p.at.Unix()) || list.Len() == 0 {
				continue
			}
			key, ours, err := p.carriedKey(stored, id, list.Width)
			if err != nil {
				return err
			}
			if key.Width != list.Width { // whoever has this list refuses ours in any case
				continue
			}
			p.carried[id] = append(p.carried[id], list.All()...)
			if !ours {
				continue
			}
			key.Carried = false // a key of their own does not show itself by its handles otherwise
			handles, _, err := p.invert(key, list)
			if err != nil {
				return err
			}
			for _, handle := range handles {
				ended[endedHandle{id.purpose, handle}] = ended[endedHandle{id.purpose, handle}].with(id.day, true)
			}
		}
	}
	return nil
}

// carriedKey marks the key of the list as one that carries what was published, and makes one where there is none. ours says that the backup has it.
func (p *RestorePlan) carriedKey(stored []ListKey, id listID, width uint8) (key ListKey, ours bool, err error) {
	same := func(k ListKey) bool { return k.Purpose == id.purpose && k.Day == id.day }
	in, had := slices.IndexFunc(p.r.Lists, same), slices.IndexFunc(stored, same)
	switch {
	case in >= 0: // made or marked before
		key = p.r.Lists[in]
		return key, had >= 0 && string(stored[had].Sealed) == string(key.Sealed), nil
	case had >= 0:
		key = stored[had]
		key.Carried = true
	default:
		if key, err = newListKey(id, width, p.issuer.listSeal, p.issuer.rand); err != nil {
			return key, false, err
		}
		key.Carried = true
	}
	p.r.Lists = append(p.r.Lists, key)
	return key, had >= 0, nil
}

// askAbandoned notes which gates of abandoned branches do not take what was made: a ceremony brings them back.
func (p *RestorePlan) askAbandoned(made Publication) {
	for _, b := range p.abandoned {
		if _, err := trust.Update(b, made.Bundle, time.Unix(made.At, 0)); err != nil {
			p.Refusing = append(p.Refusing, fmt.Sprintf("publication %d: %v", b.Version(), err))
		}
	}
}
