package belief

import (
	"time"

	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
	"healthcode.example/verifier"
)

// WithKept lets the gate look up the status of partners' codes in the bundles that it keeps. One that is gone, damaged or put back is named, and of
// the codes of its region the gate cannot say that they count: what it had revoked is not known. Its own codes and those of other partners are
// none the worse.
func WithKept(v *verifier.Verifier, ours *trust.Bundle, path string, at time.Time, note Note) *verifier.Verifier {
	if ours.KeyList() == nil {
		return v
	}
	for _, kept := range bundlefile.Partners(path, ours, at) {
		err := kept.Err
		if err == nil {
			var more *verifier.Verifier
			if more, err = v.WithPartner(kept.Bundle); err == nil {
				v = more
				continue
			}
		}
		v = v.WithLostPartner(kept.Region)
		note("healthcode: %s is not used, and no code of %s (partner %s) is accepted, since what was revoked there is not known: %v: bring the newest with healthcode bundle partner\n",
			kept.Path, kept.Region, kept.Partner.Name, err)
	}
	return v
}

// withPartner lets the verifier look up the status of a partner's codes in the partner's own bundle; nil where our list knows the region by keys alone.
// Which root such a bundle must follow from is said by our key list alone; the operator of a gate cannot let a region in.
func (f *Files) withPartner(v *verifier.Verifier, ours *trust.Bundle, path string, at time.Time, note Note) (*verifier.Verifier, *trust.Bundle, error) {
	theirs, err := readPartner(ours, path, at, note)
	if err != nil || theirs == nil {
		return v, nil, err
	}
	if err := bundlefile.CheckPartner(f.Bundle, ours, theirs); err != nil {
		return nil, nil, bundlefile.Bad("--partner %s: give the newest only: %w", path, err)
	}
	with, err := v.WithPartner(theirs)
	if err != nil {
		return nil, nil, bundlefile.Bad("--partner %s: %w", path, err)
	}
	return with, theirs, nil
}

// readPartner pins the root of the file that our key list names, and takes the bundle in as a gate of the partner would. Of a region that our
// list knows by keys alone there is nothing to believe it by: nil, after a warning, and the ages of the list decide.
func readPartner(ours *trust.Bundle, path string, at time.Time, note Note) (*trust.Bundle, error) {
	raw, err := bundlefile.Load(path)
	if err != nil {
		return nil, bundlefile.Bad("--partner: the bundle cannot be read: %w", err)
	}
	_, root, err := trust.LastRoot(raw)
	if err != nil {
		return nil, bundlefile.Bad("--partner %s: the bundle cannot be read: %w", path, err)
	}
	pinned, _, err := bundlefile.PinPartner(ours, raw)
	if err != nil {
		if p := ours.KeyList().FindPartner(trust.FormatYK1, root.Region); p != nil && p.Root == nil {
			note("healthcode: --partner %s is not used: our key list knows %s by keys alone and pins no root of it, so the status of its codes is unknown and their age decides\n",
				path, p.Name)
			return nil, nil
		}
		return nil, bundlefile.Bad("--partner %s: %w", path, err)
	}
	theirs, err := trust.Update(pinned, raw, at)
	if err != nil {
		return nil, bundlefile.Bad("--partner %s: the bundle is not to be believed: %w", path, err)
	}
	return theirs, nil
}
