package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"healthcode.example/store/backup"
)

// backupSocket is where a running service gives backups of its store, which no other process can open meanwhile. It lies in the data directory,
// which only its owner may enter, and what comes out of it is sealed.
const backupSocket = "backup.sock"

// backupTimeout is the longest that one backup may take.
const backupTimeout = time.Hour

// offerBackups serves backups of the office's store until the returned function is called, which waits for their end. A service that cannot
// offer them serves all the same, and says so.
func (o *office) offerBackups(ctx context.Context, c *console, flags dataFlags, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		master, err := flags.masterKey()
		if err == nil {
			err = serveBackups(ctx, c, o.dir, o.store, master, log)
		}
		if err != nil {
			log.Error("no backups while this runs", slog.Any("error", err))
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// serveBackups gives a backup to everybody who connects, one after the other, until the context ends. It returns when the last is done.
func serveBackups(ctx context.Context, c *console, dir string, s backup.Source, master []byte, log *slog.Logger) error {
	path := filepath.Join(dir, backupSocket)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // left by a service that was killed: the store's lock is ours
		return fmt.Errorf("offer backups: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("offer backups: %w", err)
	}
	var closing sync.Once
	end := func() { closing.Do(func() { _ = listener.Close() }) }
	defer end()
	stop := context.AfterFunc(ctx, end)
	defer stop()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("offer backups: %w", err)
		}
		if err := giveBackup(ctx, c, conn, s, master); err != nil && ctx.Err() == nil {
			log.Error("backup", slog.Any("error", err))
		}
	}
}

func giveBackup(ctx context.Context, c *console, conn net.Conn, s backup.Source, master []byte) error {
	ctx, cancel := context.WithTimeout(ctx, backupTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // a reader that does not read is left
	defer stop()
	return errors.Join(backup.Write(ctx, conn, s, master, c.rand, c.now()), conn.Close())
}

// fetchBackup copies a backup from the service that runs on the directory. Its end is checked by the caller: a service that stops breaks it off.
func fetchBackup(ctx context.Context, dir string, w io.Writer) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, backupSocket))
	if err != nil {
		return fmt.Errorf("the store is in use by another process, which offers no backup: if it is a service, it is older than this program; else let it end: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_, err = io.Copy(w, conn)
	if err = errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("fetch the backup from the running service: %w", err)
	}
	return nil
}
