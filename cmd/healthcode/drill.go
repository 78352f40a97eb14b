package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"healthcode.example/office/backups"
	"healthcode.example/office/datadir"
	"healthcode.example/office/desk"
	"healthcode.example/store/bolt"
	"healthcode.example/wallet/drill"
)

type drillCommand struct {
	From      string        `placeholder:"FILE" help:"A backup: play on the people in it. Needs the master key."`
	Data      string        `placeholder:"DIR" help:"A data directory: play on a copy of its store, which is made as a backup is, also while the service runs."`
	MasterKey string        `placeholder:"FILE" help:"The file of the master key; without it $$HEALTHCODE_MASTER_KEY, or master.key in the data directory."`
	People    int           `default:"1000000" help:"How many people are invented where no copy is named, each with a phone."`
	Sample    time.Duration `default:"30s" help:"For how long re-issuing is measured; 0 serves everybody."`
	Dir       string        `placeholder:"DIR" help:"Where the province is made, and removed afterwards; without it the directory for temporary files."`
	JSON      bool          `help:"Write one JSON object."`
}

// Help gives the examples.
func (*drillCommand) Help() string {
	return `Plays the day on which the key of all phone codes was stolen, with real ceremonies and a real store, on invented people or on a copy of a
region. Nothing of the region is changed. A copy has its people, phones and holdings, but root, key list and issuer keys that are made
for the drill: nobody has the real ones in one place. What is measured is the machine's time; the hours that people need to meet come on top.

Examples:

    healthcode drill
    healthcode drill --people 20000 --sample 0 --json
    healthcode drill --data ./data
    healthcode drill --from /backup/2026-03-02T08.ykbackup --master-key /secure/master.key --dir /fast`
}

// Run plays the drill and tells what it found.
func (d *drillCommand) Run(ctx context.Context, c *console) (err error) {
	switch {
	case d.People < 1 || d.People > 50_000_000:
		return usage("--people must be between 1 and 50 million")
	case d.Sample < 0:
		return usage("--sample must not be negative")
	}
	dir, err := os.MkdirTemp(d.Dir, "healthcode-drill-") // of mode 0700
	if err != nil {
		return fmt.Errorf("make a place for the drill: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	config := drill.Config{Region: desk.DemoRegion, People: d.People, Sample: d.Sample, Rand: c.rand, Now: c.now}
	path := filepath.Join(dir, datadir.StoreFile)
	if d.From != "" || d.Data != "" {
		if path, config.Master, err = d.copy(ctx, c, dir); err != nil {
			return err
		}
	}
	store, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	config.Store = store
	config.Told = func(s drill.Step) { c.notef("%8.2f s  %s: %s\n", s.Seconds, s.What, s.Result) }
	config.Progress = bars(c)
	report, err := drill.Play(ctx, config)
	if err != nil {
		return fmt.Errorf("the drill failed: %w", err)
	}
	return d.tell(c, report)
}

// copy brings the people of a region into the directory, by way of a backup.
func (d *drillCommand) copy(ctx context.Context, c *console, dir string) (path string, master []byte, err error) {
	flags := dataFlags{Data: d.Data, MasterKey: d.MasterKey}
	if flags.Data == "" {
		flags.Data = "./data"
	}
	file := d.From
	if file == "" {
		file = filepath.Join(dir, "copy.ykbackup")
		if _, err := (&backupCommand{dataFlags: flags, File: file}).write(ctx, c); err != nil {
			return "", nil, err
		}
	}
	if master, err = flags.masterKey(); err != nil {
		return "", nil, err
	}
	path, _, err = backups.Unseal(dir, file, master)
	return path, master, err
}

// bars draws one bar after the other.
func bars(c *console) func(what string, done, of int) {
	var bar *progress
	return func(what string, done, of int) {
		if bar == nil || bar.what != what {
			if bar != nil {
				bar.end()
			}
			bar = newProgress(c, what, of)
		}
		bar.set(done)
		if done == of {
			bar.end()
		}
	}
}

// tell prints the report.
func (d *drillCommand) tell(c *console, report *drill.Report) error {
	if d.JSON {
		return c.json(report)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "STEP\tSECONDS\tRESULT\n")
	for n, s := range report.Steps {
		_, _ = fmt.Fprintf(w, "%d. %s\t%.2f\t%s\n", n+1, s.What, s.Seconds, s.Result)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	c.printf("\n%d people with %d phones could have new codes after %.1f minutes, at %.0f a second on this machine.\n", report.People, report.Phones, report.Minutes, report.Rate)
	if report.Copy {
		c.printf("Played on a copy: people, phones, colours and holdings are the region's, all keys were made for the drill. The region was not touched.\n")
	}
	return nil
}
