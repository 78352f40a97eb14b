package dcc

import (
	"errors"
	"strings"
	"time"

	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// Name is the format's name in the registry of partners.
const Name = "HC1"

// Format verifies HC1 codes by the partners of our key list. The zero value masks names.
type Format struct {
	FullName bool // this gate's policy asks for the full name; whoever shows it must not store it
}

var _ verifier.Format = Format{}

// Detect says whether the text is of this kind, from its first bytes.
func (Format) Detect(text string) bool { return strings.HasPrefix(text, Prefix) }

var reasons = map[Step]verifier.Reason{
	StepPrefix: verifier.ReasonOtherFormat, StepLength: verifier.ReasonTooLong, StepBase45: verifier.ReasonBase45, StepInflate: verifier.ReasonEnvelope,
	StepEnvelope: verifier.ReasonEnvelope, StepAlgorithm: verifier.ReasonAlgorithm, StepClaims: verifier.ReasonClaims,
}

// Verify gives the verdict on the text of a symbol.
func (f Format) Verify(text string, b *trust.Bundle, at time.Time) verifier.Result {
	c, err := Read(text)
	if err != nil {
		var e *Error
		errors.As(err, &e)
		return verifier.RefuseForeign(reasons[e.Step])
	}
	if c.Expires == 0 || c.Issued == 0 {
		return verifier.RefuseForeign(verifier.ReasonClaims)
	}
	p, region := c.partner(b.KeyList())
	if p == nil {
		return verifier.RefuseForeign(verifier.ReasonRegionUnknown)
	}
	proof := c.Proof()
	if reason := verifier.CheckForeignKey(p, c.Message.KeyID, proof, c.Issued, at, c.Verify); reason != "" {
		return verifier.RefuseForeign(reason)
	}
	name, somebody := verifier.ForeignName(c.Name(), f.FullName)
	if proof == 0 || !somebody { // none or several: nobody could say what was proved; and what is nobody's cannot be compared with a document
		return verifier.RefuseForeign(verifier.ReasonClaims)
	}
	found, expires := c.finding(), c.Expires+1
	if found.until != 0 {
		expires = min(expires, found.until)
	}
	// It is still good in the second of exp: unlike RFC 8392 §3.1.4 the specification (§3.3.5) and its reference data refuse only after it.
	return verifier.JudgeForeign(p, verifier.Foreign{
		Region: region, Finding: found.Finding, Proves: c.Proves(), Name: name, Issued: c.Issued, From: found.from, Expires: expires, Tested: found.tested,
	}, at)
}

// partner finds who may speak for the issuer. Some countries write the name of an authority there, or nothing; then the country of the entry
// counts. Whichever it is, only the keys of that partner can have signed it.
func (c *Certificate) partner(l *trust.KeyList) (*trust.Partner, string) {
	for _, region := range []string{c.Issuer, c.Country()} {
		if p := l.FindPartner(Name, region); p != nil { // no entry names an issuer of no letters
			return p, region
		}
	}
	return nil, ""
}
