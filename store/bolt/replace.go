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
// puts both names on the disk. by must lie in the same directory. It holds the
// lock of the former store meanwhile, also of a damaged one: ErrInUse, and
// nothing is changed, when a process has it open, and who waits for it finds
// that it was replaced (Open). Ended at any moment, it leaves one store whole at
// path, the former or the new one.
func Replace(path, by string, at time.Time) (aside string, err error) {
	release, err := Hold(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", place(path, by)
	}
	if err != nil {
		return "", fmt.Errorf("replace the store: %w", err)
	}
	defer func() { err = errors.Join(err, release()) }()
	if aside, err = asideName(path, at); err != nil {
		return "", err
	}
	linked := os.Link(path, aside) == nil
	if !linked { // a file system that knows no second names: for a moment there is no store at path
		if err := os.Rename(path, aside); err != nil {
			return "", fmt.Errorf("set the former store aside: %w", err)
		}
	}
	// The former store has its second name on the disk before it loses the first.
	if err = syncFolder(filepath.Dir(path)); err == nil {
		err = os.Rename(by, path)
	}
	if err != nil {
		err = fmt.Errorf("put the restored store in its place: %w", err)
		if linked {
			return "", errors.Join(err, os.Remove(aside))
		}
		return "", errors.Join(err, os.Rename(aside, path))
	}
	return aside, syncFolder(filepath.Dir(path))
}

// place puts a store where none is. One that has come there meanwhile stays.
func place(path, by string) error {
	err := os.Link(by, path)
	switch {
	case err == nil:
		err = os.Remove(by)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("a store has come to %s meanwhile: do it again, so that it is looked at", path)
	default: // a file system that knows no second names
		err = os.Rename(by, path)
	}
	if err != nil {
		return fmt.Errorf("put the restored store in its place: %w", err)
	}
	return syncFolder(filepath.Dir(path))
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
