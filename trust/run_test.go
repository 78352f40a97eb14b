package trust

import (
	"slices"
	"strings"
	"testing"

	"healthcode.example/crypto/cose"
)

// publishing gives the snapshots from 1 to the version, of which each run begins where it says.
func publishing(version uint64, begins ...Run) []*Snapshot {
	var all []*Snapshot
	var runs []Run
	for v := uint64(1); v <= version; v++ {
		for _, r := range begins {
			if r.From == v {
				runs = NextRuns(runs, r.ID, v)
			}
		}
		if n := len(runs); n > 0 {
			runs = NextRuns(runs, runs[n-1].ID, v)
		}
		all = append(all, &Snapshot{Version: v, Runs: runs})
	}
	return all
}

func TestTwoSnapshotsOfOneHistoryAreNotForked(t *testing.T) {
	var begins []Run
	for n := range uint64(40) { // more runs than a snapshot names, the first after some without any
		begins = append(begins, Run{3 + 5*n, RunID{1, byte(n)}})
	}
	all := publishing(210, begins...)
	for _, a := range all {
		for _, b := range all {
			if a.Forked(b) {
				t.Fatalf("%d and %d: forked", a.Version, b.Version)
			}
		}
	}
	if n := len(all[209].Runs); n != maxRuns {
		t.Errorf("the last names %d runs", n)
	}
}

func TestSnapshotsAfterAForkAreForked(t *testing.T) {
	before := []Run{{1, RunID{1}}, {4, RunID{2}}}
	east := publishing(20, append(slices.Clone(before), Run{8, RunID{3}}, Run{12, RunID{4}})...)
	west := publishing(20, append(slices.Clone(before), Run{9, RunID{5}})...) // run 2 publishes 8 too: it was copied after that
	for _, a := range east {
		for _, b := range west {
			want := a.Version >= 8 && b.Version >= 8
			if a.Forked(b) != want || b.Forked(a) != want {
				t.Errorf("%d of the east and %d of the west: forked %v", a.Version, b.Version, !want)
			}
		}
	}
	without := &Snapshot{Version: 15}
	if !without.Forked(east[19]) || !east[19].Forked(without) {
		t.Error("a snapshot without runs, of a version that a run has published")
	}
}

func TestRunsAreInTheirFormOrRefused(t *testing.T) {
	key, err := cose.Generate(cose.Ed25519, strings.NewReader(strings.Repeat("TEST KEY", 32)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(change func(*wireSnapshot)) (*Snapshot, error) {
		w := wireSnapshot{Version: 40, Issued: 1, Expires: 2, Region: "CN-GD", KeyListVersion: 1, KeyListHash: make([]byte, 32), Lists: []wireListRef{}}
		w.Runs = []wireRun{{From: 1, ID: make([]byte, 8)}, {From: 40, ID: make([]byte, 8)}}
		change(&w)
		payload, err := cose.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := cose.SignSign1(TypeSnapshot, payload, key, true)
		if err != nil {
			t.Fatal(err)
		}
		s, err := parseSnapshot(raw)
		if err != nil {
			return nil, err
		}
		return s.snapshot, nil
	}
	if s, err := read(func(*wireSnapshot) {}); err != nil || len(s.Runs) != 2 || s.Runs[1].From != 40 {
		t.Fatalf("two runs: %v, %v", s, err)
	}
	for name, change := range map[string]func(*wireSnapshot){
		"a run from version zero":   func(w *wireSnapshot) { w.Runs[0].From = 0 },
		"a run of the future":       func(w *wireSnapshot) { w.Runs[1].From = 41 },
		"two runs from one version": func(w *wireSnapshot) { w.Runs[1].From = 1 },
		"an id of seven bytes":      func(w *wireSnapshot) { w.Runs[0].ID = make([]byte, 7) },
		"an id of nine bytes":       func(w *wireSnapshot) { w.Runs[0].ID = make([]byte, 9) },
		"more runs than there may be": func(w *wireSnapshot) {
			w.Runs = nil
			for n := range uint64(maxRuns + 1) {
				w.Runs = append(w.Runs, wireRun{From: n + 1, ID: make([]byte, 8)})
			}
		},
	} {
		if _, err := read(change); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
