package verifier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "healthcode.example/"

// pkg is what go list says of a package; only what is compiled into programs, no tests.
type pkg struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Module     *struct{ Path string }
}

// golist runs go list in a folder and reads its stream of packages.
func golist(t *testing.T, dir string, env []string, args ...string) (all []pkg) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		if os.Getenv("REQUIRE_ALL") == "1" {
			t.Fatal("needs the go command")
		}
		t.Skip("needs the go command")
	}
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Standard,Module"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, stderr.String())
	}
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// platforms are the host and the browser: build tags must not open a back door.
var platforms = map[string][]string{"host": nil, "browser": {"GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0"}}

// floors of the house: imports go down, and siblings do not touch.
var floors = []struct {
	prefix string
	floor  int
}{
	{"crypto/", 1}, {"queue", 1}, {"credential", 2}, {"trust", 3}, {"health", 3}, {"verifier", 4}, {"issuer", 4}, {"wallet", 5}, {"partner", 5}, {"store", 6}, {"api", 6}, {"gate", 6},
	{"web", 6}, {"office", 7}, {"cmd", 8}, {"testvectors", 8}, {"conformance", 8},
}

func floorOf(path string) int {
	for _, f := range floors {
		if path == f.prefix || strings.HasPrefix(path, strings.TrimSuffix(f.prefix, "/")+"/") {
			return f.floor
		}
	}
	return 0
}

// room is the part of the house that a package belongs to: a package of crypto, or everything below a noun.
func room(path string) string {
	first, rest, _ := strings.Cut(path, "/")
	if first == "crypto" {
		rest, _, _ = strings.Cut(rest, "/")
		return first + "/" + rest
	}
	return first
}

func TestImportsGoDown(t *testing.T) {
	for name, env := range platforms {
		for _, p := range golist(t, "..", env, "./crypto/...", "./queue/...", "./credential/...", "./trust/...", "./health/...", "./verifier/...", "./issuer/...", "./wallet/...", "./partner/...", "./gate/...", "./office/...") {
			own := strings.TrimPrefix(p.ImportPath, module)
			for _, imported := range p.Imports {
				below, ours := strings.CutPrefix(imported, module)
				if ours && room(below) != room(own) && (floorOf(below) == 0 || floorOf(below) >= floorOf(own)) {
					t.Errorf("%s: %s (floor %d) imports %s (floor %d)", name, own, floorOf(own), below, floorOf(below))
				}
				if ours && under(own, []string{"office"}) && under(below, post) {
					t.Errorf("%s: %s imports %s: an office is no gate", name, own, below)
				}
			}
		}
	}
}

// forbidden are the first words of paths that the rooms may not import directly.
var (
	core      = []string{"crypto", "queue", "credential", "trust", "verifier"}
	outside   = []string{"net", "os", "database", "log", "testing", "syscall", "plugin", "unsafe", "crypto/x509", "crypto/tls", "crypto/rand", "math/rand"}
	domain    = []string{"issuer", "health", "wallet"}
	post      = []string{"gate"} // a gate at work is told what its files hold
	services  = []string{"database", "testing", "net/http", "os", "github.com/labstack", "go.etcd.io", "github.com/jackc"}
	aloof     = []string{"database", "testing", "os", "log", "crypto/rand", "math/rand", "github.com/labstack", "go.etcd.io", "github.com/jackc", "github.com/alecthomas"}
	suites    = []string{"testvectors", "store/storetest", "api/login/logintest"}              // what tests import
	leaves    = []string{"verifier/dcc", "verifier/shc", "verifier/claim169", "verifier/nzcp"} // other formats may use crypto/x509 and JOSE
	exempt    = append([]string{"trust/bundlefile", "verifier/foreigntest"}, leaves...)
	thirdCore = map[string][]string{
		"crypto/cose": {
			"filippo.io/nistec", "github.com/fxamacker/cbor/v2", "github.com/oasisprotocol/curve25519-voi/curve", "github.com/oasisprotocol/curve25519-voi/curve/scalar",
		},
		"trust": {"github.com/fxamacker/cbor/v2"},
	}
)

func under(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") })
}

func TestTheCoreTouchesNothingOutside(t *testing.T) {
	for name, env := range platforms {
		seen := 0
		for _, p := range golist(t, "..", env, "./...") {
			own := strings.TrimPrefix(p.ImportPath, module)
			for _, imported := range p.Imports {
				if under(own, leaves) && under(imported, outside) && imported != "crypto/x509" {
					t.Errorf("%s: %s imports %s", name, own, imported)
				}
			}
			if under(own, exempt) {
				continue
			}
			for _, imported := range p.Imports {
				switch {
				case under(own, core) && under(imported, outside), under(own, domain) && under(imported, services), under(own, post) && under(imported, aloof):
					t.Errorf("%s: %s imports %s", name, own, imported)
				case under(own, core) && strings.Contains(imported, ".") && !strings.HasPrefix(imported, module) && !slices.Contains(thirdCore[own], imported):
					t.Errorf("%s: %s imports %s, which is not on its list", name, own, imported)
				case !under(own, suites) && under(imported, []string{module + "testvectors", "testing"}):
					t.Errorf("%s: %s imports %s outside tests", name, own, imported)
				}
			}
			seen++
		}
		if seen < 6 {
			t.Errorf("%s: %d packages seen", name, seen)
		}
	}
}

// A partner who imports the verifier gets a CBOR library and curve arithmetic, and nothing else.
func TestWhatAPartnerPullsIn(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	goMod := "module partner.example\n\ngo 1.26.0\n\nrequire healthcode.example v0.0.0\n\nreplace healthcode.example => " + root + "\n"
	source := "package main\n\nimport _ \"healthcode.example/verifier\"\n\nfunc main() {}\n"
	for name, content := range map[string]string{"go.mod": goMod, "go.sum": string(sums), "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"filippo.io/nistec", "github.com/fxamacker/cbor/v2", "github.com/oasisprotocol/curve25519-voi", "github.com/x448/float16", "golang.org/x/sys", "healthcode.example", "partner.example"}
	for name, env := range platforms {
		modules := make(map[string]bool)
		for _, p := range golist(t, dir, append([]string{"GOFLAGS=-mod=mod", "GOWORK=off"}, env...), "-deps", ".") {
			if p.Module != nil {
				modules[p.Module.Path] = true
			}
		}
		if got := slices.Sorted(maps.Keys(modules)); !slices.Equal(got, want) {
			t.Errorf("%s: the partner's program is made of %q, want %q", name, got, want)
		}
	}
}
