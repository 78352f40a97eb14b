package wallet

import (
	"errors"
	"fmt"
	"strings"
)

// LineError says where a line of an import file is wrong and how to mend it.
// It repeats nothing of what the line holds.
type LineError struct {
	Line    int    // of the file, from 1; the header is line 1
	Column  int    // which field of the line, from 1; 0 when it is the line as a whole
	Byte    int    // where the line stops being CSV, in bytes from 1; 0 when it is CSV
	Field   string // name of the column, empty when there is none
	Problem string // what is wrong, a colon, what to do
	fatal   bool   // reading cannot go on behind it
}

// Error reads such as: line 7, column 3 (document_number): the check digit …
func (e *LineError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d", e.Line)
	switch {
	case e.Field != "":
		fmt.Fprintf(&b, ", column %d (%s)", e.Column, e.Field)
	case e.Column != 0:
		fmt.Fprintf(&b, ", column %d", e.Column)
	case e.Byte != 0:
		fmt.Fprintf(&b, ", at byte %d", e.Byte)
	}
	return b.String() + ": " + e.Problem
}

// ImportError names the lines for which nothing of a file was imported, at
// most MaxFaults of them.
type ImportError struct {
	Lines []*LineError
	More  bool // there are others behind those
}

// Error has one line of text for each line of the file.
func (e *ImportError) Error() string {
	var b strings.Builder
	b.WriteString("nothing was imported")
	for _, l := range e.Lines {
		b.WriteString("\n" + l.Error())
	}
	if e.More {
		b.WriteString("\nand more: mend these and import again")
	}
	return b.String()
}

// add takes the fault of a line; false when the reading must end.
func (e *ImportError) add(err error) bool {
	var l *LineError
	if !errors.As(err, &l) {
		return false
	}
	if len(e.Lines) == MaxFaults {
		e.More = true
		return false
	}
	e.Lines = append(e.Lines, l)
	return !l.fatal
}
