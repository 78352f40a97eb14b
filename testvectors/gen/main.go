// Gen writes the test vectors. With -check it writes nothing and fails where a committed file differs from what it would write: the same program
// writes the same bytes on every machine.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	check := flag.Bool("check", false, "compare with the committed files instead of writing them")
	dir := flag.String("dir", "testvectors", "the folder of the vectors, as seen from here")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// must stops the program: a vector that cannot be made is a fault of this program.
func must[T any](v T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen: a vector cannot be made:", err)
		os.Exit(1)
	}
	return v
}

func run(dir string, check bool) error {
	want := build()
	if check {
		return compare(dir, want)
	}
	for _, folder := range []string{"bundles", "roots"} {
		if err := os.RemoveAll(filepath.Join(dir, folder)); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return err
		}
	}
	for name, b := range want {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compare names every file that differs, is missing, or should not be there.
func compare(dir string, want map[string][]byte) error {
	var differ []string
	for name, b := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, b) {
			differ = append(differ, name)
		}
	}
	for _, pattern := range []string{"bundles/*", "roots/*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, path := range found {
			if name := filepath.ToSlash(must(filepath.Rel(dir, path))); want[name] == nil {
				differ = append(differ, name)
			}
		}
	}
	if len(differ) > 0 {
		slices.Sort(differ)
		return fmt.Errorf("%d files differ from what go run ./testvectors/gen writes: %q", len(differ), differ)
	}
	return nil
}

// build makes every file of the folder that is made.
func build() map[string][]byte {
	m := newMint()
	files := m.bundleFiles()
	files["cases.json"] = encode(m.cases())
	files["foreign.json"] = encode(m.foreign())
	files["sequences.json"] = encode(m.sequences())
	files["updates.json"] = encode(m.updates(files))
	files["bundles.json"] = encode(m.bundleList)
	files["primitives.json"] = encode(m.primitives())
	files["keys.json"] = encode(m.keys())
	return files
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	must(0, e.Encode(v))
	return b.Bytes()
}
