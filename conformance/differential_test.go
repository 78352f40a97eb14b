package conformance

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"healthcode.example/crypto/cose"
	"healthcode.example/verifier/foreigntest"

	"github.com/fxamacker/cbor/v2"
	gocose "github.com/veraison/go-cose"
)

// judge verifies messages under one key in each way that we know.
type judge struct {
	t      *testing.T
	key    *cose.PrivateKey
	public crypto.PublicKey
	pem    string // file
	dir    string
}

func newJudge(t *testing.T, alg cose.Algorithm) *judge {
	t.Helper()
	key, err := foreigntest.Key(alg, "differential")
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{t: t, key: key, dir: t.TempDir()}
	if ec, ok := key.Public().ECDSA(); ok {
		j.public = ec
	} else if ed, ok := key.Public().Ed25519(); ok {
		j.public = ed
	}
	der, err := x509.MarshalPKIXPublicKey(j.public)
	if err != nil {
		t.Fatal(err)
	}
	j.pem = j.file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return j
}

func (j *judge) file(name string, b []byte) string {
	path := filepath.Join(j.dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		j.t.Fatal(err)
	}
	return path
}

// strict is the envelope of our own codes.
func (j *judge) strict(b []byte) bool {
	m, err := cose.ParseSign1(b)
	return err == nil && m.Verify(j.key.Public()) == nil
}

// tolerant is the envelope of other formats.
func (j *judge) tolerant(b []byte) bool {
	m, err := cose.ParseForeignSign1(b)
	return err == nil && m.Verify(j.key.Public()) == nil
}

// withoutTags takes off the tags in front that we take and go-cose does not know: it wants 18 or nothing, according to the type that reads.
func withoutTags(b []byte) []byte {
	for len(b) > 2 {
		switch {
		case b[0] == 0xd2:
			b = b[1:]
		case b[0] == 0xd8 && b[1] == 61:
			b = b[2:]
		default:
			return b
		}
	}
	return b
}

// gocose is the second opinion.
func (j *judge) gocose(b []byte) bool {
	alg := gocose.AlgorithmES256
	if j.key.Public().Algorithm() == cose.Ed25519 {
		alg = gocose.AlgorithmEdDSA
	}
	v, err := gocose.NewVerifier(alg, j.public)
	if err != nil {
		j.t.Fatal(err)
	}
	var m gocose.UntaggedSign1Message
	if err := m.UnmarshalCBOR(withoutTags(b)); err != nil {
		return false
	}
	return (*gocose.Sign1Message)(&m).Verify(nil, v) == nil
}

// openssl is the third: it knows nothing of COSE, so that what is signed is put together here by the CBOR library alone.
func (j *judge) openssl(b []byte) bool {
	var m struct {
		_           struct{} `cbor:",toarray"`
		Protected   []byte
		Unprotected cbor.RawMessage
		Payload     []byte
		Signature   []byte
	}
	if cbor.Unmarshal(withoutTags(b), &m) != nil || len(m.Signature) != 64 {
		return false
	}
	signed, err := cbor.Marshal([]any{"Signature1", m.Protected, []byte{}, m.Payload})
	if err != nil {
		return false
	}
	data := j.file("signed", signed)
	if _, ok := j.public.(ed25519.PublicKey); ok {
		sig := j.file("signature", m.Signature)
		return exec.CommandContext(j.t.Context(), "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", j.pem, "-rawin", "-in", data, "-sigfile", sig).Run() == nil
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(m.Signature[:32]), new(big.Int).SetBytes(m.Signature[32:])})
	if err != nil {
		return false
	}
	return exec.CommandContext(j.t.Context(), "openssl", "dgst", "-sha256", "-verify", j.pem, "-signature", j.file("signature", der), data).Run() == nil
}

// TestWhatWeAcceptOthersAcceptToo mutates messages, some of them before they are signed and some after, and asks three implementations.
func TestWhatWeAcceptOthersAcceptToo(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("REQUIRE_ALL") == "1" {
			t.Fatal("openssl is not there")
		}
		t.Skip("openssl is not there")
	}
	n := 300
	if os.Getenv("HEALTHCODE_LONG") == "1" {
		n = 10_000
	}
	rng := rand.New(rand.NewPCG(1, 2))
	counts := make(map[string]int)
	for _, alg := range []cose.Algorithm{cose.ES256, cose.Ed25519} {
		j := newJudge(t, alg)
		for i := range n / 2 {
			b := j.mutant(rng)
			strict, tolerant := j.strict(b), j.tolerant(b)
			counts["messages"]++
			if strict && !tolerant {
				t.Errorf("%v %d: %x: the strict reader accepts what the tolerant one refuses", alg, i, b)
			}
			other, bare := j.gocose(b), j.openssl(b)
			if !tolerant && (other || bare) && !explained(j.why(b)) {
				t.Errorf("%v %d: %x: others accept (go-cose %v, openssl %v), and we refuse without a rule: %s", alg, i, b, other, bare, j.why(b))
			}
			if !tolerant && bare {
				counts["refused by us, and openssl accepts the signature: "+j.why(b)]++
			}
			switch {
			case tolerant && !other && !fullySpecified(b):
				t.Errorf("%v %d: %x: we accept, go-cose refuses", alg, i, b)
			case tolerant && !other:
				counts["accepted by us, refused by go-cose: it does not know the algorithm identifiers of RFC 9864"]++
			case !tolerant && other:
				counts["refused by us, accepted by go-cose: "+j.why(b)]++
			}
			if tolerant {
				counts["accepted"]++
				if !bare {
					t.Errorf("%v %d: %x: we accept, openssl refuses", alg, i, b)
				}
			}
			if strict {
				counts["accepted by the strict reader"]++
			}
		}
	}
	var lines []string
	for what, n := range counts {
		lines = append(lines, fmt.Sprintf("%7d %s", n, what))
	}
	slices.Sort(lines)
	for _, line := range lines {
		t.Log(line)
	}
	if counts["accepted"] < n/10 || counts["accepted by the strict reader"] == 0 {
		t.Error("too few messages are accepted for the comparison to say anything")
	}
}

