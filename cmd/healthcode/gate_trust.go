package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
	"healthcode.example/verifier"
)

// gateTrust is what a gate at work has read, and from which files. What it has is replaced by what follows from it and by nothing else.
type gateTrust struct {
	bundle   *trust.Bundle
	partners map[given]*trust.Bundle // of each --partner that was good once
	files    []os.FileInfo           // as they were when they were read
	trouble  string                  // that the reading met, as it was told; empty: none
	tried    time.Time
}

// retryAfter is how long a gate leaves files alone with which there was trouble and that have not changed since: they may be large, and each code
// would read them again.
const retryAfter = 2 * time.Second

// read takes the bundle's file, and those of partners, if one of them is another than before, or if there was trouble with one of them some seconds
// ago: what was wrong may have been a permission, a clock, or a copy that was not done yet. Trouble with a newer file is told when it is new, and the
// gate goes on with what it has.
func (p *post) read() error {
	at, have := p.c.now(), &p.trust
	files, err := p.stat()
	settled := have.trouble == "" || at.Sub(have.tried) < retryAfter && !at.Before(have.tried)
	if err == nil && p.gate != nil && settled && slices.EqualFunc(files, have.files, sameFile) {
		return nil
	}
	var said strings.Builder
	quiet := *p.c
	quiet.err = &said
	var v *verifier.Verifier
	if err == nil || p.gate == nil {
		v, err = p.load(&quiet, at)
	}
	switch {
	case err != nil && p.gate == nil:
		p.c.notef("%s", said.String())
		return err
	case err != nil:
		quiet.notef("healthcode: the gate goes on with the bundle that it has: %v\n", err)
	case p.gate == nil:
		p.gate = verifier.NewGate(v)
	default:
		p.gate.Use(v)
	}
	if said.String() != have.trouble {
		p.c.notef("%s", said.String())
	}
	have.files, have.trouble, have.tried = files, said.String(), at
	return nil
}

// load reads the files and makes the verifier. An own bundle that cannot be read, or does not follow from the one that the gate has, is an error;
// so is a partner's when the gate is opened. Later a partner's trouble is only told: it must not keep our own newest bundle out.
func (p *post) load(c *console, at time.Time) (*verifier.Verifier, error) {
	if err := checkGate(p.Gate); err != nil {
		return nil, err
	}
	bundle, err := p.believeAfter(p.trust.bundle, string(p.Bundle), at)
	if err != nil {
		return nil, err
	}
	v := withKept(c, p.verifier(bundle), bundle, string(p.Bundle), at)
	partners := make(map[given]*trust.Bundle)
	for _, path := range p.Partner {
		if v, err = p.withPartner(c, v, bundle, path, partners, at); err != nil {
			return nil, err
		}
	}
	p.trust.bundle, p.trust.partners = bundle, partners
	return v, nil
}

// withPartner adds the partner's bundle in the file, or the one that was good before.
func (p *post) withPartner(c *console, v *verifier.Verifier, ours *trust.Bundle, path given, partners map[given]*trust.Bundle, at time.Time) (*verifier.Verifier, error) {
	former := p.trust.partners[path]
	if former != nil {
		if with, err := v.WithPartner(former); err == nil {
			v, partners[path] = with, former
		} else if !errors.Is(err, trust.ErrRollback) { // a kept one may be newer
			c.notef("healthcode: --partner %s is used no more: %v\n", path, err)
		}
	}
	with, theirs, err := withPartnerFile(c, v, ours, &p.gateFlags, path, at)
	switch {
	case err == nil && theirs != nil:
		partners[path] = theirs
		return with, nil
	case err == nil: // our list knows the region by keys alone, which was told
		return with, nil
	case p.gate == nil:
		return nil, err
	}
	c.notef("healthcode: the gate goes on without what is in --partner %s now: %v\n", path, err)
	return v, nil
}

// stat looks at the files from which the gate's trust is read, without reading them. One of a partner that is not there changes the number.
func (p *post) stat() ([]os.FileInfo, error) {
	kept, _ := os.ReadDir(bundlefile.PartnerDir(string(p.Bundle))) // most gates keep none
	var files []os.FileInfo
	for _, entry := range kept {
		if filepath.Ext(entry.Name()) != ".ykb" {
			continue
		}
		if file, err := entry.Info(); err == nil {
			files = append(files, file)
		}
	}
	for _, path := range p.Partner {
		if file, err := os.Stat(string(path)); err == nil {
			files = append(files, file)
		}
	}
	file, err := os.Stat(string(p.Bundle))
	return append(files, file), err
}

func sameFile(a, b os.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
