// Package files is where commands read and write what their arguments name. What is written is whole or not there, and spares what an office lives on.
package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"healthcode.example/office/datadir"
	"healthcode.example/trust/bundlefile"
)

// Files are where a command reads and writes what its arguments name: this machine's, or those of the person whose command a service runs.
type Files interface {
	Open(path string) (io.ReadCloser, error)
	// Create begins a file that only its owner reads. What was at path stays until Keep.
	Create(path string) (Output, error)
	// Save puts a public file in the place of path, whole or not at all.
	Save(path string, b []byte) error
	// Mkdir makes a directory for public files, unless it is there.
	Mkdir(path string) error
}

// Output is a file on its way. Without Keep nothing of it stays.
type Output interface {
	io.Writer
	Keep() error
	Drop() // also after Keep, which it leaves as it is
}

// Disk is this machine's file system.
type Disk struct{}

// Open is of Files.
func (Disk) Open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // and no interface around a nil file
	}
	return f, nil
}

// Save is of Files.
func (Disk) Save(path string, b []byte) error {
	if err := datadir.CheckOutput(path); err != nil {
		return err
	}
	path = behindLinks(path)
	special, err := openSpecial(path)
	if err != nil {
		return err
	}
	if special == nil {
		return bundlefile.Save(path, b)
	}
	_, err = special.Write(b)
	return errors.Join(err, special.Close())
}

// behindLinks is where symbolic links lead: what they name is replaced, and not they.
func behindLinks(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// openSpecial opens a pipe or a device, which has no former content that must stay whole and is not to be replaced by a file; nil for all else.
func openSpecial(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return nil, nil // there is none yet, or whoever writes says why
	}
	return os.OpenFile(path, os.O_WRONLY, 0)
}

// Mkdir is of Files.
func (Disk) Mkdir(path string) error {
	if err := datadir.CheckOutput(filepath.Join(path, "file")); err != nil {
		return err
	}
	return os.MkdirAll(path, 0o755)
}

// Create is of Files.
func (Disk) Create(path string) (Output, error) {
	if err := datadir.CheckOutput(path); err != nil {
		return nil, err
	}
	path = behindLinks(path)
	switch special, err := openSpecial(path); {
	case err != nil:
		return nil, err
	case special != nil:
		return pipe{special}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp") // of mode 0600
	if err != nil {
		return nil, err
	}
	return &fileOutput{f, path}, nil
}

type pipe struct{ *os.File }

func (p pipe) Keep() error { return p.Close() }
func (p pipe) Drop()       { _ = p.Close() } // the error that led here is told

type fileOutput struct {
	*os.File
	path string
}

// Keep puts the file in its place when all of it is on the disk, and only then: a full disk may be found as late as by the sync.
func (o *fileOutput) Keep() error {
	err := errors.Join(o.Sync(), o.Close())
	if err == nil {
		err = os.Rename(o.Name(), o.path)
	}
	if err != nil {
		o.Drop()
		return err
	}
	return datadir.SyncDir(filepath.Dir(o.path))
}

func (o *fileOutput) Drop() {
	_ = o.Close() // it may have been kept or dropped before
	if err := os.Remove(o.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return // a temporary file is left, which says so by its name
	}
}

// Write writes a file that only its owner reads, whole or not at all.
func Write(path string, write func(io.Writer) error) error {
	out, err := Disk{}.Create(path)
	if err != nil {
		return err
	}
	if err := write(out); err != nil {
		out.Drop()
		return err
	}
	return out.Keep()
}
