package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"healthcode.example/api"
	"healthcode.example/crypto/seal"
	"healthcode.example/office/datadir"
	"healthcode.example/office/files"
	"healthcode.example/wallet/holder"
)

// walletCommands are a holder's own: a wallet for the command line. Of them login, refresh and what changes the family need the service; list
// and present need no network.
type walletCommands struct {
	Login   walletLoginCommand   `cmd:"" help:"Log in at the service, and register this wallet as a device."`
	Refresh walletRefreshCommand `cmd:"" help:"Fetch fresh codes of the whole family."`
	List    walletListCommand    `cmd:"" help:"Tell whose codes the wallet holds. Needs no network."`
	Present walletPresentCommand `cmd:"" help:"Show a code to a gate. Needs no network."`
	Add     walletAddCommand     `cmd:"" help:"Take a child or another person into the family, with proof."`
	Remove  walletRemoveCommand  `cmd:"" help:"End the care for a member."`
	Paper   walletPaperCommand   `cmd:"" help:"Make a member's paper code and load it to be printed."`
	Devices walletDevices        `cmd:"" help:"Look at one's devices and end one that was lost."`
	History walletHistoryCommand `cmd:"" help:"Tell a member's colour with its reasons, and what happened to the record."`
	Export  walletExportCommand  `cmd:"" help:"Load everything that is kept about one member."`
	Erase   walletEraseCommand   `cmd:"" help:"Have one's own record erased for good; without --yes it only tells what would go."`
	Logout  walletLogoutCommand  `cmd:"" help:"End the log-in on every device."`
}

// Help is the whole in short.
func (*walletCommands) Help() string {
	return `A wallet is one person's, in one file that is sealed under a key beside it; both are for their owner's eyes only. Log in once, refresh while there is a
network, and present at gates without one. A code ends within a day.

WHO is a number of healthcode wallet list, a name, or self. A number means the same person in every command and is never given to another.

Examples:

    healthcode wallet login https://code.example
    healthcode wallet refresh
    healthcode wallet list
    healthcode wallet present --member self
    healthcode wallet refresh --wallet mothers.yk      # another person's wallet has another file`
}

// walletFlags name the wallet's own file.
type walletFlags struct {
	Wallet given `default:"wallet.yk" placeholder:"FILE" help:"The wallet's sealed file (default ${default})."`
	Key    given `placeholder:"FILE" help:"The key that opens it (default: the file's name with .key; HEALTHCODE_WALLET_KEY holds it instead)."`
}

// walletVariable may hold the wallet's key.
const walletVariable = "HEALTHCODE_WALLET_KEY"

const maxWallet = 4 << 20

func (f *walletFlags) keyFile() string {
	if f.Key != "" {
		return string(f.Key)
	}
	return string(f.Wallet) + ".key"
}

// readKey finds the key that opens the wallet's file.
func (f *walletFlags) readKey() (*seal.Key, error) {
	text := []byte(os.Getenv(walletVariable))
	where := "the environment variable " + walletVariable
	if len(text) == 0 || f.Key != "" {
		where = f.keyFile()
		var err error
		if text, err = datadir.ReadPrivate(where, datadir.MaxMaster); err != nil {
			return nil, fmt.Errorf("the key of the wallet: %w: nothing else opens it; name the key with --key FILE or in %s, or log in with another --wallet FILE", err, walletVariable)
		}
	}
	master, err := seal.ParseMaster(string(text))
	if err != nil {
		return nil, fmt.Errorf("the key of the wallet in %s: %w", where, err)
	}
	return seal.NewKey(master, "holder file")
}

// makeKey draws a key for a new wallet, unless one is there.
func (f *walletFlags) makeKey(rand io.Reader) error {
	if os.Getenv(walletVariable) != "" || datadir.Exists(f.keyFile()) {
		return nil
	}
	master := make([]byte, seal.MasterSize)
	if _, err := io.ReadFull(rand, master); err != nil {
		return fmt.Errorf("make a key for the wallet: %w", err)
	}
	return datadir.WritePrivate(f.keyFile(), []byte(hex.EncodeToString(master)+"\n"))
}

// open reads the wallet.
func (f *walletFlags) open() (*holder.File, error) {
	if info, err := os.Stat(string(f.Wallet)); err == nil && !info.Mode().IsRegular() {
		return nil, usage("--wallet %s is no file: name the wallet's file", f.Wallet)
	}
	box, err := datadir.ReadPrivate(string(f.Wallet), maxWallet)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no wallet at %s: make one with healthcode wallet login, or name it with --wallet", f.Wallet)
	}
	if err != nil {
		return nil, fmt.Errorf("the wallet: %w", err)
	}
	key, err := f.readKey()
	if err != nil {
		return nil, err
	}
	file, err := holder.Open(box, key)
	switch {
	case errors.Is(err, holder.ErrVersion):
		return nil, fmt.Errorf("the wallet in %s: %w", f.Wallet, err)
	case err != nil: // what exactly is of no use to whoever has the file
		return nil, fmt.Errorf("the wallet in %s does not open: its key is another one (%s), or the file is damaged; bring back the one or the other, or log in with another --wallet FILE", f.Wallet, f.keyFile())
	}
	return file, nil
}

