package bundlefile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

var errDisk = errors.New("no space left on device")

// faulty is a disk on which one step fails.
type faulty struct {
	disk
	fails string
	steps []string
}

func (v *faulty) step(name string) error {
	v.steps = append(v.steps, name)
	if name == v.fails {
		return errDisk
	}
	return nil
}

func (v *faulty) Temp(path string) (file, error) {
	if err := v.step("temp"); err != nil {
		return nil, err
	}
	f, err := v.disk.Temp(path)
	return &faultyFile{f, v}, err
}

func (v *faulty) Rename(from, to string) error {
	if err := v.step("rename"); err != nil {
		return err
	}
	return v.disk.Rename(from, to)
}

func (v *faulty) SyncDir(dir string) error {
	if err := v.step("sync directory"); err != nil {
		return err
	}
	return v.disk.SyncDir(dir)
}

type faultyFile struct {
	file
	v *faulty
}

func (f *faultyFile) Write(b []byte) (int, error) {
	if err := f.v.step("write"); err != nil {
		n, _ := f.file.Write(b[:len(b)/2]) // as a full disk does
		return n, err
	}
	return f.file.Write(b)
}

func (f *faultyFile) Sync() error {
	if err := f.v.step("sync"); err != nil {
		return err
	}
	return f.file.Sync()
}

func (f *faultyFile) Close() error {
	return errors.Join(f.v.step("close"), f.file.Close())
}

func TestSaveKeepsTheFormerFileWhicheverStepFails(t *testing.T) {
	former, next := []byte("the former bundle"), []byte("the bundle after it")
	for _, step := range []string{"temp", "write", "sync", "close", "rename", "sync directory"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "gate.ykb")
		if err := Save(path, former); err != nil {
			t.Fatal(err)
		}
		if err := save(&faulty{fails: step}, path, next); !errors.Is(err, errDisk) {
			t.Errorf("a failing %s is reported as %v", step, err)
		}
		want := former
		if step == "sync directory" {
			want = next // renamed already; only its durability is unsure, and the error says so
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("after a failing %s the file holds %q (%v)", step, got, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("after a failing %s the directory holds %v (%v)", step, left, err)
		}
	}
}

func TestSaveSyncsBeforeItNames(t *testing.T) {
	v := &faulty{}
	if err := save(v, filepath.Join(t.TempDir(), "gate.ykb"), []byte("a bundle")); err != nil {
		t.Fatal(err)
	}
	want := []string{"temp", "write", "sync", "close", "rename", "sync directory"}
	if len(v.steps) != len(want) {
		t.Fatalf("steps %v, want %v", v.steps, want)
	}
	for i := range want {
		if v.steps[i] != want[i] {
			t.Fatalf("steps %v, want %v", v.steps, want)
		}
	}
}
