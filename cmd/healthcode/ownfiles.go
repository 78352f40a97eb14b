package main

import (
	"os"
	"path/filepath"

	"healthcode.example/crypto/seal"
)

// checkOutput refuses an output over what an office lives on: anything in a data directory, whichever the command works on, and a master key
// wherever it is. What belongs there is not written as an output.
func checkOutput(path string) error {
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
				return usage("%s lies in the data directory %s, which holds the office's own files: write it somewhere else", path, dir)
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	if isMasterKey(path) {
		return usage("%s is a master key, which is never overwritten: write to another file", path)
	}
	return nil
}

// isDataDirectory wants to see something of an office; other than anyFounded it takes nothing for it that it may not look at, such as the home
// of another.
func isDataDirectory(dir string) bool {
	seen := func(names ...string) bool {
		_, err := os.Lstat(filepath.Join(append([]string{dir}, names...)...))
		return err == nil
	}
	return seen(keysDir, rootFile) || seen(keysDir, authorityFile) || seen(keysDir, foundingFile) || seen(storeFile) && seen(masterFile)
}

func isMasterKey(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxMaster {
		return false
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	_, err = seal.ParseMaster(string(b))
	return err == nil
}
