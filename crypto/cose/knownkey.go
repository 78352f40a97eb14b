package cose

import "crypto/ed25519"

// knownKey is a table of multiples of a known Ed25519 key.
type knownKey struct{}

func newKnownKey(ed25519.PublicKey) (*knownKey, bool) { return nil, false }

func (*knownKey) verify(_, _ []byte) bool { return false }
