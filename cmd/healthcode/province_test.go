package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"healthcode.example/wallet/demo"
)

// The README's people are the province's: whoever imported some of them by themselves serves a demonstration all the same, and nobody is changed.
func TestTheProvinceSettlesBesideThoseWhoAreThereAlready(t *testing.T) {
	m := newMachine(t)
	rows := strings.Split(demo.CSV(), "\n")
	some := strings.Join([]string{rows[0], rows[demo.GuardianRow+1], rows[demo.ElderRow+1], rows[demo.NeighbourRow+1], ""}, "\n")
	if err := os.WriteFile(m.path("some.csv"), []byte(some), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := m.must("import", "--data", m.data, m.path("some.csv")); !strings.Contains(out, "3 people and 1 guardianships") {
		t.Fatal(out)
	}
	record := func() string {
		return strings.SplitN(m.must("person", "show", "--data", m.data, "--document", "resident-id:990106198405172038"), "\n", 2)[0]
	}
	before := record()
	for range 2 { // and the second start finds everybody
		if code, out, errs := m.serve(); code != 0 || !strings.Contains(out, "serves the demo province") {
			t.Fatalf("serve: exit %d, %s", code, errs)
		}
	}
	if after := record(); after != before {
		t.Errorf("who was there already is another record: %s, before %s", after, before)
	}
	if code, out, errs := m.run(context.Background(), "issue", "--data", m.data, "--document", "resident-id:99010620170909124X", "--out", m.path("child")); code != 0 {
		t.Errorf("the child, who was not there: exit %d, %s%s", code, out, errs)
	}
}
