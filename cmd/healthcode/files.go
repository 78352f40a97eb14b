package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"healthcode.example/office/datadir"
	"healthcode.example/trust/bundlefile"
)

// files are where a command reads and writes what its arguments name: this machine's, or those of the person whose command a service runs.
type files interface {
	open(path string) (io.ReadCloser, error)
	// create begins a file that only its owner reads. What was at path stays until keep.
	create(path string) (output, error)
	// save puts a public file in the place of path, whole or not at all.
	save(path string, b []byte) error
	// mkdir makes a directory for public files, unless it is there.
	mkdir(path string) error
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

func (disk) save(path string, b []byte) error {
	if err := datadir.CheckOutput(path); err != nil {
		return err
	}
	return bundlefile.Save(path, b)
}

func (disk) mkdir(path string) error {
	if err := datadir.CheckOutput(filepath.Join(path, "file")); err != nil {
		return err
	}
	return os.MkdirAll(path, 0o755)
}

func (disk) create(path string) (output, error) {
	if err := datadir.CheckOutput(path); err != nil {
		return nil, err
	}
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

// keep puts the file in its place when all of it is on the disk, and only then: a full disk may be found as late as by the sync.
func (o *fileOutput) keep() error {
	err := errors.Join(o.Sync(), o.Close())
	if err == nil {
		err = os.Rename(o.Name(), o.path)
	}
	if err != nil {
		o.drop()
		return err
	}
	return datadir.SyncDir(filepath.Dir(o.path))
}

func (o *fileOutput) drop() {
	_ = o.Close() // it may have been kept or dropped before
	if err := os.Remove(o.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return // a temporary file is left, which says so by its name
	}
}

// codesOutput takes lines of codes, and knows how many. Of a file it is sure before the first code is made, and what was there is replaced only
// if there is something to put in its place.
type codesOutput struct {
	out   io.Writer
	file  output // nil: out is kept by itself
	wrote bool
	lines int // that are written whole
}

func (c *console) beginCodes(path string) (*codesOutput, error) {
	if path == "-" {
		return &codesOutput{out: c.out}, nil
	}
	file, err := c.files.create(path)
	if err != nil {
		return nil, err
	}
	return &codesOutput{out: file, file: file}, nil
}

func (o *codesOutput) Write(b []byte) (int, error) {
	n, err := o.out.Write(b)
	o.wrote = o.wrote || n > 0
	o.lines += bytes.Count(b[:n], []byte("\n"))
	return n, err
}

// keep ends it; nothing that was written is a file that is not touched.
func (o *codesOutput) keep() error {
	file := o.file
	o.file = nil
	switch {
	case file == nil:
		return nil
	case !o.wrote:
		file.drop()
		return nil
	}
	err := file.keep()
	if err != nil {
		o.lines = 0
	}
	return err
}

// save writes a file that only its owner reads, whole or not at all.
func save(path string, write func(io.Writer) error) error {
	out, err := disk{}.create(path)
	if err != nil {
		return err
	}
	if err := write(out); err != nil {
		out.drop()
		return err
	}
	return out.keep()
}
