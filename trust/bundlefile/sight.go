package bundlefile

import (
	"os"
	"path/filepath"
	"slices"
)

// Sight is what the files of a gate looked like from outside: a file that was replaced or written to since looks otherwise.
type Sight []os.FileInfo

// Look looks at the bundle at path, those that are kept of partners beside it, and other files of partners, without reading any. One of a partner that
// is not there only changes the number; an own one that cannot be looked at is an error too.
func Look(path string, partners []string) (Sight, error) {
	kept, _ := os.ReadDir(PartnerDir(path)) // most gates keep none
	var files Sight
	for _, entry := range kept {
		if filepath.Ext(entry.Name()) != ".ykb" {
			continue
		}
		if file, err := entry.Info(); err == nil {
			files = append(files, file)
		}
	}
	for _, path := range partners {
		if file, err := os.Stat(path); err == nil {
			files = append(files, file)
		}
	}
	file, err := os.Stat(path)
	return append(files, file), err
}

// Same says whether nothing has changed between the two.
func (s Sight) Same(other Sight) bool { return slices.EqualFunc(s, other, sameFile) }

func sameFile(a, b os.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
