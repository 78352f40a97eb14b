package datadir

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFoundingGoesOnUntilItHasEndedAndIsNotBegunAgain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for range 2 { // the second time after an interruption
		if founding, err := BeginFounding(data); err != nil || !founding {
			t.Fatalf("an empty directory is founded: %v, %v", founding, err)
		}
	}
	if err := CheckFounded(data); err == nil || !strings.Contains(err.Error(), "is not finished") {
		t.Errorf("a founding without a store: %v", err)
	}
	write(t, filepath.Join(data, StoreFile), "a store")
	if err := errors.Join(EndFounding(data), EndFounding(data)); err != nil {
		t.Fatal(err)
	}
	if founding, err := BeginFounding(data); err != nil || founding {
		t.Errorf("a region that is there is founded again: %v, %v", founding, err)
	}
}

func TestNothingIsFoundedBesideTheKeysOfALostStore(t *testing.T) {
	data := t.TempDir()
	write(t, filepath.Join(data, KeysDir, RootFile), "a root")
	if founding, err := BeginFounding(data); err == nil || founding || !strings.Contains(err.Error(), "restore the store from a backup") {
		t.Errorf("it is founded: %v, %v", founding, err)
	}
}

func TestAPrivateFileIsHiddenFromOthersAndNeverReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := WritePrivate(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := WritePrivate(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second one: %v", err)
	}
	if b, err := ReadPrivate(path, 5); err != nil || string(b) != "first" {
		t.Errorf("it holds %q, %v", b, err)
	}
	if _, err := ReadPrivate(path, 4); err == nil {
		t.Error("a file beyond its limit is read")
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPrivate(path, 5); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that its group reads: %v", err)
	}
}

func TestAnOutputSparesADirectoryAndAMasterKeyByWhateverName(t *testing.T) {
	t.Setenv(masterVariable, "")
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	write(t, filepath.Join(data, KeysDir, RootFile), "a root")
	if _, err := Master(data, ""); !errors.Is(err, ErrNoMaster) {
		t.Errorf("there is a master key: %v", err)
	}
	if _, err := NewMaster(data, rand.Reader); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(data, MasterFile))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "apart"), string(key))
	if err := os.Symlink(data, filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	var own *OutputError
	for _, path := range []string{filepath.Join(data, "new"), filepath.Join(data, KeysDir, "deep", "new"), filepath.Join(dir, "link", "new"), filepath.Join(dir, "apart")} {
		if err := CheckOutput(path); !errors.As(err, &own) {
			t.Errorf("%s: %v", path, err)
		}
	}
	write(t, filepath.Join(dir, "codes.txt"), "YK1:")
	for _, path := range []string{"", filepath.Join(dir, "new"), filepath.Join(dir, "codes.txt")} {
		if err := CheckOutput(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
