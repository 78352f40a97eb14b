package cose

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"math/big"
	"sync"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"pgregory.net/rapid"
)

// ed25519Order is L, the order of the base point.
var ed25519Order, _ = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)

// sameAsStandard fails unless the known key answers as the standard library
// does. It reports the answer, and whether the key has a table.
func sameAsStandard(t interface{ Fatalf(string, ...any) }, pub ed25519.PublicKey, message, sig []byte) (answer, known bool) {
	want := ed25519.Verify(pub, message, sig)
	k, ok := newKnownKey(pub)
	if ok && k.verify(message, sig) != want {
		t.Fatalf("key %x, message %x, signature %x: known key says %t, standard library %t", pub, message, sig, !want, want)
	}
	return want, ok
}

func testKey(fill byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{fill}, ed25519.SeedSize))
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return ed25519.PublicKey(key[32:]) }

func TestKnownKeyAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := ed25519.NewKeyFromSeed(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		message := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "message")
		sig := ed25519.Sign(key, message)
		fault := rapid.SampledFrom([]string{"none", "flip", "add L", "cut", "long", "message", "other key"}).Draw(t, "fault")
		pub := publicOf(key)
		switch fault {
		case "flip":
			bit := rapid.IntRange(0, 511).Draw(t, "bit")
			sig[bit/8] ^= 1 << (bit % 8)
		case "add L":
			addOrder(sig, rapid.IntRange(1, 15).Draw(t, "times"))
		case "cut":
			sig = sig[:rapid.IntRange(0, 63).Draw(t, "length")]
		case "long":
			sig = append(sig, rapid.SliceOfN(rapid.Byte(), 1, 8).Draw(t, "more")...)
		case "message":
			message = append(message, 0)
		case "other key":
			pub = publicOf(testKey(7))
		}
		answer, known := sameAsStandard(t, pub, message, sig)
		if !known || answer != (fault == "none") {
			t.Fatalf("fault %q: answer %t, known %t", fault, answer, known)
		}
	})
}

// addOrder adds L to the S of sig so many times: the same residue, but not
// canonical. What does not fit into 32 bytes is dropped.
func addOrder(sig []byte, times int) {
	le := bytes.Clone(sig[32:])
	reverse(le)
	s := new(big.Int).SetBytes(le)
	s.Add(s, new(big.Int).Mul(ed25519Order, big.NewInt(int64(times))))
	s.Mod(s, new(big.Int).Lsh(big.NewInt(1), 256))
	be := s.FillBytes(make([]byte, 32))
	reverse(be)
	copy(sig[32:], be)
}

func reverse(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

func TestEveryFlippedBitOfASignatureIsRefused(t *testing.T) {
	key, message := testKey(1), bytes.Repeat([]byte{0x5a}, 140)
	k, ok := newKnownKey(publicOf(key))
	if !ok {
		t.Fatal("an ordinary key has no table")
	}
	sig := ed25519.Sign(key, message)
	if !k.verify(message, sig) {
		t.Fatal("the untouched signature is refused")
	}
	for bit := range 8 * len(sig) {
		sig[bit/8] ^= 1 << (bit % 8)
		if k.verify(message, sig) || ed25519.Verify(publicOf(key), message, sig) {
			t.Errorf("bit %d flipped: accepted", bit)
		}
		sig[bit/8] ^= 1 << (bit % 8)
	}
}

// oddEncodings returns every encoding, canonical or not, of a point whose order
// divides eight, and encodings of y that are not canonical at all.
func oddEncodings(t *testing.T) [][]byte {
	t.Helper()
	var all [][]byte
	for _, text := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000", // order 1
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2
		"0000000000000000000000000000000000000000000000000000000000000000", // order 4
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // order 8
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p+1
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p
		"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p+3
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p+18
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		minus := bytes.Clone(b)
		minus[31] |= 0x80
		all = append(all, b, minus)
	}
	return all
}

func TestOddKeysAreLeftToTheStandardLibrary(t *testing.T) {
	for _, pub := range oddEncodings(t) {
		if _, ok := newKnownKey(pub); ok {
			t.Errorf("key %x has a table, want the standard library to judge it", pub)
		}
	}
	for _, length := range []int{0, 31, 33} {
		if _, ok := newKnownKey(make([]byte, length)); ok {
			t.Errorf("a key of %d bytes has a table", length)
		}
	}
	if _, ok := newKnownKey(mixedOrder(t, publicOf(testKey(1)))); ok {
		t.Error("a key with a small-order component has a table")
	}
}

