package bundlefile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"healthcode.example/trust"
)

// Update takes got over what the file at path holds, or begins the file where there is none. pinned is what trust.Pin gave. It returns the
// trust in force afterwards, and whether the file has changed; the same bundle again changes nothing. An error leaves the file as it was and
// is one of trust.Update, or of reading and writing; a file that is there and does not read is never replaced, since its version is the floor
// under which nothing may be taken.
func Update(path string, pinned *trust.Bundle, got []byte, at time.Time) (now *trust.Bundle, changed bool, err error) {
	unlock, err := lock(path)
	if err != nil {
		return nil, false, fmt.Errorf("lock %s for an update: %w", path, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	have := pinned
	old, err := Load(path)
	switch {
	case err == nil:
		if have, err = trust.Update(pinned, old, at); err != nil {
			return nil, false, fmt.Errorf("the bundle in %s: %w", path, err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, false, err
	}
	return replace(path, have, old, got, at)
}

// replace takes got over have, and puts it in the place of the file at path, which holds old. The caller has the lock.
func replace(path string, have *trust.Bundle, old, got []byte, at time.Time) (now *trust.Bundle, changed bool, err error) {
	now, err = trust.Update(have, got, at)
	if err != nil {
		return nil, false, err
	}
	b, err := now.Bytes()
	if err != nil {
		return nil, false, err
	}
	if bytes.Equal(b, old) {
		return now, false, nil
	}
	if err := Save(path, b); err != nil {
		return nil, false, err
	}
	return now, true, nil
}
