package bundlefile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// keptFile is where the bundle of a region of the partner is kept. It is named after the region, for people, and the root that is pinned. Where
// another root is pinned now to which the former led, what was kept under that goes on to be used; what followed from the former alone is no longer
// found. unsure is set where a file that was kept under another root cannot be read, so that nobody can tell which of the two it is.
func keptFile(path string, p *trust.Partner, region string) (k Kept, unsure error) {
	name := func(root string) string { return region + "-" + root + ".ykb" }
	k = Kept{Path: filepath.Join(PartnerDir(path), name(hex.EncodeToString(p.Root[:8]))), Region: region, Partner: p}
	if exists(k.Path) || exists(floorFile(k.Path)) {
		return k, nil
	}
	beside, _ := os.ReadDir(PartnerDir(path)) // most gates keep none
	for _, entry := range beside {
		former := strings.TrimSuffix(entry.Name(), floorEnding)
		if len(former) != len(name("0123456789abcdef")) || !strings.HasPrefix(former, region+"-") || filepath.Ext(former) != ".ykb" {
			continue
		}
		former = filepath.Join(PartnerDir(path), former)
		raw, err := Load(former)
		if err == nil {
			_, err = trust.FindRoot(raw, p.Fingerprint())
		}
		switch {
		case err == nil:
			k.Path = former
			return k, nil
		case !errors.Is(err, trust.ErrRegion):
			unsure = fmt.Errorf("%w: %s was kept under another root and cannot be read", trust.ErrFormat, former)
		}
	}
	return k, unsure
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
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
			k, unsure := keptFile(path, p, region)
			k.Bundle, _, k.Err = k.load(at)
			if errors.Is(k.Err, fs.ErrNotExist) {
				k.Err = unsure
			}
			if k.Bundle != nil || k.Err != nil {
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
	k, _ := keptFile(path, p, theirs.Root().Region)
	low, err := loadFloor(k.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return low.admits(theirs)
}

// load gives the bundle and its bytes, or says why there is none.
func (k *Kept) load(at time.Time) (*trust.Bundle, []byte, error) { return k.keeper(at).load() }

func (k *Kept) keeper(at time.Time) keeper {
	return keeper{path: k.Path, believe: func(raw []byte) (*trust.Bundle, error) { return k.believe(raw, at) }}
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
