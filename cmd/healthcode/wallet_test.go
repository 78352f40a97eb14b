package main

import (
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/office/datadir"
	"healthcode.example/office/files"
	"healthcode.example/wallet/holder"
)

// heard is a stream that tells when something is written to it.
type heard chan string

func (h heard) Write(b []byte) (int, error) {
	h <- string(b)
	return len(b), nil
}

func newWallet(t *testing.T) (*walletFlags, *console) {
	t.Helper()
	c := &console{out: io.Discard, err: make(heard, 10), now: func() time.Time { return time.Unix(1_790_006_400, 0) }, rand: rand.Reader, files: files.Disk{}}
	f := &walletFlags{Wallet: given(filepath.Join(t.TempDir(), "wallet.yk"))}
	err := f.begin(context.Background(), c, func(file *holder.File) error {
		return file.SetFamily([]holder.Relative{{ID: health.PersonID{1}, Name: "陈明"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return f, c
}

// adds takes somebody into the file.
func adds(n byte) func(*holder.File) error {
	return func(file *holder.File) error {
		_, err := file.Add(holder.Relative{ID: health.PersonID{n}, Name: "陈", Relation: credential.Child})
		return err
	}
}

func TestTwoProcessesAtOneWalletLoseNothingOfEachOther(t *testing.T) {
	f, c := newWallet(t)
	unlock, err := lockFile(context.Background(), string(f.Wallet)+".lock", nil)
	if err != nil {
		t.Fatal(err)
	}
	other := make(chan error)
	go func() { other <- f.change(context.Background(), c, adds(2)) }()
	<-c.err.(heard) // it waits
	file, err := f.open()
	if err != nil {
		t.Fatal(err)
	}
	if err := adds(3)(file); err != nil {
		t.Fatal(err)
	}
	if err := f.save(file, c.rand); err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-other; err != nil {
		t.Fatal(err)
	}
	if file, err = f.open(); err != nil || len(file.Members(c.now())) != 3 {
		t.Errorf("the wallet has %d people, %v", len(file.Members(c.now())), err)
	}
}

func TestWaitingForAWalletEndsWithTheContext(t *testing.T) {
	f, c := newWallet(t)
	unlock, err := lockFile(context.Background(), string(f.Wallet)+".lock", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unlock() }()
	ctx, stop := context.WithCancel(context.Background())
	other := make(chan error)
	go func() { other <- f.change(ctx, c, adds(2)) }()
	<-c.err.(heard)
	stop()
	if err := <-other; err == nil {
		t.Error("it went on")
	}
}

func TestWhatAKilledProcessLeftGoesWithTheNextSave(t *testing.T) {
	f, c := newWallet(t)
	dir := filepath.Dir(string(f.Wallet))
	for _, name := range []string{".wallet.yk.123.tmp", ".wallet.yk2.123.tmp", "wallet.yk.123.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.change(context.Background(), c, adds(2)); err != nil {
		t.Fatal(err)
	}
	for name, stays := range map[string]bool{".wallet.yk.123.tmp": false, ".wallet.yk2.123.tmp": true, "wallet.yk.123.tmp": true} {
		if datadir.Exists(filepath.Join(dir, name)) != stays {
			t.Errorf("%s: it stays is %v", name, !stays)
		}
	}
}