// change reads the wallet, changes it and saves it, while no other process does. When do fails nothing is saved.
func (f *walletFlags) change(ctx context.Context, c *console, do func(*holder.File) error) error {
	return f.changeFrom(ctx, c, f.open, do)
}

// begin is change, on a wallet that may not be there yet.
func (f *walletFlags) begin(ctx context.Context, c *console, do func(*holder.File) error) error {
	return f.changeFrom(ctx, c, func() (*holder.File, error) {
		if datadir.Exists(string(f.Wallet)) {
			return f.open()
		}
		return holder.New(), f.makeKey(c.rand)
	}, do)
}

func (f *walletFlags) changeFrom(ctx context.Context, c *console, open func() (*holder.File, error), do func(*holder.File) error) (err error) {
	real, err := filepath.EvalSymlinks(string(f.Wallet))
	if err != nil {
		real = string(f.Wallet) // there is none yet
	}
	unlock, err := lockFile(ctx, real+".lock", func() { c.notef("healthcode: another process is at work on %s: waiting for it\n", f.Wallet) })
	if err != nil {
		return fmt.Errorf("the wallet: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	file, err := open()
	if err != nil {
		return err
	}
	if err := do(file); err != nil {
		return err
	}
	return f.save(file, c.rand)
}

// save puts the wallet in the place of what was there, whole or not at all. Only one process at a time may do it.
func (f *walletFlags) save(file *holder.File, rand io.Reader) error {
	key, err := f.readKey()
	if err != nil {
		return err
	}
	box, err := file.Seal(rand, key)
	if err != nil {
		return err
	}
	dropLeftovers(string(f.Wallet))
	err = files.Write(string(f.Wallet), func(w io.Writer) error {
		_, err := w.Write(box)
		return err
	})
	if err != nil {
		return fmt.Errorf("save the wallet: %w: what was in %s before is still there", err, f.Wallet)
	}
	return nil
}

// dropLeftovers removes what a process that was killed has left of a file that it was about to put in the place of path.
func dropLeftovers(path string) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	entries, _ := os.ReadDir(filepath.Dir(path)) // what cannot be listed stays
	for _, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name(), "."+filepath.Base(path)+"."); ok && strings.HasSuffix(rest, ".tmp") {
			_ = os.Remove(filepath.Join(filepath.Dir(path), e.Name())) // it is in nobody's way
		}
	}
}

// connect opens the wallet and calls its service as whoever is logged in.
func (f *walletFlags) connect() (*holder.File, *api.Client, error) {
	file, err := f.open()
	if err != nil {
		return nil, nil, err
	}
	client, err := walletClient(file)
	return file, client, err
}

// walletClient calls the wallet's service as whoever is logged in.
func walletClient(file *holder.File) (*api.Client, error) {
	a := file.Account()
	if a.Service == "" || a.Session == "" {
		return nil, errors.New("nobody is logged in in this wallet: run healthcode wallet login")
	}
	if _, err := api.SafeAddress(a.Service); err != nil { // of a wallet that was made when this was not asked
		return nil, fmt.Errorf("the service's address in the wallet: %w: log in at the right one with another --wallet", err)
	}
	return &api.Client{Base: a.Service, Token: a.Session, HTTP: webClient(time.Minute)}, nil
}

// walletProblem adds what the person at the terminal can do.
func walletProblem(err error) error {
	if errors.Is(err, holder.ErrOtherPerson) {
		return fmt.Errorf("%w (or of a record of yours that was erased, or merged with another): take another file for this log-in, with --wallet OTHER", err)
	}
	var call *url.Error
	if errors.As(err, &call) { // with the address of the service alone, and not of what was asked
		return fmt.Errorf("the service does not answer: %w: try again with a network; what the wallet holds can be shown without one", call.Err)
	}
	p := api.ProblemOf(err)
	if p == nil {
		return err
	}
	switch p.Code {
	case api.CodeUnauthorized:
		return fmt.Errorf("%w: the log-in is over: run healthcode wallet login", err)
	case api.CodeDeviceEnded:
		return fmt.Errorf("%w: healthcode wallet login registers it", err)
	case api.CodeTooMany:
		return fmt.Errorf("%w: healthcode wallet devices and healthcode wallet list tell what there is", err)
	case api.CodeConsent:
		return fmt.Errorf("%w: give --consent", err)
	}
	return err
}
