package issuer_test

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// TestARevokedCodePassesForNoLongerThanThePublishedExposure: whenever a code is revoked between two publications, and whichever publication a
// gate was the last to load, the code passes there for at most hard age plus publication interval after its revocation; and a gate that has
// loaded the publication after it refuses at once.
func TestARevokedCodePassesForNoLongerThanThePublishedExposure(t *testing.T) {
	policy := trust.DefaultPolicy()
	every := int(policy.PublishEvery / time.Second)
	longest := time.Duration(0)
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, cose.Ed25519)
		person := w.enrol("张伟")
		w.publish()
		w.update()
		old := w.issue(person.read(credential.Paper))
		before := w.gate // a gate that loads this one and then has no network
		published := w.at
		w.advance(time.Duration(rapid.IntRange(0, every-1).Draw(r, "revoked after the publication, s")) * time.Second)
		revoked := w.at
		person.tell(health.PositiveTest)
		w.at = published.Add(policy.PublishEvery)
		w.must(w.issuer.EnsureLists(context.Background(), w.at))
		w.publish()
		w.update()
		passes := func(b *trust.Bundle, at time.Time) bool {
			return verifier.New(b, verifier.Policy{Demo: true}).Verify(credential.Text(old.bytes), at, nil).Verdict == verifier.Accept
		}
		if passes(w.gate, w.at) {
			r.Fatalf("a gate with the publication after the revocation lets the code pass")
		}
		if !passes(before, revoked) {
			r.Fatalf("the test tests nothing: the code never passed")
		}
		exposure := policy.Exposure()
		for _, after := range []time.Duration{0, time.Second, time.Minute, time.Hour, time.Duration(rapid.IntRange(0, 48*3600).Draw(r, "later, s")) * time.Second} {
			if passes(before, revoked.Add(exposure+time.Second+after)) {
				r.Fatalf("the code passes %v after its revocation, and the published exposure is %v", exposure+time.Second+after, exposure)
			}
		}
		if last := published.Add(policy.HardAge); passes(before, last) {
			longest = max(longest, last.Sub(revoked))
		}
	})
	if longest < policy.HardAge-policy.PublishEvery || longest > policy.Exposure() {
		t.Errorf("the longest that a code passed is %v, near the exposure of %v it should be", longest, policy.Exposure())
	}
	if policy.Exposure() > 24*time.Hour {
		t.Errorf("the exposure of the default policy is %v, which no policy may have", policy.Exposure())
	}
}
