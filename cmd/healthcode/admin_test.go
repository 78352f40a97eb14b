package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"healthcode.example/office/remote"
)

// beside runs a command beside the running service and wants its exit code.
func beside(t *testing.T, want int, stdin string, args ...string) string {
	t.Helper()
	command := exec.Command("healthcode", args...)
	command.Stdin = strings.NewReader(stdin)
	out, err := command.CombinedOutput()
	if got := command.ProcessState.ExitCode(); got != want {
		t.Fatalf("%s: exit %d, want %d: %v: %s", strings.Join(args, " "), got, want, err, out)
	}
	return string(out)
}

func TestAdministrationWhileTheServiceRuns(t *testing.T) {
	dir := t.TempDir()
	data, path := filepath.Join(dir, "data"), func(name string) string { return filepath.Join(dir, name) }
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, remote.Socket), nil, 0o600); err != nil { // stale
		t.Fatal(err)
	}
	s := startService(t, data, "--publish", "60s") // what is red comes from the command, not from the schedule
	if info, err := os.Stat(filepath.Join(data, remote.Socket)); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the socket: %v %v", info, err)
	}
	people := "name,document_type,document_number,birth_date,region\n王芳,passport,X99A0099,1980-01-01,440106\n"
	if out := beside(t, 0, people, "import", "--data", data, "-"); !strings.Contains(out, "1 people") {
		t.Errorf("import says %s", out)
	}
	if err := os.WriteFile(path("people.csv"), []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	beside(t, 1, "", "import", "--data", data, path("people.csv"))
	beside(t, 64, "", "import", "--data", data, path("absent.csv"))
	beside(t, 0, "", "issue", "--data", data, "--document", "passport:X99A0099", "--out", path("code"))
	beside(t, 0, "", "bundle", "export", "--data", data, "--out", path("gate"), "--root="+path("root"))
	beside(t, 0, "", "verify", "--bundle", path("gate"), "--demo", path("code"))

	out := beside(t, 0, "", "evidence", "add", "--data", data, "--document", "passport:X99A0099", "--kind", "positive_test", "--at", "2026-03-02T08:00:00+08:00", "--source", "Laboratory 4", "--json")
	if !strings.Contains(out, `"colour":"red"`) {
		t.Errorf("evidence add says %s", out)
	}
	beside(t, 0, "", "bundle", "update", "--bundle", path("gate"), "--demo", s.base+"/.well-known/healthcode/bundle")
	if out := beside(t, 1, "", "verify", "--json", "--bundle", path("gate"), "--demo", path("code")); !strings.Contains(out, `"reason":"revoked"`) {
		t.Errorf("the code from before is %s", out)
	}
	red := beside(t, 0, "", "issue", "--data", data, "--document", "passport:X99A0099", "--kind", "phone")
	if out := beside(t, 1, red, "verify", "--json", "--bundle", path("gate"), "--demo", "-"); !strings.Contains(out, `"reason":"colour"`) {
		t.Errorf("the refreshed code is %s", out)
	}

	if out := beside(t, 0, "", "person", "correct", "--data", data, "--document", "passport:X99A0099", "--name", "王菲菲"); !strings.Contains(out, "Nothing was changed") {
		t.Errorf("a dry run says %s", out)
	}
	beside(t, 0, "", "person", "correct", "--data", data, "--document", "passport:X99A0099", "--name", "王菲菲", "--yes")
	if out := beside(t, 0, "", "person", "show", "--data", data, "--document", "passport:X99A0099"); !strings.Contains(out, "corrected") {
		t.Errorf("the history is %s", out)
	}
	beside(t, 0, "", "person", "show", "--data", data, "--document", "passport:X99A0099", "--export", path("all.json"))
	if all, err := os.ReadFile(path("all.json")); err != nil || !strings.Contains(string(all), "王菲菲") {
		t.Errorf("the export is %s, %v", all, err)
	}

	key := regexp.MustCompile(`(?m)^([0-9a-f]{16}) +paper +published +yes`).FindStringSubmatch(beside(t, 0, "", "keys", "list", "--data", data))
	if key == nil {
		t.Fatal("no paper key signs")
	}
	beside(t, 64, "no\n", "keys", "compromise", "--data", data, key[1])
	beside(t, 0, "yes\n", "keys", "compromise", "--data", data, key[1])
	beside(t, 0, "", "bundle", "update", "--bundle", path("gate"), "--demo", s.base+"/.well-known/healthcode/bundle")
	if out := beside(t, 1, "", "verify", "--json", "--bundle", path("gate"), "--demo", path("code")); !strings.Contains(out, "key_compromised") {
		t.Errorf("the code under the stolen key is %s", out)
	}
	s.get("/readyz")
	s.stop()
	if _, err := os.Stat(filepath.Join(data, remote.Socket)); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
}
