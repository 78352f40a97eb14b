package desk

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthcode.example/office/datadir"
	"healthcode.example/store/bolt"
)

var at = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func place(t *testing.T) Config {
	data := filepath.Join(t.TempDir(), "data")
	return Config{Data: data, Master: func() ([]byte, error) { return datadir.Master(data, "") }, Region: DemoRegion, Rand: rand.Reader, Note: t.Logf}
}

func found(t *testing.T, c Config) *Desk {
	t.Helper()
	d, err := Found(t.Context(), c, at)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADeskThatWasFoundedOpensOnTheSameRootAndForOneAtATime(t *testing.T) {
	c := place(t)
	if _, err := Open(t.Context(), c, at); err == nil {
		t.Fatal("a desk was opened where nothing is")
	}
	d := found(t, c)
	if _, err := Open(t.Context(), c, at); !errors.Is(err, bolt.ErrInUse) {
		t.Errorf("a second one beside it: %v", err)
	}
	root, version := d.Root, d.Issuer.Bundle().Version()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), c, at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if !bytes.Equal(again.Root, root) || again.Issuer.Bundle().Version() != version {
		t.Error("it stands on another root, or has published meanwhile")
	}
	if err := again.Prepare(t.Context(), at.Add(-time.Hour)); err == nil || !strings.Contains(err.Error(), "set the clock") {
		t.Errorf("by a clock that is behind: %v", err)
	}
}

func TestARootThatWasLostComesOutOfTheLastPublicationAndALostStoreFromNowhere(t *testing.T) {
	c := place(t)
	d := found(t, c)
	root := d.Root
	if err := errors.Join(d.Close(), os.Remove(filepath.Join(c.Data, datadir.KeysDir, datadir.RootFile))); err != nil {
		t.Fatal(err)
	}
	d, err := Open(t.Context(), c, at)
	if err != nil || !bytes.Equal(d.Root, root) {
		t.Fatalf("another root, %v", err)
	}
	if err := errors.Join(d.Close(), os.Remove(filepath.Join(c.Data, datadir.StoreFile))); err != nil {
		t.Fatal(err)
	}
	for name, begin := range map[string]func() (*Desk, error){
		"found": func() (*Desk, error) { return Found(t.Context(), c, at) },
		"open":  func() (*Desk, error) { return Open(t.Context(), c, at) },
	} {
		if _, err := begin(); err == nil || !strings.Contains(err.Error(), "healthcode restore") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAWorkroomTakesNoOtherRootThanThatOfItsDirectory(t *testing.T) {
	c, other := place(t), place(t)
	ours, theirs := found(t, c), found(t, other)
	root := theirs.Root
	if err := errors.Join(ours.Close(), theirs.Close()); err != nil {
		t.Fatal(err)
	}
	var wrong *RootError
	if _, err := OpenWorkroom(t.Context(), c, root); !errors.As(err, &wrong) {
		t.Errorf("%v", err)
	}
	w, err := OpenWorkroom(t.Context(), c, ours.Root)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
