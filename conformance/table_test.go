package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// outcome is one case held against us. Cases are named by file and flag, never by what stands in them: the data hold names of persons.
type outcome struct {
	name   string
	agree  bool
	detail string // of a difference: what was expected and what we said

	withdrawn bool // by the data's own list of known issues
}

// set is a folder of the data.
type set struct {
	name   string
	folder string
	run    func(t *testing.T, folder string) []outcome
}

var sets = []set{
	{"EU DCC", "dgc-testdata", dgcOutcomes},
	{"EU DCC verdict", "dgc-testdata", dgcVerdicts},
	{"EU signer list", "covpass-trustlist", trustListOutcomes},
	{"SMART Health Cards", "smart-health-cards", shcOutcomes},
	{"New Zealand pass", "nzcovidpass", nzcpOutcomes},
	{"MOSIP Claim 169", "claim-169", claim169Outcomes},
	{"Wycheproof", "wycheproof", wycheproofOutcomes},
	{"cose-wg, RFC 8392 A.3", "cose-wg-examples", coseWGOutcomes},
	{"gluecose", "gluecose", gluecoseOutcomes},
	{"CBOR", "cbor", cborOutcomes},
	{"base45", "base45.json", base45Outcomes},
}

// explanations is docs/conformance.md: the numbers of each set, and each difference that is explained.
type explanations struct {
	counts map[string][3]int // cases, agree, differ
	why    map[string]string // by set and case
	says   map[string]string // by the same: what we say to it, in part; a case that differs by another rule of ours is not explained
}

var (
	countRow      = regexp.MustCompile(`(?m)^\| ([^|:]+?)(?::[^|]*)? \| [^|]+ \| (\d+) \| (\d+) \| (\d+) \|$`)
	differenceRow = regexp.MustCompile("(?m)^\\| ([^|]+) \\| `([^`|]+)` \\| `([^`|]+)` \\| ([^|]+) \\|$")
)

func readExplanations(t testing.TB) explanations {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "docs", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	e := explanations{make(map[string][3]int), make(map[string]string), make(map[string]string)}
	for _, m := range countRow.FindAllStringSubmatch(string(b), -1) {
		var n [3]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[2+i]) // digits
		}
		e.counts[m[1]] = n
	}
	for _, m := range differenceRow.FindAllStringSubmatch(string(b), -1) {
		if key := m[1] + " " + m[2]; e.why[key] != "" {
			t.Errorf("docs/conformance.md: %s stands twice", key)
		}
		e.says[m[1]+" "+m[2]], e.why[m[1]+" "+m[2]] = m[3], m[4]
	}
	if len(e.counts) == 0 || len(e.why) == 0 {
		t.Fatal("docs/conformance.md: the tables are not found")
	}
	return e
}

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
	explained := readExplanations(t)
	var table, differences strings.Builder
	fmt.Fprintf(&table, "\n%-24s %7s %7s %7s %10s\n", "set", "cases", "agree", "differ", "explained")
	for _, s := range sets {
		all := s.run(t, filepath.Join(dir, s.folder))
		if len(all) == 0 {
			t.Errorf("%s: no case was run", s.name)
		}
		agree, reasons := 0, 0
		for _, o := range all {
			key := s.name + " " + o.name
			why := explained.why[key]
			delete(explained.why, key)
			switch {
			case o.agree && why != "":
				t.Errorf("%s: listed as a difference, but we agree: take it off the list", key)
			case !o.agree && why == "":
				t.Errorf("%s: %s", key, o.detail)
			case !o.agree && !strings.Contains(o.detail, explained.says[key]):
				t.Errorf("%s: explained as %q, and now it is %q", key, explained.says[key], o.detail)
			}
			if o.agree {
				agree++
				continue
			}
			if why != "" {
				reasons++
			}
			fmt.Fprintf(&differences, "%s, %s: %s\n", s.name, o.name, cmp.Or(why, "NOT EXPLAINED: "+o.detail))
		}
		fmt.Fprintf(&table, "%-24s %7d %7d %7d %10d\n", s.name, len(all), agree, len(all)-agree, reasons)
		if n := [3]int{len(all), agree, len(all) - agree}; explained.counts[s.name] != n {
			t.Errorf("%s: cases, agree, differ are %v, and docs/conformance.md says %v", s.name, n, explained.counts[s.name])
		}
	}
	for key := range explained.why {
		t.Errorf("docs/conformance.md: %s is no case of the data", key)
	}
	if testing.Verbose() {
		fmt.Printf("%s\n%s\n", table.String(), differences.String())
	}
}

// leastOfEU is the share of the EU flags, apart from those that upstream withdrew, on which we agree.
const leastOfEU = 0.998

func TestWeAgreeWithTheEUsDataButForTwoInAThousand(t *testing.T) {
	agree, stand := 0, 0
	for _, o := range dgcOutcomes(t, filepath.Join(folder(t), "dgc-testdata")) {
		if o.withdrawn {
			continue
		}
		stand++
		if o.agree {
			agree++
		}
	}
	if share := float64(agree) / float64(stand); share < leastOfEU {
		t.Errorf("%d of %d flags agree, %.2f %%, want %.1f %%", agree, stand, share*100, leastOfEU*100)
	}
}

// A set that nobody runs would look like one that passes.
func TestEveryFolderOfTheDataIsRun(t *testing.T) {
	entries, err := os.ReadDir(folder(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		runs := slices.ContainsFunc(sets, func(s set) bool { return s.folder == e.Name() })
		if !runs && e.Name() != "README.md" {
			t.Errorf("%s: nothing runs it: add a set to the table", e.Name())
		}
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
	return outcome{name: name, agree: want == got, detail: fmt.Sprintf("expected %v: %s", want, detail)}
}
