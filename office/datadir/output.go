package datadir

import (
	"fmt"
	"os"
	"path/filepath"

	"healthcode.example/crypto/seal"
)

// OutputError is of an output that would take the place of what an office lives on.
type OutputError struct{ text string }

func (e *OutputError) Error() string { return e.text }

func outputError(format string, args ...any) error { return &OutputError{fmt.Sprintf(format, args...)} }

// CheckOutput refuses, with an OutputError, an output over what an office lives on: anything in a data directory, whichever the command works on, and a master key
// wherever it is. What belongs there is not written as an output.
func CheckOutput(path string) error {
	if path == "" {
		return nil
	}
	places := []string{path}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		places = append(places, filepath.Join(dir, filepath.Base(path)))
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		places = append(places, real)
	}
	for _, place := range places {
		place, err := filepath.Abs(place)
		if err != nil {
			return err
		}
		for dir := filepath.Dir(place); ; dir = filepath.Dir(dir) {
			if isDataDirectory(dir) {
				return outputError("%s lies in the data directory %s, which holds the office's own files: write it somewhere else", path, dir)
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	if isMasterKey(path) {
		return outputError("%s is a master key, which is never overwritten: write to another file", path)
	}
	return nil
}

// isDataDirectory wants to see something of an office; other than AnyFounded it takes nothing for it that it may not look at, such as the home
// of another.
func isDataDirectory(dir string) bool {
	seen := func(names ...string) bool {
		_, err := os.Lstat(filepath.Join(append([]string{dir}, names...)...))
		return err == nil
	}
	return seen(KeysDir, RootFile) || seen(KeysDir, AuthorityFile) || seen(KeysDir, FoundingFile) || seen(StoreFile) && seen(MasterFile)
}

func isMasterKey(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > MaxMaster {
		return false
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	_, err = seal.ParseMaster(string(b))
	return err == nil
}
