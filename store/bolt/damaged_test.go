package bolt

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

func TestADamagedFileIsAnErrorAndNoPanic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path)
	var people []wallet.NewPerson
	for i := range 500 {
		people = append(people, wallet.NewPerson{ID: health.PersonID{1, byte(i >> 8), byte(i)}, Sealed: bytes.Repeat([]byte{9}, 300), Lookups: []wallet.Lookup{{byte(i >> 8), byte(i)}}})
	}
	if err := errors.Join(s.AddPeople(t.Context(), wallet.ByAuthority, people), s.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 25 {
		file := bytes.Clone(whole)
		if i%2 == 0 {
			file = file[:random.IntN(len(file))]
		} else {
			at := random.IntN(len(file) - 4096)
			for j := range 4096 {
				file[at+j] = byte(random.Uint32())
			}
		}
		path := filepath.Join(t.TempDir(), "store")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, Options{})
		if err != nil {
			continue
		}
		_, err = s.PeopleAfter(t.Context(), health.PersonID{}, 1000)
		t.Logf("file %d: read: %v", i, err)
		for _, p := range people[:20] {
			_, _ = s.Person(t.Context(), p.ID)
		}
	}
}

func TestAFileCutShortIsCalledDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(3*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}
