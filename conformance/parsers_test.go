package conformance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// parserName is how functions that read bytes or text from elsewhere are called in this house.
var parserName = regexp.MustCompile(`^(Parse|Import|Read|Open|Decode|Unmarshal|Pin$|Update$)`)

// notHostile are functions of such a name that need no fuzz test, and why.
var notHostile = map[string]string{
	"store/bolt.Open":         "opens a database file of this machine, of which bbolt checks the pages; backups are read before they become one",
	"store/bolt.ReadOnly":     "opens such a file as Open does, after the same walk through its pages",
	"store/bolt.ReadFormer":   "reads from such a database",
	"trust/bundlefile.Update": "reads a file and gives its bytes to trust.Update",
	"crypto/seal.Reader.Read": "is what NewReader gives: FuzzOpen reads it to the end",
}

// TestEveryParserHasAFuzzTest lists the exported functions that read something and fails for one that no fuzz test calls by name.
func TestEveryParserHasAFuzzTest(t *testing.T) {
	parsers, fuzzed := make(map[string]bool), make(map[string]bool)
	fset := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != ".." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "bin") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel("..", filepath.Dir(path))
		if err != nil {
			return err
		}
		folder = filepath.ToSlash(folder)
		if strings.HasSuffix(path, "_test.go") {
			addFuzzed(file, folder, fuzzed)
		} else if file.Name.Name != "main" {
			addParsers(file, folder, parsers)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(parsers) < 50 || len(fuzzed) < 50 {
		t.Fatalf("found only %d parsers and %d functions in fuzz tests: the search is broken", len(parsers), len(fuzzed))
	}
	tested := 0
	for name := range parsers {
		why, exempt := notHostile[name]
		switch called := fuzzed[name] || fuzzed[anyReceiver(name)]; {
		case called && exempt:
			t.Errorf("%s has a fuzz test and stands among those that need none", name)
		case called:
			tested++
		case why == "":
			t.Errorf("%s is called by no fuzz test: write one in its package, or say in notHostile why it needs none", name)
		}
	}
	for name := range notHostile {
		if !parsers[name] {
			t.Errorf("%s stands among those that need no fuzz test, and is no longer there", name)
		}
	}
	t.Logf("%d parsers are fuzzed, %d need not be", tested, len(notHostile))
}

// addParsers adds the exported functions and methods of exported types, named by folder: "trust.Pin", "crypto/seal.Key.Open".
func addParsers(file *ast.File, folder string, parsers map[string]bool) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !parserName.MatchString(f.Name.Name) {
			continue
		}
		name := f.Name.Name
		if f.Recv != nil {
			receiver := receiverName(f.Recv.List[0].Type)
			if !ast.IsExported(receiver) || folder == "store/bolt" { // the methods of a store are its contract, not its readers
				continue
			}
			name = receiver + "." + name
		} else if takesNothing(f) {
			continue
		}
		parsers[folder+"."+name] = true
	}
}

// anyReceiver makes trust.*.Read of trust.Bundle.Read.
func anyReceiver(name string) string {
	folder, rest := name[:strings.LastIndexByte(name, '/')+1], name[strings.LastIndexByte(name, '/')+1:]
	if p := strings.Split(rest, "."); len(p) == 3 {
		return folder + p[0] + ".*." + p[2]
	}
	return name
}

func takesNothing(f *ast.FuncDecl) bool { return f.Type.Params.NumFields() == 0 }

func receiverName(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if name, ok := e.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// addFuzzed adds what the fuzz tests of a file name. A method is known by its name only, so it counts for each type of the packages that the
// file uses, as "trust.*.Read".
func addFuzzed(file *ast.File, folder string, fuzzed map[string]bool) {
	imports := make(map[string]string)
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		if rest, ok := strings.CutPrefix(path, "healthcode.example/"); ok {
			name := rest[strings.LastIndexByte(rest, '/')+1:]
			if spec.Name != nil {
				name = spec.Name.Name
			}
			imports[name] = rest
		}
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(f.Name.Name, "Fuzz") || f.Type.Params.NumFields() != 1 {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				fuzzed[folder+"."+n.Name] = true
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if ok && imports[x.Name] != "" {
					fuzzed[imports[x.Name]+"."+n.Sel.Name] = true
					return false
				}
				fuzzed[folder+".*."+n.Sel.Name] = true
				for _, path := range imports {
					fuzzed[path+".*."+n.Sel.Name] = true
				}
			}
			return true
		})
	}
}
