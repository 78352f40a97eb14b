package seal_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"healthcode.example/crypto/seal"
	"pgregory.net/rapid"
)

func newKey(t testing.TB, fill byte, label string) *seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{fill}, seal.MasterSize), label)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sealed(t testing.TB, k *seal.Key, plaintext, additional string) []byte {
	t.Helper()
	box, err := k.Seal(rand.Reader, []byte(plaintext), []byte(additional))
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestWhatIsSealedOpens(t *testing.T) {
	k := newKey(t, 1, "person")
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "plaintext")
		additional := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "additional")
		box, err := k.Seal(rand.Reader, plaintext, additional)
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.Open(box, additional)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("Open(Seal(%x)) = %x, %v", plaintext, got, err)
		}
		if len(box) != len(plaintext)+seal.Overhead || (len(plaintext) > 8 && bytes.Contains(box, plaintext)) {
			t.Fatalf("%x in a box is %x", plaintext, box)
		}
	})
}

func TestTwoBoxesOfOneTextDiffer(t *testing.T) {
	k := newKey(t, 1, "person")
	if bytes.Equal(sealed(t, k, "synthetic", ""), sealed(t, k, "synthetic", "")) {
		t.Error("the boxes are equal, so the nonce was used twice")
	}
}

func TestABoxOpensOnlyAsItWasSealed(t *testing.T) {
	k := newKey(t, 1, "person")
	box := sealed(t, k, "synthetic", "record 1")
	for name, open := range map[string]func() ([]byte, error){
		"another master key":      func() ([]byte, error) { return newKey(t, 2, "person").Open(box, []byte("record 1")) },
		"another label":           func() ([]byte, error) { return newKey(t, 1, "print").Open(box, []byte("record 1")) },
		"another additional data": func() ([]byte, error) { return k.Open(box, []byte("record 2")) },
		"no additional data":      func() ([]byte, error) { return k.Open(box, nil) },
		"a byte more":             func() ([]byte, error) { return k.Open(append(bytes.Clone(box), 0), []byte("record 1")) },
	} {
		if got, err := open(); !errors.Is(err, seal.ErrOpen) || got != nil {
			t.Errorf("%s: %q, %v, want ErrOpen and nothing", name, got, err)
		}
	}
}

func TestEveryFlippedBitAndEveryCutIsRefused(t *testing.T) {
	k := newKey(t, 1, "person")
	box := sealed(t, k, "synthetic", "record 1")
	for bit := range 8 * len(box) {
		box[bit/8] ^= 1 << (bit % 8)
		if got, err := k.Open(box, []byte("record 1")); err == nil || got != nil {
			t.Errorf("bit %d flipped: %q, %v, want an error", bit, got, err)
		}
		box[bit/8] ^= 1 << (bit % 8)
	}
	for length := range len(box) {
		if got, err := k.Open(box[:length], []byte("record 1")); err == nil || got != nil {
			t.Errorf("cut to %d bytes: %q, %v, want an error", length, got, err)
		}
	}
}

func TestAFailingRandomSourceIsReported(t *testing.T) {
	k := newKey(t, 1, "person")
	for name, source := range map[string]io.Reader{"empty": bytes.NewReader(nil), "short": bytes.NewReader(make([]byte, 11))} {
		if box, err := k.Seal(source, []byte("synthetic"), nil); err == nil || box != nil {
			t.Errorf("%s source: %x, %v, want an error", name, box, err)
		}
	}
}

func TestKeysOfWrongLengthOrWithoutLabelAreRefused(t *testing.T) {
	for _, length := range []int{0, 16, 31, 33, 64} {
		if _, err := seal.NewKey(make([]byte, length), "person"); err == nil {
			t.Errorf("a master key of %d bytes is accepted", length)
		}
	}
	if _, err := seal.NewKey(make([]byte, 32), ""); err == nil {
		t.Error("an empty label is accepted")
	}
}

func TestLookupTellsPartsKeysAndLabelsApart(t *testing.T) {
	k := newKey(t, 1, "person")
	seen := map[[32]byte]string{}
	for name, hash := range map[string][32]byte{
		"none": k.Lookup(), "empty": k.Lookup(""), "two empty": k.Lookup("", ""),
		"ab c": k.Lookup("ab", "c"), "a bc": k.Lookup("a", "bc"), "abc": k.Lookup("abc"),
		"another master": newKey(t, 2, "person").Lookup("abc"), "another label": newKey(t, 1, "print").Lookup("abc"),
	} {
		if other, ok := seen[hash]; ok {
			t.Errorf("%q and %q are hashed alike", name, other)
		}
		seen[hash] = name
	}
	if k.Lookup("ab", "c") != newKey(t, 1, "person").Lookup("ab", "c") {
		t.Error("the same parts under the same key are hashed differently")
	}
}

