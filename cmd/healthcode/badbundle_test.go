package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/office/files"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
)

// checkpoint is a gate's directory, as the commands see it: its own bundle, the root that was handed to it, and what arrives.
type checkpoint struct {
	testing.TB
	dir string
	at  time.Time
	err bytes.Buffer
}

func newCheckpoint(t testing.TB, root []byte, at time.Time) *checkpoint {
	t.Helper()
	p := &checkpoint{TB: t, dir: t.TempDir(), at: at}
	p.write("root.cose", root)
	return p
}

func (p *checkpoint) path(name string) string { return filepath.Join(p.dir, name) }

func (p *checkpoint) write(name string, b []byte) {
	p.Helper()
	if err := os.WriteFile(p.path(name), b, 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p *checkpoint) console() *console {
	p.err.Reset()
	return &console{in: strings.NewReader(""), out: io.Discard, err: &p.err, now: func() time.Time { return p.at }, files: files.Disk{}}
}

// updates brings the bundle to gate.ykb, as healthcode bundle update does.
func (p *checkpoint) updates(got []byte) error {
	p.Helper()
	p.write("got.ykb", got)
	u := &bundleUpdateCommand{Bundle: given(p.path("gate.ykb")), Source: p.path("got.ykb")}
	u.Root = given(p.path("root.cose"))
	return u.Run(context.Background(), p.console())
}

// refuses wants a clear error, the exit code that goes with it, and the gate's file as it was.
func (p *checkpoint) refuses(what string, got []byte) {
	p.Helper()
	before, noFile := os.ReadFile(p.path("gate.ykb"))
	err := p.updates(got)
	if code := exitCode(err, exitFailed); err == nil || code != exitFailed && code != exitBundle {
		p.Errorf("%s: %v, exit code %d", what, err, code)
		return
	}
	if !slices.ContainsFunc([]string{"gate.ykb stays as it was", "the bundle cannot be read", "marked DEMO"}, func(clear string) bool { return strings.Contains(err.Error(), clear) }) {
		p.Errorf("%s: the error does not say what became of the bundle: %v", what, err)
	}
	after, stillNone := os.ReadFile(p.path("gate.ykb"))
	if (noFile == nil) != (stillNone == nil) || !bytes.Equal(before, after) {
		p.Errorf("%s: the gate's file was changed", what)
	}
}

func TestEveryBadBundleOfTheVectorsLeavesTheGatesFileAsItWas(t *testing.T) {
	all, err := testvectors.Updates()
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string) []byte {
		b, err := testvectors.File(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	bad := 0
	for _, u := range all {
		at, err := time.Parse(time.RFC3339, u.At)
		if err != nil {
			t.Fatal(err)
		}
		p := newCheckpoint(t, file(u.Root), at)
		if u.Have != "" {
			p.write("gate.ykb", file(u.Have))
		}
		if u.Expected.Error != "" {
			bad++
			p.refuses(u.ID, file(u.Got))
			continue
		}
		if err := p.updates(file(u.Got)); err != nil && exitCode(err, exitFailed) != exitCannotSay {
			t.Errorf("%s: %v", u.ID, err)
		}
	}
	if bad < 50 {
		t.Errorf("only %d bad bundles were brought", bad)
	}
}

// everyBit gives the bits of a file that a test flips: one of every byte, and each of the eight in turn, where all of them would take too long.
func everyBit(b []byte, all bool) []int {
	step := 7
	if all {
		step = 1
	}
	var bits []int
	for i := 0; i < 8*len(b); i += step {
		bits = append(bits, i)
	}
	return bits
}

func flippedBit(b []byte, bit int) []byte {
	bad := bytes.Clone(b)
	bad[bit/8] ^= 1 << (bit % 8)
	return bad
}

// plainAuthority has more signatures than its thresholds ask for, and little to publish.
func plainAuthority(t *testing.T) *world.Authority {
	w := world.New(func(err error) { t.Helper(); t.Fatal(err) })
	a := w.Authority()
	a.Root.RootKeys, a.Root.Threshold = a.Root.RootKeys[:2], 1
	a.Root.ListKeys, a.Root.ListThreshold = a.Root.ListKeys[:2], 1
	a.Lists, a.List.Keys = a.Lists[1:2], a.List.Keys[4:]
	return a
}

func TestABundleWithAnyBitFlippedNeverTakesThePlaceOfTheGates(t *testing.T) {
	a := plainAuthority(t)
	good := a.Bundle()
	p := newCheckpoint(t, a.FirstRoot(), time.Unix(world.Now, 0))
	for _, bit := range everyBit(good, false) { // where there is none yet
		p.refuses("nothing yet", flippedBit(good, bit))
	}
	if err := p.updates(good); err != nil {
		t.Fatal(err)
	}
	a.Next(60)
	next := a.Bundle()
	for _, bit := range everyBit(next, false) {
		p.refuses("the next", flippedBit(next, bit))
	}
	for length := 0; length < len(next); length += 1 + len(next)/500 {
		p.refuses("a cut one", next[:length])
	}
	if err := p.updates(next); err != nil {
		t.Fatal(err)
	}
}

// What every command reads through: the root of --root, by file or fingerprint, and the bundle.
func TestNoRootAndNoBundleWithABitFlippedIsBelieved(t *testing.T) {
	a := plainAuthority(t)
	root, good := a.FirstRoot(), a.Bundle()
	fingerprint, err := trust.RootFingerprint(root)
	if err != nil {
		t.Fatal(err)
	}
	p := newCheckpoint(t, root, time.Unix(world.Now, 0))
	p.write("gate.ykb", good)
	believes := func(root, bundle string) error {
		_, err := (&believeFlags{Root: given(root)}).believe(bundle, p.at)
		return err
	}
	for _, r := range []string{p.path("root.cose"), fingerprint} {
		if err := believes(r, p.path("gate.ykb")); err != nil {
			t.Fatal(err)
		}
	}
	for _, bit := range everyBit(root, !slowed) {
		p.write("bad.cose", flippedBit(root, bit))
		if err := believes(p.path("bad.cose"), p.path("gate.ykb")); exitCode(err, exitFailed) != exitBundle {
			t.Errorf("with bit %d of the root's file flipped: %v", bit, err)
		}
	}
	for _, bit := range everyBit(good, !slowed) {
		p.write("bad.ykb", flippedBit(good, bit))
		if err := believes(p.path("root.cose"), p.path("bad.ykb")); exitCode(err, exitFailed) != exitBundle {
			t.Errorf("with bit %d of the bundle flipped: %v", bit, err)
		}
	}
	for _, bit := range everyBit(good, false) {
		p.write("bad.ykb", flippedBit(good, bit))
		if err := believes(fingerprint, p.path("bad.ykb")); exitCode(err, exitFailed) != exitBundle {
			t.Errorf("with bit %d of the bundle flipped, under the root's fingerprint: %v", bit, err)
		}
	}
}

// A thief of the snapshot key runs a gate ahead, and the ceremony brings it back, by the same command.
func TestAGateThatWasRunAheadComesBackByACeremony(t *testing.T) {
	w := world.New(func(err error) { t.Helper(); t.Fatal(err) })
	a, thief := w.Authority(), w.Authority()
	p := newCheckpoint(t, a.FirstRoot(), time.Unix(world.Now, 0))
	thief.Snapshot.Version, thief.Snapshot.Ceiling = trust.MaxVersion, 1<<60
	if err := p.updates(thief.Bundle()); err != nil {
		t.Fatal(err)
	}
	a.Next(60)
	p.refuses("ours after the thief's", a.Bundle())
	a.List.Version, a.List.Keys[4].State = 2, trust.Compromised
	a.AddKey(w.Ed("snapshot 2"), trust.SnapshotKey, nil)
	a.SnapshotSigner = w.Ed("snapshot 2")
	if err := p.updates(a.Bundle()); err != nil {
		t.Fatal(err)
	}
	p.refuses("the thief's again", thief.Bundle())
	now, err := bundlefile.Load(p.path("gate.ykb"))
	if err != nil || !bytes.Equal(now, a.Bundle()) {
		t.Errorf("the gate has another bundle than ours, %v", err)
	}
}

// Nobody but a thief of list keys could sign a list in which a partner speaks for us or has a key of ours; no gate takes it even then.
func TestAKeyListInWhichAPartnerSpeaksForUsIsTakenByNoGate(t *testing.T) {
	w := world.New(func(err error) { t.Helper(); t.Fatal(err) })
	theirs, ours := w.Ed("a partner's"), w.Ed(world.PhoneKey)
	entry := trust.Partner{Name: "Macao", Issuers: []string{"CN-MO"}, Formats: []string{trust.FormatYK1}, Root: bytes.Repeat([]byte{7}, 32),
		Keys: []trust.PartnerKey{{Key: theirs.Public(), Purposes: []trust.Purpose{trust.Phone}}}, Policy: trust.PartnerPolicy{Kinds: []credential.Kind{credential.Phone}}}
	for name, c := range map[string]struct {
		was, is []byte
		says    string
	}{
		"our region among its issuers":  {[]byte("CN-MO"), []byte(world.Region), "may not speak for our own region"},
		"one of our keys among its own": {theirs.Public().Bytes(), ours.Public().Bytes(), "is one of ours"},
		"nothing changed":               {[]byte("CN-MO"), []byte("CN-MO"), ""},
	} {
		a := w.Authority()
		p := newCheckpoint(t, a.FirstRoot(), time.Unix(world.Now, 0))
		if err := p.updates(a.Bundle()); err != nil {
			t.Fatal(err)
		}
		a.List.Version, a.List.Partners = 2, []trust.Partner{entry}
		a.Next(60)
		file := resigned(t, a, c.was, c.is)
		if c.says == "" {
			if err := p.updates(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		p.refuses(name, file)
		if err := p.updates(file); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// resigned is the authority's bundle with another text in its key list, rightly signed by all who sign.
func resigned(t *testing.T, a *world.Authority, was, is []byte) []byte {
	t.Helper()
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	list, err := cose.ParseSign(a.KeyList())
	if err != nil || bytes.Count(list.Payload, was) != 1 {
		t.Fatalf("the text stands %d times in the key list, %v", bytes.Count(list.Payload, was), err)
	}
	payload := bytes.Replace(list.Payload, was, is, 1)
	snapshot, err := cose.ParseSign1(a.SignedSnapshot())
	if err != nil {
		t.Fatal(err)
	}
	former, next := sha256.Sum256(list.Payload), sha256.Sum256(payload)
	signed := must(cose.SignSign(trust.TypeKeyList, payload, a.ListSigners...))
	over := must(cose.SignSign1(trust.TypeSnapshot, bytes.Replace(snapshot.Payload, former[:], next[:], 1), a.SnapshotSigner, true))
	return must(trust.Assemble(a.Roots(), signed, over, a.Lists))
}
