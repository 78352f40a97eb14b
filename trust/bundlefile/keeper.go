package bundlefile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"healthcode.example/trust"
)

// keeper keeps the newest bundle in a file, with its floor in another beside it.
type keeper struct {
	path    string
	pin     string                                  // the fingerprint of the root that the caller pins; empty: the path says it
	believe func(raw []byte) (*trust.Bundle, error) // what the file amounts to
}

// load gives the bundle and its bytes: fs.ErrNotExist where none was ever kept, and trust.ErrRollback where the floor tells that an older one was
// put in its place. A floor that cannot be read is no reason to give up a bundle that can: the next update writes it anew.
func (k keeper) load() (*trust.Bundle, []byte, error) {
	low, noFloor := k.floor()
	raw, err := Load(k.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !errors.Is(noFloor, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("%w: a bundle was kept here, and it is gone", trust.ErrFormat)
	case err != nil:
		return nil, nil, err
	}
	b, err := k.believe(raw)
	if err != nil {
		return nil, nil, err
	}
	if noFloor == nil {
		if err := low.admits(b); err != nil {
			return nil, nil, err
		}
	}
	return b, raw, nil
}

// floor is the one that counts: fs.ErrNotExist where there is none, or one of what followed from another root.
func (k keeper) floor() (floor, error) {
	low, err := loadFloor(k.path)
	if err == nil && low.Pin != k.pin {
		return floor{}, fs.ErrNotExist
	}
	return low, err
}

// update takes got over what the file holds.
func (k keeper) update(pinned *trust.Bundle, got []byte, at time.Time) (now *trust.Bundle, changed bool, err error) {
	unlock, err := lock(k.path)
	if err != nil {
		return nil, false, fmt.Errorf("lock %s for an update: %w", k.path, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	have, old, err := k.load()
	if err != nil {
		if have, err = k.begin(err, pinned, got, at); err != nil {
			return nil, false, err
		}
	}
	if now, err = trust.Update(have, got, at); err != nil {
		return nil, false, err
	}
	b, err := now.Bytes()
	if err != nil {
		return nil, false, err
	}
	if !bytes.Equal(b, old) {
		if err := Save(k.path, b); err != nil {
			return nil, false, err
		}
		changed = true
	}
	return now, changed, saveFloor(k.path, floorOf(now, k.pin))
}

// begin gives what got is to follow where what was kept is gone, or cannot be believed (cause): the pinned root alone, if got is not older than
// what was kept. Without a floor a damaged file is never replaced, since its version is the floor, and a floor that cannot be read tells nothing.
func (k keeper) begin(cause error, pinned *trust.Bundle, got []byte, at time.Time) (*trust.Bundle, error) {
	low, err := k.floor()
	switch {
	case k.pin != "" && errors.Is(cause, trust.ErrRegion): // a bundle of somebody else's, whom a slip of the pen must not cost it
		return nil, fmt.Errorf("the bundle in %s: %w", k.path, cause)
	case err == nil:
		fresh, err := trust.Update(pinned, got, at)
		if err == nil {
			err = low.admits(fresh)
		}
		return pinned, err
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w, and %s does not tell it either: remove both, and bring the newest", err, k.path)
	case errors.Is(cause, fs.ErrNotExist):
		return pinned, nil
	}
	return nil, fmt.Errorf("the bundle in %s: %w: which version it was cannot be told: remove it, and bring the newest", k.path, cause)
}
