package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"healthcode.example/office/backups"
	"healthcode.example/store/backup"
)

type backupCommand struct {
	dataFlags
	Check bool   `help:"Only say whether the file is whole; needs no key."`
	JSON  bool   `help:"Write one JSON object."`
	File  string `arg:"" placeholder:"FILE" help:"Where the backup goes; never over a file that is there."`
}

// Help gives the examples.
func (*backupCommand) Help() string {
	return `The file holds the whole store as it is at one moment, sealed under the master key, which is not in it: keep that apart. While the service
runs, it is asked for the backup through a socket in the data directory. Make one every hour, and before every ceremony: what was recorded
after the last one is lost with the store, and a backup older than a day lacks keys of status lists.

Examples:

    healthcode backup /backup/$(date +%FT%H).ykbackup
    healthcode backup --check /backup/2026-03-02T08.ykbackup`
}

// Run makes the backup, or checks one.
func (b *backupCommand) Run(ctx context.Context, c *console) error {
	if b.Check {
		return b.check(c)
	}
	begun := c.now()
	size, err := b.write(ctx, c)
	if err != nil {
		return err
	}
	if b.JSON {
		return c.json(map[string]any{"file": b.File, "at": begun.UTC().Format(time.RFC3339), "bytes": size})
	}
	c.printf("%s: the store of %s, %d bytes, in %s\n", b.File, begun.UTC().Format(time.RFC3339), size, c.now().Sub(begun).Round(time.Millisecond))
	return nil
}

func (b *backupCommand) check(c *console) error {
	f, err := os.Open(b.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	at, err := backup.Check(f)
	if err != nil {
		return fmt.Errorf("%s: %w", b.File, err)
	}
	if b.JSON {
		return c.json(map[string]any{"file": b.File, "at": at.UTC().Format(time.RFC3339), "whole": true})
	}
	c.printf("%s is whole: the store of %s\n", b.File, at.UTC().Format(time.RFC3339))
	return nil
}

// write makes the file.
func (b *backupCommand) write(ctx context.Context, c *console) (size int64, err error) {
	if _, err := os.Lstat(b.File); err == nil {
		return 0, usage("%s is there already, and a backup is never overwritten: name another file", b.File)
	}
	return backups.Save(ctx, b.File, backups.Maker{Data: b.Data, Master: b.masterKey, Rand: c.rand, Now: c.now})
}
