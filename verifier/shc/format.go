package shc

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// Name is the format's name in the registry of partners. Its issuers are URLs.
const Name = "SHC"

// Format verifies SHC codes by the partners of our key list. The zero value masks names.
type Format struct {
	FullName bool // this gate's policy asks for the full name; whoever shows it must not store it
}

var _ verifier.Format = Format{}

// Detect says whether the text is of this kind, from its first bytes.
func (Format) Detect(text string) bool { return strings.HasPrefix(text, Prefix) }

// Verify gives the verdict on the text of a symbol, or on the texts of all symbols of a card with white space between them. One part alone is
// refused by name.
func (f Format) Verify(text string, b *trust.Bundle, at time.Time) verifier.Result {
	if len(text) > MaxText {
		return verifier.RefuseForeign(verifier.ReasonTooLong)
	}
	texts := strings.Fields(text)
	if len(texts) > maxParts {
		return verifier.RefuseForeign(verifier.ReasonEnvelope)
	}
	if len(texts) == 1 {
		if p, err := ReadPart(text); err == nil && p.Of > 1 {
			return verifier.SeenForeign(fmt.Sprintf("part %d of %d of a SMART Health Card", p.Number, p.Of))
		}
	}
	c, err := openTexts(texts)
	var missing *PartsError
	if errors.As(err, &missing) {
		return verifier.SeenForeign(fmt.Sprintf("%v of a SMART Health Card", missing))
	}
	if err != nil {
		return verifier.RefuseForeignError(err)
	}
	p := b.KeyList().FindPartner(Name, c.Issuer)
	if p == nil {
		return verifier.RefuseForeign(verifier.ReasonRegionUnknown)
	}
	keys, reason := verifier.ForeignKeys(p, []byte(c.KeyID), c.Verify)
	if reason != "" {
		return verifier.RefuseForeign(reason)
	}
	if err := c.readClaims(); err != nil { // only what a partner signed is looked into
		return verifier.RefuseForeignError(err)
	}
	if reason := verifier.CheckForeignSigners(keys, c.Proof(), c.Issued, at); reason != "" {
		return verifier.RefuseForeign(reason)
	}
	records := c.records()
	name, somebody := verifier.ForeignName(c.Name(at), f.FullName)
	if len(records) == 0 || !somebody || !c.ofOne() { // nothing is proved, or of nobody who could be compared with a document, or of somebody else
		return verifier.RefuseForeign(verifier.ReasonClaims)
	}
	found := together(records)
	return verifier.JudgeForeign(p, verifier.Foreign{
		Region: c.Issuer, Finding: found.Finding, Proves: c.Proves(), Name: name, Issued: c.Issued, From: max(found.from, c.from), Expires: c.Expires, Tested: found.tested,
	}, at)
}

func openTexts(texts []string) (*Card, error) {
	compact, err := Join(texts...)
	if err != nil {
		return nil, err
	}
	return open(compact)
}
