// Package docs has tests only: they keep what the documents say true.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var testName = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`")

func TestEveryTestOfTheThreatModelExists(t *testing.T) {
	text, err := os.ReadFile("threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	named := testName.FindAllStringSubmatch(string(text), -1)
	if len(named) < 40 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, n := range named {
		if !hasTest(t, n[1], n[2]) {
			t.Errorf("%s has no %s", n[1], n[2])
		}
	}
}

// The other pages name tests too, and scripts by their file.
func TestEveryTestThatAPageNamesExists(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"*.md", "decisions/*.md", "../*.md", "../testvectors/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	if len(pages) < 15 {
		t.Fatalf("only %d pages were found", len(pages))
	}
	script := regexp.MustCompile("`(?:cmd/healthcode/testdata/|api/server/testdata/)?([a-z]+\\.txt)`")
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range testName.FindAllStringSubmatch(string(text), -1) {
			if !hasTest(t, n[1], n[2]) {
				t.Errorf("%s: %s has no %s", page, n[1], n[2])
			}
		}
		if filepath.Base(page) != "threat-model.md" {
			continue // elsewhere a .txt may be somebody's own file
		}
		for _, n := range script.FindAllStringSubmatch(string(text), -1) {
			inCommands, _ := filepath.Glob("../cmd/healthcode/testdata/" + n[1])
			inServer, _ := filepath.Glob("../api/server/testdata/" + n[1])
			if len(inCommands)+len(inServer) == 0 {
				t.Errorf("%s: there is no script %s", page, n[1])
			}
		}
	}
}

func TestEveryRowOfTheThreatModelNamesATest(t *testing.T) {
	text, err := os.ReadFile("threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if len(cells) != 4 || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| asset") {
			continue
		}
		if !testName.MatchString(cells[3]) {
			t.Errorf("line %d names no test: %s", n+1, line)
		}
	}
}

// hasTest looks for the function in the tests of the package.
func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pkg), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
