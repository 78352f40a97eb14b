//go:build !unix

package bolt

import (
	"errors"
	"os"
)

// Hold looks whether a process has the store at path open: ErrInUse then. Where
// there is no flock it cannot keep others away afterwards. A damaged store is
// nobody's.
func Hold(path string) (release func() error, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	s, err := Open(path, Options{})
	switch {
	case errors.Is(err, ErrInUse):
		return nil, err
	case err != nil:
		return func() error { return nil }, nil
	}
	return func() error { return nil }, s.Close()
}

// HoldAlone does nothing where there is no flock: run one restore at a time.
func HoldAlone(string) (release func() error, err error) { return func() error { return nil }, nil }
