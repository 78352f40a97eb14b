package main

import (
	"path/filepath"
	"testing"
)

func TestTheCommittedFilesAreWhatGenWrites(t *testing.T) {
	if err := run(filepath.Join(".."), true); err != nil {
		t.Error(err)
	}
}
