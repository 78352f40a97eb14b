package backup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"healthcode.example/crypto/seal"
	"healthcode.example/store/backup"
)

var (
	made   = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	master = bytes.Repeat([]byte{7}, seal.MasterSize)
)

// text is a store of so many bytes.
type text string

func (s text) Backup(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(s))
	return err
}

// failing is a store that breaks off.
type failing struct{}

func (failing) Backup(_ context.Context, w io.Writer) error {
	_, _ = w.Write(make([]byte, 100))
	return io.ErrClosedPipe
}

func write(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := backup.Write(t.Context(), &b, text(s), master, rand.Reader, made); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestABackupComesBackAsItWas(t *testing.T) {
	for _, size := range []int{0, 1, 100_000, 3 * seal.PieceSize} {
		store := strings.Repeat("人", size)
		file := write(t, store)
		var back bytes.Buffer
		at, err := backup.Read(&back, bytes.NewReader(file), master)
		if err != nil || !at.Equal(made) || back.String() != store {
			t.Errorf("%d: of %v, %d bytes, %v", size, at, back.Len(), err)
		}
		if at, err := backup.Check(bytes.NewReader(file)); err != nil || !at.Equal(made) {
			t.Errorf("%d: checked without the key: %v, %v", size, at, err)
		}
		if size > 0 && bytes.Contains(file, []byte("人人")) {
			t.Error("the people can be read without the key")
		}
	}
}

func TestABackupThatWasTouchedIsRefused(t *testing.T) {
	file := write(t, strings.Repeat("store", 50))
	for n := range file {
		turned := bytes.Clone(file)
		turned[n] ^= 4
		for name, b := range map[string][]byte{"cut": file[:n], "turned": turned} {
			if _, err := backup.Check(bytes.NewReader(b)); !errors.Is(err, backup.ErrFile) {
				t.Fatalf("%s at byte %d, checked: %v", name, n, err)
			}
			if _, err := backup.Read(io.Discard, bytes.NewReader(b), master); err == nil {
				t.Fatalf("%s at byte %d was read", name, n)
			}
		}
	}
	if _, err := backup.Read(io.Discard, bytes.NewReader(append(bytes.Clone(file), 0)), master); err == nil {
		t.Error("a file with something behind it was read")
	}
	if _, err := backup.Read(io.Discard, bytes.NewReader(file), bytes.Repeat([]byte{8}, seal.MasterSize)); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("under another master key: %v", err)
	}
}

func TestAStoreThatBreaksOffMakesNoBackup(t *testing.T) {
	var b bytes.Buffer
	if err := backup.Write(t.Context(), &b, failing{}, master, rand.Reader, made); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	if _, err := backup.Check(&b); !errors.Is(err, backup.ErrFile) {
		t.Errorf("what was written counts as a backup: %v", err)
	}
}
