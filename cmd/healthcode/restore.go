package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust/bundlefile"
)

type restoreCommand struct {
	dataFlags
	Published       []string `required:"" placeholder:"FILE|URL" help:"The newest bundle that was published: the service's own address, a gate's file, a partner's copy. Give all that you can get; the newest counts."`
	Apply           bool     `help:"Do it; without this, only say what would be done."`
	AcceptLost      bool     `help:"Go on although the backup lacks keys of status lists: codes in them cannot be revoked one by one any more."`
	WithoutOldStore bool     `help:"Go on although a store that is there cannot be read: what it has published after the newest --published is then forgotten."`
	Report          string   `placeholder:"FILE" help:"Write the holdings whose ending must be recorded again, one JSON object a line."`
	JSON            bool     `help:"Write one JSON object."`
	File            string   `arg:"" placeholder:"FILE" help:"The backup."`
}

// Help gives the examples.
func (*restoreCommand) Help() string {
	return `Nothing whose revocation was published comes back, no handle is given a second time, and no version repeats: for that the newest published
bundle is needed. What the store that is to be replaced, and those that former restores have set aside, published last counts with
--published; one that cannot be read stops the restore. The data directory must hold the root (keys/root.cose) and the master key; a store that is there is set aside, not deleted.
Take a backup afterwards, and use none from before the restore again.

Examples:

    healthcode restore --published https://codes.example/.well-known/healthcode/bundle --published gate.ykb /backup/2026-03-02T08.ykbackup
    healthcode restore --apply --published gate.ykb --report again.jsonl /backup/2026-03-02T08.ykbackup`
}

// restoring is a restore on its way: the backup, opened beside the store that it will replace.
type restoring struct {
	c      *console
	dir    string
	master []byte
	root   []byte
	path   string // of the temporary store
	store  *bolt.Store
	plan   *issuer.RestorePlan
	newest string // where the newest bundle came from
	unread bool   // the store that is there cannot be read
}

// Run makes the plan, tells it, and with --apply carries it out.
func (r *restoreCommand) Run(ctx context.Context, c *console) (err error) {
	at := c.now()
	work, err := r.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, work.discard()) }()
	published, err := r.newest(ctx, work, at)
	if err != nil {
		return err
	}
	made, err := work.unseal(r.File)
	if err != nil {
		return err
	}
	config := issuer.Config{Root: work.root, Master: work.master, Rand: c.rand}
	if work.plan, err = issuer.PlanRestore(ctx, config, work.store, published, made, at); err != nil {
		return err
	}
	if r.Report != "" {
		if err := save(r.Report, work.plan.WriteAgain); err != nil {
			return err
		}
	}
	var p issuer.Publication
	if r.Apply {
		if p, err = work.apply(ctx, r.AcceptLost, at); err != nil {
			return err
		}
	}
	return r.tell(c, work, p)
}

// open reads what the data directory keeps beside the store.
func (r *restoreCommand) open(c *console) (*restoring, error) {
	master, err := r.masterKey()
	if err != nil {
		return nil, err
	}
	root, err := readPrivate(filepath.Join(r.Data, keysDir, rootFile), maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("the first root, which is no secret and which every gate has: put it at %s: %w", filepath.Join(r.Data, keysDir, rootFile), err)
	}
	return &restoring{c: c, dir: r.Data, master: master, root: root}, nil
}

// newest reads all the bundles, also those of the stores that are there, and takes the one that the others lead up to.
func (r *restoreCommand) newest(ctx context.Context, work *restoring, at time.Time) ([]byte, error) {
	candidates, err := r.former(ctx, work)
	if err != nil {
		return nil, err
	}
	for _, source := range r.Published {
		raw, err := readSource(ctx, work.c, source)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, issuer.Candidate{Source: source, Bundle: raw})
	}
	newest, err := issuer.Newest(work.root, candidates, at, func(c issuer.Candidate, why error) error {
		if c.Store {
			return r.without(work, c.Source, why)
		}
		return fmt.Errorf("%s: %w", c.Source, why)
	})
	if err != nil {
		return nil, badBundle("%w", err)
	}
	if newest.Bundle == nil {
		return nil, badBundle("no published bundle was found: give the newest that any gate has with --published")
	}
	work.newest = newest.Source
	return newest.Bundle, nil
}

func readSource(ctx context.Context, c *console, source string) ([]byte, error) {
	if strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://") {
		return fetch(ctx, c, source)
	}
	b, err := bundlefile.Load(source)
	if err != nil {
		return nil, badBundle("the published bundle cannot be read: %w", err)
	}
	return b, nil
}

// unseal opens the backup into a new store beside the one that it will replace.
func (w *restoring) unseal(path string) (made time.Time, err error) {
	w.path, made, err = unsealBackup(w.dir, path, w.master)
	if err != nil {
		return made, err
	}
	w.store, err = bolt.Open(w.path, bolt.Options{})
	return made, err
}

// apply carries out the plan and puts the store in its place.
func (w *restoring) apply(ctx context.Context, acceptLost bool, at time.Time) (issuer.Publication, error) {
	target := filepath.Join(w.dir, storeFile)
	if !w.unread { // a damaged one may still be open here
		if err := bolt.Free(target); err != nil {
			return issuer.Publication{}, fmt.Errorf("%w: end the service first", err)
		}
	}
	p, err := w.plan.Apply(ctx, acceptLost)
	if err != nil {
		return p, err
	}
	if err := w.store.Close(); err != nil {
		return p, err
	}
	w.store = nil
	aside, err := bolt.Replace(target, w.path, at)
	if aside != "" {
		w.c.notef("the store that was there is now %s\n", aside)
	}
	if err == nil {
		w.path = ""
	}
	return p, err
}

// discard removes what a dry run or a failure leaves.
func (w *restoring) discard() error {
	var err error
	if w.store != nil {
		err = w.store.Close()
	}
	if w.path != "" {
		err = errors.Join(err, os.Remove(w.path))
	}
	return err
}

// tell says what was done or would be.
func (r *restoreCommand) tell(c *console, work *restoring, p issuer.Publication) error {
	plan := work.plan
	if r.JSON {
		return c.json(map[string]any{
			"applied": r.Apply, "backup_of": plan.Since.UTC().Format(time.RFC3339), "backup_version": plan.BackupVersion,
			"published_version": plan.PublishedVersion, "published_source": work.newest, "version": p.Version, "doubtful": plan.Doubtful,
			"renewed": len(plan.Renewed), "recovered": plan.Recovered, "lost_lists": append([]string{}, plan.Lost...),
		})
	}
	c.printf("backup      of %s, publication %d\n", plan.Since.UTC().Format(time.RFC3339), plan.BackupVersion)
	c.printf("published   version %d is the newest, from %s; the store goes on after it\n", plan.PublishedVersion, work.newest)
	c.printf("doubtful    %d handles may have been given since: codes under them are revoked\n", plan.Doubtful)
	c.printf("renewed     %d holdings had been ended since; they get fresh handles, and what ended them must be recorded again\n", len(plan.Renewed))
	c.printf("recovered   %d other published revocations\n", plan.Recovered)
	for _, list := range plan.Lost {
		c.printf("LOST        the key of the %s: codes in it cannot be revoked one by one; compromise the keys that signed them, or let them end\n", list)
	}
	if !r.Apply {
		c.printf("\nNothing was changed. To do it: --apply\n")
		return nil
	}
	c.printf("\nDone: publication %d. Start the service, make a backup at once, and use no backup from before this again.\n", p.Version)
	return nil
}
