package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"healthcode.example/api/login"
	"healthcode.example/api/server"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// somebody is there so that the routes of the wallet are open; nobody logs in during a measurement.
type somebody struct{ server.Providers }

func (somebody) Choices() []login.Choice { return nil }

// province is a wallet with a real store and issuer behind a socket, and a clock of its own.
type province struct {
	issuer  *issuer.Issuer
	wallet  *wallet.Service
	address string
	passed  atomic.Int64 // since at, in nanoseconds
}

func (p *province) now() time.Time { return at.Add(time.Duration(p.passed.Load())) }

// refreshFigures measure refreshes as people make them: each session's first in more than an hour, so that its use has to be kept, and for comparison
// one right after another. What the service does beside the requests, the lists of each day and the notes of who was there, counts.
func refreshFigures() []figure {
	dir, err := os.MkdirTemp("", "bench")
	must(err)
	defer func() { must(os.RemoveAll(dir)) }()
	store, err := bolt.Open(filepath.Join(dir, "store.db"), bolt.Options{})
	must(err)
	defer func() { must(store.Close()) }()
	p := new(province)
	defer p.serve(store)()
	alone, families := p.settle("X991", 0), p.settle("X992", 4)
	one, five, again := &phones{p, alone, nil}, &phones{p, families, nil}, &phones{p, alone, nil}
	fixture := fmt.Sprintf("Ed25519, embedded store, %d connections", connections)
	mornings := fmt.Sprintf("%s, %d sessions, each once in 61 minutes", fixture, connections*eachCalls)
	return []figure{
		{"refresh of a family of five / of one person, requests a second", mornings, ratio(one.morning, five.morning), "", 0.4, true},
		{"first refresh of the hour / another one, requests a second", mornings, ratio(again.moment, one.morning), "", 0.7, true},
	}
}

// serve founds the province and opens it, until the returned function is called.
func (p *province) serve(store *bolt.Store) (stop func()) {
	ctx := context.Background()
	authority, err := issuer.NewAuthority("CN-GD", rand.Reader)
	must(err)
	root, err := authority.FirstRoot(true, at.AddDate(5, 0, 0))
	must(err)
	p.issuer, err = issuer.New(issuer.Config{Store: store, Root: root, Master: master, Rand: rand.Reader})
	must(err)
	_, err = p.issuer.Found(ctx, authority, cose.Ed25519, trust.DefaultPolicy(), at, at.AddDate(1, 0, 0))
	must(err)
	vault, err := wallet.NewVault(master)
	must(err)
	const year = 365 * 24 * time.Hour // so many mornings may be measured
	p.wallet, err = wallet.New(wallet.Config{
		Store: store, Issuer: p.issuer, Rules: health.DefaultRules("CN-GD"), Vault: vault, Rand: rand.Reader, GuardianNames: true,
		Login: wallet.LoginPolicy{wallet.Passport: {{Methods: []string{"face"}}}}, SessionIdle: year, SessionAbsolute: year,
	})
	must(err)
	s, err := server.New(server.Config{Demo: true, Wallet: p.wallet, Login: somebody{}, Now: p.now, Log: slog.New(slog.NewJSONHandler(io.Discard, nil))})
	must(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	p.address = listener.Addr().String()
	serving, stopServing := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Serve(serving, listener) }()
	return func() {
		stopServing()
		must(<-done)
	}
}
