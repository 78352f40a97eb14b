package main

import (
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// alone are the commands on a data directory that no service does for another process: they want the store for themselves, or have a way of their own.
var alone = []string{"serve", "backup", "restore", "keys import"}

// A command that forgets to say which of the two it is fails beside a running service, and nowhere else.
func TestEveryCommandOnADataDirectoryIsDoneByAServiceOrAlone(t *testing.T) {
	parser, err := kong.New(&commands{}, kong.Name("healthcode"), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, leaf := range parser.Model.Leaves(false) {
		if _, ok := reflect.Indirect(leaf.Target).Type().FieldByName("dataFlags"); !ok {
			continue
		}
		seen++
		name := strings.TrimPrefix(leaf.FullPath(), "healthcode ")
		is := func(listed string) bool { bare, _, _ := strings.Cut(listed, " <"); return bare == name }
		if slices.ContainsFunc(administrative, is) == slices.Contains(alone, name) {
			t.Errorf("%s: want it in one of the two lists", name)
		}
	}
	if want := len(administrative) + len(alone); seen != want {
		t.Errorf("%d commands on a data directory, and %d are listed", seen, want)
	}
}
