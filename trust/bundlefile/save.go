package bundlefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// volume is what Save asks of a file system: each step can fail on its own, and a test lets each of them fail.
type volume interface {
	// Temp makes a new file beside path.
	Temp(path string) (file, error)
	Rename(from, to string) error
	Remove(path string) error
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
}

type file interface {
	io.WriteCloser
	Sync() error
	Name() string
}

func save(v volume, path string, data []byte) (err error) {
	temp, err := v.Temp(path)
	if err != nil {
		return fmt.Errorf("save the bundle: make a file beside %s: %w", path, err)
	}
	if err := fill(temp, data); err != nil {
		return errors.Join(fmt.Errorf("save the bundle: write %s: %w", temp.Name(), err), v.Remove(temp.Name()))
	}
	if err := v.Rename(temp.Name(), path); err != nil {
		return errors.Join(fmt.Errorf("save the bundle: %w", err), v.Remove(temp.Name()))
	}
	if err := v.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("save the bundle: %s is in place but its directory could not be synced, repeat this to be sure: %w", path, err)
	}
	return nil
}

// fill writes, syncs and closes. The sync comes before the rename: a name must never point at bytes that a loss of power could take.
func fill(f file, data []byte) error {
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// disk is the real file system.
type disk struct{}

func (disk) Temp(path string) (file, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o644); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, nil
}

func (disk) Rename(from, to string) error { return os.Rename(from, to) }

func (disk) Remove(path string) error { return os.Remove(path) }

func (disk) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
