package backups

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

// socket is where a running service gives backups of its store, which no other process can open meanwhile. It lies in the data directory,
// which only its owner may enter, and what comes out of it is sealed.
const socket = "backup.sock"

// timeout is the longest that one backup may take.
const timeout = time.Hour

// Offer serves backups of the open store until the returned function is called, which waits for their end. A service that cannot
// offer them serves all the same, and says so.
func Offer(ctx context.Context, store backup.Source, m Maker, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		master, err := m.Master()
		if err == nil {
			err = serve(ctx, store, master, m, log)
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

// serve gives a backup to everybody who connects, one after the other, until the context ends. It returns when the last is done.
func serve(ctx context.Context, s backup.Source, master []byte, m Maker, log *slog.Logger) error {
	path := filepath.Join(m.Data, socket)
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
		if err := give(ctx, conn, s, master, m); err != nil && ctx.Err() == nil {
			log.Error("backup", slog.Any("error", err))
		}
	}
}

func give(ctx context.Context, conn net.Conn, s backup.Source, master []byte, m Maker) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // a reader that does not read is left
	defer stop()
	return errors.Join(backup.Write(ctx, conn, s, master, m.Rand, m.Now()), conn.Close())
}

// fetch copies a backup from the service that runs on the directory. Its end is checked by the caller: a service that stops breaks it off.
func fetch(ctx context.Context, dir string, w io.Writer) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, socket))
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
