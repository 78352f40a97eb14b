package scan

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line of a stream in bytes; a longer one is too long without being kept.
const maxLine = 1 << 20

// Line is one line of a stream.
type Line struct {
	Text    string
	TooLong bool  // longer than any code: Text is not to be judged
	Part    *Part // in place of a verdict: more is to be shown; nil: the text is to be judged
}

// Lines reads a stream line by line. It is for one goroutine at a time.
type Lines struct{ r *bufio.Reader }

// NewLines begins to read.
func NewLines(r io.Reader) *Lines { return &Lines{bufio.NewReaderSize(r, 64<<10)} }

// Next reads to the end of the line and keeps about a megabyte of it at most; io.EOF at the end of the input.
func (s *Lines) Next() (Line, error) {
	var l Line
	var text []byte
	for {
		part, err := s.r.ReadSlice('\n')
		if len(text)+len(part) > maxLine+2 { // with the end of the line
			l.TooLong, text = true, nil
		}
		if !l.TooLong {
			text = append(text, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return Line{}, fmt.Errorf("read the codes: %w", err)
		}
		if err != nil && len(text) == 0 && !l.TooLong {
			return Line{}, io.EOF
		}
		text = trimLine(text)
		l.TooLong = l.TooLong || len(text) > maxLine
		l.Text = string(text)
		return l, nil
	}
}
