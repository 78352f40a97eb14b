package main

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"healthcode.example/gate/belief"
	"healthcode.example/trust"
)

// believeFlags say whom to believe: a root that the operator has by other means, or in a demonstration whatever is marked DEMO.
type believeFlags struct {
	Root given `placeholder:"FILE|FINGERPRINT" help:"The root to believe: its file, or its fingerprint of 64 hexadecimal digits."`
	Demo bool  `help:"Stand in for --root: believe a bundle whose root is marked DEMO, and no other."`
}

// maxRoot bounds a file of a root: the format's own limit is far below.
const maxRoot = 1 << 20

// pin makes the first trust for the bundle raw.
func (f *believeFlags) pin(raw []byte) (*trust.Bundle, error) {
	last, root, err := trust.LastRoot(raw)
	switch {
	case err != nil:
		return nil, badBundle("the bundle cannot be read: %w", err)
	case f.Demo && f.Root != "":
		return nil, usage("--demo stands in for --root: give one of them")
	case f.Demo && !root.Demo:
		return nil, badBundle("--demo believes only a bundle whose root is marked DEMO, and this one is not: give the root of %s with --root", root.Region)
	case root.Demo && !f.Demo:
		return nil, badBundle("the root of this bundle is marked DEMO: anybody may hold its keys, so it vouches for nobody; to try it out, give --demo in the place of --root")
	case f.Demo:
		return pin(last)
	case f.Root == "":
		return nil, usage("say whom to believe: --root FILE, or --root FINGERPRINT as the authority published it")
	}
	if _, ok := trust.NormalFingerprint(string(f.Root)); ok {
		found, err := trust.FindRoot(raw, string(f.Root))
		if err != nil {
			return nil, badBundle("%w", err)
		}
		return pin(found)
	}
	return pinFile(string(f.Root))
}

func pin(root []byte) (*trust.Bundle, error) {
	b, err := trust.Pin(root)
	if err != nil {
		return nil, badBundle("the root cannot be believed: %w", err)
	}
	return b, nil
}

func pinFile(path string) (*trust.Bundle, error) {
	info, err := os.Stat(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usage("--root %s is neither a file nor a fingerprint of 64 hexadecimal digits", path)
		}
		return nil, badBundle("the root cannot be read: %w", err)
	}
	if info.Size() > maxRoot {
		return nil, badBundle("the root %s is larger than %d bytes, so it is none", path, maxRoot)
	}
	root, err := os.ReadFile(path)
	if err != nil {
		return nil, badBundle("the root cannot be read: %w", err)
	}
	return pin(root)
}

// believe gives the trust that the bundle in a file amounts to. An expired one is believed too: the verifier then says why it cannot say.
func (f *believeFlags) believe(path string, at time.Time) (*trust.Bundle, error) {
	return belief.Read(nil, path, f.pin, at)
}
