package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"healthcode.example/office/datadir"
	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
)

type bundleUpdateCommand struct {
	Bundle given `required:"" placeholder:"FILE" help:"The gate's own bundle, which is renewed, or begun where there is none."`
	believeFlags
	At     given  `placeholder:"RFC3339" help:"The gate's time; without it, now."`
	JSON   bool   `help:"Write one JSON object."`
	Source string `arg:"" help:"The newer bundle: a file, an http or https address, or - for standard input."`
}

// Help gives the examples.
func (*bundleUpdateCommand) Help() string {
	return `The file is replaced whole or not at all, and never by an older version, an expired one or one of another root.
Exit code: 0 the newest is in place; 2 it is in place, but a gate can say nothing with it, because it has expired or this machine's clock is behind it;
1 the new one may not replace what is there, 64 wrong usage, 65 a bundle that cannot be read or believed.

Examples:

    healthcode bundle update --bundle gate.ykb --root 5f2c…90 /media/usb/bundle.ykb
    healthcode bundle update --bundle gate.ykb --root root.cose https://codes.example/.well-known/healthcode/bundle`
}

// fetchTimeout is the longest that a download may take: a bundle is some megabytes, the network of a gate may be slow.
const fetchTimeout = 2 * time.Minute

// Run renews the file.
func (u *bundleUpdateCommand) Run(ctx context.Context, c *console) error {
	at, err := c.at(string(u.At))
	if err != nil {
		return err
	}
	if err := datadir.CheckOutput(string(u.Bundle)); err != nil {
		return err
	}
	got, err := readBundle(ctx, c, u.Source)
	if err != nil {
		return err
	}
	pinned, err := u.pin(got)
	if err != nil {
		return err
	}
	now, changed, err := bundlefile.Update(string(u.Bundle), pinned, got, at)
	if err != nil {
		return stays(string(u.Bundle), err)
	}
	if u.JSON {
		err = c.json(map[string]any{"version": now.Version(), "issued": utc(now.Snapshot().IssuedAt), "changed": changed, "expired": now.Expired(at),
			"clock_behind_s": seconds(now.Behind(at))})
	} else {
		u.tell(c, now, changed, at)
	}
	if err == nil && (now.Expired(at) != "" || now.Behind(at) > 0) {
		return &exitError{code: exitCannotSay}
	}
	return err
}

func (u *bundleUpdateCommand) tell(c *console, now *trust.Bundle, changed bool, at time.Time) {
	word := "is the newest already"
	if changed {
		word = "is now"
	}
	c.printf("%s %s version %d, %s\n", u.Bundle, word, now.Version(), published(now, at))
	if part := now.Expired(at); part != "" {
		c.printf("its %s has expired: a gate with it can say nothing; look for a newer one\n", part)
	}
	if trouble := clockBehind(now, at); trouble != "" {
		c.printf("%s; until then a gate here can say nothing\n", trouble)
	}
}

// stays is the error of an update that was refused: what was there before is in force.
func stays(path string, err error) error {
	switch {
	case errors.Is(err, trust.ErrRollback) || errors.Is(err, trust.ErrExpired) || errors.Is(err, trust.ErrMixed):
		return fmt.Errorf("%s stays as it was: %w", path, err)
	case errors.Is(err, trust.ErrFormat) || errors.Is(err, trust.ErrSignature) || errors.Is(err, trust.ErrRegion):
		return badBundle("%s stays as it was: %w", path, err)
	}
	return err
}

// readBundle reads a bundle from a file, an address or standard input.
func readBundle(ctx context.Context, c *console, source string) ([]byte, error) {
	switch {
	case source == "-":
		return bundlefile.Read(c.in)
	case strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://"):
		return fetch(ctx, c, source)
	}
	b, err := bundlefile.Load(source)
	if err != nil {
		return nil, badBundle("the bundle cannot be read: %w", err)
	}
	return b, nil
}

// fetch downloads a bundle. Its signatures make the way it came by unimportant, so http will do.
func fetch(ctx context.Context, c *console, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, usage("the address of the bundle: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch the bundle: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // read to its end or given up
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the bundle from %s: the server answers %s", address, response.Status)
	}
	bar := newProgress(c, "bytes", int(response.ContentLength))
	defer bar.end()
	b, err := bundlefile.Read(io.TeeReader(response.Body, bar))
	if err != nil {
		return nil, fmt.Errorf("fetch the bundle from %s: %w", address, err)
	}
	return b, nil
}
