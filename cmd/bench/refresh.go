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
	"strings"
	"time"

	"healthcode.example/api/login"
	"healthcode.example/api/server"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/wallet"
	"healthcode.example/wallet/refresh"
)

// somebody is there so that the routes of the wallet are open; nobody logs in during a measurement.
type somebody struct{ server.Providers }

func (somebody) Choices() []login.Choice { return nil }

// refreshFigure measures the refresh of a family of five against that of one person, over sockets and with a real store and issuer.
func refreshFigure() figure {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "bench")
	must(err)
	defer func() { must(os.RemoveAll(dir)) }()
	store, err := bolt.Open(filepath.Join(dir, "store.db"), bolt.Options{})
	must(err)
	defer func() { must(store.Close()) }()
	authority, err := issuer.NewAuthority("CN-GD", rand.Reader)
	must(err)
	root, err := authority.FirstRoot(true, at.AddDate(5, 0, 0))
	must(err)
	office, err := issuer.New(issuer.Config{Store: store, Root: root, Master: master, Rand: rand.Reader})
	must(err)
	_, err = office.Found(ctx, authority, cose.Ed25519, trust.DefaultPolicy(), at, at.AddDate(1, 0, 0))
	must(err)
	vault, err := wallet.NewVault(master)
	must(err)
	service, err := wallet.New(wallet.Config{Store: store, Issuer: office, Rules: health.DefaultRules("CN-GD"), Vault: vault, Rand: rand.Reader, GuardianNames: true})
	must(err)
	s, err := server.New(server.Config{
		Demo: true, Wallet: service, Login: somebody{}, Now: func() time.Time { return at }, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	must(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Serve(serving, listener) }()
	defer func() {
		stop()
		must(<-done)
	}()
	one := newCallers(listener.Addr().String(), codesRequest(service, "X9900001", 0))
	five := newCallers(listener.Addr().String(), codesRequest(service, "X9900002", 4))
	return figure{
		"refresh of a family of five / of one person, requests a second", fmt.Sprintf("Ed25519, embedded store, %d connections", connections),
		ratio(one.call, five.call), "", 0.4, true,
	}
}

// codesRequest settles a guardian with so many members and returns the request of their device.
func codesRequest(service *wallet.Service, number string, members int) string {
	ctx := context.Background()
	csv := "name,document_type,document_number,birth_date,region,guardian_document_number\n" + "陈明,passport," + number + ",1984-05-17,440106,\n"
	for i := range members {
		csv += fmt.Sprintf("陈小雨,passport,%s%d,2015-09-09,440106,%s\n", number, i, number)
	}
	_, err := service.Import(ctx, strings.NewReader(csv), at, nil)
	must(err)
	d, err := wallet.ParseDocument("passport", number)
	must(err)
	who := wallet.Identity{Provider: "https://login.example", Subject: number, Document: d, Methods: []string{"face"}, At: at}
	service.Login = wallet.LoginPolicy{wallet.Passport: {{Methods: []string{"face"}}}}
	token, ses, err := service.LogIn(ctx, who, "", at)
	must(err)
	key, err := cose.Generate(cose.ES256, rand.Reader)
	must(err)
	device, err := service.RegisterDevice(ctx, ses.Person, key.Public(), at)
	must(err)
	holder, err := cose.Generate(cose.ES256, rand.Reader)
	must(err)
	body, err := refresh.Request{Device: device.ID, Region: "CN-GD", Holder: holder.Public()}.Sign(key, at)
	must(err)
	return fmt.Sprintf("POST /v1/wallet/codes HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		token, refresh.MediaType, len(body), body)
}
