// Package backups makes sealed backups of the store of an office, also while the service runs, and carries out the restore of one.
package backups

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

// Maker is what a backup is made of.
type Maker struct {
	Data   string // the data directory
	Master func() ([]byte, error)
	Rand   io.Reader
	Now    func() time.Time
}

// Save makes the backup in a temporary file beside the target, which gets its name once it is on the disk and checked. It replaces no file.
func Save(ctx context.Context, file string, m Maker) (size int64, err error) {
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*.tmp") // of mode 0600
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // its other name stays
	err = m.fill(ctx, temp)
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
	if err := os.Link(temp.Name(), file); err != nil {
		return 0, err
	}
	return size, datadir.SyncDir(filepath.Dir(file))
}

// fill takes the backup from the store, which stays as it is to the byte, or from the service that has it open.
func (m *Maker) fill(ctx context.Context, w io.Writer) error {
	path := filepath.Join(m.Data, datadir.StoreFile)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%s holds no store: name the data directory with --data: %w", m.Data, err)
	}
	err := bolt.ReadOnly(path, func(s *bolt.Store) error {
		master, err := m.Master()
		if err != nil {
			return err
		}
		return backup.Write(ctx, w, s, master, m.Rand, m.Now())
	})
	if errors.Is(err, bolt.ErrInUse) {
		return fetch(ctx, m.Data, w)
	}
	return err
}

// tempStore is the name of a store that is not in its place yet.
const tempStore = ".restore.*.db"

// Unseal opens a backup into a new store in the directory, which is the caller's to remove, also after an error unless path is empty.
func Unseal(dir, file string, master []byte) (path string, made time.Time, err error) {
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
