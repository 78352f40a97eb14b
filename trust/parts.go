package trust

// SignedRoots gives the chain of signed roots from the one that was pinned, for Assemble. The caller must not change them.
func (b *Bundle) SignedRoots() [][]byte {
	roots := make([][]byte, len(b.chain))
	for i, r := range b.chain {
		roots[i] = r.raw
	}
	return roots
}

// SignedKeyList gives the signed key list in force, for SignSnapshot and Assemble, or nil right after Pin. The caller must not change it.
func (b *Bundle) SignedKeyList() []byte {
	if b.keys == nil {
		return nil
	}
	return b.keys.raw
}

// ReadKeyList reads a signed key list without checking who signed it: Update does that.
func ReadKeyList(signed []byte) (*KeyList, error) {
	s, err := parseKeyList(signed)
	if err != nil {
		return nil, err
	}
	return s.list, nil
}
