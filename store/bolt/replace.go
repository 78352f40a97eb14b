package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// asideMark stands in the name of a store that a restore has set aside, after
// the store's own.
const asideMark = ".before-restore-"

// SetAside gives the paths of the stores that Replace has set aside at path,
// the oldest first.
func SetAside(path string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("look for stores that were set aside: %w", err)
	}
	var found []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), filepath.Base(path)+asideMark) {
			found = append(found, filepath.Join(filepath.Dir(path), entry.Name()))
		}
	}
	slices.Sort(found)
	return found, nil
}

// Replace puts the closed store at by in the place of the one at path, which
// is set aside under the name that comes back (empty: there was none), and
// puts both names on the disk. by must lie in the same directory. Nobody may
// have path open for writing: see Free.
func Replace(path, by string, at time.Time) (aside string, err error) {
	if _, err := os.Lstat(path); err == nil {
		if aside, err = asideName(path, at); err != nil {
			return "", err
		}
		if err := os.Rename(path, aside); err != nil {
			return "", fmt.Errorf("set the former store aside: %w", err)
		}
	}
	if err := os.Rename(by, path); err != nil {
		return aside, fmt.Errorf("put the restored store in its place: %w", err)
	}
	return aside, syncFolder(filepath.Dir(path))
}

// asideName is a name that no store has that was set aside before, also not
// one of the same second.
func asideName(path string, at time.Time) (string, error) {
	stamp := at.UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		name := path + asideMark + stamp
		if n > 1 {
			name = fmt.Sprintf("%s-%d", name, n)
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", fmt.Errorf("set the former store aside: %w", err)
		}
	}
}

// Free says whether no process has the store at path open: ErrInUse else. That
// there is none, or a damaged one, is no error: a restore replaces it.
func Free(path string) error {
	if _, err := os.Lstat(path); err != nil {
		return nil
	}
	s, err := Open(path, Options{})
	if errors.Is(err, ErrInUse) {
		return err
	}
	if err != nil {
		return nil
	}
	return s.Close()
}
