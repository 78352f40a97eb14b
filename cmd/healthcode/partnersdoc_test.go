package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"healthcode.example/verifier/foreigntest"
)

// founding is a region that is no demonstration, by a ceremony of files: two root signers, two list signers, a service with one person, and what the
// region hands out.
const founding = `set -e
printf 'four words of somebody\n' > pass; chmod 600 pass
for n in root root-2 first second; do healthcode signer new --out $n.key --public $n.pub --passphrase-file pass; done
healthcode root init --region $REGION --root-key root.pub --root-key root-2.pub --root-threshold 2 --list-key first.pub --list-key second.pub --list-threshold 2 --out root.proposal
for n in root root-2; do healthcode root sign --key $n.key --passphrase-file pass --yes root.proposal; done
healthcode root finish --out root.cose root.proposal
for p in phone paper notice rules snapshot; do healthcode keys new --purpose $p --from 2020-01-01T00:00:00Z --days 9999 --out $p.key --public $p.pub --passphrase-file pass; done
for p in phone paper; do healthcode keys new --purpose $p --standby --days 9999 --out $p-2.key --public $p-2.pub --passphrase-file pass; done
healthcode keys propose --root root.cose $(for p in phone phone-2 paper paper-2 notice rules snapshot; do echo --add $p.pub; done) --out keys.proposal
for n in first second; do healthcode keys sign --key $n.key --passphrase-file pass --yes keys.proposal; done
for p in phone paper notice rules snapshot; do healthcode keys import --data data --root root.cose --passphrase-file pass $p.key; done
healthcode keys publish --data data --out bundle.ykb keys.proposal
printf 'name,document_type,document_number,birth_date,region\n李伟,resident-id,990106197912081179,1979-12-08,440106\n' > people.csv
healthcode import --data data people.csv
healthcode issue --data data --all --out code.txt
healthcode bundle export --data data --publish --out bundle.ykb --root root.cose --jwks jwks.json --signed-keys keys.jws`

// found runs the founding in a directory.
func found(t *testing.T, dir, region string) {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o700))
	cmd := exec.Command("sh", "-c", founding)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "REGION="+region)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("found %s: %v\n%s", region, err, out)
	}
}

// printed runs a command line in the directory and gives the first match of a pattern in what it prints.
func printed(t *testing.T, dir, line, pattern string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	m := regexp.MustCompile(pattern).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(m[1])
}

// TestTheCommandsOfThePartnersPageRun does what two regions do that read docs/partners.md: every command of it, in its order, in the directory of
// one of them. What people compare by voice, and the passphrases, are put in.
func TestTheCommandsOfThePartnersPageRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "partners.md"))
	must(t, err)
	dir := t.TempDir()
	found(t, dir, "CN-GX")
	theirs := filepath.Join(dir, "their office")
	found(t, theirs, "CN-MO")
	for was, is := range map[string]string{"root.cose": "mo-root.cose", "jwks.json": "mo-jwks.json", "keys.jws": "mo-keys.jws", "bundle.ykb": "mo.ykb", "code.txt": "shown.txt"} {
		must(t, os.Rename(filepath.Join(theirs, was), filepath.Join(dir, is)))
	}
	said := map[string]string{
		"5f2c…90":              printed(t, dir, "healthcode root inspect --json mo-root.cose", `"fingerprint":"([0-9a-f]{64})"`),
		"91ab…07":              printed(t, dir, "sha256sum mo-jwks.json", `^([0-9a-f]{64})`),
		"0b6e…d4":              printed(t, theirs, "healthcode bundle export --json --data data --out again.ykb --signed-keys again.jws", `"signer":"([0-9a-f]{64})"`),
		"4c01…e2":              makeSigners(t, dir),
		"healthcode keys sign": "healthcode keys sign --yes --passphrase-file pass",
	}
	commands := regexp.MustCompile("(?m)^    (healthcode (?:.*\\\\\n)*.*)$|`((?:healthcode|sha256sum) [a-z]+[^`]* [^`]+)`").FindAllStringSubmatch(string(text), -1)
	if len(commands) < 15 {
		t.Fatalf("only %d commands were found", len(commands))
	}
	for _, c := range commands {
		line := strings.ReplaceAll(c[1]+c[2], "\\\n", " ")
		if line == "healthcode partner add" { // which the text speaks of
			continue
		}
		for was, is := range said {
			line = strings.ReplaceAll(line, was, is)
		}
		run := exec.Command("sh", "-c", line)
		run.Dir = dir
		out, err := run.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", c[0], err, out)
		}
		if strings.Contains(line, "healthcode verify") && !strings.Contains(string(out), "looked up: not revoked") {
			t.Errorf("%s: the status is not looked up:\n%s", c[0], out)
		}
	}
}

// makeSigners writes a list of EU signers and the key that signs it, and gives the key's fingerprint.
func makeSigners(t *testing.T, dir string) string {
	t.Helper()
	all, err := foreigntest.Samples(time.Now(), rand.Reader)
	must(t, err)
	for _, s := range all {
		if s.ListKey != nil {
			must(t, os.WriteFile(filepath.Join(dir, "dsc-list.json"), s.List, 0o600))
			must(t, os.WriteFile(filepath.Join(dir, "dsc-list.pem"), s.ListKey, 0o600))
			sum := sha256.Sum256(s.ListKey)
			return hex.EncodeToString(sum[:])
		}
	}
	t.Fatal("there is no signed list among the samples")
	return ""
}
