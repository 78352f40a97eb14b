package trust

import (
	"fmt"
	"slices"

	"healthcode.example/crypto/cose"
)

// Thresholds ask for enough right signatures. What is beyond them must be right as well: a wrong signature, or one of a key that has nothing to sign
// there, comes out of no ceremony, so somebody has changed the file, or it was damaged. Only who signed for roots of which nobody here knows the one
// before cannot be told.

// checkRootSignatures wants every signature on the roots to be right: under a root key of the root or of the one before it. The known ones stand in
// the order of their versions without a gap, and the roots' versions are among theirs.
func checkRootSignatures(roots, known []*signedRoot) error {
	for _, r := range roots {
		keys, strangers := r.root.RootKeys, false
		if before := int64(r.root.Version) - int64(known[0].root.Version) - 1; before >= 0 {
			keys = slices.Concat(known[before].root.RootKeys, keys)
		} else {
			strangers = r.root.Version > 1
		}
		if err := r.message.VerifyEach(keys, strangers); err != nil {
			return fmt.Errorf("%w: root %d: %v", ErrSignature, r.root.Version, err)
		}
	}
	return nil
}

// checkSignatures wants every signature of a bundle to be right; those on the key list under a list key of any root, since a new root may have taken
// the role from one who signed before. The chain is the one that leads from the pinned root to the bundle's: what is taken is asked no less than the
// file that is kept of it will be.
func (p *parts) checkSignatures(chain []*signedRoot) error {
	first := chain[0].root.Version
	known := append(slices.DeleteFunc(slices.Clone(p.roots), func(r *signedRoot) bool { return r.root.Version >= first }), chain...)
	if err := checkRootSignatures(p.roots, known); err != nil {
		return err
	}
	var keys []*cose.PublicKey
	for _, r := range known {
		keys = append(keys, r.root.ListKeys...)
	}
	if err := p.keys.message.VerifyEach(keys, known[0].root.Version > 1); err != nil {
		return fmt.Errorf("%w: key list: %v", ErrSignature, err)
	}
	return nil
}
