package conformance

import (
	"go/ast"
	"go/parser"
	"regexp"
	"strings"
	"testing"
)

// parserName is how functions that read bytes or text from elsewhere are called in this house.
var parserName = regexp.MustCompile(`^(Parse|Import|Read|Open|Decode|Unmarshal|Recognise|Detect$|Members$|Elements$|Join$|Zlib|Raw$|Pin$|Update$)`)

// notHostile are functions of such a name that need no fuzz test, and why.
var notHostile = map[string]string{
	"store/bolt.Open":             "opens a database file of this machine, of which bbolt checks the pages; backups are read before they become one",
	"store/bolt.ReadOnly":         "opens such a file as Open does, after the same walk through its pages",
	"store/bolt.ReadFormer":       "reads from such a database",
	"trust/bundlefile.Update":     "reads a file and gives its bytes to trust.Update",
	"gate.Open":                   "reads its files with gate/belief.Follow, which gives their bytes to trust.Update",
	"gate/belief.Read":            "reads a file and gives its bytes to trust.Update",
	"office/backups.Restore.Open": "opens a backup of this machine, of which FuzzOpen of crypto/seal reads what it is sealed in",
	"office/datadir.ReadPrivate":  "gives the bytes of a file of this machine; seal, holder and their like read what is in them",
	"office/desk.Open":            "opens the data directory of this machine",
	"office/desk.OpenWorkroom":    "opens such a directory as Open does; the root goes to trust.Pin",
	"office/files.Disk.Open":      "opens a file of this machine and reads nothing of it",
	"office/remote.Session.Open":  "opens a file of the other process and reads nothing of it",
	"wallet/holder.File.Members":  "looks members up in a file that FuzzOpen has read",
	"crypto/seal.Reader.Read":     "is what NewReader gives: FuzzOpen reads it to the end",
}

// TestEveryParserHasAFuzzTest lists the exported functions that read something and fails for one that no fuzz test calls with what the fuzzer
// gives it.
func TestEveryParserHasAFuzzTest(t *testing.T) {
	c := newChecker(t)
	parsers, fuzzed := make(map[string]bool), make(map[string]bool)
	for i := range c.ours {
		p := &c.ours[i]
		files, err := c.parse(p.Dir, p.GoFiles)
		if err != nil {
			t.Fatal(err)
		}
		folder := strings.TrimPrefix(p.ImportPath, "healthcode.example/")
		for _, file := range files {
			if file.Name.Name != "main" {
				addParsers(file, folder, parsers)
			}
		}
		c.fuzzed(t, p, fuzzed)
	}
	if len(parsers) < 50 || len(fuzzed) < 50 {
		t.Fatalf("found only %d parsers and %d functions that fuzz tests call: the search is broken", len(parsers), len(fuzzed))
	}
	tested := 0
	for name := range parsers {
		why, exempt := notHostile[name]
		switch called := fuzzed[name]; {
		case called && exempt:
			t.Errorf("%s has a fuzz test and stands among those that need none", name)
		case called:
			tested++
		case why == "":
			t.Errorf("%s is called by no fuzz test with what the fuzzer gives: write one in its package, or say in notHostile why it needs none", name)
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
		if !ok || !parserName.MatchString(f.Name.Name) || f.Type.Params.NumFields() == 0 {
			continue
		}
		name := f.Name.Name
		if f.Recv != nil {
			receiver := receiverName(f.Recv.List[0].Type)
			if !ast.IsExported(receiver) || folder == "store/bolt" { // the methods of a store are its contract, not its readers
				continue
			}
			name = receiver + "." + name
		}
		parsers[folder+"."+name] = true
	}
}

func receiverName(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if name, ok := e.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// TestTheSearchForFuzzTestsIsNotFooled gives it fuzz tests that fuzz base45.Decode and others that do not.
func TestTheSearchForFuzzTestsIsNotFooled(t *testing.T) {
	const head = "package p\n\nimport (\n\t\"testing\"\n\n\t\"healthcode.example/credential\"\n\t\"healthcode.example/crypto/base45\"\n)\n\nvar _ = credential.Green\n\n"
	const decode, kind = "crypto/base45.Decode", "credential.Kind.UnmarshalText"
	c := newChecker(t)
	for name, v := range map[string]struct{ source, want string }{
		"a call":                          {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, s string) { _, _ = base45.Decode(s) }) }`, decode},
		"a call with what it becomes":     {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) { s := "x"; for _, c := range b { s += string(c) }; if _, err := base45.Decode(s[1:]); err != nil { return } }) }`, decode},
		"a call in a helper":              {"func help(t *testing.T, s string) { _, _ = base45.Decode(s) }\nfunc FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, s string) { help(t, s) }) }", decode},
		"a call in a closure":             {`func FuzzX(f *testing.F) { one := func(s string) { _, _ = base45.Decode(s) }; f.Fuzz(func(t *testing.T, s string) { one(s) }) }`, decode},
		"a call in a list of readers":     {"var all = map[string]func(string){\"a\": func(s string) { _, _ = base45.Decode(s) }}\nfunc FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, s string) { for _, read := range all { read(s) } }) }", decode},
		"a list of functions":             {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, s string) { for _, read := range []func(string) ([]byte, error){base45.Decode} { _, _ = read(s) } }) }`, decode},
		"a list that nobody calls":        {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, s string) { for _, read := range []func(string) ([]byte, error){base45.Decode} { _, _ = read("00") } }) }`, ""},
		"a function of its own":           {"func one(t *testing.T, s string) { _, _ = base45.Decode(s) }\nfunc FuzzX(f *testing.F) { f.Fuzz(one) }", decode},
		"a method":                        {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) { var k credential.Kind; _ = k.UnmarshalText(b) }) }`, kind},
		"a method of another type":        {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) { var c credential.Colour; _ = c.UnmarshalText(b) }) }`, ""},
		"a call while seeding":            {`func FuzzX(f *testing.F) { _, _ = base45.Decode("00"); f.Fuzz(func(t *testing.T, s string) {}) }`, ""},
		"a name":                          {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, s string) { _ = base45.Decode }) }`, ""},
		"a call with a constant":          {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, s string) { _, _ = base45.Decode("00") }) }`, ""},
		"a call with another thing":       {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, s string) { other := t.Name(); _, _ = base45.Decode(other) }) }`, ""},
		"a helper that nobody calls":      {"func help(s string) { _, _ = base45.Decode(s) }\nfunc FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, s string) {}) }", ""},
		"a function that is no fuzz test": {`func TestX(t *testing.T) { _, _ = base45.Decode(t.Name()) }`, ""},
		"another method called Fuzz":      {"type other struct{}\nfunc (other) Fuzz(f func(*testing.T, string)) {}\nfunc FuzzX(f *testing.F) { other{}.Fuzz(func(t *testing.T, s string) { _, _ = base45.Decode(s) }) }", ""},
		"nothing is run":                  {`func FuzzX(f *testing.F) { _ = func(t *testing.T, s string) { _, _ = base45.Decode(s) } }`, ""},
	} {
		file, err := parser.ParseFile(c.fset, "p_test.go", head+v.source, 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, info := c.check("p", []*ast.File{file}, nil)
		got := callsOf(info, []*ast.File{file})
		for _, parser := range []string{decode, kind} {
			if got[parser] != (parser == v.want) {
				t.Errorf("%s: %s is called: %v", name, parser, got[parser])
			}
		}
	}
}
