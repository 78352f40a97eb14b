package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"healthcode.example/api/demoidp"
	"healthcode.example/api/login"
	"healthcode.example/api/server"
	"healthcode.example/office/datadir"
	"healthcode.example/wallet"
	"healthcode.example/wallet/demo"
)

// loginFlags say how people log in.
type loginFlags struct {
	Login  string `placeholder:"FILE" help:"The identity providers and what a document demands of a log-in, see docs/operations.md. A demonstration without it has a provider of its own."`
	Origin string `placeholder:"URL" help:"The service's address as people reach it, such as https://code.example; without it the one it listens on."`
}

// settings reads the configuration of log-in with the secrets of its clients; nil without one.
func (f *loginFlags) settings() (*login.Settings, error) {
	if f.Login == "" {
		return nil, nil
	}
	b, err := datadir.ReadPrivate(f.Login, login.MaxSettings)
	if err != nil {
		return nil, fmt.Errorf("the log-in configuration: %w", err)
	}
	s, err := login.ParseSettings(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Login, err)
	}
	for i := range s.Providers {
		if p := &s.Providers[i]; p.SecretFile != "" {
			if p.Secret, err = f.secret(p.SecretFile); err != nil {
				return nil, fmt.Errorf("the secret of the provider %s: %w", p.Name, err)
			}
		}
	}
	if r := s.Register; r != nil && r.TokenFile != "" {
		if r.Token, err = f.secret(r.TokenFile); err != nil {
			return nil, fmt.Errorf("the token of the register: %w", err)
		}
	}
	return s, nil
}

// secret reads a file beside the configuration, unless it is named in full.
func (f *loginFlags) secret(path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(f.Login), path)
	}
	b, err := datadir.ReadPrivate(path, datadir.MaxKeyFile)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(b))
	if text == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return text, nil
}

// origin is the service's own address without a slash at its end.
func (f *loginFlags) origin(listening net.Addr) string {
	if f.Origin != "" {
		return strings.TrimSuffix(f.Origin, "/")
	}
	host, port, err := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return "http://" + net.JoinHostPort("127.0.0.1", port)
	}
	return "http://" + listening.String()
}

// letIn sets up log-in: the configured providers, or in a demonstration without any its own. Without either nobody logs in.
func (s *serveCommand) letIn(config *server.Config, settings *login.Settings, listening net.Addr, c *console) error {
	config.Origin = s.origin(listening)
	callback := config.Origin + "/v1/login/callback"
	var providers []login.Provider
	switch {
	case settings != nil:
		providers = settings.Providers
	case s.Demo:
		people, err := demoPeople()
		if err != nil {
			return err
		}
		idp, err := demoidp.New(demoidp.Config{Origin: config.Origin, Callback: callback, People: people, Rand: c.rand, Now: c.now})
		if err != nil {
			return err
		}
		config.DemoIDP, providers = idp, []login.Provider{idp.Configuration()}
	default:
		return nil
	}
	client, err := login.New(login.Config{Providers: providers, Callback: callback, Now: c.now, Rand: c.rand, Demo: s.Demo})
	if err != nil {
		return err
	}
	config.Login = client
	return nil
}

// checkProviders refuses, before anything is opened, a demonstration's provider in a service for people.
func (s *serveCommand) checkProviders(settings *login.Settings) error {
	if settings == nil || s.Demo {
		return nil
	}
	for _, p := range settings.Providers {
		if login.IsDemo(p.Issuer) {
			return fmt.Errorf("%s: the provider %s is a demonstration's, which proves nothing: --no-demo refuses to start with it; name a real one", s.Login, p.Name)
		}
	}
	return nil
}

// demoPeople are those of the demo province who have documents to log in with, and staff.
func demoPeople() ([]demoidp.Person, error) {
	rows, err := csv.NewReader(strings.NewReader(demo.CSV())).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the demo province: %w", err)
	}
	staff := map[int][]wallet.Role{demo.WorkerRow: {wallet.CommunityWorker}, demo.KioskRow: {wallet.Kiosk}, demo.AuthorityRow: {wallet.Authority}}
	var out []demoidp.Person
	for i, row := range rows[1:] {
		p := demoidp.Person{Name: row[0], Roles: staff[i]}
		var errs [3]error
		p.Document, errs[0] = wallet.ParseDocument(row[1], row[2])
		p.Birth, errs[1] = wallet.ParseDate(row[3])
		_, errs[2] = fmt.Sscanf(row[4], "%d", &p.Region)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, fmt.Errorf("read the demo province: %w", err)
		}
		if slices.Contains([]wallet.DocumentType{wallet.ResidentID, wallet.HomeReturnPermit, wallet.Passport}, p.Document.Type) {
			out = append(out, p)
		}
	}
	return out, nil
}
