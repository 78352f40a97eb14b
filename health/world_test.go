package health

import (
	"math/rand/v2"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"pgregory.net/rapid"
)

// noon is the day on which the tests happen.
var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// seeded is a source of bytes that every run of a test reads alike.
func seeded(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func person(t *testing.T, seed byte) PersonID {
	t.Helper()
	id, err := NewPersonID(noon, seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func key(t *testing.T, seed byte) *cose.PrivateKey {
	t.Helper()
	k, err := cose.Generate(cose.Ed25519, seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// evidenceOf draws a history of one person, with many equal times, ending a little after noon.
func evidenceOf(who PersonID) *rapid.Generator[[]Evidence] {
	one := rapid.Custom(func(t *rapid.T) Evidence {
		at := noon.Add(time.Duration(rapid.IntRange(-6, 2).Draw(t, "hours")) * time.Hour)
		return Evidence{
			Person: who, Kind: rapid.SampledFrom(EvidenceKinds()).Draw(t, "kind"), At: at, RecordedAt: at,
			Source: "provincial laboratory",
		}
	})
	return rapid.SliceOfN(one, 0, 8)
}
