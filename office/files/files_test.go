package files

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFileThatIsNotWholeOnTheDiskReplacesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wallet.yk")
	if err := os.WriteFile(path, []byte("whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := Disk{}.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.(*fileOutput).Close(); err != nil { // so that the sync fails, as on a disk that is full
		t.Fatal(err)
	}
	if err := out.Keep(); err == nil {
		t.Error("it is kept")
	}
	if b, err := os.ReadFile(path); string(b) != "whole" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
}
