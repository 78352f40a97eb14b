package bundlefile

import (
	"time"

	"healthcode.example/trust"
)

// Update takes got over what the file at path holds, or begins the file where there is none. pinned is what trust.Pin gave. It returns the
// trust in force afterwards, and whether the file has changed; the same bundle again changes nothing. An error leaves the file as it was and
// is one of trust.Update, or of reading and writing.
//
// Which version was kept stands in a file of its own beside it, so that one that is gone, damaged or older is replaced by nothing older. Without
// that note a file that is there and does not read is never replaced, since its version is the floor under which nothing may be taken.
func Update(path string, pinned *trust.Bundle, got []byte, at time.Time) (now *trust.Bundle, changed bool, err error) {
	pin, err := pinOf(pinned)
	if err != nil {
		return nil, false, err
	}
	k := keeper{path, pin, func(raw []byte) (*trust.Bundle, error) { return trust.Update(pinned, raw, at) }}
	return k.update(pinned, got, at)
}

// Check refuses a bundle that is older than what Update kept at path under the same pinned root: somebody has put it there by another way.
// trust.ErrRollback. Where there is no note of that, or none that can be read, the bundle itself is all that is known.
func Check(path string, b *trust.Bundle) error {
	pin, err := pinOf(b)
	if err != nil {
		return err
	}
	low, err := keeper{path: path, pin: pin}.floor()
	if err != nil {
		return nil
	}
	return low.admits(b)
}

// pinOf is the fingerprint of the root from which the trust began.
func pinOf(b *trust.Bundle) (string, error) { return trust.RootFingerprint(b.SignedRoots()[0]) }
