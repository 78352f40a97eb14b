package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/office/backups"
	"healthcode.example/office/datadir"
	"healthcode.example/office/files"
	"healthcode.example/trust/bundlefile"
)

type restoreCommand struct {
	dataFlags
	passphraseFlags
	Published       []string `required:"" placeholder:"FILE|URL" help:"The newest bundle that was published: the service's own address, a gate's file, a partner's copy. Give all that you can get; the newest counts."`
	Abandoned       []string `placeholder:"FILE|URL" help:"After a fork: the newest bundle of a branch that is given up. What it has revoked stays so, and its handles and versions are not given again."`
	Apply           bool     `help:"Do it; without this, only say what would be done."`
	AcceptLost      bool     `help:"Go on although the backup lacks keys of status lists: codes in them cannot be revoked one by one any more."`
	WithoutOldStore bool     `help:"Go on although a store that is there cannot be read: what it has published after the newest --published is then forgotten."`
	Key             []string `placeholder:"FILE" help:"A signing key that a ceremony brought into the service after the backup, locked, made by healthcode keys new; once for each."`
	Proposal        []string `placeholder:"FILE" help:"A signed proposal of a key list or a root, or its copies: the restored store publishes under it. For a region whose published one has expired or lets only keys sign that nobody has any more."`
	Report          string   `placeholder:"FILE" help:"Write the holdings whose ending must be recorded again, one JSON object a line."`
	JSON            bool     `help:"Write one JSON object."`
	File            string   `arg:"" placeholder:"FILE" help:"The backup."`
}

// Help gives the examples.
func (*restoreCommand) Help() string {
	return `Nothing whose revocation was published comes back, no handle is given a second time, and no version repeats: for that the newest published
bundle is needed. What the store that is to be replaced, and those that former restores have set aside, published last counts with
--published; one that cannot be read stops the restore. The data directory must hold the root (keys/root.cose) and the master key; a store that is there is set aside, not deleted.
Signing keys that came into the service after the backup are taken from these stores too. Of any that is missing then the plan says so: give the
file that its custodian keeps with --key, also more than one; each has its passphrase asked, or all have that of --passphrase-file.
Without --apply everything is done but the last step, on a copy: where that says what to do with --apply, it can be done.
Take a backup afterwards, and use none from before the restore again.

Examples:

    healthcode restore --published https://codes.example/.well-known/healthcode/bundle --published gate.ykb /backup/2026-03-02T08.ykbackup
    healthcode restore --apply --published gate.ykb --report again.jsonl /backup/2026-03-02T08.ykbackup
    healthcode restore --apply --published gate.ykb --key snapshot-2.key --key phone-2.key /backup/2026-03-02T08.ykbackup`
}

// Run makes the plan, carries it out on a copy, tells it, and with --apply puts the copy in the place of the store.
func (r *restoreCommand) Run(ctx context.Context, c *console) (err error) {
	at := c.now()
	work, err := r.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, work.Discard()) }()
	if err := work.Alone(); err != nil {
		return err
	}
	if err := r.prepare(ctx, c, work, at); err != nil {
		return err
	}
	made, failed := work.CarryOut(ctx, r.AcceptLost || !r.Apply, at)
	if r.Report != "" && failed == nil {
		if err := files.Write(r.Report, work.Plan.WriteAgain); err != nil {
			return err
		}
	}
	if r.Apply && failed == nil {
		failed = work.Replace(at)
	}
	if r.Apply && failed != nil {
		return failed
	}
	return errors.Join(r.tell(c, work, made, failed), failed)
}

// prepare makes the plan from all that the operator has given and that lies there.
func (r *restoreCommand) prepare(ctx context.Context, c *console, work *backups.Restore, at time.Time) error {
	published, err := r.newest(ctx, c, work, at)
	if err != nil {
		return err
	}
	keys, err := r.unlockKeys(c)
	if err != nil {
		return err
	}
	abandoned, err := r.abandoned(ctx, c)
	if err != nil {
		return err
	}
	if err := work.Open(ctx, r.File, published, abandoned, at); errors.Is(err, issuer.ErrForked) {
		return badBundle("%w", err)
	} else if err != nil {
		return err
	}
	if err := r.propose(ctx, work); err != nil {
		return err
	}
	return work.Bring(ctx, keys)
}

// open reads what the data directory keeps beside the store.
func (r *restoreCommand) open(c *console) (*backups.Restore, error) {
	master, err := r.masterKey()
	if err != nil {
		return nil, err
	}
	root, err := datadir.ReadPrivate(filepath.Join(r.Data, datadir.KeysDir, datadir.RootFile), datadir.MaxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("the first root, which is no secret and which every gate has: put it at %s: %w", filepath.Join(r.Data, datadir.KeysDir, datadir.RootFile), err)
	}
	return &backups.Restore{
		Data: r.Data, Config: issuer.Config{Root: root, Master: master, Rand: c.rand}, Apply: r.Apply, Without: r.WithoutOldStore, Note: c.notef,
	}, nil
}

// newest reads all the bundles, also those of the stores that are there, and takes the one that the others lead up to.
func (r *restoreCommand) newest(ctx context.Context, c *console, work *backups.Restore, at time.Time) ([]byte, error) {
	candidates, err := work.Former(ctx)
	if err != nil {
		return nil, err
	}
	for _, source := range r.Published {
		raw, err := readSource(ctx, c, source)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, issuer.Candidate{Source: source, Bundle: raw})
	}
	newest, err := work.Newest(candidates, at)
	if err != nil {
		return nil, badBundle("%w", err)
	}
	if newest == nil {
		return nil, badBundle("no published bundle was found: give the newest that any gate has with --published")
	}
	return newest, nil
}

// abandoned reads the bundles of branches that are given up.
func (r *restoreCommand) abandoned(ctx context.Context, c *console) ([][]byte, error) {
	var all [][]byte
	for _, source := range r.Abandoned {
		raw, err := readSource(ctx, c, source)
		if err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	return all, nil
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
