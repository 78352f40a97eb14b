package trust

import (
	"fmt"
	"slices"

	"healthcode.example/crypto/cose"
)

// Thresholds ask for enough right signatures. What is beyond them must be right as well: a wrong signature, or one of a key that has nothing to sign
// there, comes out of no ceremony, so somebody has changed the file, or it was damaged. Only who signed for roots that a chain does not reach back
// to cannot be told.

// checkRootSignatures wants every signature on the roots, which stand in the order of their versions, to be right: under a root key of the root or
// of the one before it.
func checkRootSignatures(roots []*signedRoot) error {
	for i, r := range roots {
		keys, strangers := r.root.RootKeys, false
		if i > 0 {
			keys = slices.Concat(roots[i-1].root.RootKeys, keys)
		} else {
			strangers = r.root.Version > 1
		}
		if err := r.message.VerifyEach(keys, strangers); err != nil {
			return fmt.Errorf("%w: root %d: %v", ErrSignature, r.root.Version, err)
		}
	}
	return nil
}

// checkSignatures wants every signature of a bundle to be right; those on the key list under a list key of any of its roots, since a new root may
// have taken the role from one who signed before.
func (p *parts) checkSignatures() error {
	if err := checkRootSignatures(p.roots); err != nil {
		return err
	}
	var keys []*cose.PublicKey
	for _, r := range p.roots {
		keys = append(keys, r.root.ListKeys...)
	}
	if err := p.keys.message.VerifyEach(keys, p.roots[0].root.Version > 1); err != nil {
		return fmt.Errorf("%w: key list: %v", ErrSignature, err)
	}
	return nil
}
