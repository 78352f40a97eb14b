package credential

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
)

// fuzzKey is the same in every process that a fuzz test runs in.
func fuzzKey(f *testing.F, alg cose.Algorithm) *cose.PrivateKey {
	f.Helper()
	k, err := cose.Generate(alg, rand.NewChaCha8([32]byte{4}))
	if err != nil {
		f.Fatal(err)
	}
	return k
}

// addPayloads seeds with the payload of every vector that has the typ.
func addPayloads(f *testing.F, typ string) {
	f.Helper()
	cases, err := testvectors.Cases()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		if len(c.Text) < len(Prefix) {
			continue
		}
		message, err := base45.Decode(c.Text[len(Prefix):])
		if err != nil {
			continue
		}
		m, err := cose.ParseSign1(message)
		if err != nil {
			continue
		}
		if m.Type == typ {
			f.Add(m.Payload)
		}
		if u, err := Parse(c.Text); err == nil && typ == TypeCode {
			for _, code := range u.Codes {
				f.Add(code.Message.Payload)
			}
		}
	}
}

// FuzzClaims begins behind the signature: whatever an issuer signs is refused as an *Error, or is in range and is what we would write.
func FuzzClaims(f *testing.F) {
	issuer := fuzzKey(f, cose.Ed25519)
	addPayloads(f, TypeCode)
	f.Fuzz(func(t *testing.T, payload []byte) {
		message, err := cose.SignSign1(TypeCode, payload, issuer, true)
		if err != nil {
			t.Fatal(err)
		}
		u, err := Parse(Text(message))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Fault == 0 {
				t.Errorf("an error without a fault: %v", err)
			}
			return
		}
		c := &u.Codes[0].Claims
		if err := c.validate(); err != nil {
			t.Errorf("read, and out of range: %v", err)
		}
		if again, err := c.Sign(issuer); err != nil || !bytes.Equal(again, message) {
			t.Errorf("signed again it is another code, %v", err)
		}
	})
}

// FuzzPresentation: whatever a holder signs.
func FuzzPresentation(f *testing.F) {
	issuer, holder := fuzzKey(f, cose.Ed25519), fuzzKey(f, cose.ES256)
	code := mustSign(f, phone("张*", holder.Public()), issuer)
	for _, p := range []Presentation{
		{At: at, Codes: [][]byte{code}}, {At: at, Codes: [][]byte{code, code}}, {At: at, Codes: [][]byte{code}, Challenge: make([]byte, 32), Salts: map[int]Revealed{0: {Salt: Salt{1}, Document: Passport}}},
	} {
		f.Add(p.append(nil))
	}
	addPayloads(f, TypePresentation)
	f.Fuzz(func(t *testing.T, payload []byte) {
		message, err := cose.SignSign1(TypePresentation, payload, holder, false)
		if err != nil {
			t.Fatal(err)
		}
		u, err := Parse(Text(message))
		if err != nil {
			return
		}
		if u.Show == nil || u.Members() > MaxMembers || len(u.Codes) == 0 || len(u.Codes) > MaxCodes {
			t.Errorf("%d codes of %d members", len(u.Codes), u.Members())
		}
		if err := u.Show.Presentation.validate(); err != nil {
			t.Errorf("read, and out of range: %v", err)
		}
		if !bytes.Equal(u.Show.Presentation.append(nil), payload) {
			t.Error("it is written otherwise")
		}
		for member := range u.Show.Presentation.Salts {
			if member < 0 || member >= u.Members() {
				t.Errorf("a salt for member %d of %d", member, u.Members())
			}
		}
	})
}

// FuzzWords: the helper symbols and the words of the registry are written as they were read.
func FuzzWords(f *testing.F) {
	for _, text := range []string{SaltText(Salt{1}.Of(0)), SaltText(Salt{1}.Of(2)), ChallengeText(make([]byte, 16)), "green", "household", "ward", "CN-GD", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSalt(text); err == nil && SaltText(s) != text {
			t.Errorf("salt %q", text)
		}
		if c, err := ParseChallenge(text); err == nil && (ChallengeText(c) != text || CheckChallenge(c) != nil) {
			t.Errorf("challenge %q", text)
		}
		if c, err := ParseColour(text); (err == nil) != c.Valid() || err == nil && c.String() != text {
			t.Errorf("colour %q", text)
		}
		if k, err := ParseKind(text); (err == nil) != k.Valid() || err == nil && k.String() != text {
			t.Errorf("kind %q", text)
		}
		if r, err := ParseRelation(text); (err == nil) != r.Valid() || err == nil && r.String() != text {
			t.Errorf("relation %q", text)
		}
		var c Colour
		var k Kind
		var r Relation
		if c.UnmarshalText([]byte(text)) == nil && !c.Valid() || k.UnmarshalText([]byte(text)) == nil && !k.Valid() || r.UnmarshalText([]byte(text)) == nil && !r.Valid() {
			t.Errorf("%q is read as nothing", text)
		}
	})
}
