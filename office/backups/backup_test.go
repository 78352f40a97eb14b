package backups

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"healthcode.example/office/datadir"
	"healthcode.example/office/desk"
	"healthcode.example/store/bolt"
)

var at = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// office founds one and says what its backups are made of.
func office(t *testing.T) Maker {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	master := func() ([]byte, error) { return datadir.Master(data, "") }
	d, err := desk.Found(t.Context(), desk.Config{Data: data, Master: master, Region: desk.DemoRegion, Rand: rand.Reader, Note: t.Logf}, at)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return Maker{Data: data, Master: master, Rand: rand.Reader, Now: func() time.Time { return at }}
}

func TestABackupOpensIntoAStoreWithTheLastPublicationAndReplacesNoFile(t *testing.T) {
	m, dir := office(t), t.TempDir()
	file := filepath.Join(dir, "one.ykbackup")
	if size, err := Save(t.Context(), file, m); err != nil || size == 0 {
		t.Fatal(size, err)
	}
	if _, err := Save(t.Context(), file, m); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("beside the backup lies %v, %v", left, err)
	}
	master, err := m.Master()
	if err != nil {
		t.Fatal(err)
	}
	path, made, err := Unseal(dir, file, master)
	if err != nil || !made.Equal(at) {
		t.Fatal(made, err)
	}
	p, keys, err := bolt.ReadFormer(t.Context(), path)
	if err != nil || p.Version != 1 || len(keys) == 0 {
		t.Errorf("publication %d, %d keys, %v", p.Version, len(keys), err)
	}
	master[0] ^= 1
	if path, _, err := Unseal(dir, file, master); err == nil {
		t.Error("it opens under another master key")
	} else if err := os.Remove(path); err != nil {
		t.Error(err)
	}
}

func TestABackupOfNoStoreIsRefused(t *testing.T) {
	m := Maker{Data: t.TempDir()}
	if _, err := Save(t.Context(), filepath.Join(t.TempDir(), "none"), m); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
