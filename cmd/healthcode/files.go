package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"healthcode.example/trust/bundlefile"
)

// files are where a command reads and writes what its arguments name: this machine's, or those of the person whose command a service runs.
type files interface {
	open(path string) (io.ReadCloser, error)
	// create begins a file that only its owner reads. What was at path stays until keep.
	create(path string) (output, error)
	// save puts a public file in the place of path, whole or not at all.
	save(path string, b []byte) error
}

// output is a file on its way. Without keep nothing of it stays.
type output interface {
	io.Writer
	keep() error
	drop()
}

// disk is this machine's file system.
type disk struct{}

func (disk) open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // and no interface around a nil file
	}
	return f, nil
}

func (disk) save(path string, b []byte) error { return bundlefile.Save(path, b) }

func (disk) create(path string) (output, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a pipe or a device has no former content
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return pipe{f}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp") // of mode 0600
	if err != nil {
		return nil, err
	}
	return &fileOutput{f, path}, nil
}

type pipe struct{ *os.File }

func (p pipe) keep() error { return p.Close() }
func (p pipe) drop()       { _ = p.Close() } // the error that led here is told

type fileOutput struct {
	*os.File
	path string
}

func (o *fileOutput) keep() error {
	if err := errors.Join(o.Sync(), o.Close(), os.Rename(o.Name(), o.path)); err != nil {
		return err
	}
	return syncDir(filepath.Dir(o.path))
}

func (o *fileOutput) drop() {
	_ = o.Close() // it may have been kept or dropped before
	if err := os.Remove(o.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return // a temporary file is left, which says so by its name
	}
}

// lateOutput begins a file at the first byte, so that a command that fails before has touched nothing.
type lateOutput struct {
	files files
	path  string
	begun output
}

func (l *lateOutput) Write(b []byte) (int, error) {
	if l.begun == nil {
		if len(b) == 0 {
			return 0, nil
		}
		var err error
		if l.begun, err = l.files.create(l.path); err != nil {
			l.begun = nil
			return 0, err
		}
	}
	return l.begun.Write(b)
}

func (l *lateOutput) keep() error {
	if l.begun == nil {
		return nil
	}
	return l.begun.keep()
}
