package conformance

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// outcome is one case held against us. Cases are named by file and flag, never by what stands in them: the data hold names of persons.
type outcome struct {
	name   string
	agree  bool
	detail string // of a difference: what was expected and what we said
}

// set is a folder of the data.
type set struct {
	name   string
	folder string
	run    func(t *testing.T, folder string) []outcome
}

var sets = []set{
	{"EU DCC", "dgc-testdata", dgcOutcomes},
	{"EU signer list", "covpass-trustlist", trustListOutcomes},
	{"SMART Health Cards", "smart-health-cards", shcOutcomes},
	{"New Zealand pass", "nzcovidpass", nzcpOutcomes},
	{"MOSIP Claim 169", "claim-169", claim169Outcomes},
	{"Wycheproof", "wycheproof", wycheproofOutcomes},
	{"cose-wg and RFC 8392 A", "cose-wg-examples", coseWGOutcomes},
	{"gluecose", "gluecose", gluecoseOutcomes},
	{"CBOR appendices A, F", "cbor", cborOutcomes},
	{"base45", "base45.json", base45Outcomes},
}

// difference is an explained one: the set, the case, and why we stay with our answer.
type difference struct {
	Set  string `json:"set"`
	Case string `json:"case"`
	Why  string `json:"why"`
}

//go:embed differences.json
var differencesJSON []byte

// folder finds the data, or ends the test.
func folder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HEALTHCODE_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		const missing = "the conformance data are not there: put them beside the repository in ../shared/conformance or name their folder in HEALTHCODE_CONFORMANCE"
		if os.Getenv("REQUIRE_ALL") == "1" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return dir
}

func TestEveryDifferenceFromTheWorldsDataIsExplained(t *testing.T) {
	dir := folder(t)
	var explained []difference
	if err := json.Unmarshal(differencesJSON, &explained); err != nil {
		t.Fatal(err)
	}
	why := make(map[string]string)
	for _, d := range explained {
		if d.Why == "" {
			t.Errorf("differences.json: %s, %s: no reason is given", d.Set, d.Case)
		}
		why[d.Set+" "+d.Case] = d.Why
	}
	var table strings.Builder
	fmt.Fprintf(&table, "\n%-24s %7s %7s %7s %10s\n", "set", "cases", "agree", "differ", "explained")
	for _, s := range sets {
		agree, differ, reasons := 0, 0, 0
		all := s.run(t, filepath.Join(dir, s.folder))
		for _, o := range all {
			key := s.name + " " + o.name
			switch {
			case o.agree:
				agree++
				if why[key] != "" {
					t.Errorf("%s: listed as a difference, but we agree: take it off the list", key)
				}
			case why[key] == "":
				differ++
				t.Errorf("%s: %s", key, o.detail)
			default:
				differ++
				reasons++
			}
			delete(why, key)
		}
		if len(all) == 0 {
			t.Errorf("%s: no case was run", s.name)
		}
		fmt.Fprintf(&table, "%-24s %7d %7d %7d %10d\n", s.name, len(all), agree, differ, reasons)
	}
	t.Log(table.String())
	for key := range why {
		t.Errorf("differences.json: %s is no case of the data", key)
	}
}

// readJSON decodes one file of the data.
func readJSON(t testing.TB, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(string(b), "\ufeff")), v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// filesUnder lists the files of a folder with the suffix, by their path in it, in a fixed order.
func filesUnder(t testing.TB, dir, suffix string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, suffix) {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func expect(name string, want, got bool, detail string) outcome {
	return outcome{name, want == got, fmt.Sprintf("expected %v: %s", want, detail)}
}
