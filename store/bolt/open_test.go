package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/wallet"
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func refused(t *testing.T, path, say string) {
	t.Helper()
	s, err := Open(path, Options{LockTimeout: time.Millisecond})
	if err == nil {
		_ = s.Close()
		t.Fatal("the file was opened")
	}
	if !strings.Contains(err.Error(), say) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want it to say %q", err, say)
	}
}

func TestTheFileIsTheOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a system with file modes")
	}
	path := filepath.Join(t.TempDir(), "store")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	refused(t, path, "chmod 600")
}

func TestASecondProcessIsToldWhoHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	open(t, path)
	refused(t, path, "in use by another process")
}

func TestFilesThatAreNoStoreAreRefused(t *testing.T) {
	dir := t.TempDir()
	refused(t, dir, "not a regular file")
	rubbish := filepath.Join(dir, "rubbish")
	if err := os.WriteFile(rubbish, []byte(strings.Repeat("no store ", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, rubbish, "restore it from a backup")
	refused(t, filepath.Join(dir, "missing", "store"), "no such file")

	foreign := filepath.Join(dir, "foreign")
	db, err := bbolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("other")); return err }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, foreign, "another program")
}

func TestAStoreOfANewerSchemaIsRefusedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path)
	if err := s.update(context.Background(), func(t *txn) error { return t.put(bucketMeta, metaSchema, number(schema+1)) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, path, fmt.Sprintf("schema version %d and this program knows %d", schema+1, schema))
}

func TestAStoreOfTheFirstSchemaIsBroughtUpToThisOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s, ctx := open(t, path), context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p := wallet.NewPerson{ID: health.PersonID{1}, Sealed: []byte{1}, Lookups: []wallet.Lookup{{1}}}
	must(s.AddPeople(ctx, wallet.ByAuthority, []wallet.NewPerson{p}))
	must(s.Publish(ctx, 0, issuer.Publication{Version: 1, Ceiling: 10}))
	must(s.BindDevice(ctx, wallet.Device{ID: issuer.DeviceID{1}, Person: p.ID, Since: 1}, wallet.MaxDevices))
	must(s.BindDevice(ctx, wallet.Device{ID: issuer.DeviceID{2}, Person: p.ID, Since: 1}, wallet.MaxDevices))
	must(s.EndDevice(ctx, issuer.DeviceID{1}, wallet.BySelf, 2))
	must(s.update(ctx, func(t *txn) error { // as a program of the first schema left it
		return errors.Join(t.put(bucketMeta, metaSchema, number(1)), t.DeleteBucket(bucketEvents), t.DeleteBucket(bucketFormerDevices),
			t.DeleteBucket(bucketFormerGuards), t.DeleteBucket(bucketDeceased),
			t.DeleteBucket(bucketSessions), t.DeleteBucket(bucketPersonSessions), t.DeleteBucket(bucketAgreements))
	}))
	must(s.Close())
	s = open(t, path)
	events, err := s.Events(ctx, p.ID, 0, 10)
	if err != nil || len(events) != 0 {
		t.Errorf("got %v, %v", events, err)
	}
	next, _, err := s.Counter(ctx)
	if err != nil || next != 3 {
		t.Errorf("the handle counter is at %d, %v", next, err)
	}
	must(s.view(ctx, func(tx *txn) error {
		if !tx.has(bucketFormerDevices, join(p.ID[:], id(1))) || tx.has(bucketFormerDevices, join(p.ID[:], id(2))) {
			t.Error("the device that has ended is not found from its person, or one in use is")
		}
		return nil
	}))
	must(s.EndDevice(ctx, issuer.DeviceID{2}, wallet.BySelf, 3))
	if events, err := s.Events(ctx, p.ID, 0, 10); err != nil || len(events) != 1 {
		t.Errorf("got %v, %v", events, err)
	}
}

// id is the device of that first byte.
func id(first byte) []byte {
	d := issuer.DeviceID{first}
	return d[:]
}

func TestAClosedStoreSaysSo(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing it again: %v", err)
	}
	if _, err := s.EndPrint(context.Background(), wallet.PrintEnd{}, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Keys(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestReadingAFamilyWritesNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"))
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p := wallet.NewPerson{ID: health.PersonID{1}, Sealed: []byte{1}, Lookups: []wallet.Lookup{{1}}}
	must(s.AddPeople(ctx, wallet.ByAuthority, []wallet.NewPerson{p}))
	must(s.Publish(ctx, 0, issuer.Publication{Version: 1, Ceiling: 10}))
	must(s.BindDevice(ctx, wallet.Device{ID: issuer.DeviceID{1}, Person: p.ID, Since: 1}, wallet.MaxDevices))
	txid := func() (id int) {
		must(s.view(ctx, func(t *txn) error { id = t.ID(); return nil }))
		return id
	}
	before := txid()
	for range 100 {
		if _, err := s.Family(ctx, p.ID, issuer.DeviceID{1}); err != nil {
			t.Fatal(err)
		}
	}
	if after := txid(); after != before {
		t.Errorf("%d transactions were written", after-before)
	}
}
