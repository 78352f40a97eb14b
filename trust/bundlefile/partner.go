package bundlefile

import (
	"errors"
	"fmt"
	"os"
	"time"

	"healthcode.example/trust"
)

// PartnerDir is where a gate with its bundle at path keeps those of partners: a directory beside it.
func PartnerDir(path string) string { return path + ".partners" }

// UpdatePartner takes a partner's bundle into the directory of the gate whose bundle lies at path, or begins the directory. ours is that bundle:
// its key list says which root the partner's bundle must follow from. Rollback protection and errors are those of Update, and
// trust.ErrRegion where ours names no such partner; check is asked before anything is written (a gate's own rules), and may be nil.
//
// A kept file that is gone, damaged or older than what was kept is replaced by one that is not older; by which versions that goes, stands in a
// file of its own beside each bundle.
func UpdatePartner(path string, ours *trust.Bundle, got []byte, at time.Time, check func(theirs *trust.Bundle) error) (now *trust.Bundle, changed bool, err error) {
	pinned, p, err := PinPartner(ours, got)
	if err != nil {
		return nil, false, err
	}
	theirs, err := trust.Update(pinned, got, at)
	if err != nil {
		return nil, false, err
	}
	if _, err := ours.PartnerOf(theirs); err != nil {
		return nil, false, err
	}
	if check != nil {
		if err := check(theirs); err != nil {
			return nil, false, err
		}
	}
	if err := os.MkdirAll(PartnerDir(path), 0o755); err != nil {
		return nil, false, fmt.Errorf("make the directory for partners' bundles: %w", err)
	}
	k, _ := keptFile(path, p, theirs.Root().Region) // what cannot be read is begun anew
	return k.keeper(at).update(pinned, got, at)
}

// PinPartner finds, for a bundle that nobody has believed yet, the partner of our key list whose pinned root is in it, and pins that root.
// trust.ErrRegion where there is none.
func PinPartner(ours *trust.Bundle, got []byte) (*trust.Bundle, *trust.Partner, error) {
	if _, _, err := trust.LastRoot(got); err != nil {
		return nil, nil, err
	}
	var misses error
	for i := range ours.KeyList().Partners {
		p := &ours.KeyList().Partners[i]
		if p.Root == nil {
			continue
		}
		root, err := trust.FindRoot(got, p.Fingerprint())
		if err != nil {
			misses = errors.Join(misses, fmt.Errorf("partner %s: %w", p.Name, err))
			continue
		}
		pinned, err := trust.Pin(root)
		return pinned, p, err
	}
	if misses == nil {
		misses = fmt.Errorf("%w: it pins none", trust.ErrRegion)
	}
	return nil, nil, fmt.Errorf("the bundle follows from no root to which our key list pins a partner: %w", misses)
}
