package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

type bundleExportCommand struct {
	dataFlags
	Publish bool  `help:"Publish what has been revoked since, first."`
	Root    given `placeholder:"FILE" help:"Write the first root to a file too, for gates to pin."`
	partnerFiles
	JSON bool  `help:"Write one JSON object."`
	Out  given `required:"" placeholder:"FILE" help:"Where the bundle goes; - is standard output."`
}

// Help gives the examples.
func (*bundleExportCommand) Help() string {
	return `Examples:

    healthcode bundle export --publish --out bundle.ykb
    healthcode bundle export --out /media/usb/bundle.ykb --root root.cose
    healthcode bundle export --out bundle.ykb --signed-keys keys.jws --status-lists lists --status-uri https://codes.example/status/`
}

// Run writes the last publication.
func (e *bundleExportCommand) Run(ctx context.Context, c *console) (err error) {
	at := c.now()
	if e.StatusLists != "" { // before anything is published
		if err := c.files.Mkdir(string(e.StatusLists)); err != nil {
			return fmt.Errorf("--status-lists: %w", err)
		}
	}
	o, err := openOffice(ctx, c, e.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if e.Publish {
		if err := o.Prepare(ctx, at); err != nil {
			return err
		}
		if _, err := o.Issuer.PublishSnapshot(ctx, at); err != nil {
			return err
		}
	}
	b := o.Issuer.Bundle()
	raw, err := b.Bytes()
	if err != nil {
		return err
	}
	if e.Out != "-" {
		if err := c.files.Save(string(e.Out), raw); err != nil {
			return err
		}
	}
	if e.Root != "" {
		if err := c.files.Save(string(e.Root), o.Root); err != nil {
			return err
		}
	}
	signer, err := e.partnerFiles.write(c, o.Issuer, at)
	if err != nil {
		return err
	}
	if e.Out == "-" {
		_, err = c.out.Write(raw)
		return err
	}
	return e.tell(c, b, len(raw), signer, at)
}

// tell says what was written.
func (e *bundleExportCommand) tell(c *console, b *trust.Bundle, size int, signer string, at time.Time) error {
	if e.JSON {
		report := map[string]any{"version": b.Version(), "issued": utc(b.Snapshot().IssuedAt), "fingerprint": b.Fingerprint(), "bytes": size}
		if signer != "" {
			report["signer"] = signer
		}
		return c.json(report)
	}
	c.printf("%s: version %d, %s, %d bytes\nroot %s\n", e.Out, b.Version(), published(b, at), size, b.Fingerprint())
	if signer != "" {
		c.printf("what is signed for partners is signed by the key with the thumbprint (RFC 7638)\n    %s\n", ceremony.Spaced(signer))
	}
	if trouble := clockBehind(b, at); trouble != "" {
		c.notef("healthcode: %s\n", trouble)
	}
	return nil
}

// publishing does something that may need fresh handles; when they run out it publishes, which reserves more, and does it again.
func (o *office) publishing(ctx context.Context, at time.Time, do func() error) error {
	err := do()
	if !errors.Is(err, issuer.ErrCeiling) {
		return err
	}
	if _, err := o.Issuer.PublishSnapshot(ctx, at); err != nil {
		return fmt.Errorf("reserve handles: %w", err)
	}
	return do()
}