// explainedRefusals are the rules by which we refuse a message whose signature is right, or of which go-cose says so, which leaves some of them to
// its caller. That the signature does not match is none of them.
var explainedRefusals = []string{
	"critical headers are not understood",        // RFC 9052 §3.1: whoever does not understand them must refuse
	"the protected header names none",            // alg that nobody signed
	"is neither Ed25519 (-8, -19) nor ES256",     // another algorithm than the key's, of which openssl is not told
	"the header says",                            // the same, of one that we know
	"a part of the message is not a byte string", // a kid that is a text
	"not an array under at most 2 of the tags",   // other tags in front
	"a header is not a map",                      // the unprotected one, which nobody signed
	"a text that is not valid UTF-8",             // RFC 8949 §5.3.1: in a header, where go-cose and the library's tags let it pass
}

func explained(why string) bool {
	return slices.ContainsFunc(explainedRefusals, func(rule string) bool { return strings.Contains(why, rule) })
}

// fullySpecified says whether the protected header has -9 or -19, which stand for -7 and -8.
func fullySpecified(b []byte) bool {
	m, err := cose.ParseForeignSign1(b)
	return err == nil && (bytes.Contains(m.Protected, []byte{1, 0x28}) || bytes.Contains(m.Protected, []byte{1, 0x32}))
}

// why names the rule by which we refuse what go-cose accepts.
func (j *judge) why(b []byte) string {
	m, err := cose.ParseForeignSign1(b)
	if err == nil {
		err = m.Verify(j.key.Public())
	}
	return fmt.Sprint(err)
}

// mutant makes one message: with odd headers that are signed all the same, or damaged after it was signed.
func (j *judge) mutant(rng *rand.Rand) []byte {
	alg := int64(j.key.Public().Algorithm())
	m := &foreigntest.Message{Payload: map[int]any{1: "XX", 6: rng.Uint32()}}
	pick := func(odds int) bool { return rng.IntN(odds) == 0 }
	protected := map[any]any{1: alg, 16: "yk/code"}
	unprotected := map[any]any{}
	if !pick(3) {
		id := j.key.Public().ID()
		protected[4] = id[:]
	}
	for _, odd := range []func(){
		func() { unprotected[4] = []byte("kid") },
		func() { protected[4] = "a text" },
		func() { protected[1] = []int64{-7, -8, -9, -19, -35, -37, 0, 5}[rng.IntN(8)] },
		func() { delete(protected, 1); unprotected[1] = alg },
		func() { protected[2] = []int{99}; protected[99] = 1 },
		func() { protected["text"] = "label" },
		func() { protected[16] = "application/cwt" },
		func() { delete(protected, 16) },
		func() { unprotected[33] = []byte{1} },
	} {
		if pick(9) {
			odd()
		}
	}
	m.Protected, m.Unprotected = protected, unprotected
	m.Tags = [][]uint64{nil, {18}, {61, 18}, {18, 18}, {18}, nil, {98}, {61}}[rng.IntN(8)]
	b, err := m.Bytes(foreigntest.With(j.key))
	if err != nil {
		j.t.Fatal(err)
	}
	if pick(2) {
		return b
	}
	return damage(rng, b)
}

// damage flips, drops, doubles, swaps and lengthens.
func damage(rng *rand.Rand, b []byte) []byte {
	at := rng.IntN(len(b))
	switch rng.IntN(6) {
	case 0:
		b[at] ^= 1 << rng.IntN(8)
	case 1:
		b = slices.Delete(b, at, at+1)
	case 2:
		b = slices.Insert(b, at, b[at])
	case 3:
		other := rng.IntN(len(b))
		b[at], b[other] = b[other], b[at]
	case 4:
		b = append(b, byte(rng.Uint32()))
	case 5:
		return longer(b)
	}
	return b
}

// longer writes the length of the signature in two bytes where one would do: not deterministic, and the same message.
func longer(b []byte) []byte {
	i := len(b) - 66
	if i < 0 || b[i] != 0x58 || b[i+1] != 64 {
		return b
	}
	return slices.Concat(b[:i], []byte{0x59, 0, 64}, b[i+2:])
}
