package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A region is founded once. Whoever founds it again beside keys or a store that exist would publish version 1 a second time under the same
// root, and every gate would refuse all that follows. So a founding needs a directory with nothing in it, or the mark that an earlier founding
// was interrupted.

// beginFounding says whether the directory is to be founded, and marks it before anything else is made.
func beginFounding(data string) (bool, error) {
	mark := filepath.Join(data, keysDir, foundingFile)
	if exists(mark) {
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
	if err := writePrivate(mark, nil); err != nil {
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
	case exists(filepath.Join(data, keysDir, foundingFile)):
		return fmt.Errorf("the founding of %s was interrupted: \"healthcode serve\" goes on with it", data)
	case exists(filepath.Join(data, storeFile)):
		return lostStore(data, "is empty")
	}
	return lostStore(data, "is not there")
}

func lostStore(data, how string) error {
	return fmt.Errorf("%s holds the keys of a region, and its store %s %s; nothing is founded anew beside them, since gates would refuse all that follows: "+
		"restore the store from a backup, or move the directory away to begin another region", data, storeFile, how)
}

func anyFounded(data string) bool {
	keys := filepath.Join(data, keysDir)
	return exists(filepath.Join(keys, rootFile)) || exists(filepath.Join(keys, authorityFile)) || exists(filepath.Join(keys, foundingFile)) ||
		filled(filepath.Join(data, storeFile))
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
