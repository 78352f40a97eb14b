package issuer_test

import (
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// scan shows a paper code at the checkpoint.
func (w *world) scan(c code) verifier.Result {
	w.t.Helper()
	return verifier.New(w.gate, verifier.Policy{Demo: true}).Verify(credential.Text(c.bytes), w.at, nil)
}

func TestWhatIsIssuedPassesTheGateUntilItEnds(t *testing.T) {
	for _, alg := range []cose.Algorithm{cose.Ed25519, cose.ES256} {
		w := newWorld(t, alg)
		r := w.enrol("张伟")
		old := w.issue(r.read(credential.Paper))
		if got := w.scan(old); got.Verdict != verifier.Accept {
			t.Errorf("%v: a fresh green code: %v, %v", alg, got.Verdict, got.Reason)
		}
		w.advance(time.Hour)
		r.tell(health.PositiveTest)
		w.publish()
		w.update()
		if got := w.scan(old); got.Reason != verifier.ReasonRevoked {
			t.Errorf("%v: the green code after the test: %v, %v", alg, got.Verdict, got.Reason)
		}
		if got := w.scan(w.issue(r.read(credential.Paper))); got.Reason != verifier.ReasonColour {
			t.Errorf("%v: the red code: %v, %v", alg, got.Verdict, got.Reason)
		}
	}
}

func TestAPhoneShowsItsCodeAtTheGate(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	holder, err := cose.Generate(cose.ES256, w.rand)
	w.must(err)
	req := w.enrol("张伟").read(credential.Phone)
	req.Holder = holder.Public()
	shown := credential.Presentation{At: w.at.Unix(), Codes: [][]byte{w.issue(req).bytes}}
	b, err := shown.Sign(holder)
	w.must(err)
	gate := verifier.New(w.gate, verifier.Policy{Demo: true})
	if got := gate.Verify(credential.Text(b), w.at, nil); got.Verdict != verifier.Accept {
		t.Errorf("%v, %v", got.Verdict, got.Reason)
	}
}

func TestABundleOfTheEveningServesTheNextMorning(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	w.at = time.Date(2026, 3, 2, 17, 0, 0, 0, credential.Zone)
	w.publish()
	w.update()
	w.at = time.Date(2026, 3, 3, 0, 5, 0, 0, credential.Zone)
	c := w.issue(r.read(credential.Paper))
	w.at = time.Date(2026, 3, 3, 9, 0, 0, 0, credential.Zone)
	if got := w.scan(c); got.Verdict != verifier.Accept {
		t.Errorf("bundle 17:00, code 00:05, gate 09:00: %v, %v", got.Verdict, got.Reason)
	}
}

func TestASnapshotMakesTheListsOfItsDay(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	w.advance(5 * 24 * time.Hour)
	w.publish() // before anybody called EnsureLists
	w.update()
	if got := w.scan(w.issue(r.read(credential.Paper))); got.Verdict != verifier.Accept {
		t.Errorf("%v, %v", got.Verdict, got.Reason)
	}
}

func TestEveryHandOverOfKeysLeavesGoodCodesGood(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	lost := w.key(trust.Paper, trust.Published).Entry.Key.ID()
	before := w.issue(r.read(credential.Paper))
	w.advance(time.Hour)
	spare := w.key(trust.Paper, trust.Standby)
	fresh, err := issuer.GenerateKey(issuer.KeyPlan{
		Purpose: trust.Paper, Algorithm: cose.Ed25519, State: trust.Standby, UseFrom: spare.Entry.UseFrom, UseUntil: spare.Entry.UseUntil,
	}, w.list.Policy, w.rand)
	w.must(err)
	w.ceremony(issuer.Change{Compromise: []cose.KeyID{lost}, Add: w.add(fresh)})
	_, err = w.issuer.EnsureKeys(t.Context(), w.at)
	w.must(err)
	after := w.issue(r.read(credential.Paper))
	if got := w.scan(after); got.Verdict != verifier.Accept {
		t.Errorf("a gate with the bundle of before refuses the standby's code: %v", got.Reason)
	}
	w.update()
	if got := w.scan(after); got.Verdict != verifier.Accept {
		t.Errorf("the standby's code: %v, %v", got.Verdict, got.Reason)
	}
	if got := w.scan(before); got.Reason != verifier.ReasonKeyCompromised {
		t.Errorf("the code of the stolen key: %v, %v", got.Verdict, got.Reason)
	}
}
