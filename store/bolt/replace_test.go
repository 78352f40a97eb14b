package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/trust"
)

func TestAReplacedStoreIsSetAsideAndNoneIsOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	put := func(name, content string) string {
		t.Helper()
		name = filepath.Join(filepath.Dir(path), name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	if aside, err := Replace(path, put("new", "first"), at); err != nil || aside != "" {
		t.Fatalf("in the place of none: %q, %v", aside, err)
	}
	for _, content := range []string{"second", "third", "fourth"} { // within one second
		if _, err := Replace(path, put("new", content), at); err != nil {
			t.Fatal(err)
		}
	}
	paths, err := SetAside(path)
	if err != nil || len(paths) != 3 {
		t.Fatalf("set aside are %v, %v", paths, err)
	}
	var contents []string
	for _, name := range append(paths, path) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, string(b))
	}
	if !slices.Equal(contents, []string{"first", "second", "third", "fourth"}) {
		t.Errorf("there are %q", contents)
	}
	if _, err := Replace(path, filepath.Join(filepath.Dir(path), "nothing"), at); err == nil {
		t.Error("nothing was put in the place of a store")
	}
	if after, err := SetAside(path); err != nil || len(after) != 3 {
		t.Errorf("after that are set aside %v, %v", after, err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "fourth" {
		t.Errorf("and in its place is %q, %v", b, err)
	}
}

func TestAStoreIsNotReplacedWhileItIsWrittenTo(t *testing.T) {
	path, _ := crowd(t, 5)
	by := filepath.Join(filepath.Dir(path), "new")
	if err := os.WriteFile(by, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	writer := open(t, path)
	for range 2 {
		if aside, err := Replace(path, by, time.Unix(0, 0)); !errors.Is(err, ErrInUse) || aside != "" {
			t.Errorf("want %q, got %v and %q", ErrInUse, err, aside)
		}
		if err := os.Chmod(path, 0o644); err != nil { // which keeps it from being read, and not from being in use
			t.Fatal(err)
		}
	}
	if paths, err := SetAside(path); err != nil || len(paths) != 0 {
		t.Errorf("set aside are %v, %v", paths, err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Replace(path, by, time.Unix(0, 0)); err != nil {
		t.Error(err)
	}
}

// Whoever waits for a store while a restore replaces it would otherwise go on with the one that was set aside.
func TestWhoWaitedForAStoreThatWasReplacedDoesNotGoOnWithIt(t *testing.T) {
	path, _ := crowd(t, 5)
	by := filepath.Join(filepath.Dir(path), "new")
	if err := open(t, by).Close(); err != nil {
		t.Fatal(err)
	}
	release, err := Hold(path)
	if err != nil {
		t.Fatal(err)
	}
	waits := make(chan error, 1)
	go func() {
		s, err := Open(path, Options{LockTimeout: time.Minute})
		if err == nil {
			err = errors.Join(errors.New("it went on"), s.Close())
		}
		waits <- err
	}()
	for !openedToWrite(t, path) { // by the one that waits
		runtime.Gosched()
	}
	if _, err := Replace(path, by, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := <-waits; err == nil || !strings.Contains(err.Error(), "another store was put in its place meanwhile") {
		t.Errorf("got %v", err)
	}
}

// openedToWrite says whether this process has the file open for writing, as one has who goes for its lock: whoever only looks at it or holds it
// reads.
func openedToWrite(t *testing.T, path string) bool {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("needs /proc")
	}
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		to, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name()))
		if err != nil || to != path {
			return false
		}
		info, err := os.ReadFile(filepath.Join("/proc/self/fdinfo", e.Name()))
		if err != nil {
			return false
		}
		_, rest, _ := strings.Cut(string(info), "flags:")
		digits, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		flags, err := strconv.ParseUint(digits, 8, 32)
		return err == nil && flags&uint64(os.O_RDWR) != 0
	})
}

func TestAStoreThatCameMeanwhileIsNotReplacedUnseen(t *testing.T) {
	dir := t.TempDir()
	path, by := filepath.Join(dir, "store.db"), filepath.Join(dir, "new")
	for _, name := range []string{path, by} {
		if err := os.WriteFile(name, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := place(path, by); err == nil || !strings.Contains(err.Error(), "has come") {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != path {
		t.Errorf("it holds %q, %v", b, err)
	}
}

func TestAStoreThatIsOnlyReadStaysAsItIsToTheByte(t *testing.T) {
	path, people := crowd(t, 50)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var copied bytes.Buffer
	err = ReadOnly(path, func(s *Store) error {
		if _, err := s.Person(t.Context(), people[0].ID); err != nil {
			return err
		}
		return s.Backup(t.Context(), &copied)
	})
	after, readErr := os.ReadFile(path)
	if err = errors.Join(err, readErr); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v, %v", !bytes.Equal(before, after), err)
	}
	if copied.Len() == 0 || copied.Len() > len(before) {
		t.Errorf("the copy has %d bytes of %d", copied.Len(), len(before))
	}
	writer := open(t, path)
	if _, err := Hold(path); !errors.Is(err, ErrInUse) {
		t.Errorf("want %q, got %v", ErrInUse, err)
	}
	called := false
	if err := ReadOnly(path, func(*Store) error { called = true; return nil }); !errors.Is(err, ErrInUse) || called {
		t.Errorf("beside a writer: %v, called %v", err, called)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	release, err := Hold(path)
	if err != nil {
		t.Fatalf("after the writer: %v", err)
	}
	if s, err := Open(path, Options{LockTimeout: time.Millisecond}); !errors.Is(err, ErrInUse) {
		t.Errorf("a writer came in while it was held: %v, %v", s, err)
	}
	if err := ReadOnly(path, func(*Store) error { return nil }); err != nil {
		t.Errorf("a reader: %v", err)
	}
	if err := errors.Join(release(), open(t, path).Close()); err != nil {
		t.Errorf("after it was let go: %v", err)
	}
}

func TestACopyForgetsItsRegionAndKeepsItsPeople(t *testing.T) {
	path, people := crowd(t, 50)
	s := open(t, path)
	ctx := t.Context()
	err := errors.Join(
		s.PutKey(ctx, issuer.KeyRecord{ID: [8]byte{1}, Purpose: trust.Phone, Sealed: []byte{1}}),
		s.Publish(ctx, 0, issuer.Publication{Version: 7, Ceiling: 500, At: 1, Bundle: []byte("bundle")}),
	)
	if _, addErr := s.AddList(ctx, issuer.ListKey{Purpose: trust.Phone, Day: 20000, Width: 27, Sealed: []byte{1}}); addErr != nil || err != nil {
		t.Fatal(errors.Join(err, addErr))
	}
	next, _, err := s.Counter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ForgetRegion(ctx); err != nil {
		t.Fatal(err)
	}
	_, published := s.Published(ctx)
	keys, keysErr := s.Keys(ctx)
	lists, listsErr := s.Lists(ctx)
	now, ceiling, counterErr := s.Counter(ctx)
	if err := errors.Join(keysErr, listsErr, counterErr); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(published, issuer.ErrNotFound) || len(keys) != 0 || len(lists) != 0 || now != next || ceiling != 0 {
		t.Errorf("published: %v, %d keys, %d lists, counter %d of %d", published, len(keys), len(lists), now, ceiling)
	}
	if _, err := s.Person(ctx, people[49].ID); err != nil {
		t.Error(err)
	}
	if err := s.Publish(ctx, 0, issuer.Publication{Version: 1, Ceiling: 100, At: 2, Bundle: []byte("another")}); err != nil {
		t.Errorf("the first publication of the copy: %v", err)
	}
}
