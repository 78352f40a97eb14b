package dcc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
)

// BenchmarkVerify compares the whole verification of a certificate with the bare check of a signature: the ratio is the figure.
func BenchmarkVerify(b *testing.B) {
	c := newCountry(b)
	gate, text := c.gate(), c.text(message())
	b.Run("ES256", func(b *testing.B) { verifyMany(b, gate, text) })
	digest := sha256.Sum256([]byte(text))
	signature, err := c.key.Sign([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	public, _ := c.key.Public().ECDSA()
	der := derOf(signature)
	b.Run("ES256 bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !ecdsa.VerifyASN1(public, digest[:], der) {
				b.Fatal("a good signature does not verify")
			}
		}
	})
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	key, err := cose.NewPS256(&private.PublicKey)
	if err != nil {
		b.Fatal(err)
	}
	c.entry.Keys = []trust.PartnerKey{{Key: key, Purposes: []trust.Purpose{trust.Paper}, KeyID: kid}}
	m := message()
	m.Protected = map[int]any{1: -37, 4: kid}
	sign := func(message []byte) ([]byte, error) {
		digest := sha256.Sum256(message)
		return rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32})
	}
	message, err := m.Bytes(sign)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("PS256", func(b *testing.B) { verifyMany(b, c.gate(), foreigntest.DCC(message)) })
	bare, err := sign([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("PS256 bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if rsa.VerifyPSS(&private.PublicKey, crypto.SHA256, digest[:], bare, &rsa.PSSOptions{SaltLength: 32}) != nil {
				b.Fatal("a good signature does not verify")
			}
		}
	})
	b.Run("reading only", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := dcc.Read(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func verifyMany(b *testing.B, gate *verifier.Verifier, text string) {
	b.ReportAllocs()
	for b.Loop() {
		if r := gate.Verify(text, noon, nil); r.Verdict != verifier.Accept {
			b.Fatal(r.Reason)
		}
	}
}

// derOf writes r‖s as DER (X.690 §8.3, §8.9).
func derOf(signature []byte) []byte {
	der := []byte{0x30, 0}
	for _, n := range [][]byte{signature[:32], signature[32:]} {
		for len(n) > 1 && n[0] == 0 {
			n = n[1:]
		}
		if n[0] >= 0x80 {
			n = append([]byte{0}, n...)
		}
		der = append(append(der, 2, byte(len(n))), n...)
	}
	der[1] = byte(len(der) - 2)
	return der
}

// BenchmarkVerifyOverBare takes turns, so that both sides see the same machine, and reports the ratio of the medians.
func BenchmarkVerifyOverBare(b *testing.B) {
	c := newCountry(b)
	gate, text := c.gate(), c.text(message())
	cert, err := dcc.Read(text)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte(text))
	signature, err := c.key.Sign([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	public, _ := c.key.Public().ECDSA()
	der := derOf(signature)
	var whole, bare, own []time.Duration
	measure := func(all *[]time.Duration, f func() bool) {
		begin := time.Now()
		if !f() {
			b.Fatal("a good signature does not verify")
		}
		*all = append(*all, time.Since(begin))
	}
	for b.Loop() {
		measure(&whole, func() bool { return gate.Verify(text, noon, nil).Verdict == verifier.Accept })
		measure(&bare, func() bool { return ecdsa.VerifyASN1(public, digest[:], der) })
		measure(&own, func() bool { return cert.Verify(c.key.Public()) == nil })
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2])
	}
	b.ReportMetric(median(whole)/median(bare), "whole/bare")
	b.ReportMetric(median(own)/median(bare), "envelope/bare")
	b.ReportMetric(float64(whole[0])/float64(bare[0]), "best/best")
}
