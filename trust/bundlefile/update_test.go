package bundlefile_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
)

func TestUpdateBeginsAndReplacesTheFile(t *testing.T) {
	r, path := newRegion(t, 1), filepath.Join(t.TempDir(), "gate.ykb")
	for _, step := range []struct {
		version uint64
		changed bool
	}{{1, true}, {1, false}, {3, true}, {3, false}} {
		now, changed, err := bundlefile.Update(path, r.pin(), r.publish(step.version), noon.Add(4*time.Hour))
		must(t, err)
		if now.Version() != step.version || changed != step.changed {
			t.Errorf("bundle %d: version %d, changed %v", step.version, now.Version(), changed)
		}
		onDisk(t, path, r.publish(step.version))
	}
}

func TestUpdateNeverGoesBack(t *testing.T) {
	r, path := newRegion(t, 1), filepath.Join(t.TempDir(), "gate.ykb")
	newest := r.publish(3)
	must(t, bundlefile.Save(path, newest))
	for name, c := range map[string]struct {
		got  []byte
		at   time.Time
		want error
	}{
		"an older version":       {r.publish(2), noon.Add(4 * time.Hour), trust.ErrRollback},
		"an expired version":     {r.publish(4), noon.AddDate(0, 0, 9), trust.ErrExpired},
		"a cut file":             {r.publish(4)[:100], noon.Add(4 * time.Hour), trust.ErrFormat},
		"nothing":                {nil, noon.Add(4 * time.Hour), trust.ErrFormat},
		"another region's roots": {newRegion(t, 2).publish(4), noon.Add(4 * time.Hour), trust.ErrRegion},
	} {
		if _, _, err := bundlefile.Update(path, r.pin(), c.got, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		onDisk(t, path, newest)
	}
}

func TestADamagedFileIsKeptForTheOperator(t *testing.T) {
	r, path := newRegion(t, 1), filepath.Join(t.TempDir(), "gate.ykb")
	must(t, os.WriteFile(path, []byte("half a bundle"), 0o600))
	_, _, err := bundlefile.Update(path, r.pin(), r.publish(1), noon)
	if !errors.Is(err, trust.ErrFormat) || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged file gives %v", err)
	}
	onDisk(t, path, []byte("half a bundle"))
}

// The gate's own file may be lost, damaged or exchanged like any other: nothing older comes in its place, and the newest does.
func TestAnOwnBundleThatIsGoneDamagedOrPutBackIsReplacedByNothingOlder(t *testing.T) {
	at := noon.Add(4 * time.Hour)
	for name, spoil := range map[string]func(r *region, path string) error{
		"deleted":      func(_ *region, path string) error { return os.Remove(path) },
		"cut":          func(_ *region, path string) error { return os.Truncate(path, 100) },
		"an older one": func(r *region, path string) error { return bundlefile.Save(path, r.publish(1)) },
	} {
		r, path := newRegion(t, 1), filepath.Join(t.TempDir(), "gate.ykb")
		_, _, err := bundlefile.Update(path, r.pin(), r.publish(3), at)
		must(t, err)
		must(t, spoil(r, path))
		if _, _, err := bundlefile.Update(path, r.pin(), r.publish(2), at); !errors.Is(err, trust.ErrRollback) || !strings.Contains(err.Error(), path+".floor") {
			t.Errorf("%s: an older one comes in its place: %v", name, err)
		}
		if _, changed, err := bundlefile.Update(path, r.pin(), r.publish(3), at); err != nil || !changed {
			t.Errorf("%s: the newest does not come: %v, changed %v", name, err, changed)
		}
		onDisk(t, path, r.publish(3))
	}
}

// Whoever pins another root begins anew, as with a new demonstration; but a file of somebody else's is not written over by a slip of the pen.
func TestTheNoteIsOfOnePinnedRoot(t *testing.T) {
	r, other, path := newRegion(t, 1), newRegion(t, 2), filepath.Join(t.TempDir(), "gate.ykb")
	_, _, err := bundlefile.Update(path, r.pin(), r.publish(9), noon)
	must(t, err)
	if _, _, err := bundlefile.Update(path, other.pin(), other.publish(1), noon); !errors.Is(err, trust.ErrRegion) {
		t.Errorf("over the file of another root: %v", err)
	}
	onDisk(t, path, r.publish(9))
	must(t, os.Remove(path))
	_, _, err = bundlefile.Update(path, other.pin(), other.publish(1), noon)
	must(t, err)
	onDisk(t, path, other.publish(1))
}

// What is read without an update is held to the note as well.
func TestAnOlderBundleInThePlaceOfTheKeptOneIsFound(t *testing.T) {
	r, path := newRegion(t, 1), filepath.Join(t.TempDir(), "gate.ykb")
	bundle := func(version uint64) *trust.Bundle {
		b, err := trust.Update(r.pin(), r.publish(version), noon)
		must(t, err)
		return b
	}
	must(t, bundlefile.Check(path, bundle(1)))
	_, _, err := bundlefile.Update(path, r.pin(), r.publish(3), noon)
	must(t, err)
	if err := bundlefile.Check(path, bundle(2)); !errors.Is(err, trust.ErrRollback) {
		t.Errorf("an older one: %v", err)
	}
	must(t, bundlefile.Check(path, bundle(3)))
	must(t, bundlefile.Check(path, bundle(4)))
	must(t, os.WriteFile(path+".floor", []byte("nonsense"), 0o600))
	must(t, bundlefile.Check(path, bundle(2)))
}

// A gate whose file begins with a later root of the chain than the one that is pinned, and a publication that does as well.
func TestABundleThatBeginsWithALaterRootIsFollowed(t *testing.T) {
	r, path := newRegion(t, 1), filepath.Join(t.TempDir(), "gate.ykb")
	pinned := r.pin()
	r.rotate()
	_, _, err := bundlefile.Update(path, pinned, r.publish(1), noon)
	must(t, err)
	r.root, r.later = r.later[0], nil
	_, changed, err := bundlefile.Update(path, pinned, r.publish(2), noon)
	must(t, err)
	if !changed {
		t.Error("nothing changed")
	}
}

func TestTwoUpdatersEndAtTheNewest(t *testing.T) {
	r, path := newRegion(t, 1), filepath.Join(t.TempDir(), "gate.ykb")
	var group sync.WaitGroup
	for version := uint64(1); version <= 12; version++ {
		bundle := r.publish(version)
		group.Go(func() {
			if _, _, err := bundlefile.Update(path, r.pin(), bundle, noon); err != nil && !errors.Is(err, trust.ErrRollback) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	onDisk(t, path, r.publish(12))
}

func TestLoadStopsAtTheLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.ykb")
	f, err := os.Create(path)
	must(t, err)
	must(t, f.Truncate(trust.MaxBundle+1)) // sparse
	must(t, f.Close())
	if _, err := bundlefile.Load(path); !errors.Is(err, trust.ErrFormat) {
		t.Errorf("a file over the limit gives %v", err)
	}
}

func onDisk(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := bundlefile.Load(path)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s holds other %d bytes than the %d expected", filepath.Base(path), len(got), len(want))
	}
}
