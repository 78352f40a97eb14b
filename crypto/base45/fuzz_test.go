package base45_test

import (
	"testing"

	"healthcode.example/crypto/base45"
)

// FuzzParse holds that an accepted text is the only text of its bytes.
func FuzzParse(f *testing.F) {
	for _, e := range examples {
		f.Add(e.text)
	}
	for _, text := range []string{"A", "GGW", ":::", "V5", "bb8", "BB8\n", "\ufeffBB8", "BB8\x00", "NCFOXN%TS3DH"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := base45.Decode(text)
		if err != nil {
			if raw != nil {
				t.Fatalf("Decode(%q) returned bytes with the error %v", text, err)
			}
			return
		}
		if n, ok := base45.DecodedLen(len(text)); !ok || n != len(raw) {
			t.Fatalf("DecodedLen(%d) = %d, %t for %d bytes", len(text), n, ok, len(raw))
		}
		if again := base45.Encode(raw); again != text {
			t.Fatalf("Encode(Decode(%q)) = %q", text, again)
		}
	})
}
