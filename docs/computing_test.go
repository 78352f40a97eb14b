package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a test leaves out under the race detector is done by make test's second run: each test that asks whether it is slowed must be in it, and
// only tests may ask.
func TestWhatTheRaceDetectorSlowsIsRunWithoutItToo(t *testing.T) {
	text, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	line := func(name string) string {
		m := regexp.MustCompile(`(?m)^` + name + ` = (.*)$`).FindSubmatch(text)
		if m == nil {
			t.Fatalf("the Makefile has no %s", name)
		}
		return string(m[1])
	}
	run := regexp.MustCompile(`^(` + line("COMPUTING") + `)$`)
	packages, files := strings.Fields(line("COMPUTING_IN")), testFiles(t)
	asking := 0
	for _, path := range files {
		dir := "./" + strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
		for _, name := range askers(t, path) {
			asking++
			if !strings.HasPrefix(name, "Test") {
				t.Errorf("%s: %s asks whether it is slowed; let the test ask and tell it", path, name)
			} else if !run.MatchString(name) || !slices.Contains(packages, dir) {
				t.Errorf("%s: %s is not run without the race detector: name it in the Makefile's COMPUTING, and %s in COMPUTING_IN", path, name, dir)
			}
		}
	}
	if asking < 15 {
		t.Errorf("only %d tests ask whether they are slowed", asking)
	}
	for _, name := range regexp.MustCompile(`Test\w+`).FindAllString(line("COMPUTING"), -1) {
		if !slices.ContainsFunc(packages, func(dir string) bool { return hasTestOfPrefix(t, dir, name) }) {
			t.Errorf("the Makefile names %s, which is in none of %v", name, packages)
		}
	}
}

func testFiles(t *testing.T) (files []string) {
	t.Helper()
	for _, pattern := range []string{"../*/*_test.go", "../*/*/*_test.go", "../*/*/*/*_test.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	return files
}

// askers gives the functions of a file that mention slowed.
func askers(t *testing.T, path string) (names []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		asks := false
		ast.Inspect(fn, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			asks = asks || ok && id.Name == "slowed"
			return true
		})
		if asks {
			names = append(names, fn.Name.Name)
		}
	}
	return names
}

// hasTestOfPrefix is for names that the Makefile goes on from in brackets.
func hasTestOfPrefix(t *testing.T, dir, prefix string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(dir), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		source, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(source), "\nfunc "+prefix)
	})
}
