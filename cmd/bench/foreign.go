package main

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"io"
	"math"
	"math/big"
	"net/http"
	"net/http/httptest"
	"runtime"
	"time"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/inflate"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
)

// signerID is the kid of the partner's key.
var signerID = []byte("bench key")[:8]

// foreignGate verifies certificates of one partner with one key.
func foreignGate(k *cose.PublicKey) *verifier.Verifier {
	keys := []trust.PartnerKey{{Key: k, Purposes: []trust.Purpose{trust.Paper}, KeyID: signerID}}
	b, err := foreigntest.Bundle(at, foreigntest.Entry(dcc.Name, keys, "XX"))
	must(err)
	return verifier.New(b, verifier.Policy{}, dcc.Format{})
}

// certificate is a vaccination in the usual size, and what its signature is over.
func certificate(alg cose.Algorithm, sign foreigntest.Sign) (text string, signed, signature []byte) {
	m := foreigntest.Message{
		Tags: []uint64{18}, Protected: map[int]any{1: int(alg), 4: signerID},
		Payload: foreigntest.Certificate("XX", at.Unix()-86400, at.Unix()+180*86400, "v", foreigntest.Vaccination("XX")),
	}
	b, err := m.Bytes(func(message []byte) ([]byte, error) {
		s, err := sign(message)
		signed, signature = bytes.Clone(message), s
		return s, err
	})
	must(err)
	return foreigntest.DCC(b), signed, signature
}

func foreignFigures(*world) []figure {
	private := key(cose.ES256, "signer of XX")
	text, signed, signature := certificate(cose.ES256, private.Sign)
	gate := foreignGate(private.Public())
	ec, _ := private.Public().ECDSA()
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])})
	must(err)
	es := ratio(
		func() { accept(gate.Verify(text, at, nil).Verdict == verifier.Accept) },
		func() { digest := sha256.Sum256(signed); accept(ecdsa.VerifyASN1(ec, digest[:], der)) },
	)

	secret, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	public, err := cose.NewPS256(&secret.PublicKey)
	must(err)
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
	psText, psSigned, psSignature := certificate(cose.PS256, func(message []byte) ([]byte, error) {
		digest := sha256.Sum256(message)
		return rsa.SignPSS(rand.Reader, secret, crypto.SHA256, digest[:], options)
	})
	psGate := foreignGate(public)
	verifyPS := func() { accept(psGate.Verify(psText, at, nil).Verdict == verifier.Accept) }
	ps := ratio(verifyPS, func() {
		digest := sha256.Sum256(psSigned)
		accept(rsa.VerifyPSS(&secret.PublicKey, crypto.SHA256, digest[:], psSignature, options) == nil)
	})
	figures := []figure{
		{"verify EU DCC / bare check, ES256", "one dose, one partner", es, "", 1.25, false},
		{"verify EU DCC / bare check, PS256, reported", "RSA of 2048 bits", ps, "", math.Inf(1), false},
		{"verify EU DCC, PS256, reported", "RSA of 2048 bits", perCall(verifyPS) / 1000, "µs", math.Inf(1), false},
	}
	return append(figures, bombFigures()...)
}

// bombFigures are what it costs to refuse a bomb: in a code, and in a body that a client is sending.
func bombFigures() []figure {
	small := bomb(3)[:maxQRBytes]
	text := dcc.Prefix + base45.Encode(small)
	took, memory := cheapest(func() {
		_, err := dcc.Read(text)
		accept(errors.Is(err, inflate.ErrTooLong))
	})
	large := bomb(1024)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(len(large))))
		must(err)
		before := allocated()
		begin := time.Now()
		_, err = inflate.Zlib(b, dcc.MaxContent)
		bodyTook, bodyMemory = time.Since(begin), allocated()-before
		accept(errors.Is(err, inflate.ErrTooLong))
	}))
	defer server.Close()
	bestTook, bestMemory := time.Hour, uint64(math.MaxUint64)
	for range rounds {
		response, err := http.Post(server.URL, "application/octet-stream", bytes.NewReader(large))
		must(err)
		must(response.Body.Close())
		bestTook, bestMemory = min(bestTook, bodyTook), min(bestMemory, bodyMemory)
	}
	return []figure{
		{"refuse the worst bomb of a QR symbol", "3 MiB in 2,860 bytes", milliseconds(took), "ms", 10, false},
		{"memory for it", "3 MiB in 2,860 bytes", float64(memory) / (1 << 20), "MiB", 1, false},
		{"refuse a bomb of 1 GiB that came over HTTP", "its body of 1 MiB read before", milliseconds(bestTook), "ms", 10, false},
		{"memory for it", "its body of 1 MiB read before", float64(bestMemory) / (1 << 20), "MiB", 1, false},
	}
}

// What the handler measured last; requests come one after another.
var (
	bodyTook   time.Duration
	bodyMemory uint64
)

// maxQRBytes is what the largest symbol holds of base45 after the prefix HC1:.
const maxQRBytes = 2860

// bomb is a zlib stream of so many MiB of zeros, of which the end is missing.
func bomb(mib int) []byte {
	var block bytes.Buffer
	w, err := flate.NewWriter(&block, flate.BestCompression)
	must(err)
	_, err = w.Write(make([]byte, 1<<20))
	must(err)
	must(w.Flush())
	return append([]byte{0x78, 0xda}, bytes.Repeat(block.Bytes(), mib)...)
}

// cheapest runs f a few times and gives the least time and memory: what the machine does beside is not f's.
func cheapest(f func()) (took time.Duration, memory uint64) {
	took, memory = time.Hour, math.MaxUint64
	for range rounds {
		before, begin := allocated(), time.Now()
		f()
		took, memory = min(took, time.Since(begin)), min(memory, allocated()-before)
	}
	return took, memory
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
