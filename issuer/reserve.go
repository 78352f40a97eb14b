package issuer

import (
	"context"
	"fmt"
)

// reserveAbove is how many handles a publication reserves above the counter. A handle that was reserved and not given costs nothing until a
// restore, which has to revoke all of them: so they are few where few people are. The counter stands for the population, since everybody
// has a holding or two and every event takes another handle. A sixteenth lasts, at any size, for many times the handles that are given from
// one publication to the next; where it does not, on the days on which a region begins, RunningShort says so in time.
func (i *Issuer) reserveAbove(next uint64) uint64 {
	if i.reserved != 0 {
		return i.reserved
	}
	return min(maxReserve, max(minReserve, next/reserveShare))
}

// reserve sets the ceiling of the handle counter: far enough that it is not met between two publications, and never lower
// than it was.
func (i *Issuer) reserve(ctx context.Context, d *draft) error {
	next, ceiling, err := i.store.Counter(ctx)
	if err != nil {
		return fmt.Errorf("read the handle counter: %w", err)
	}
	if next > ceiling && ceiling != 0 || ceiling < d.former.Ceiling {
		return fmt.Errorf("the handle counter is at %d of %d and the last publication promised %d: the store is older than what it published: %w",
			next, ceiling, d.former.Ceiling, ErrBackwards)
	}
	d.next = Publication{
		Version: d.former.Version + 1,
		Ceiling: max(d.former.Ceiling, next+i.reserveAbove(next)),
		At:      d.at,
		Keys:    d.publishedKeys(),
	}
	return nil
}

// RunningShort says that more than half of the handles that a publication reserves have been given since the last one: publish now, and nobody
// meets ErrCeiling. It reads the counter and nothing else, so a service can ask every second. Before the first publication it is false.
func (i *Issuer) RunningShort(ctx context.Context) (bool, error) {
	next, ceiling, err := i.store.Counter(ctx)
	if err != nil {
		return false, fmt.Errorf("read the handle counter: %w", err)
	}
	return ceiling != 0 && (next >= ceiling || ceiling-next < i.reserveAbove(next)/2), nil
}
