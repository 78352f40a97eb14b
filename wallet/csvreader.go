package wallet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The columns of an import file, in any order. All but the last must be there.
const (
	fieldName     = "name"
	fieldType     = "document_type"
	fieldNumber   = "document_number"
	fieldBirth    = "birth_date"
	fieldRegion   = "region"
	fieldGuardian = "guardian_document_number"
)

var fields = []string{fieldName, fieldType, fieldNumber, fieldBirth, fieldRegion, fieldGuardian}

// row is one line of the file, checked as far as a line can be by itself.
type row struct {
	line     int // of the file, from 1
	person   Person
	guardian string // normalised number, empty for none
}

// rowReader reads an import file line by line and holds one line at a time.
type rowReader struct {
	csv    *csv.Reader
	limit  *lineLimit
	line   int            // of the last record, for what the CSV reader cannot name
	column map[string]int // field -> place in a record, from 0
	at     time.Time
}

// newRowReader reads the header. A byte order mark and CRLF are taken as they
// come; another encoding than UTF-8 is refused.
func newRowReader(r io.Reader, at time.Time) (*rowReader, error) {
	limit := &lineLimit{from: r, left: maxLine}
	in := bufio.NewReaderSize(limit, readAhead)
	if err := skipMark(in); err != nil {
		return nil, err
	}
	c := csv.NewReader(in)
	c.ReuseRecord = true
	header, err := c.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, &LineError{Line: 1, Problem: "the file is empty: begin with the line " + strings.Join(fields, ",")}
	case err != nil:
		return nil, syntaxError(err, 1)
	case slices.ContainsFunc(header, func(f string) bool { return strings.ContainsRune(f, '\r') }):
		return nil, &LineError{Line: 1, Problem: "the lines end in CR alone: save the file with line ends LF or CRLF"}
	}
	rows := &rowReader{csv: c, limit: limit, line: 1, column: make(map[string]int), at: at}
	return rows, rows.readHeader(header)
}

// skipMark takes a UTF-8 byte order mark off and refuses the others.
func skipMark(in *bufio.Reader) error {
	mark, _ := in.Peek(3) // a shorter file has no mark, an unreadable one says so at the next read
	switch {
	case bytes.Equal(mark, []byte("\xef\xbb\xbf")):
		_, err := in.Discard(3)
		return err
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return &LineError{Line: 1, Problem: "the file is UTF-16: save it as CSV UTF-8"}
	}
	return nil
}

func (r *rowReader) readHeader(header []string) error {
	for i, name := range header {
		name = strings.TrimSpace(name)
		_, twice := r.column[name]
		switch {
		case !slices.Contains(fields, name):
			return &LineError{Line: 1, Column: i + 1, Problem: fmt.Sprintf("unknown column %s: the columns are %s", quote(name), strings.Join(fields, ","))}
		case twice:
			return &LineError{Line: 1, Column: i + 1, Field: name, Problem: "the column is there twice: remove one"}
		}
		r.column[name] = i
	}
	for _, name := range fields {
		if _, ok := r.column[name]; !ok && name != fieldGuardian {
			return &LineError{Line: 1, Problem: fmt.Sprintf("the column %s is missing: the columns are %s", name, strings.Join(fields, ","))}
		}
	}
	return nil
}

// maxLine bounds what one record may take from the file, so that a quote that
// is never closed does not pull all of the file into memory. readAhead comes on
// top, as the buffer may be filled just before a record ends.
const (
	readAhead = 1 << 16
	maxLine   = 1<<16 + readAhead

	maxLineText = "128 KiB" // maxLine, for people
)

var errLineTooLong = errors.New("line too long")

// lineLimit fails when a record wants more than is left for it.
type lineLimit struct {
	from io.Reader
	left int
}

func (l *lineLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLineTooLong
	}
	n, err := l.from.Read(p)
	l.left -= n
	return n, err
}

// quote shows a column's name as it is, cut short. A header is not personal,
// but a file without one begins with a person: digits are not shown.
func quote(name string) string {
	if strings.ContainsAny(name, "0123456789") || utf8.RuneCountInString(name) > 40 || !isASCII(name) {
		return "(is the header missing?)"
	}
	return fmt.Sprintf("%q", name)
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// next reads one line. The error is io.EOF at the end, a *LineError when the
// line is wrong and reading can go on, and anything else when it cannot.
func (r *rowReader) next() (row, error) {
	r.limit.left = maxLine
	record, err := r.csv.Read()
	if err != nil {
		return row{}, syntaxError(err, r.line+1)
	}
	line, _ := r.csv.FieldPos(0)
	r.line = line
	got := row{line: line}
	field, problem := r.parse(record, &got)
	if problem != "" {
		i := r.column[field]
		line, _ := r.csv.FieldPos(i)
		return got, &LineError{Line: line, Column: i + 1, Field: field, Problem: problem}
	}
	return got, nil
}

// parse fills got; it names the field that is wrong and what is wrong with it.
func (r *rowReader) parse(record []string, got *row) (field, problem string) {
	p := &got.person
	var err error
	if p.Name, err = CleanName(record[r.column[fieldName]]); err != nil {
		return fieldName, err.Error()
	}
	document, err := ParseDocument(strings.TrimSpace(record[r.column[fieldType]]), record[r.column[fieldNumber]])
	if errors.Is(err, errUnknownType) {
		return fieldType, err.Error()
	}
	if err != nil {
		return fieldNumber, err.Error()
	}
	document.Type = internType(document.Type)
	p.Documents = []Document{document}
	if p.Birth, err = ParseDate(strings.TrimSpace(record[r.column[fieldBirth]])); err != nil {
		return fieldBirth, err.Error()
	}
	region, ok := ParseRegion(strings.TrimSpace(record[r.column[fieldRegion]]))
	if !ok {
		return fieldRegion, "the region is not 6 digits of GB/T 2260: write such as 440300"
	}
	p.Region = region
	if i, ok := r.column[fieldGuardian]; ok {
		got.guardian = normalise(record[i])
	}
	return p.check(r.at)
}

// internType lets a type live on without the line it was read from.
func internType(t DocumentType) DocumentType {
	for _, known := range documentTypes {
		if t == known {
			return known
		}
	}
	return t
}

// syntaxError says in our words what encoding/csv found.
func syntaxError(err error, line int) error {
	var p *csv.ParseError
	switch {
	case errors.Is(err, errLineTooLong):
		return &LineError{Line: line, Problem: "the line is longer than " + maxLineText + ": is a quote opened and never closed, or does the file end its lines in CR alone?", fatal: true}
	case !errors.As(err, &p):
		return err
	}
	problem := "the line is no CSV: check its quotes and commas"
	switch {
	case errors.Is(p.Err, csv.ErrFieldCount):
		problem = "the line has more or fewer fields than the header: check its commas"
	case errors.Is(p.Err, csv.ErrQuote), errors.Is(p.Err, csv.ErrBareQuote):
		problem = "a quote stands where none may: put the whole field in quotes and double those inside"
	}
	if p.StartLine != p.Line {
		// The quote that is not closed was opened where the record began; the end of the file says nothing.
		return &LineError{Line: p.StartLine, Problem: "a quote is opened in this line and not closed as it should be: close it, and double the quotes inside", fatal: true}
	}
	return &LineError{Line: p.Line, Byte: p.Column, Problem: problem, fatal: !errors.Is(p.Err, csv.ErrFieldCount)}
}
