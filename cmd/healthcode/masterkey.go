package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"healthcode.example/crypto/seal"
)

// masterVariable may hold the master key, so that it need not lie beside what it seals.
const masterVariable = "HEALTHCODE_MASTER_KEY"

const masterFile = "master.key"

// maxMaster bounds the file of a master key.
const maxMaster = 4096

// errNoMaster says that the data directory holds none and none was given.
var errNoMaster = errors.New("no master key: give --master-key FILE or " + masterVariable)

// masterKey finds the master key: the file that was named, else the environment, else DATA/master.key.
func (d *dataFlags) masterKey() ([]byte, error) {
	path := d.MasterKey
	if path == "" {
		if text := os.Getenv(masterVariable); text != "" {
			key, err := seal.ParseMaster(text)
			if err != nil {
				return nil, fmt.Errorf("the environment variable %s: %w", masterVariable, err)
			}
			return key, nil
		}
		path = filepath.Join(d.Data, masterFile)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, errNoMaster
		}
	}
	text, err := readPrivate(path, maxMaster)
	if err != nil {
		return nil, fmt.Errorf("the master key: %w", err)
	}
	key, err := seal.ParseMaster(string(text))
	if err != nil {
		return nil, fmt.Errorf("the master key in %s: %w", path, err)
	}
	return key, nil
}

// newMasterKey draws one and writes it to the data directory.
func (d *dataFlags) newMasterKey(rand io.Reader) ([]byte, error) {
	key := make([]byte, seal.MasterSize)
	if _, err := io.ReadFull(rand, key); err != nil {
		return nil, fmt.Errorf("make a master key: %w", err)
	}
	if err := writePrivate(filepath.Join(d.Data, masterFile), []byte(hex.EncodeToString(key)+"\n")); err != nil {
		return nil, fmt.Errorf("make a master key: %w", err)
	}
	return key, nil
}

// readPrivate reads a file of at most limit bytes that nobody but its owner may read.
func readPrivate(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: its mode %04o lets others at it: run chmod 600 on it", path, info.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes: this is not the file", path, limit)
	}
	return b, nil
}

// writePrivate makes a file of mode 0600 that is whole or absent, also after a loss of power, and never replaces one: what is kept so cannot
// be made a second time.
func writePrivate(path string, b []byte) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.tmp") // of mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // its other name stays
	_, err = temp.Write(b)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
