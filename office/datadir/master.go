package datadir

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"healthcode.example/crypto/seal"
)

// masterVariable may hold the master key, so that it need not lie beside what it seals.
const masterVariable = "HEALTHCODE_MASTER_KEY"

// MaxMaster bounds the file of a master key.
const MaxMaster = 4096

// ErrNoMaster says that the data directory holds none and none was given.
var ErrNoMaster = errors.New("no master key: give --master-key FILE or " + masterVariable)

// Master finds the master key of the directory: the file that is named, else the environment, else the one in the directory. ErrNoMaster says that there
// is none.
func Master(data, path string) ([]byte, error) {
	if path == "" {
		if text := os.Getenv(masterVariable); text != "" {
			key, err := seal.ParseMaster(text)
			if err != nil {
				return nil, fmt.Errorf("the environment variable %s: %w", masterVariable, err)
			}
			return key, nil
		}
		path = filepath.Join(data, MasterFile)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoMaster
		}
	}
	text, err := ReadPrivate(path, MaxMaster)
	if err != nil {
		return nil, fmt.Errorf("the master key: %w", err)
	}
	key, err := seal.ParseMaster(string(text))
	if err != nil {
		return nil, fmt.Errorf("the master key in %s: %w", path, err)
	}
	return key, nil
}

// NewMaster draws one and writes it to the directory.
func NewMaster(data string, rand io.Reader) ([]byte, error) {
	key := make([]byte, seal.MasterSize)
	if _, err := io.ReadFull(rand, key); err != nil {
		return nil, fmt.Errorf("make a master key: %w", err)
	}
	if err := WritePrivate(filepath.Join(data, MasterFile), []byte(hex.EncodeToString(key)+"\n")); err != nil {
		return nil, fmt.Errorf("make a master key: %w", err)
	}
	return key, nil
}
