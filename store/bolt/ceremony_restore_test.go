package bolt_test

import (
	"os"
	"testing"
)

// restorePoints is how many histories are played with ten restores each: ten make a hundred, HEALTHCODE_LONG=1 a thousand.
func restorePoints() (histories, restores int) {
	if os.Getenv("HEALTHCODE_LONG") == "1" {
		return 100, 10
	}
	return 10, 10
}

// In a region that a ceremony founded, where snapshot keys and issuer keys are replaced in between, after any of a hundred restores, of backups
// of any age: no code whose revocation was published is accepted by a gate with the newest bundle, no handle is given twice, no version repeats,
// and every good code stays good.
func TestARestoreAcrossKeyCeremoniesUndoesNothingThatWasPublished(t *testing.T) {
	histories, restores := restorePoints()
	if slowed {
		histories = 1 // make test plays all of them without the race detector
	}
	brought, accepted, refused, ceremonies := 0, 0, 0, uint64(0)
	for seed := range uint64(histories) {
		w := newCeremonyRegion(t, 1000+seed, fewHandles)
		w.backUp()
		for range restores {
			for range 2 + w.rng.IntN(5) {
				w.live()
				if w.rng.IntN(4) == 0 {
					w.ceremony()
				}
			}
			chosen := w.backups[w.rng.IntN(len(w.backups))]
			if w.rng.IntN(2) == 0 {
				chosen = w.backups[len(w.backups)-1]
			}
			plan := w.restore(chosen)
			brought += plan.Brought()
			w.forget()
			w.check()
			w.refresh()
			yes, no := w.judge()
			accepted, refused = accepted+yes, refused+no
		}
		ceremonies += w.gate.KeyList().Version - 1
	}
	t.Logf("%d restores over %d ceremonies: %d keys brought; %d codes accepted and %d refused", histories*restores, ceremonies, brought, accepted, refused)
	if brought < histories || accepted == 0 || refused == 0 {
		t.Error("the histories are too tame to show anything")
	}
}
