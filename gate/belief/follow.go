package belief

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
	"healthcode.example/verifier"
)

// Follower is a gate's belief that follows its files: what it has is replaced by what follows from it and by nothing else. It is for one goroutine at a
// time.
type Follower struct {
	files    Files
	bundle   *trust.Bundle            // nil: none is believed yet
	partners map[string]*trust.Bundle // of each named one that was good once
	seen     bundlefile.Sight         // the files as they were when they were read
	trouble  string                   // that the reading met, as it was told; empty: none
	tried    time.Time
}

// retryAfter is how long a gate leaves files alone with which there was trouble and that have not changed since: they may be large, and each code
// would read them again.
const retryAfter = 2 * time.Second

// Follow reads the files for the first time, as Files.Verifier does, and gives the verifier with whoever follows them from then on.
func Follow(files Files, at time.Time, note Note) (*Follower, *verifier.Verifier, error) {
	f := &Follower{files: files}
	seen, _ := f.look() // what cannot be looked at cannot be read either, which says more
	said, v, err := f.load(at)
	if said != "" {
		note("%s", said)
	}
	if err != nil {
		return nil, nil, err
	}
	f.seen, f.trouble, f.tried = seen, said, at
	return f, v, nil
}

// Next reads the bundle's file, and those of partners, if one of them is another than before, or if there was trouble with one of them some seconds
// ago: what was wrong may have been a permission, a clock, or a copy that was not done yet. Trouble with a newer file is told when it is new, and the
// gate goes on with what it has. Without a new verifier it gives nil.
func (f *Follower) Next(at time.Time, note Note) *verifier.Verifier {
	seen, err := f.look()
	settled := f.trouble == "" || at.Sub(f.tried) < retryAfter && !at.Before(f.tried)
	if err == nil && settled && seen.Same(f.seen) {
		return nil
	}
	var said string
	var v *verifier.Verifier
	if err == nil {
		said, v, err = f.load(at)
	}
	if err != nil {
		said += fmt.Sprintf("healthcode: the gate goes on with the bundle that it has: %v\n", err)
	}
	if said != f.trouble {
		note("%s", said)
	}
	f.seen, f.trouble, f.tried = seen, said, at
	return v
}

func (f *Follower) look() (bundlefile.Sight, error) {
	return bundlefile.Look(f.files.Bundle, f.files.Partners)
}

// load reads the files and makes the verifier, and gives what is to be told besides. An own bundle that cannot be read, or does not follow from the one
// that the gate has, is an error; so is a partner's at the first time. Later a partner's trouble is only told: it must not keep our own newest bundle out.
func (f *Follower) load(at time.Time) (said string, v *verifier.Verifier, err error) {
	var told strings.Builder
	note := func(format string, args ...any) { _, _ = fmt.Fprintf(&told, format, args...) }
	v, ours, err := f.files.own(f.bundle, at, note)
	if err != nil {
		return told.String(), nil, err
	}
	partners := make(map[string]*trust.Bundle)
	for _, path := range f.files.Partners {
		if v, err = f.withPartner(v, ours, path, partners, at, note); err != nil {
			return told.String(), nil, err
		}
	}
	f.bundle, f.partners = ours, partners
	return told.String(), v, nil
}

// withPartner adds the partner's bundle in the file, or the one that was good before.
func (f *Follower) withPartner(v *verifier.Verifier, ours *trust.Bundle, path string, partners map[string]*trust.Bundle, at time.Time, note Note) (*verifier.Verifier, error) {
	former := f.partners[path]
	if former != nil {
		if with, err := v.WithPartner(former); err == nil {
			v, partners[path] = with, former
		} else if !errors.Is(err, trust.ErrRollback) { // a kept one may be newer
			note("healthcode: --partner %s is used no more: %v\n", path, err)
		}
	}
	with, theirs, err := f.files.withPartner(v, ours, path, at, note)
	switch {
	case err == nil && theirs != nil:
		partners[path] = theirs
		return with, nil
	case err == nil: // our list knows the region by keys alone, which was told
		return with, nil
	case f.bundle == nil: // nothing has been believed yet
		return nil, err
	}
	note("healthcode: the gate goes on without what is in --partner %s now: %v\n", path, err)
	return v, nil
}
