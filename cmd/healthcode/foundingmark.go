package main

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

// beginFounding says whether the directory is to be founded, and marks it before anything else is made.
func beginFounding(data string) (bool, error) {
	if isFounding(data) {
		return true, nil
	}
	if anyFounded(data) {
		return false, checkFounded(data)
	}
	for _, dir := range []string{data, filepath.Join(data, keysDir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return false, fmt.Errorf("make the data directory: %w", err)
		}
	}
	if err := writePrivate(filepath.Join(data, keysDir, foundingFile), nil); err != nil {
		return false, fmt.Errorf("begin the founding: %w", err)
	}
	return true, nil
}

// endFounding takes the mark away. It is repeated by every command until it has happened.
func endFounding(data string) error {
	err := os.Remove(filepath.Join(data, keysDir, foundingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("end the founding: %w", err)
	}
	return syncDir(filepath.Join(data, keysDir))
}

// checkFounded wants a directory that can be opened without making anything of it anew.
func checkFounded(data string) error {
	switch {
	case !anyFounded(data):
		return fmt.Errorf("%s is no data directory: name one with --data, or let \"healthcode serve\" make one", data)
	case filled(filepath.Join(data, storeFile)):
		return nil
	case isFounding(data):
		return unfinished(data)
	case exists(filepath.Join(data, storeFile)):
		return lostStore(data, "is empty")
	}
	return lostStore(data, "is not there")
}

// noPublication is the error of a store that has published nothing.
func noPublication(data string) error {
	if isFounding(data) {
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
		data, filepath.Join(data, storeFile), how)
}

// isFounding says whether a founding has begun and made no publication yet.
func isFounding(data string) bool { return exists(filepath.Join(data, keysDir, foundingFile)) }

// anyFounded says whether there is, was or begins a region in the directory: it has a store, one that a restore set aside, or anything among the
// keys, which may be all that was left.
func anyFounded(data string) bool {
	aside, err := bolt.SetAside(filepath.Join(data, storeFile))
	return filled(filepath.Join(data, storeFile)) || len(aside) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) || keepsKeys(filepath.Join(data, keysDir))
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

// exists also holds for what cannot be looked at: only what is known to be absent may be made.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func filled(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0 || err != nil && !errors.Is(err, fs.ErrNotExist)
}
