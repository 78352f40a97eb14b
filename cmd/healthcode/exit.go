package main

import (
	"errors"
	"fmt"

	"healthcode.example/office/datadir"
	"healthcode.example/office/desk"
	"healthcode.example/office/remote"
	"healthcode.example/trust/bundlefile"
)

// Exit codes. Those of verify are 0, 1, 2, 64 and 65; another failure there is 74, so that trouble with a disk is never read as a verdict.
const (
	exitOK        = 0
	exitFailed    = 1 // verify: refuse
	exitCannotSay = 2
	exitUsage     = 64 // EX_USAGE: the command line is wrong
	exitBundle    = 65 // EX_DATAERR: the bundle cannot be read or is not to be believed
	exitIO        = 74 // EX_IOERR: verify could not read or write

	exitInterrupted = 130 // as a shell reports SIGINT
)

// exitError ends the process with a code. Without an error nothing more is printed: the command has said all.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

func badBundle(format string, args ...any) error {
	return &exitError{exitBundle, fmt.Errorf(format, args...)}
}

// exitCode gives the code for a command's error; other is that of an error that does not say one.
func exitCode(err error, other int) int {
	var e *exitError
	var bad *bundlefile.BadError
	var far *remote.Failure
	var own *datadir.OutputError
	var root *desk.RootError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &bad):
		return exitBundle
	case errors.As(err, &far):
		return far.Code
	case errors.As(err, &own), errors.As(err, &root):
		return exitUsage
	}
	return other
}
