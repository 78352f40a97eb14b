package health

import (
	"bytes"
	"testing"

	"healthcode.example/crypto/cose"
)

// FuzzRules begins behind the signature: rules that are read are sound, and are what we would sign.
func FuzzRules(f *testing.F) {
	key, err := cose.Generate(cose.Ed25519, seeded(1))
	if err != nil {
		f.Fatal(err)
	}
	payload, err := cose.Marshal(DefaultRules("CN-GD"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	f.Fuzz(func(t *testing.T, payload []byte) {
		signed, err := cose.SignSign1(RuleType, payload, key, true)
		if err != nil {
			t.Skip("too long to sign")
		}
		rules, err := ParseRules(signed, key.Public())
		if err != nil {
			return
		}
		if err := rules.Validate(); err != nil {
			t.Errorf("read, and unsound: %v", err)
		}
		if again, err := SignRules(rules, key); err != nil || !bytes.Equal(again, signed) {
			t.Errorf("signed again they are others, %v", err)
		}
	})
}

// FuzzWords: identifiers and kinds of evidence have one form.
func FuzzWords(f *testing.F) {
	f.Add(PersonID{1, 2, 3}.String())
	f.Add(string(PositiveTest))
	f.Add("00000000000000000000000001")
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := ParsePersonID(text); err == nil && id.String() != text {
			t.Errorf("%q is read as %v", text, id)
		}
		var id PersonID
		if err := id.UnmarshalText([]byte(text)); err == nil && id.String() != text {
			t.Errorf("%q is read as %v", text, id)
		}
		if kind, err := ParseEvidenceKind(text); err == nil && string(kind) != text {
			t.Errorf("%q is read as %q", text, kind)
		}
	})
}
