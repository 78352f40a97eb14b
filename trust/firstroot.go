package trust

import "bytes"

// FirstRoot takes the oldest root out of a bundle without believing it: the one from which the others follow, for an authority that has lost its
// own copy and trusts the place where it keeps the bundle.
func FirstRoot(bundle []byte) ([]byte, error) {
	p, err := parseParts(bundle)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(p.roots[0].raw), nil
}