// The store outlives the program: what one build sealed the next must open.
func TestTheFormatStays(t *testing.T) {
	const (
		goldenBox    = "01090909090909090909090909cc51a74df77d9cb089fab674ededc3f94ce7e4925f35163e6e"
		goldenLookup = "909143c7e77d7264ba60ab99a86fe3f38bd44b8e8f364d4b92e102edd9cb5d51"
	)
	k := newKey(t, 1, "person")
	box, err := k.Seal(bytes.NewReader(bytes.Repeat([]byte{9}, 12)), []byte("synthetic"), []byte("record 1"))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", box); got != goldenBox {
		t.Errorf("the box is %s, want %s", got, goldenBox)
	}
	if got := fmt.Sprintf("%x", k.Lookup("resident-id", "990101")); got != goldenLookup {
		t.Errorf("the hash is %s, want %s", got, goldenLookup)
	}
}

func TestAKeyIsNeverPrinted(t *testing.T) {
	k := newKey(t, 0xab, "person")
	type open struct{ K *seal.Key }
	type value struct{ K seal.Key }
	type hidden struct{ k seal.Key }
	var logged bytes.Buffer
	text, jsonLog := slog.New(slog.NewTextHandler(&logged, nil)), slog.New(slog.NewJSONHandler(&logged, nil))
	for _, v := range []any{k, *k, open{k}, value{*k}, hidden{*k}, &hidden{*k}, []any{k}, map[string]any{"k": *k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&logged, verb+"\n", v)
		}
		text.Info("key", "key", v)
		jsonLog.Info("key", "key", v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		logged.Write(b)
	}
	if !strings.Contains(logged.String(), `{"K":"seal.Key(redacted)"}`) {
		t.Errorf("json does not name the key as redacted:\n%s", logged.String())
	}
	if k.String() != "seal.Key(redacted)" || fmt.Sprint(k) != k.String() {
		t.Errorf("the key prints as %s and %v", k.String(), k)
	}
	for _, secret := range secrets(t, bytes.Repeat([]byte{0xab}, 32), "person") {
		if strings.Contains(logged.String(), secret) {
			t.Errorf("the output holds %q of the key:\n%s", secret, logged.String())
		}
	}
}

// secrets returns the beginnings of the derived keys in the forms in which fmt
// and json print bytes.
func secrets(t *testing.T, master []byte, label string) (forms []string) {
	t.Helper()
	for _, use := range []string{"box", "lookup"} {
		b, err := hkdf.Key(sha256.New, master, nil, "healthcode seal "+use+" 1 "+label, 32)
		if err != nil {
			t.Fatal(err)
		}
		forms = append(forms,
			fmt.Sprintf("%d %d %d", b[0], b[1], b[2]),
			fmt.Sprintf("%d,%d,%d", b[0], b[1], b[2]),
			fmt.Sprintf("%02x%02x%02x", b[0], b[1], b[2]),
			fmt.Sprintf("%#x, %#x, %#x", b[0], b[1], b[2]),
			// The words in which the AES key schedule holds the key.
			fmt.Sprint(binary.LittleEndian.Uint32(b)), fmt.Sprint(binary.BigEndian.Uint32(b)))
	}
	return forms
}

func TestAKeyIsSafeForConcurrentUse(t *testing.T) {
	k := newKey(t, 1, "person")
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for range 50 {
				box, err := k.Seal(rand.Reader, []byte("synthetic"), nil)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := k.Open(box, nil); err != nil {
					t.Error(err)
				}
				k.Lookup("synthetic")
			}
		})
	}
	done.Wait()
}

func BenchmarkSeal(b *testing.B) {
	k, plaintext := newKey(b, 1, "person"), make([]byte, 200)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Seal(rand.Reader, plaintext, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	k := newKey(b, 1, "person")
	box := sealed(b, k, strings.Repeat("x", 200), "")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Open(box, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	k := newKey(b, 1, "person")
	b.ReportAllocs()
	for b.Loop() {
		k.Lookup("resident-id", "990101199001010000")
	}
}
