//go:build unix

package files

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"healthcode.example/trust/bundlefile"
)

// Whoever runs a command with /dev/null for its output would otherwise have a file there, and so would everybody else on the machine.
func TestWhatIsNoFileIsWrittenIntoAndNeverReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "device") // a pipe: to make a device takes the right to
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	link := filepath.Join(filepath.Dir(path), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(string) error{
		"Save": func(path string) error { return Disk{}.Save(path, []byte("content")) },
		"Write": func(path string) error {
			return Write(path, func(w io.Writer) error { _, err := io.WriteString(w, "content"); return err })
		},
	} {
		for _, to := range []string{path, link} {
			read := make(chan string, 1)
			go func() {
				b, err := os.ReadFile(path)
				if err != nil {
					read <- err.Error()
					return
				}
				read <- string(b)
			}()
			if err := write(to); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := <-read; got != "content" {
				t.Errorf("%s: the reader of %s has %q", name, to, got)
			}
		}
	}
	if err := bundlefile.Save(path, []byte("bundle")); err == nil || !strings.Contains(err.Error(), "is no file") {
		t.Errorf("a bundle that is kept: %v", err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("there is %v now, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("in the place of the link is %v now, %v", info.Mode(), err)
	}
}

func TestWhatALinkNamesIsReplacedAndNotTheLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("former"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := (Disk{}).Save(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "new" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("in the place of the link is %v, %v", info.Mode(), err)
	}
}
