package main

import (
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestEveryCommandOnADataDirectoryIsTriedBesideALostStore(t *testing.T) {
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/secondfounding.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, leaf := range parser.Model.Leaves(false) {
		path := commandPath(leaf)
		if !hasFlag(leaf, "data") || path == "restore" { // which brings the store back
			continue
		}
		found++
		if !strings.Contains(string(script), "try "+path+" --data data") && !strings.Contains(string(script), "exits 1 healthcode "+path+" --data data") {
			t.Errorf("healthcode %s works on a data directory, and no line of testdata/secondfounding.txt tries it beside a lost store", path)
		}
	}
	if found < 20 {
		t.Errorf("only %d commands on a data directory were found", found)
	}
}

func commandPath(n *kong.Node) string {
	path := n.Name
	for up := n.Parent; up != nil && up.Type == kong.CommandNode; up = up.Parent {
		path = up.Name + " " + path
	}
	return path
}

func hasFlag(n *kong.Node, name string) bool {
	for _, group := range n.AllFlags(false) {
		for _, flag := range group {
			if flag.Name == name {
				return true
			}
		}
	}
	return false
}