// mixedOrder adds a point of order eight to the key.
func mixedOrder(t *testing.T, pub ed25519.PublicKey) ed25519.PublicKey {
	t.Helper()
	var a, torsion curve.EdwardsPoint
	if err := a.UnmarshalBinary(pub); err != nil {
		t.Fatal(err)
	}
	if err := torsion.UnmarshalBinary(oddEncodings(t)[6]); err != nil {
		t.Fatal(err)
	}
	b, err := a.Add(&a, &torsion).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A signer may choose any R. With S = k·a the equation gives the identity, so
// of all odd encodings only the identity's canonical one may be accepted.
func TestOddRsAreJudgedAsTheStandardLibraryDoes(t *testing.T) {
	key, message := testKey(2), []byte("synthetic")
	accepted := 0
	for _, r := range oddEncodings(t) {
		sig := append(bytes.Clone(r), responseForZeroNonce(t, key, r, message)...)
		answer, known := sameAsStandard(t, publicOf(key), message, sig)
		if !known {
			t.Fatal("an ordinary key has no table")
		}
		if answer {
			accepted++
		}
	}
	if accepted != 1 {
		t.Errorf("%d odd values of R accepted, want only the identity", accepted)
	}
}

// responseForZeroNonce returns S = k·a mod L.
func responseForZeroNonce(t *testing.T, key ed25519.PrivateKey, r, message []byte) []byte {
	t.Helper()
	secret := sha512.Sum512(key.Seed())
	secret[0] &= 248
	secret[31] = secret[31]&127 | 64
	digest := sha512.Sum512(bytes.Join([][]byte{r, publicOf(key), message}, nil))
	var a, k scalar.Scalar
	if _, err := a.SetBytesModOrder(secret[:32]); err != nil {
		t.Fatal(err)
	}
	if _, err := k.SetBytesModOrderWide(digest[:]); err != nil {
		t.Fatal(err)
	}
	s := make([]byte, 32)
	if err := k.Mul(&k, &a).ToBytes(s); err != nil {
		t.Fatal(err)
	}
	return s
}

// No signature can be made for a wanted S or k, since k is a hash of what
// follows from them. So both tables are held against plain multiplication at
// the scalars at which windows carry: 0, 2^n and its neighbours, and below L.
func TestTablesMultiplyRightAtTheEdges(t *testing.T) {
	k, _ := newKnownKey(publicOf(testKey(3)))
	var edges []*big.Int
	for bit := range 253 {
		for _, off := range []int64{-1, 0, 1} {
			n := new(big.Int).Lsh(big.NewInt(1), uint(bit))
			edges = append(edges, n.Add(n, big.NewInt(off)))
		}
	}
	for below := range int64(20) {
		edges = append(edges, new(big.Int).Sub(ed25519Order, big.NewInt(below+1)))
	}
	for _, edge := range edges {
		le := edge.FillBytes(make([]byte, 32))
		reverse(le)
		var s scalar.Scalar
		if _, err := s.SetCanonicalBytes(le); err != nil {
			t.Fatal(err)
		}
		for _, table := range []*curve.EdwardsBasepointTable{k.minusA, curve.ED25519_BASEPOINT_TABLE} {
			var fast, plain curve.EdwardsPoint
			fast.MulBasepoint(table, &s)
			plain.Mul(table.Basepoint(), &s)
			if fast.Equal(&plain) != 1 {
				t.Errorf("the table is wrong at the scalar %d", edge)
			}
		}
	}
}

func TestKnownKeyCopiesTheKeyItIsGiven(t *testing.T) {
	key, message := testKey(4), []byte("synthetic")
	pub := bytes.Clone(publicOf(key))
	k, _ := newKnownKey(pub)
	clear(pub)
	if !k.verify(message, ed25519.Sign(key, message)) {
		t.Error("clearing the caller's bytes changed the key")
	}
}

func TestKnownKeyIsSafeForConcurrentUse(t *testing.T) {
	key, message := testKey(5), []byte("synthetic")
	k, _ := newKnownKey(publicOf(key))
	sig := ed25519.Sign(key, message)
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for range 20 {
				if !k.verify(message, sig) {
					t.Error("a good signature is refused")
				}
			}
		})
	}
	done.Wait()
}

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzKnownKey asks both implementations about arbitrary input, and about a
// good signature of a good key changed by the same bytes.
func FuzzKnownKey(f *testing.F) {
	key := testKey(6)
	message := []byte("synthetic")
	sig := ed25519.Sign(key, message)
	f.Add([]byte(publicOf(key)), message, sig)
	f.Add([]byte(publicOf(key)), message, make([]byte, 64))
	f.Add(make([]byte, 32), []byte{}, append([]byte{1}, make([]byte, 63)...))
	tooLarge := bytes.Clone(sig)
	addOrder(tooLarge, 1)
	f.Add([]byte(publicOf(key)), message, tooLarge)
	f.Fuzz(func(t *testing.T, pub, message, sig []byte) {
		if len(pub) != ed25519.PublicKeySize {
			return // the standard library panics
		}
		sameAsStandard(t, pub, message, sig)
		own := ed25519.NewKeyFromSeed(pub)
		changed := ed25519.Sign(own, message)
		differs := false
		for i := range min(len(sig), len(changed)) {
			changed[i] ^= sig[i]
			differs = differs || sig[i] != 0
		}
		answer, known := sameAsStandard(t, publicOf(own), message, changed)
		if !known || answer == differs {
			t.Fatalf("answer %t, known key %t for a signature changed: %t", answer, known, differs)
		}
	})
}

func BenchmarkKnownKeyVerify(b *testing.B) {
	key, message := testKey(1), make([]byte, 140)
	k, _ := newKnownKey(publicOf(key))
	sig := ed25519.Sign(key, message)
	b.ReportAllocs()
	for b.Loop() {
		if !k.verify(message, sig) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkStandardVerify(b *testing.B) {
	key, message := testKey(1), make([]byte, 140)
	sig := ed25519.Sign(key, message)
	b.ReportAllocs()
	for b.Loop() {
		if !ed25519.Verify(publicOf(key), message, sig) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkNewKnownKey(b *testing.B) {
	pub := publicOf(testKey(1))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := newKnownKey(pub); !ok {
			b.Fatal("no table")
		}
	}
}
