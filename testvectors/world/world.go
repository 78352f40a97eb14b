// Package world is a small synthetic province for test vectors and tests: keys that follow from their names, an authority that publishes bundles, and
// codes under them. Everything in it is a function of its arguments, so what it makes is the same on every machine. Its keys are public: never
// trust them.
package world

import (
	"bytes"
	"crypto/sha256"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
)

// Region is the home region of the world.
const Region = "CN-GD"

// Times of the world, Unix seconds.
const (
	Midnight  = 1_790_006_400        // 2026-09-22T00:00:00+08:00
	Published = Midnight - 7*3600    // the snapshot: 17:00 on the 21st
	Issued    = Published + 30*60    // the codes: 17:30
	Now       = Issued + 5*60        // the gate: 17:35
	Expiry    = Midnight + 365*86400 // of root and keys
)

// World makes things and reports what cannot be made to fail, which must not return.
type World struct{ fail func(error) }

// New takes t.Fatal or its like.
func New(fail func(error)) *World { return &World{fail} }

// Seed is the private part of the key with the name: SHA-256 of "healthcode TEST KEY " and the name.
func Seed(name string) [32]byte { return sha256.Sum256([]byte("healthcode TEST KEY " + name)) }

// Key makes the key with the name.
func (w *World) Key(alg cose.Algorithm, name string) *cose.PrivateKey {
	seed := Seed(name)
	k, err := cose.Generate(alg, bytes.NewReader(seed[:]))
	if err != nil {
		w.fail(err)
	}
	return k
}

// Ed makes the Ed25519 key with the name.
func (w *World) Ed(name string) *cose.PrivateKey { return w.Key(cose.Ed25519, name) }

// EC makes the P-256 key with the name.
func (w *World) EC(name string) *cose.PrivateKey { return w.Key(cose.ES256, name) }

// Member is a green adult.
func Member(name string, index uint64) credential.Member {
	return credential.Member{Colour: credential.Green, Name: name, Status: credential.Status{List: credential.ListDay(Issued), Index: index}}
}

// Paper is a paper code of fourteen days.
func Paper(name string) credential.Claims {
	return credential.Claims{
		Issuer: Region, IssuedAt: Issued, ExpiresAt: Issued + 14*86400, Kind: credential.Paper, Members: []credential.Member{Member(name, 1001)},
	}
}

// Phone is a phone code of a day, bound to holder.
func Phone(name string, holder *cose.PrivateKey) credential.Claims {
	return credential.Claims{
		Issuer: Region, IssuedAt: Issued, ExpiresAt: Issued + 86400, Kind: credential.Phone, Holder: holder.Public(), Members: []credential.Member{Member(name, 2001)},
	}
}

// Household is a code of a day over the named members, the first of whom holds it.
func Household(holder *cose.PrivateKey, names ...string) credential.Claims {
	c := Phone("", holder)
	c.Kind, c.Members = credential.Household, nil
	for i, name := range names {
		m := Member(name, 3001+uint64(i))
		if i > 0 {
			m.Relation = credential.Child
		}
		c.Members = append(c.Members, m)
	}
	return c
}

// IssuedAtTime moves the code to another time of issue, with its lifetime and the lists of its members.
func IssuedAtTime(c credential.Claims, iat int64) credential.Claims {
	c.ExpiresAt += iat - c.IssuedAt
	c.IssuedAt = iat
	members := make([]credential.Member, 0, len(c.Members))
	for _, m := range c.Members {
		m.Status.List = credential.ListDay(iat)
		members = append(members, m)
	}
	c.Members = members
	return c
}

// Sign signs the code.
func (w *World) Sign(c credential.Claims, key cose.Signer) []byte {
	b, err := c.Sign(key)
	if err != nil {
		w.fail(err)
	}
	return b
}

// Show signs a presentation.
func (w *World) Show(p credential.Presentation, holder cose.Signer) []byte {
	b, err := p.Sign(holder)
	if err != nil {
		w.fail(err)
	}
	return b
}

// Shown is the text of a presentation of the codes at the time.
func (w *World) Shown(at int64, holder cose.Signer, codes ...[]byte) string {
	return credential.Text(w.Show(credential.Presentation{At: at, Codes: codes}, holder))
}
