package remote

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"healthcode.example/office/files"
)

// A running service gets at no file but those that the command named.
func TestAServiceReadsNoOtherFile(t *testing.T) {
	a := &client{args: []string{"import", "people.csv", "--out=codes.txt"}, Console: Console{Files: files.Disk{}}}
	for _, op := range []string{"open", "create", "save", "mkdir"} {
		if _, err := a.serve(call{Op: op, Path: "/etc/passwd"}); err == nil || !strings.Contains(err.Error(), "names no file") {
			t.Errorf("%s of another file: %v", op, err)
		}
	}
}

func TestAnOutputThatCannotBeMadeEndsInAnError(t *testing.T) {
	dir := t.TempDir()
	locked := filepath.Join(dir, "socket")
	listener, err := net.Listen("unix", locked) // neither a file nor one that can be opened
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for _, path := range []string{filepath.Join(dir, "nodir", "codes.txt"), locked} {
		a := &client{args: []string{"issue", "--out", path}, Console: Console{Files: files.Disk{}}}
		if _, err := a.serve(call{Op: "create", Path: path}); err == nil {
			t.Errorf("%s was begun", path)
		}
		if _, err := a.serve(call{Op: "open", Path: path}); err == nil {
			t.Errorf("%s was opened", path)
		}
		if _, err := a.serve(call{Op: "write", Data: []byte("x")}); err == nil {
			t.Errorf("%s was written", path)
		}
		a.end() // which once ended the process
	}
}
