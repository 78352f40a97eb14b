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
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"math/big"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/server"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/inflate"
	"healthcode.example/partner"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/shc"
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

// bombFigures are what it costs to refuse a bomb: in a code, above the ceiling and just below it, and in a body that a client is sending.
func bombFigures() []figure {
	small := bomb(3)[:maxQRBytes]
	text := dcc.Prefix + base45.Encode(small)
	took, memory := cheapest(func() {
		_, err := dcc.Read(text)
		accept(errors.Is(err, inflate.ErrTooLong))
	})
	figures := []figure{
		{"refuse the worst bomb of a QR symbol, above the ceiling", "3 MiB in 2,860 bytes", milliseconds(took), "ms", 10, false},
		{"memory for it", "3 MiB in 2,860 bytes", mebibytes(memory), "MiB", 1, false},
	}
	return append(append(figures, belowFigures()...), postFigures()...)
}

// belowFigures take the dearest of the texts whose content stays just below the ceilings, at a gate that knows no partner of theirs.
func belowFigures() (figures []figure) {
	bombs, err := foreigntest.Bombs()
	must(err)
	trusted, err := foreigntest.Bundle(at)
	must(err)
	gate := verifier.New(trusted, verifier.Policy{}, partner.Formats(false)...)
	for _, format := range []string{shc.Name, dcc.Name, claim169.Name} {
		var worst time.Duration
		var most uint64
		for _, b := range bombs {
			if b.Format != format {
				continue
			}
			took, memory := cheapest(func() { accept(gate.Verify(b.Text, at, nil).Verdict == verifier.Refuse) })
			worst, most = max(worst, took), max(most, memory)
		}
		figures = append(figures,
			figure{"refuse the worst bomb of a QR symbol, below the ceiling, " + format, "the dearest of several", milliseconds(worst), "ms", 10, false},
			figure{"memory for it", "the dearest of several", mebibytes(most), "MiB", 1, false})
	}
	return figures
}

// postFigures send bombs to the service's own route: 64 codes just below the ceiling in one request, for which it has a second, and a body of 1 MiB
// that would inflate to 1 GiB.
func postFigures() []figure {
	s, err := server.New(server.Config{Formats: partner.Formats(false), Now: func() time.Time { return at }, Log: slog.New(slog.DiscardHandler)})
	must(err)
	trusted, err := foreigntest.Bundle(at)
	must(err)
	must(s.UseBundle(trusted))
	send := func(body []byte, want int) {
		r := httptest.NewRequest("POST", "/v1/verifications", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		accept(w.Code == want)
	}
	bombs, err := foreigntest.Bombs()
	must(err)
	var worst time.Duration
	for _, b := range bombs {
		body, err := json.Marshal(api.VerificationRequest{Codes: slices.Repeat([]string{b.Text}, min(api.MaxCodes, 64_000/len(b.Text)))})
		must(err)
		took, _ := cheapest(func() { send(body, http.StatusOK) })
		worst = max(worst, took)
	}
	large := []byte(`{"code":"` + dcc.Prefix + base45.Encode(bomb(1024)) + `"}`)
	took, memory := cheapest(func() { send(large, http.StatusRequestEntityTooLarge) })
	return []figure{
		{"POST /v1/verifications, as many such codes as fit", "the dearest of several", milliseconds(worst), "ms", 1000, false},
		{"POST /v1/verifications, a bomb of 1 GiB", "a code of 1.5 MiB: 413", milliseconds(took), "ms", 10, false},
		{"memory for it", "a code of 1.5 MiB: 413", mebibytes(memory), "MiB", 1, false},
	}
}

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

func mebibytes(n uint64) float64 { return float64(n) / (1 << 20) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
