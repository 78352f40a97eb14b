package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"healthcode.example/api"
	"healthcode.example/gate/picture"
	"healthcode.example/gate/verdict"
	"healthcode.example/office/datadir"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/wallet/demo"
	"healthcode.example/wallet/symbol"
)

type demoCommand struct {
	Out  given `required:"" placeholder:"DIR" help:"The directory for what is made, which must be new or empty."`
	JSON bool  `help:"Write one JSON object."`
}

// Help gives the examples.
func (*demoCommand) Help() string {
	return `The main job in one go, without a server: an authority with its keys, a guardian who logs in, claims a child by the register and shows
the household in one symbol, an elder's paper code, and a neighbour whom a positive test colours red. Nobody in it exists.

Examples:

    healthcode demo --out demo
    healthcode verify --bundle demo/bundle.ykb --demo --at "$(cat demo/at)" demo/child.png`
}

// shown is what one person of the demonstration shows, and the verdict on it.
type shown struct {
	demo.Code
	Verdict verifier.Result `json:"result"`
}

// Run makes the world, writes it, and verifies each code from what was written.
func (d *demoCommand) Run(ctx context.Context, c *console) error {
	if err := datadir.CheckOutput(string(d.Out)); err != nil {
		return err
	}
	if err := emptyDir(string(d.Out)); err != nil {
		return err
	}
	at := c.now().Truncate(time.Second)
	work, err := os.MkdirTemp("", "healthcode-demo-")
	if err != nil {
		return fmt.Errorf("make a place for the authority: %w", err)
	}
	all, bundle, err := playDemo(ctx, c, work, at)
	if err = errors.Join(err, os.RemoveAll(work)); err != nil { // the keys of the demonstration end with it
		return err
	}
	if err := d.write(all, bundle, at); err != nil {
		return err
	}
	if err := d.verify(all, at); err != nil {
		return err
	}
	if d.JSON {
		return c.json(map[string]any{"at": at.Format(time.RFC3339), "bundle": filepath.Join(string(d.Out), "bundle.ykb"), "codes": all})
	}
	return d.tell(c, all, at)
}

// emptyDir makes the directory, and refuses one that has something in it.
func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(dir); err == nil {
			return usage("--out %s: it is a link that leads nowhere: name a directory", dir)
		}
		return os.MkdirAll(dir, 0o755)
	case err != nil:
		return usage("--out: %w", err)
	case len(entries) > 0:
		return usage("--out %s: the directory is not empty, and nothing in it is overwritten: name another, or remove it", dir)
	}
	return nil
}

// playDemo founds an authority in the directory and lets the story happen at one time.
func playDemo(ctx context.Context, c *console, dir string, at time.Time) (all []*shown, bundle *trust.Bundle, err error) {
	o, err := foundOffice(ctx, c, dataFlags{Data: filepath.Join(dir, "data")}, at)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.prepareWallets(ctx, c, at); err != nil {
		return nil, nil, err
	}
	codes, err := demo.Play(ctx, o.wallet, c.rand, at)
	if err != nil {
		return nil, nil, err
	}
	if _, err := o.Issuer.PublishSnapshot(ctx, at); err != nil {
		return nil, nil, err
	}
	for _, code := range codes {
		all = append(all, &shown{Code: code})
	}
	return all, o.Issuer.Bundle(), nil
}

// write puts everything into the directory.
func (d *demoCommand) write(all []*shown, bundle *trust.Bundle, at time.Time) error {
	raw, err := bundle.Bytes()
	if err != nil {
		return err
	}
	keys, err := api.JWKSet(bundle, at)
	if err != nil {
		return err
	}
	files := map[string][]byte{"bundle.ykb": raw, "jwks.json": append(keys, '\n'), "at": []byte(at.Format(time.RFC3339) + "\n")}
	for _, s := range all {
		drawn, err := symbol.New(s.Text)
		if err != nil {
			return err
		}
		if files[s.Name+".png"], err = drawn.PNG(8); err != nil {
			return err
		}
		files[s.Name+".txt"] = []byte(s.Text + "\n")
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(string(d.Out), name), b, 0o644); err != nil { // nobody in it exists
			return err
		}
	}
	return nil
}

// verify is a gate that has nothing but the files: no store, no network. It reads the codes from the pictures.
func (d *demoCommand) verify(all []*shown, at time.Time) error {
	b, err := (&believeFlags{Demo: true}).believe(filepath.Join(string(d.Out), "bundle.ykb"), at)
	if err != nil {
		return err
	}
	gate := verifier.New(b, verifier.Policy{Demo: true})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, s := range all {
		drawn, err := os.ReadFile(filepath.Join(string(d.Out), s.Name+".png"))
		if err != nil {
			return err
		}
		text, err := picture.Read(ctx, drawn) // our own picture: on a busy machine it may take longer than a stranger's
		if err != nil {
			return fmt.Errorf("the code of %s is a %w", s.Name, err)
		}
		s.Verdict = gate.Verify(text, at, nil)
		if s.Verdict.Reason != s.Want {
			return fmt.Errorf("the code of %s is %s (%s), and %s was expected", s.Name, s.Verdict.Verdict, s.Verdict.Reason, s.Want)
		}
	}
	return nil
}

// tell prints the summary.
func (d *demoCommand) tell(c *console, all []*shown, at time.Time) error {
	c.printf("A demo province was founded, its keys were made, and every code below was verified from its picture, offline.\n\n")
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "WHO\tSHOWS\tVERDICT\tWHAT THE GATE LEARNS\n")
	for _, s := range all {
		word := verdict.Headline(s.Verdict)
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, s.About, word, verdict.Learned(s.Verdict))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	c.printf("\nThe guardian's phone shows this (it dies within a minute; the picture is from %s):\n\n", at.Format(time.RFC3339))
	drawn, err := symbol.New(all[0].Text)
	if err != nil {
		return err
	}
	if err := drawn.Draw(c.out, c.colour); err != nil {
		return err
	}
	c.printf("\nIn %s: a .txt and a .png of each, bundle.ykb (what a gate believes), jwks.json (the keys for a partner), at (the time).\n\n", d.Out)
	gate := fmt.Sprintf("%s verify --bundle %s --demo", c.program, filepath.Join(string(d.Out), "bundle.ykb"))
	c.printf("Try:\n  %s --at \"$(cat %s)\" %s\n", gate, filepath.Join(string(d.Out), "at"), filepath.Join(string(d.Out), "child.png"))
	c.printf("  %s %s     # later: no longer fresh\n", gate, filepath.Join(string(d.Out), "guardian.png"))
	c.printf("  %s %s        # paper holds longer\n", gate, filepath.Join(string(d.Out), "elder.png"))
	return nil
}
