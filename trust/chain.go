package trust

import (
	"bytes"
	"fmt"
)

// ReadRoot reads a signed or unsigned root without checking who signed it: Pin, Chain and Update do that.
func ReadRoot(signed []byte) (*Root, error) {
	s, err := parseRoot(signed)
	if err != nil {
		return nil, err
	}
	return s.root, nil
}

// Chain pins the first of the signed roots and walks through the others by the rules of Update: each is of the next version and signed by the
// thresholds of both. It is for whoever holds roots and no bundle, as a ceremony does.
func Chain(roots [][]byte) (*Bundle, error) {
	if len(roots) == 0 {
		return nil, fmt.Errorf("%w: no root", ErrFormat)
	}
	pinned, err := Pin(roots[0])
	if err != nil {
		return nil, err
	}
	parsed := []*signedRoot{pinned.root}
	for _, raw := range roots[1:] {
		r, err := parseRoot(bytes.Clone(raw))
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, r)
	}
	chain := new(Bundle)
	if err := chain.walkRoots(pinned, parsed); err != nil {
		return nil, err
	}
	if err := checkRootSignatures(parsed, parsed); err != nil {
		return nil, err
	}
	return chain, nil
}
