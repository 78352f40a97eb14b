package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"healthcode.example/office/remote"
)

// administrative are the commands that a service runs for another process, by kong's names.
var administrative = []string{"import <file>", "evidence add", "person show", "person add", "person correct", "person merge",
	"person bind", "person unbind", "person guardians", "person end-paper", "person lost", "person deceased", "person erase", "person overrides",
	"person alike", "issue", "keys list", "keys publish", "keys activate <key>", "keys retire <key>", "keys compromise <key>", "bundle export", "partner add", "partner list", "partner remove <name>"}

// offerAdministration runs commands for other processes until the returned function is called. after is called when a command has ended and before its
// caller learns of it.
func (o *office) offerAdministration(ctx context.Context, c *console, log *slog.Logger, after func(context.Context)) (stop func()) {
	service := &remote.Service{Path: filepath.Join(o.Dir, remote.Socket), After: after, Log: log}
	service.Do = func(ctx context.Context, order remote.Order, s *remote.Session) int {
		return run(ctx, order.Args, &console{
			in: s.In(), out: s.Out(), err: s.Err(), files: s, office: o,
			terminal: order.Terminal, colour: order.Colour, progress: order.Progress, program: order.Program, now: c.now, rand: c.rand,
		})
	}
	return service.Offer(ctx)
}

// forward sends this process's command line to the service that runs on the directory. done is false where none does.
func forward(ctx context.Context, c *console, dir string) (done bool, err error) {
	order := remote.Order{Args: c.args, Terminal: c.terminal, Colour: c.colour, Progress: c.progress, Program: c.program}
	here := remote.Console{In: c.in, Out: c.out, Err: c.err, Files: c.files, Code: func(err error) int { return exitCode(err, 0) }}
	code, done, err := remote.Forward(ctx, filepath.Join(dir, remote.Socket), order, here)
	if done && err == nil {
		err = &exitError{code: code}
	}
	return done, err
}
