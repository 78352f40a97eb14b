package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"healthcode.example/store/bolt"
)

// A region is founded once. Whoever founds it again beside keys or a store that exist would publish version 1 a second time under the same
// root, and every gate would refuse all that follows. So a founding needs a directory with nothing in it, or the mark that an earlier founding
// was interrupted. That holds for a demonstration, which serve or import found in one go, and for a region whose root and key list come from a
// ceremony: there the first keys import puts the mark, and the first keys publish takes it away.

// BeginFounding says whether the directory is to be founded, and marks it before anything else is made.
func BeginFounding(data string) (bool, error) {
	if IsFounding(data) {
		return true, nil
	}
	if AnyFounded(data) {
		return false, CheckFounded(data)
	}
	for _, dir := range []string{data, filepath.Join(data, KeysDir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return false, fmt.Errorf("make the data directory: %w", err)
		}
	}
	if err := WritePrivate(filepath.Join(data, KeysDir, FoundingFile), nil); err != nil {
		return false, fmt.Errorf("begin the founding: %w", err)
	}
	return true, nil
}

// EndFounding takes the mark away. It is repeated by every command until it has happened.
func EndFounding(data string) error {
	err := os.Remove(filepath.Join(data, KeysDir, FoundingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("end the founding: %w", err)
	}
	return SyncDir(filepath.Join(data, KeysDir))
}

// CheckFounded wants a directory that can be opened without making anything of it anew.
func CheckFounded(data string) error {
	switch {
	case !AnyFounded(data):
		return fmt.Errorf("%s is no data directory: name one with --data, or let \"healthcode serve\" make one", data)
	case Filled(filepath.Join(data, StoreFile)):
		return nil
	case IsFounding(data):
		return unfinished(data)
	case Exists(filepath.Join(data, StoreFile)):
		return lostStore(data, "is empty")
	}
	return lostStore(data, "is not there")
}

// NoPublication is the error of a store that has published nothing.
func NoPublication(data string) error {
	if IsFounding(data) {
		return unfinished(data)
	}
	return lostStore(data, "holds no publication")
}

func unfinished(data string) error {
	return fmt.Errorf("the founding of %s is not finished: that of a demonstration was interrupted and goes on with \"healthcode serve\"; "+
		"that of a ceremony goes on with healthcode keys import, and ends with keys publish", data)
}

func lostStore(data, how string) error {
	return fmt.Errorf("%s holds the keys of a region, and its store %s %s; nothing is founded anew beside them, since gates would refuse all that follows: "+
		"restore the store from a backup (healthcode restore), or move the directory away to begin another region, with another root",
		data, filepath.Join(data, StoreFile), how)
}

// IsFounding says whether a founding has begun and made no publication yet.
func IsFounding(data string) bool { return Exists(filepath.Join(data, KeysDir, FoundingFile)) }

// AnyFounded says whether there is, was or begins a region in the directory: it has a store, one that a restore set aside, or anything among the
// keys, which may be all that was left.
func AnyFounded(data string) bool {
	aside, err := bolt.SetAside(filepath.Join(data, StoreFile))
	return Filled(filepath.Join(data, StoreFile)) || len(aside) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) || keepsKeys(filepath.Join(data, KeysDir))
}

// keepsKeys says whether anything is in the directory but what an interrupted write left.
func keepsKeys(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !strings.HasPrefix(e.Name(), ".") || !strings.HasSuffix(e.Name(), ".tmp")
	})
}

// Exists also holds for what cannot be looked at: only what is known to be absent may be made.
func Exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// Filled also holds for what cannot be looked at: whatever may hold something is not made anew.
func Filled(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0 || err != nil && !errors.Is(err, fs.ErrNotExist)
}
