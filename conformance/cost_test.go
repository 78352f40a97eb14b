package conformance

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/store/backup"
	"healthcode.example/testvectors"
	"healthcode.example/trust"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/nzcp"
	"healthcode.example/verifier/shc"
	"healthcode.example/wallet"
)

// parsers is every reader of bytes that come from elsewhere.
var parsers = map[string]func([]byte){
	"base45":           func(b []byte) { _, _ = base45.Decode(string(b)) },
	"deterministic":    func(b []byte) { _ = cose.CheckDeterministic(b) },
	"COSE_Sign1":       func(b []byte) { _, _ = cose.ParseSign1(b) },
	"foreign Sign1":    func(b []byte) { _, _ = cose.ParseForeignSign1(b) },
	"COSE_Sign":        func(b []byte) { _, _ = cose.ParseSign(b) },
	"COSE_Key":         func(b []byte) { _, _ = cose.ParseForeignKey(b) },
	"private key":      func(b []byte) { _, _ = cose.ParsePrivateKey(b) },
	"code":             func(b []byte) { _, _ = credential.Parse(credential.Text(b)) },
	"text of a code":   func(b []byte) { _, _ = credential.Parse(string(b)) },
	"root":             func(b []byte) { _, _ = trust.ReadRoot(b) },
	"pinned root":      func(b []byte) { _, _ = trust.Pin(b) },
	"key list":         func(b []byte) { _, _ = trust.ReadKeyList(b) },
	"EU DCC":           func(b []byte) { _, _ = dcc.Read(string(b)) },
	"EU message":       func(b []byte) { _, _ = dcc.Decode(b) },
	"EU signer":        func(b []byte) { _, _ = dcc.ParseSigner(b) },
	"EU signer list":   func(b []byte) { _, _ = dcc.ImportList(b, b) },
	"SHC":              func(b []byte) { _, _ = shc.Read(string(b)) },
	"SHC JWS":          func(b []byte) { _, _ = shc.Decode(string(b)) },
	"SHC JWK Set":      func(b []byte) { _, _, _ = shc.ImportKeys(b) },
	"NZ pass":          func(b []byte) { _, _ = nzcp.Read(string(b)) },
	"NZ DID document":  func(b []byte) { _, _ = nzcp.ImportDocument(b, "did:web:nzcp.covid19.health.nz") },
	"Claim 169":        func(b []byte) { _, _ = claim169.Read(string(b)) },
	"our JWK Set":      func(b []byte) { _, _, _ = api.ReadJWKSet(b) },
	"our COSE_KeySet":  func(b []byte) { _, _, _ = api.ReadCOSEKeySet(b) },
	"authority":        func(b []byte) { _, _ = issuer.ParseAuthority(b) },
	"proposal":         func(b []byte) { _, _ = ceremony.ParseProposal(b) },
	"key file":         func(b []byte) { _, _ = ceremony.ParseKeyFile(b) },
	"master key":       func(b []byte) { _, _ = seal.ParseMaster(string(b)) },
	"person":           func(b []byte) { _, _ = health.ParsePersonID(string(b)) },
	"document":         func(b []byte) { _, _ = wallet.ParseDocument("passport", string(b)) },
	"backup":           func(b []byte) { _, _ = backup.Check(bytes.NewReader(b)) },
	"backup, with key": func(b []byte) { _, _ = backup.Read(io.Discard, bytes.NewReader(b), make([]byte, seal.MasterSize)) },
}

// heads claim more than there is: arrays, maps and strings of up to 2^64 elements, of definite and indefinite length, and deep nests.
var heads = [][]byte{
	{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x9a, 0x7f, 0xff, 0xff, 0xff}, {0x9a, 0, 0xff, 0xff, 0xff}, {0x99, 0xff, 0xff},
	{0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0xba, 0, 0xff, 0xff, 0xff}, {0xb9, 0x3f, 0xff}, {0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	{0x5a, 0x7f, 0xff, 0xff, 0xff}, {0x7a, 0x7f, 0xff, 0xff, 0xff}, {0x9f}, {0xbf}, {0x5f}, bytes.Repeat([]byte{0x81}, 64), bytes.Repeat([]byte{0xd2}, 64),
	[]byte(`[[[[[[[[[[[[[[[[`), []byte(`{"keys":[`), []byte(`{"a":{"a":{"a":`), []byte("1e999999999"),
}

// TestNoParserAllocatesWhatOnlyAHeadPromises gives all of them genuine objects of each sort with heads that lie put into them.
func TestNoParserAllocatesWhatOnlyAHeadPromises(t *testing.T) {
	inputs := hostileInputs(t)
	for name, parse := range parsers {
		for _, b := range inputs {
			if cost := measure(parse, b); cost.bytes > bound(len(b)) || cost.took > 2*time.Second {
				if again := measure(parse, b); again.bytes > bound(len(b)) || again.took > 2*time.Second { // the machine may have done something else
					t.Errorf("%s: %d bytes cost %d bytes of memory and %v: %.40x", name, len(b), again.bytes, again.took, b)
				}
			}
		}
	}
	t.Logf("%d parsers, %d inputs each", len(parsers), len(inputs))
}

// bound is what an input of n bytes may allocate: the ceilings of inflating and pieces of a stream, readers with their windows, and a multiple
// of the input for values and their maps.
func bound(n int) uint64 { return uint64(3<<20 + 256*n) }

type cost struct {
	bytes uint64
	took  time.Duration
}

func measure(parse func([]byte), b []byte) cost {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	parse(b)
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	return cost{after.TotalAlloc - before.TotalAlloc, took}
}

func hostileInputs(t testing.TB) (all [][]byte) {
	var genuine [][]byte
	cases, err := testvectors.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(cases); i += 8 {
		genuine = append(genuine, []byte(cases[i].Text))
		if b, err := base45.Decode(cases[i].Text[min(4, len(cases[i].Text)):]); err == nil {
			genuine = append(genuine, b)
		}
	}
	updates, err := testvectors.Updates()
	if err != nil {
		t.Fatal(err)
	}
	b, err := testvectors.File(updates[0].Got)
	if err != nil {
		t.Fatal(err)
	}
	bombs, err := foreigntest.Bombs()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bombs {
		all = append(all, []byte(b.Text)) // they come first, so that they are among the seeds
	}
	genuine = append(genuine, b, []byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`), bytes.Repeat([]byte("9"), 4000))
	rng := rand.New(rand.NewPCG(8, 8))
	all = append(append(all, heads...), genuine...)
	for range 300 {
		b, head := genuine[rng.IntN(len(genuine))], heads[rng.IntN(len(heads))]
		at := rng.IntN(len(b) + 1)
		all = append(all, append(append(bytes.Clone(b[:at]), head...), b[at:]...))
	}
	return all
}

// FuzzCost looks for inputs that cost more than their length.
func FuzzCost(f *testing.F) {
	for _, b := range hostileInputs(f)[:60] {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for name, parse := range parsers {
			if c := measure(parse, b); c.bytes > bound(len(b)) && measure(parse, b).bytes > bound(len(b)) {
				t.Errorf("%s: %d bytes cost %d", name, len(b), c.bytes)
			}
			if ctx.Err() != nil {
				t.Fatalf("%s: a minute for %d bytes", name, len(b))
			}
		}
	})
}
