package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"healthcode.example/gate/verdict"
	"healthcode.example/office/files"
)

// console is the world outside a command: its three streams, the clock and the source of randomness. Below cmd nothing reads a clock or makes
// a random number by itself.
type console struct {
	in       io.Reader
	out      io.Writer
	err      io.Writer
	colour   bool // out is a terminal that shows colours
	terminal bool // out is a terminal
	progress bool // err is a terminal: long work may draw a bar there
	now      func() time.Time
	rand     io.Reader
	program  string // as it was called, for commands to try
	args     []string
	files    files.Files // nil: this machine's
	office   *office     // of a service that runs this command for another process; nil otherwise
}

func newConsole() *console {
	terminal := term.IsTerminal(int(os.Stdout.Fd()))
	return &console{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		colour:   terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		terminal: terminal,
		progress: term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb",
		now:      time.Now,
		rand:     rand.Reader,
		program:  os.Args[0],
	}
}

// at reads an instant given by a flag; an empty text is now.
func (c *console) at(text string) (time.Time, error) {
	if text == "" {
		return c.now(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, usage("the time %q is not RFC 3339: write it as in 2026-03-02T08:00:00+08:00", text)
	}
	return at, nil
}

// json writes one object on one line.
func (c *console) json(v any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printf writes to standard output. A broken pipe ends the process by its signal; other failures come out when the command ends.
func (c *console) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(c.out, format, args...)
}

// notef tells the person at the terminal something that is not the answer, on standard error.
func (c *console) notef(format string, args ...any) {
	_, _ = fmt.Fprintf(c.err, format, args...)
}

// paint puts text into an ANSI style, such as "1;37;41", where colours are shown.
func (c *console) paint(style, text string) string { return verdict.Paint(c.colour, style, text) }
