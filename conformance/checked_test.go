package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// listed is what go list says of a package.
type listedPackage struct {
	ImportPath, Dir, Export, ForTest   string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Module                             *struct{ Main bool }
}

// checker knows the types of everything that the tests of the module import.
type checker struct {
	fset     *token.FileSet
	exports  map[string]string // path to a file of export data
	ours     []listedPackage
	imported types.Importer
}

func newChecker(t *testing.T) *checker {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		if os.Getenv("REQUIRE_ALL") == "1" {
			t.Fatal("needs the go command")
		}
		t.Skip("needs the go command")
	}
	args := append(append([]string{"list"}, raceFlags...), "-export", "-deps", "-test", "-json=ImportPath,Dir,Export,ForTest,GoFiles,TestGoFiles,XTestGoFiles,Module", "./...")
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	c := &checker{fset: token.NewFileSet(), exports: make(map[string]string)}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ForTest == "" && !strings.HasSuffix(p.ImportPath, ".test") {
			c.exports[p.ImportPath] = p.Export
			if p.Module != nil && p.Module.Main {
				c.ours = append(c.ours, p)
			}
		}
	}
	c.imported = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		if c.exports[path] == "" {
			return nil, fmt.Errorf("go list gave no export data of %s", path)
		}
		return os.Open(c.exports[path])
	})
	return c
}

// withPackage imports one package from its source, with what its tests add to it, and the others from export data.
type withPackage struct {
	types.Importer
	own *types.Package
}

func (w withPackage) Import(path string) (*types.Package, error) {
	if w.own != nil && path == w.own.Path() {
		return w.own, nil
	}
	return w.Importer.Import(path)
}

func (c *checker) parse(dir string, names []string) (files []*ast.File, err error) {
	for _, name := range names {
		file, err := parser.ParseFile(c.fset, filepath.Join(dir, name), nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// check gives the types in the files. A test outside a package may see what the package's own tests export, and other packages see only what go
// list knows of it: the few faults that come of it are not in what is looked for.
func (c *checker) check(path string, files []*ast.File, own *types.Package) (*types.Package, *types.Info) {
	info := &types.Info{Uses: make(map[*ast.Ident]types.Object), Defs: make(map[*ast.Ident]types.Object), Selections: make(map[*ast.SelectorExpr]*types.Selection)}
	config := types.Config{Importer: withPackage{c.imported, own}, Error: func(error) {}}
	p, _ := config.Check(path, c.fset, files, info)
	return p, info
}

// fuzzed adds what the fuzz tests of the package call.
func (c *checker) fuzzed(t *testing.T, p *listedPackage, found map[string]bool) {
	t.Helper()
	inside, err := c.parse(p.Dir, append(p.GoFiles[:len(p.GoFiles):len(p.GoFiles)], p.TestGoFiles...))
	if err != nil {
		t.Fatal(err)
	}
	own, info := c.check(p.ImportPath, inside, nil)
	for name := range callsOf(info, inside[len(p.GoFiles):]) {
		found[name] = true
	}
	outside, err := c.parse(p.Dir, p.XTestGoFiles)
	if err != nil {
		t.Fatal(err)
	}
	_, info = c.check(p.ImportPath+"_test", outside, own)
	for name := range callsOf(info, outside) {
		found[name] = true
	}
}
