package trust

import "fmt"

// SnapshotSigner takes out of a bundle the entry of the key that signed its snapshot. Of the bundle nothing is believed and no signature is
// checked: it is for a ceremony that condemns the key of a forged one (issuer.Change), which must name the key to have any effect on a gate
// that took the forgery.
func SnapshotSigner(bundle []byte) (IssuerKey, error) {
	p, err := parseParts(bundle)
	if err != nil {
		return IssuerKey{}, err
	}
	key := p.keys.list.Find(p.snapshot.message.KeyID)
	if key == nil || key.Purpose != SnapshotKey {
		return IssuerKey{}, fmt.Errorf("%w: its key list has no snapshot key %v, so no gate took it", ErrSignature, p.snapshot.message.KeyID)
	}
	return *key, nil
}
