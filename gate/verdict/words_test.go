package verdict

import (
	"testing"

	"healthcode.example/verifier"
)

func TestEveryReasonAndRemedyHasWords(t *testing.T) {
	for _, r := range verifier.Reasons() {
		if reasonWords[r] == "" {
			t.Errorf("reason %s has no words", r)
		}
		if remedyWords[r.Remedy()] == "" {
			t.Errorf("remedy %s of reason %s has no words", r.Remedy(), r)
		}
	}
}
