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
