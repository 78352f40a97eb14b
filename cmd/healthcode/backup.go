package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"healthcode.example/office/datadir"
	"healthcode.example/store/backup"
	"healthcode.example/store/bolt"
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

// write writes to a temporary file beside the target, which gets its name once it is on the disk and checked.
func (b *backupCommand) write(ctx context.Context, c *console) (size int64, err error) {
	if _, err := os.Lstat(b.File); err == nil {
		return 0, usage("%s is there already, and a backup is never overwritten: name another file", b.File)
	}
	temp, err := os.CreateTemp(filepath.Dir(b.File), "."+filepath.Base(b.File)+".*.tmp") // of mode 0600
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // its other name stays
	err = b.fill(ctx, c, temp)
	if err == nil {
		_, err = temp.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = backup.Check(temp)
	}
	if err == nil {
		size, err = temp.Seek(0, io.SeekEnd)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return 0, err
	}
	if err := os.Link(temp.Name(), b.File); err != nil {
		return 0, err
	}
	return size, datadir.SyncDir(filepath.Dir(b.File))
}

// fill takes the backup from the store, which stays as it is to the byte, or from the service that has it open.
func (b *backupCommand) fill(ctx context.Context, c *console, w io.Writer) error {
	path := filepath.Join(b.Data, datadir.StoreFile)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%s holds no store: name the data directory with --data: %w", b.Data, err)
	}
	err := bolt.ReadOnly(path, func(s *bolt.Store) error {
		master, err := b.masterKey()
		if err != nil {
			return err
		}
		return backup.Write(ctx, w, s, master, c.rand, c.now())
	})
	if errors.Is(err, bolt.ErrInUse) {
		return fetchBackup(ctx, b.Data, w)
	}
	return err
}

// tempStore is the name of a store that is not in its place yet.
const tempStore = ".restore.*.db"

// unsealBackup opens a backup into a new store in the directory, which is the caller's to remove, also after an error unless path is empty.
func unsealBackup(dir, file string, master []byte) (path string, made time.Time, err error) {
	in, err := os.Open(file)
	if err != nil {
		return "", made, err
	}
	defer func() { _ = in.Close() }()          // only read
	temp, err := os.CreateTemp(dir, tempStore) // of mode 0600
	if err != nil {
		return "", made, err
	}
	made, err = backup.Read(temp, in, master)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return temp.Name(), made, err
}
