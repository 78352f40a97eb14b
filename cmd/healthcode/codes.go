package main

import (
	"bytes"
	"io"

	"healthcode.example/office/files"
)

// codesOutput takes lines of codes, and knows how many. Of a file it is sure before the first code is made, and what was there is replaced only
// if there is something to put in its place.
type codesOutput struct {
	out   io.Writer
	file  files.Output // nil: out is kept by itself
	wrote bool
	lines int // that are written whole
}

func (c *console) beginCodes(path string) (*codesOutput, error) {
	if path == "-" {
		return &codesOutput{out: c.out}, nil
	}
	file, err := c.files.Create(path)
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
		file.Drop()
		return nil
	}
	err := file.Keep()
	if err != nil {
		o.lines = 0
	}
	return err
}
