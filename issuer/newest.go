package issuer

import (
	"errors"
	"fmt"
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

// Newest gives the candidate of the highest version, which every gate with another of them takes: ErrForked where one would not, since whatever
// the store goes on after, something that was published would come back. Each candidate must follow from the root; of one that does not, pass
// says whether the others decide (nil) or nothing does. The zero Candidate means that none is left.
func Newest(root []byte, candidates []Candidate, at time.Time, pass func(Candidate, error) error) (newest Candidate, err error) {
	pinned, err := trust.Pin(root)
	if err != nil {
		return newest, fmt.Errorf("the root cannot be believed: %w", err)
	}
	var believed []Candidate
	var bundles []*trust.Bundle
	highest := 0
	for _, c := range candidates {
		b, err := trust.Update(pinned, c.Bundle, at)
		if err != nil {
			if err := pass(c, err); err != nil {
				return newest, err
			}
			continue
		}
		believed, bundles = append(believed, c), append(bundles, b)
		if last := len(bundles) - 1; b.Version() > bundles[highest].Version() {
			highest = last
		}
	}
	if len(believed) == 0 {
		return newest, nil
	}
	newest = believed[highest]
	for n, b := range bundles {
		if _, err := trust.Update(b, newest.Bundle, at); err != nil {
			return Candidate{}, fmt.Errorf("%w: a gate with publication %d (%s) refuses publication %d (%s): see \"A forked history\" in docs/ceremonies.md: %w",
				ErrForked, b.Version(), believed[n].Source, bundles[highest].Version(), newest.Source, err)
		}
	}
	return newest, nil
}
