package bundlefile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"healthcode.example/trust"
)

// Kept is a partner's bundle as a gate has kept it. With an Err it is gone, cannot be read or believed any more, or is older than what was kept:
// then what it had revoked is not known, and a gate must accept no code of the region by the partner's keys alone.
type Kept struct {
	Path    string
	Region  string
	Partner *trust.Partner
	Bundle  *trust.Bundle // nil with an Err
	Err     error
}

// keptFile is where the bundle of a region of the partner is kept. It is named after the region, for people, and the root that is pinned: where
// another root is pinned, what followed from the former is no longer found.
func keptFile(path string, p *trust.Partner, region string) Kept {
	name := region + "-" + hex.EncodeToString(p.Root[:8]) + ".ykb"
	return Kept{Path: filepath.Join(PartnerDir(path), name), Region: region, Partner: p}
}

// Partners gives what was kept of the partners that ours names today, in the order of its key list. Files of partners whom it names no longer
// are not looked at. That a bundle is gone can be told as long as the note of its version is there.
func Partners(path string, ours *trust.Bundle, at time.Time) []Kept {
	var all []Kept
	for i := range ours.KeyList().Partners {
		p := &ours.KeyList().Partners[i]
		if p.Root == nil {
			continue
		}
		for _, region := range p.Issuers {
			k := keptFile(path, p, region)
			if k.Bundle, _, k.Err = k.load(at); !errors.Is(k.Err, fs.ErrNotExist) {
				all = append(all, k)
			}
		}
	}
	return all
}

// CheckPartner refuses a partner's bundle that is older than the one which the gate with its bundle at path has kept, also where that is gone or
// damaged. trust.ErrRollback, or trust.ErrFormat where what was kept cannot be told.
func CheckPartner(path string, ours, theirs *trust.Bundle) error {
	p, err := ours.PartnerOf(theirs)
	if err != nil {
		return err
	}
	low, err := loadFloor(keptFile(path, p, theirs.Root().Region).Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return low.admits(theirs)
}

// load gives the bundle and its bytes: fs.ErrNotExist where none was ever kept, and trust.ErrRollback where the floor tells that an older one
// was put in its place. A floor that cannot be read is no reason to give up a bundle that can: the next update writes it anew.
func (k *Kept) load(at time.Time) (*trust.Bundle, []byte, error) {
	low, noFloor := loadFloor(k.Path)
	raw, err := Load(k.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !errors.Is(noFloor, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("%w: a bundle was kept here, and it is gone", trust.ErrFormat)
	case err != nil:
		return nil, nil, err
	}
	b, err := k.believe(raw, at)
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

// believe wants the bundle to be the partner's, and of the region after which the file is named.
func (k *Kept) believe(raw []byte, at time.Time) (*trust.Bundle, error) {
	root, err := trust.FindRoot(raw, k.Partner.Fingerprint())
	if err != nil {
		return nil, err
	}
	pinned, err := trust.Pin(root)
	if err != nil {
		return nil, err
	}
	b, err := trust.Update(pinned, raw, at)
	if err != nil {
		return nil, err
	}
	if got := b.Root().Region; got != k.Region {
		return nil, fmt.Errorf("%w: it is of %s, and that of %s was kept here", trust.ErrRegion, got, k.Region)
	}
	return b, nil
}

// update is Update for a file that has a floor. theirs is what got amounts to under the pinned root alone.
func (k *Kept) update(pinned, theirs *trust.Bundle, got []byte, at time.Time) (now *trust.Bundle, changed bool, err error) {
	unlock, err := lock(k.Path)
	if err != nil {
		return nil, false, fmt.Errorf("lock %s for an update: %w", k.Path, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	have, old, err := k.load(at)
	if err != nil {
		if err := k.mayBegin(err, theirs); err != nil {
			return nil, false, err
		}
		have = pinned
	}
	if now, changed, err = replace(k.Path, have, old, got, at); err != nil {
		return nil, false, err
	}
	return now, changed, saveFloor(k.Path, now)
}

// mayBegin says whether theirs may take the place of what was kept and is gone, or cannot be believed (cause). Without a floor a damaged file is
// never replaced, as with Update, and a floor that cannot be read tells nothing.
func (k *Kept) mayBegin(cause error, theirs *trust.Bundle) error {
	low, err := loadFloor(k.Path)
	switch {
	case err == nil:
		return low.admits(theirs)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w, and %s does not tell it either: remove both, and bring the newest", err, k.Path)
	case errors.Is(cause, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("%s: %w: which version it was cannot be told: remove it, and bring the newest", k.Path, cause)
}
