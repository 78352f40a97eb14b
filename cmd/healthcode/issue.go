package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/queue"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
	"healthcode.example/wallet/phone"
)

type issueCommand struct {
	dataFlags
	Document  given  `xor:"who" required:"" placeholder:"TYPE:NUMBER" help:"A document of the person."`
	All       bool   `xor:"who" required:"" help:"A code for everybody, one a line."`
	Kind      string `default:"paper" enum:"paper,phone" help:"paper: a print, which ends the person's former one; phone: a presentation from a phone of the person, registered here if there is none."`
	Challenge given  `placeholder:"HEX" help:"The gate's challenge that a presentation answers."`
	Redraw    bool   `help:"Give the print that is in force, and make one only where there is none."`
	Reveal    bool   `help:"With --challenge: let the gate compare the document, as the holder consents on the phone."`
	Out       given  `default:"-" placeholder:"FILE" help:"Where the codes go; - is standard output."`
	JSON      bool   `help:"Write one JSON object a line, with the person's identifier."`
}

// Help gives the examples.
func (*issueCommand) Help() string {
	return `A presentation is good for a minute: verify it at once, or with --at.

Examples:

    healthcode issue --document resident-id:990703193810016224 --out elder.txt
    healthcode issue --document resident-id:990106197912081179 --kind phone | healthcode verify --bundle bundle.ykb --demo -
    healthcode issue --all --out codes.txt
    healthcode issue --all --redraw --out codes.txt     # after an interruption: prints in force are given again`
}

// printWorkers is how many prints wait for the store together: it writes those of one moment in one transaction.
const printWorkers = 128

// Run issues for one person, or for everybody.
func (i *issueCommand) Run(ctx context.Context, c *console) (err error) {
	challenge, err := parseChallenge(string(i.Challenge))
	if err != nil {
		return err
	}
	if challenge != nil && i.Kind != "phone" {
		return usage("--challenge is for --kind phone: paper answers nothing")
	}
	if i.Redraw && i.Kind != "paper" {
		return usage("--redraw is for --kind paper: a phone shows a new presentation each time")
	}
	if i.Reveal && challenge == nil {
		return usage("--reveal shows a document only to a gate that asks with --challenge")
	}
	o, err := openOffice(ctx, c, i.dataFlags, c.now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	out, err := c.beginCodes(string(i.Out)) // a new print ends the former: first be sure that it can be delivered
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.keep()) }() // also after an error: each code in it is good
	if err := o.prepareWallets(ctx, c, c.now()); err != nil {
		return err
	}
	office := &issuing{office: o, c: c, phone: i.Kind == "phone", json: i.JSON, challenge: challenge, reveal: i.Reveal, redraw: i.Redraw}
	if i.All {
		return office.all(ctx, string(i.Out), out)
	}
	return office.one(ctx, string(i.Document), out)
}

// one issues for the person of a document.
func (i *issuing) one(ctx context.Context, document string, out io.Writer) error {
	person, err := i.office.person(ctx, "--document", document)
	if err != nil {
		return err
	}
	b, err := i.issue(ctx, person.ID)
	if err != nil {
		return err
	}
	_, err = out.Write(b)
	return err
}

// maxRefused is how many people without a code are named.
const maxRefused = 20

// all issues for everybody. Who can have no code keeps nobody else from theirs, and an interruption waits for the codes that are being made.
func (i *issuing) all(ctx context.Context, name string, out *codesOutput) error {
	bar := newProgress(i.c, "codes", 0)
	defer bar.end()
	everybody := i.everybody(ctx)
	next := func() (health.PersonID, error) {
		id, err := everybody()
		if err == nil {
			bar.set(bar.done + 1)
		}
		return id, err
	}
	var refused atomic.Int64
	lines := make([]string, maxRefused)
	issueOne := func(ctx context.Context, id health.PersonID) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := i.issue(context.WithoutCancel(ctx), id) // once begun, a print is made and has to be delivered
		if err != nil && personal(err) && i.office.Store.Err() == nil {
			if n := refused.Add(1); n <= maxRefused {
				lines[n-1] = fmt.Sprintf("no code for %s: %v", id, err)
			}
			return nil, nil
		}
		return b, err
	}
	err := queue.Run(ctx, printWorkers, next, issueOne, out)
	err = errors.Join(err, out.keep())
	bar.end()
	if name != "-" || refused.Load() > 0 || err != nil {
		i.c.notef("%d codes in %s\n", out.lines, name)
	}
	if err != nil && !i.phone {
		i.c.notef("not everybody has one: \"issue --all --redraw\" goes on, and gives the prints in force as they are\n")
	}
	for _, line := range lines[:min(refused.Load(), maxRefused)] {
		i.c.notef("%s\n", line)
	}
	if n := refused.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d people have no code", n))
	}
	return err
}

// personal says that an error concerns one person, and not the office.
func personal(err error) bool {
	for _, general := range []error{issuer.ErrNoKey, issuer.ErrNoList, issuer.ErrNotReady, issuer.ErrCeiling, issuer.ErrBackwards, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, general) {
			return false
		}
	}
	return true
}

// parseChallenge reads --challenge, as a gate prints it or as its symbol holds it; nil without one.
func parseChallenge(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	if strings.HasPrefix(text, credential.ChallengePrefix) {
		challenge, err := credential.ParseChallenge(text)
		if err != nil {
			return nil, usage("--challenge: %w", err)
		}
		return challenge, nil
	}
	challenge, err := hex.DecodeString(text)
	if err == nil {
		err = credential.CheckChallenge(challenge)
	}
	if err != nil {
		return nil, usage("--challenge must be 32 to 64 hexadecimal digits, or the YKC1: text of a gate's symbol: %w", err)
	}
	return challenge, nil
}

// issuing makes lines of codes. It is safe for concurrent use.
type issuing struct {
	office    *office
	c         *console
	phone     bool
	json      bool
	challenge []byte
	reveal    bool
	redraw    bool
	publish   sync.Mutex // one publishes for all that wait
}

// everybody gives one identifier after the other, io.EOF at the end. It is for one goroutine at a time.
func (i *issuing) everybody(ctx context.Context) func() (health.PersonID, error) {
	var ids []health.PersonID
	var last health.PersonID
	return func() (health.PersonID, error) {
		if len(ids) == 0 {
			var err error
			if ids, err = i.office.Store.PeopleAfter(ctx, last, 1000); err != nil {
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
		code, err := i.print(ctx, id, at)
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

// print makes a print, or gives the one in force where that is asked for.
func (i *issuing) print(ctx context.Context, id health.PersonID, at time.Time) ([]byte, error) {
	if i.redraw {
		code, err := i.office.wallet.Print(ctx, id, id, at)
		if err == nil || !errors.Is(err, wallet.ErrNoPrint) && !errors.Is(err, wallet.ErrEnded) {
			return code, err
		}
	}
	made, err := i.office.wallet.NewPaper(ctx, wallet.PaperRequest{Office: wallet.ByAuthority, Member: id, Unasked: true}, at)
	return made.Code, err
}

// present fetches the person's own code to a phone and shows it there.
func (i *issuing) present(ctx context.Context, id health.PersonID, at time.Time) (string, error) {
	device, err := phone.Known(ctx, i.office.wallet, id, i.c.rand, at)
	if err != nil {
		return "", fmt.Errorf("register a phone: %w", err)
	}
	if err := device.Refresh(ctx, i.reveal, at); err != nil {
		return "", err
	}
	return device.Present(holder.Show{People: []health.PersonID{id}, Challenge: i.challenge, Document: i.reveal}, at)
}
