package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/office/datadir"
	"healthcode.example/office/files"
)

// passphraseFlags say where the passphrase of a key file comes from.
type passphraseFlags struct {
	PassphraseFile string `placeholder:"FILE" help:"The file whose first line is the passphrase; without it the terminal is asked."`
}

// passphrase reads it. For a new key it is asked twice.
func (f *passphraseFlags) passphrase(c *console, twice bool) ([]byte, error) {
	if f.PassphraseFile != "" {
		b, err := datadir.ReadPrivate(f.PassphraseFile, datadir.MaxKeyFile)
		if err != nil {
			return nil, fmt.Errorf("the passphrase: %w", err)
		}
		line, _ := bufio.NewReader(bytes.NewReader(b)).ReadString('\n') // a last line without an end is a line
		return []byte(strings.TrimRight(line, "\r\n")), nil
	}
	first, err := ask(c, "Passphrase (not shown): ")
	if err != nil || !twice {
		return first, err
	}
	second, err := ask(c, "The same again: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, errors.New("the two passphrases differ: nothing was made")
	}
	return first, nil
}

func ask(c *console, question string) ([]byte, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, usage("there is no terminal to ask for the passphrase: give --passphrase-file")
	}
	c.notef("%s", question)
	answer, err := term.ReadPassword(int(os.Stdin.Fd()))
	c.notef("\n")
	if err != nil {
		return nil, fmt.Errorf("read the passphrase: %w", err)
	}
	return answer, nil
}

// confirmed asks for the word yes, unless the flag has said it.
func confirmed(c *console, yes bool, question string) error {
	if yes {
		return nil
	}
	c.notef("%s Type yes to go on: ", question)
	answer, _ := bufio.NewReader(c.in).ReadString('\n') // no answer is not yes
	if strings.TrimSpace(answer) != "yes" {
		return usage("nothing was changed: the answer was not yes (in a script, give --yes)")
	}
	return nil
}

type signerNewCommand struct {
	passphraseFlags
	Out    string `required:"" placeholder:"FILE" help:"Where the key goes, locked by the passphrase; never over a file that is there."`
	Public string `required:"" placeholder:"FILE" help:"Where its public half goes, for whoever proposes the root."`
}

// Help gives the examples.
func (*signerNewCommand) Help() string {
	return `Each person makes their own on their own machine without a network, and hands out the public half only.

Examples:

    healthcode signer new --out me.key --public me.pub`
}

// Run makes the key.
func (s *signerNewCommand) Run(c *console) error {
	passphrase, err := s.passphrase(c, true)
	if err != nil {
		return err
	}
	key, err := cose.Generate(cose.Ed25519, c.rand)
	if err != nil {
		return err
	}
	locked, err := ceremony.LockKey(key, nil, passphrase, c.rand)
	if err != nil {
		return err
	}
	if err := writeKeyFiles(locked, s.Out, s.Public); err != nil {
		return err
	}
	c.printf("%s: the key %s, locked\n%s: its public half\nthumbprint %s\n", s.Out, locked.Key.ID(), s.Public, ceremony.Spaced(fmt.Sprintf("%x", locked.Key.Thumbprint())))
	return nil
}

// writeKeyFiles writes the locked file and, where it is wanted, the public one.
func writeKeyFiles(f *ceremony.KeyFile, private, public string) error {
	b, err := f.Bytes()
	if err != nil {
		return err
	}
	if err := datadir.WritePrivate(private, b); err != nil {
		return err
	}
	if public == "" {
		return nil
	}
	if b, err = f.Public().Bytes(); err != nil {
		return err
	}
	return files.Disk{}.Save(public, b)
}

// readKeyFile reads the file of a key, locked or public.
func readKeyFile(path string) (*ceremony.KeyFile, error) {
	b, err := readPublic(path, datadir.MaxKeyFile)
	if err != nil {
		return nil, err
	}
	f, err := ceremony.ParseKeyFile(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// readPublicHalf reads a public half. The holder's own file is refused: it would have left its safe, and travel on.
func readPublicHalf(path string) (*ceremony.KeyFile, error) {
	f, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	if f.Locked() {
		return nil, usage("%s holds the private half of %s, which stays with its holder: give the public half (the file of --public)", path, f.Key.ID())
	}
	return f, nil
}

// readKeyFiles reads the public halves of several.
func readKeyFiles(paths []string) ([]*cose.PublicKey, error) {
	var keys []*cose.PublicKey
	for _, path := range paths {
		f, err := readPublicHalf(path)
		if err != nil {
			return nil, err
		}
		keys = append(keys, f.Key)
	}
	return keys, nil
}
