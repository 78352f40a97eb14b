package issuer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/trust"
)

// ErrForked says that a region's history has gone on twice: of two publications neither follows from the other.
var ErrForked = errors.New("the history is forked")

// Candidate is a bundle that may be the newest one that was published.
type Candidate struct {
	Source string // for people: a file, an address
	Bundle []byte
	Store  bool // the last publication of a store that is there
}

// believed is a candidate that follows from the root.
type believed struct {
	Candidate
	bundle *trust.Bundle
}

// Newest gives the candidate that every gate with another of them takes and that goes on with the history of each: ErrForked where there is none,
// since whatever the store goes on after, something that was published would come back, or a handle be given to two people. A candidate whose
// snapshot key the newest one condemns has no say. Each must follow from the root; of one that does not, pass says whether the others decide
// (nil) or nothing does. The zero Candidate means that none is left.
func Newest(root []byte, candidates []Candidate, at time.Time, pass func(Candidate, error) error) (newest Candidate, err error) {
	pinned, err := trust.Pin(root)
	if err != nil {
		return newest, fmt.Errorf("the root cannot be believed: %w", err)
	}
	var all []believed
	for _, c := range candidates {
		b, err := trust.Update(pinned, c.Bundle, at)
		if err == nil {
			all = append(all, believed{c, b})
		} else if err := pass(c, err); err != nil {
			return newest, err
		}
	}
	if len(all) == 0 {
		return newest, nil
	}
	slices.SortStableFunc(all, func(a, b believed) int { return -compareVersions(a.bundle, b.bundle) })
	var fork error
	for _, c := range all {
		err := c.followsAll(all)
		if err == nil {
			return c.Candidate, nil
		}
		if fork == nil {
			fork = err
		}
	}
	return newest, fork
}

// compareVersions puts the bundle first that is older by its root, its key list, its snapshot.
func compareVersions(a, b *trust.Bundle) int {
	return cmp.Or(cmp.Compare(a.Root().Version, b.Root().Version), cmp.Compare(a.KeyList().Version, b.KeyList().Version), cmp.Compare(a.Version(), b.Version()))
}

// followsAll says from which of the others the candidate does not follow. That is asked as of its own time: what has expired since was published
// all the same, and a store may be lost for longer than a snapshot lives.
func (c believed) followsAll(others []believed) error {
	const see = `see "A forked history" in docs/ceremonies.md`
	for _, o := range others {
		if _, err := trust.Update(o.bundle, c.Bundle, time.Unix(c.bundle.Snapshot().IssuedAt, 0)); err != nil {
			return fmt.Errorf("%w: a gate with publication %d (%s) refuses publication %d (%s): %s: %w", ErrForked, o.bundle.Version(), o.Source, c.bundle.Version(), c.Source, see, err)
		}
		if !c.bundle.Condemns(o.bundle) && c.bundle.Snapshot().Forked(o.bundle.Snapshot()) {
			return fmt.Errorf("%w: publication %d (%s) does not come after publication %d (%s), though a gate takes it: two stores of this region have published, each on from a copy; "+
				"choose the branch that stays, and give the newest bundle of the other with --abandoned: %s", ErrForked, c.bundle.Version(), c.Source, o.bundle.Version(), o.Source, see)
		}
	}
	return nil
}
