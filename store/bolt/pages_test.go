package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// crowd fills a store, so that its trees have branches, and gives the file and the people in it.
func crowd(t testing.TB, n int) (path string, people []wallet.NewPerson) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "store")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		people = append(people, wallet.NewPerson{ID: health.PersonID{1, byte(i >> 16), byte(i >> 8), byte(i)}, Sealed: bytes.Repeat([]byte{9}, 300), Lookups: []wallet.Lookup{{byte(i >> 16), byte(i >> 8), byte(i)}}})
	}
	if err := errors.Join(s.AddPeople(t.Context(), wallet.ByAuthority, people), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path, people
}

// pagesOf gives the numbers of the pages of a kind, also of those that are free by now.
func pagesOf(file []byte, kind uint16) (found []uint64) {
	size := os.Getpagesize()
	for id := 2; id < len(file)/size; id++ {
		page := file[id*size:]
		if binary.NativeEndian.Uint64(page) == uint64(id) && binary.NativeEndian.Uint16(page[8:]) == kind {
			found = append(found, uint64(id))
		}
	}
	return found
}

// Without the walk bbolt follows such a page until the stack is full, and the process is gone.
func TestAPageThatLeadsToItselfOrUpwardsIsCalledDamaged(t *testing.T) {
	path, _ := crowd(t, 2000)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	size := os.Getpagesize()
	branches := pagesOf(whole, branchPage)
	for name, plant := range map[string]func(file []byte, branch uint64){
		"to itself": func(file []byte, branch uint64) {
			binary.NativeEndian.PutUint64(file[int(branch)*size+pageHead+8:], branch)
		},
		"at its end to itself": func(file []byte, branch uint64) {
			page := file[int(branch)*size:]
			last := int(binary.NativeEndian.Uint16(page[10:])) - 1
			binary.NativeEndian.PutUint64(page[pageHead+pageElement*last+8:], branch)
		},
		"up, over a leaf": func(file []byte, branch uint64) { // as when a write went to the wrong place
			leaf := binary.NativeEndian.Uint64(file[int(branch)*size+pageHead+8:])
			copy(file[int(leaf)*size:int(leaf+1)*size], file[int(branch)*size:])
			binary.NativeEndian.PutUint64(file[int(leaf)*size:], leaf)
		},
		"out of the file": func(file []byte, branch uint64) {
			binary.NativeEndian.PutUint64(file[int(branch)*size+pageHead+8:], 1<<40)
		},
		"to the head of the file": func(file []byte, branch uint64) {
			binary.NativeEndian.PutUint64(file[int(branch)*size+pageHead+8:], 0)
		},
	} {
		found := 0
		for _, branch := range branches {
			file := bytes.Clone(whole)
			plant(file, branch)
			spoilt := filepath.Join(t.TempDir(), "store")
			if err := os.WriteFile(spoilt, file, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(spoilt, Options{})
			if err == nil { // the page is free
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "page") {
				t.Errorf("a page that leads %s: %v", name, err)
			}
			if _, _, err := ReadFormer(t.Context(), spoilt); !errors.Is(err, ErrDamaged) {
				t.Errorf("only read, a page that leads %s: %v", name, err)
			}
			found++
		}
		if found == 0 {
			t.Errorf("of %d branches none that leads %s was found", len(branches), name)
		}
	}
}

// within fails the test when f takes long enough to be called hanging.
func within(t *testing.T, what string, f func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%s hangs", what)
	}
}

// A page is spoilt while the store is open: reading says so, and so does a commit that meets it; Close ends all the same, and what is in the
// other pages is still in the file.
func TestAPanicOverADamagedPageNeitherHangsNorLosesTheFile(t *testing.T) {
	for name, kind := range map[string]uint16{"a leaf, met by readers": leafPage, "the free list, met by a commit": 0x10} {
		t.Run(name, func(t *testing.T) {
			path, people := crowd(t, 2000)
			s, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			overwrite(t, path, pagesOf(whole, kind), nil)
			damaged := 0
			for _, p := range people {
				if _, err := s.Person(t.Context(), p.ID); errors.Is(err, ErrDamaged) {
					damaged++
				}
			}
			if (damaged > 0) != (kind == leafPage) {
				t.Errorf("%d of %d reads met the damage", damaged, len(people))
			}
			for i := range 3 {
				id := health.PersonID{2, byte(i)}
				within(t, "a write", func() error {
					if err := s.AddPeople(t.Context(), wallet.ByAuthority, []wallet.NewPerson{{ID: id, Sealed: []byte{1}, Lookups: []wallet.Lookup{{2, byte(i)}}}}); err == nil {
						return fmt.Errorf("write %d into a damaged store was acknowledged", i)
					}
					return nil
				})
			}
			within(t, "Close", s.Close)
			overwrite(t, path, pagesOf(whole, kind), whole) // whoever has the page puts it back, and nothing else was lost
			again := open(t, path)
			for _, p := range people {
				if _, err := again.Person(t.Context(), p.ID); err != nil {
					t.Fatalf("after the page was mended: %v", err)
				}
			}
			within(t, "the second Close", again.Close)
		})
	}
}

// overwrite writes the pages as they are in from, or as zeros.
func overwrite(t *testing.T, path string, pages []uint64, from []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	size := os.Getpagesize()
	for _, id := range pages {
		page := make([]byte, size)
		if from != nil {
			page = from[int(id)*size : int(id+1)*size]
		}
		if _, err := f.WriteAt(page, int64(id)*int64(size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkCheckPages is what opening a store of 200,000 people takes more.
func BenchmarkCheckPages(b *testing.B) {
	path, _ := crowd(b, 200_000)
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		if err := checkPages(f); err != nil {
			b.Fatal(err)
		}
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size()), "file-bytes")
}
