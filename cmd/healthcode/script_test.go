package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain builds the program once, as it is shipped, and puts it first in PATH: the scripts start it hundreds of times, and under the race
// detector each start would cost a quarter of a second. What runs concurrently in it is tested in this process too, where the detector looks.
func TestMain(m *testing.M) {
	os.Exit(withProgram(m))
}

// scratch is a directory for what the tests of this package share; it is gone when they have ended.
var scratch string

func withProgram(m *testing.M) int {
	dir, err := os.MkdirTemp("", "healthcode")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	scratch = dir
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "healthcode"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// TestScripts runs testdata/*.txt, where
//
//	exits CODE COMMAND…   runs a command and wants its exit code
//	region NAME           makes a region that is no demonstration: NAME.ykb, NAME.root, NAME.fingerprint, NAME.paper, NAME.phone and NAME.at
//	service DIR [demo]    runs healthcode serve --no-demo, or --demo, on DIR until stop; $base is its address
//	thieves PASS BUNDLE OUT KEY…  makes a bundle of the last version with stolen list keys
//	interrupt INT|TERM CODE WORD COMMAND…   runs a command with an open input, sends the signal when it has said WORD, and wants its exit code
//	visit FILE PERSON METHOD accept|refuse   opens the address in the file as a demo person's browser, and leaves the last page's text in visit.out
//	fetch PATH FILE       fetches a path of the service, which must answer 200
//	foreign               makes a list of keys and a code of each foreign format
//	pictures              makes pictures with which something is wrong
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Values[serviceKey{}] = &scriptService{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "region": makeRegion, "pictures": makePictures, "foreign": makeForeign, "thieves": playThieves, "fetch": fetchFromScript,
			"service": startScriptService, "visit": visitFromScript, "interrupt": interruptFromScript, "stop": stopScriptService},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
