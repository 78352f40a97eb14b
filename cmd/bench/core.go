package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/verifier"
)

// bare is a signature check alone: the standard library's routine on the bytes that the code signs.
func bare(message []byte, k *cose.PublicKey) func() {
	tbs, sig := signed(message)
	if pub, ok := k.Ed25519(); ok {
		return func() { accept(ed25519.Verify(pub, tbs, sig)) }
	}
	pub, _ := k.ECDSA()
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])})
	must(err)
	return func() {
		digest := sha256.Sum256(tbs)
		accept(ecdsa.VerifyASN1(pub, digest[:], der))
	}
}

// routine is the check that the verifier itself calls, with the table of a known key.
func routine(message []byte, k *cose.PublicKey) func() {
	tbs, sig := signed(message)
	known := k.Known()
	return func() { accept(known.Verify(tbs, sig)) }
}

// signed gives the Sig_structure of a COSE_Sign1 (RFC 9052 §4.4) and its signature.
func signed(message []byte) (tbs, sig []byte) {
	m, err := cose.ParseSign1(message)
	must(err)
	tbs = cose.AppendText(cose.AppendArray(nil, 4), "Signature1")
	return cose.AppendBytes(cose.AppendBytes(cose.AppendBytes(tbs, m.Protected), nil), m.Payload), m.Signature
}

func accept(ok bool) {
	if !ok {
		panic("the bench verified something that is not accepted")
	}
}

func coreFigures(w *world) []figure {
	plain := verifier.New(w.bundle, verifier.Policy{Demo: true, Tables: -1})
	fast := verifier.New(w.bundle, verifier.Policy{Demo: true})
	verify := func(v *verifier.Verifier, text string) func() {
		return func() { accept(v.Verify(text, at, nil).Verdict == verifier.Accept) }
	}
	edCode, esCode, phone := w.paper(cose.Ed25519), w.paper(cose.ES256), w.phone(w.member("张**"))
	ed, es := credential.Text(edCode), credential.Text(esCode)
	shownBytes := w.show(credential.Presentation{At: at.Unix(), Codes: [][]byte{phone}})
	shown := credential.Text(shownBytes)
	edKey, esKey := w.keys["Ed25519 paper 440100"].Public(), w.keys["ES256 paper 440100"].Public()
	phoneKey := w.keys["Ed25519 phone 440100"].Public()
	issuerCheck, holderCheck := bare(phone, phoneKey), bare(shownBytes, w.holder.Public())
	twoChecks := func() { issuerCheck(); holderCheck() }
	fixture := "paper code of one adult, bundle of 85 keys"
	return []figure{
		{"verify paper / bare check, Ed25519", fixture, ratio(verify(plain, ed), bare(edCode, edKey)), "", 1.10, false},
		{"verify paper / bare check, ES256", fixture, ratio(verify(plain, es), bare(esCode, esKey)), "", 1.10, false},
		{"verify paper / same routine, known-key table", fixture, ratio(verify(fast, ed), routine(edCode, edKey)), "", 1.20, false},
		{"verify paper, known key, all in / ed25519.Verify", fixture, ratio(verify(fast, ed), bare(edCode, edKey)), "", 0.60, false},
		{"verify presentation / its two bare checks", "one adult, Ed25519 and P-256, no tables", ratio(verify(plain, shown), twoChecks), "", 1.10, false},
		{"verify presentation, known key / its two bare checks", "the same with the table", ratio(verify(fast, shown), twoChecks), "", 1.10, false},
		{"allocations, paper Ed25519", fixture, allocations(verify(fast, ed)), "", 20, false},
		{"allocations, paper ES256", fixture, allocations(verify(fast, es)), "", 20, false},
		{"allocations, presentation", "one adult", allocations(verify(fast, shown)), "", 20, false},
	}
}
