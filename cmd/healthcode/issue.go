package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/wallet/holder"
)

type issueCommand struct {
	dataFlags
	Document  string `xor:"who" required:"" placeholder:"TYPE:NUMBER" help:"A document of the person."`
	All       bool   `xor:"who" required:"" help:"A code for everybody, one a line."`
	Kind      string `default:"paper" enum:"paper,phone" help:"paper: a print, which ends the person's former one; phone: a presentation from a phone of the person, registered here if there is none."`
	Challenge string `placeholder:"HEX" help:"The gate's challenge that a presentation answers."`
	Reveal    bool   `help:"With --challenge: let the gate compare the document, as the holder consents on the phone."`
	Out       string `default:"-" placeholder:"FILE" help:"Where the codes go; - is standard output."`
	JSON      bool   `help:"Write one JSON object a line, with the person's identifier."`
}

// Help gives the examples.
func (*issueCommand) Help() string {
	return `A presentation is good for a minute: verify it at once, or with --at.

Examples:

    healthcode issue --document resident-id:990703193810016224 --out elder.txt
    healthcode issue --document resident-id:990106197912081179 --kind phone | healthcode verify --bundle bundle.ykb --demo -
    healthcode issue --all --out codes.txt`
}

// printWorkers is how many prints wait for the store together: it writes those of one moment in one transaction.
const printWorkers = 128

// Run issues for one person, or for everybody.
func (i *issueCommand) Run(ctx context.Context, c *console) (err error) {
	challenge, err := parseChallenge(i.Challenge)
	if err != nil {
		return err
	}
	if challenge != nil && i.Kind != "phone" {
		return usage("--challenge is for --kind phone: paper answers nothing")
	}
	if i.Reveal && challenge == nil {
		return usage("--reveal shows a document only to a gate that asks with --challenge")
	}
	o, err := openOffice(ctx, c, i.dataFlags, c.now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	out, done, err := c.create(i.Out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	office := &issuing{office: o, c: c, phone: i.Kind == "phone", json: i.JSON, challenge: challenge, reveal: i.Reveal}
	if !i.All {
		person, err := o.person(ctx, i.Document)
		if err != nil {
			return err
		}
		b, err := office.issue(ctx, person.ID)
		if err != nil {
			return err
		}
		_, err = out.Write(b)
		return err
	}
	bar := newProgress(c, "codes", 0)
	defer bar.end()
	count := 0
	everybody := office.everybody(ctx)
	next := func() (health.PersonID, error) {
		id, err := everybody()
		if err == nil {
			count++
			bar.set(count)
		}
		return id, err
	}
	if err := inOrder(ctx, printWorkers, next, office.issue, out); err != nil {
		return err
	}
	if i.Out != "-" {
		bar.end()
		c.notef("%d codes in %s\n", count, i.Out)
	}
	return nil
}

// parseChallenge reads --challenge; nil without one.
func parseChallenge(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	challenge, err := hex.DecodeString(text)
	if err == nil {
		err = credential.CheckChallenge(challenge)
	}
	if err != nil {
		return nil, usage("--challenge must be 32 to 64 hexadecimal digits: %w", err)
	}
	return challenge, nil
}

// create opens a file of a person's codes for writing, or gives standard output.
func (c *console) create(path string) (io.Writer, func() error, error) {
	if path == "-" {
		return c.out, func() error { return nil }, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}

// issuing makes lines of codes. It is safe for concurrent use.
type issuing struct {
	office    *office
	c         *console
	phone     bool
	json      bool
	challenge []byte
	reveal    bool
	publish   sync.Mutex // one publishes for all that wait
}

// everybody gives one identifier after the other, io.EOF at the end. It is for one goroutine at a time.
func (i *issuing) everybody(ctx context.Context) func() (health.PersonID, error) {
	var ids []health.PersonID
	var last health.PersonID
	return func() (health.PersonID, error) {
		if len(ids) == 0 {
			var err error
			if ids, err = i.office.store.PeopleAfter(ctx, last, 1000); err != nil {
				return last, err
			}
			if len(ids) == 0 {
				return last, io.EOF
			}
		}
		last, ids = ids[0], ids[1:]
		return last, nil
	}
}

// issue gives the line for one person.
func (i *issuing) issue(ctx context.Context, id health.PersonID) ([]byte, error) {
	var text, kind string
	at := i.c.now()
	once := func() (err error) {
		if i.phone {
			kind = "phone"
			text, err = i.present(ctx, id, at)
			return err
		}
		code, err := i.office.wallet.NewPrint(ctx, id, id, at)
		kind, text = "paper", credential.Text(code)
		return err
	}
	err := once()
	if errors.Is(err, issuer.ErrCeiling) {
		i.publish.Lock() // of all that meet the ceiling the first publishes, and the others only try again
		err = i.office.publishing(ctx, i.c.now(), once)
		i.publish.Unlock()
	}
	if err != nil {
		return nil, err
	}
	if !i.json {
		return []byte(text + "\n"), nil
	}
	b, err := json.Marshal(map[string]any{"person": id, "kind": kind, "code": text, "at": at.UTC().Format(time.RFC3339)})
	return append(b, '\n'), err
}

// present fetches the person's own code to a phone and shows it there.
func (i *issuing) present(ctx context.Context, id health.PersonID, at time.Time) (string, error) {
	phone, err := knownPhone(ctx, i.office, id, i.c.rand, at)
	if err != nil {
		return "", fmt.Errorf("register a phone: %w", err)
	}
	if err := phone.refresh(ctx, i.reveal, at); err != nil {
		return "", err
	}
	return phone.file.Present(holder.Show{People: []health.PersonID{id}, Challenge: i.challenge, Document: i.reveal}, at)
}
