package conformance

import (
	"math"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/partner"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/shc"
)

// TestTheWorstBombBelowTheCeilingIsRefusedCheaply holds what nobody signed to 10 ms and 1 MiB at the gate, also where the gate knows the issuer and
// the kid. The least of some runs counts: the machine may be busy with other things, the bomb is always the same.
func TestTheWorstBombBelowTheCeilingIsRefusedCheaply(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	bombs, err := foreigntest.Bombs()
	if err != nil {
		t.Fatal(err)
	}
	key, err := foreigntest.Key(cose.ES256, "bombs")
	if err != nil {
		t.Fatal(err)
	}
	entry := func(format, issuer, kid string) trust.Partner {
		return foreigntest.Entry(format, []trust.PartnerKey{{Key: key.Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: []byte(kid)}}, issuer)
	}
	trusted, err := foreigntest.Bundle(at, entry("HC1", "XX", "unsigned"), entry("C169", "XX", "unsigned"), entry(shc.Name, "https://issuer.example", "x"))
	if err != nil {
		t.Fatal(err)
	}
	gate := verifier.New(trusted, verifier.Policy{}, partner.Formats(false)...)
	for _, b := range bombs {
		least := cost{math.MaxUint64, time.Hour}
		for range 10 {
			c := measure(func([]byte) {
				r := gate.Verify(b.Text, at, nil)
				if opened := r.Reason != verifier.ReasonTooLong && r.Reason != verifier.ReasonEnvelope; r.Verdict != verifier.Refuse || opened != b.Opened {
					t.Fatalf("%s, %s: %v %v", b.Format, b.Name, r.Verdict, r.Reason)
				}
			}, nil)
			least = cost{min(least.bytes, c.bytes), min(least.took, c.took)}
		}
		t.Logf("%s, %s: %d characters, %v, %d bytes", b.Format, b.Name, len(b.Text), least.took, least.bytes)
		if least.took > patience || least.bytes > 1<<20 {
			t.Errorf("%s, %s: %d characters cost %v and %d bytes", b.Format, b.Name, len(b.Text), least.took, least.bytes)
		}
	}
}
