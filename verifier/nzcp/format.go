package nzcp

import (
	"strings"
	"time"

	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// Name is the format's name in the registry of partners. Its issuers are DIDs.
const Name = "NZCP"

// Format verifies NZCP codes by the partners of our key list. The zero value masks names.
type Format struct {
	FullName bool // this gate's policy asks for the full name; whoever shows it must not store it
}

var _ verifier.Format = Format{}

// Detect says whether the text is of this kind, from its first bytes.
func (Format) Detect(text string) bool { return strings.HasPrefix(text, Prefix) }

// proves is all that the pass says: not whether it was a vaccination, a test or a recovery.
var proves = verifier.Line{Hans: "新西兰新冠通行证，不说明依据", Hant: "新西蘭新冠通行證，不說明依據", En: "New Zealand COVID pass, which does not say on what grounds"}

// Verify gives the verdict on the text of a symbol.
func (f Format) Verify(text string, b *trust.Bundle, at time.Time) verifier.Result {
	pass, err := Read(text)
	if err != nil {
		return verifier.RefuseForeignError(err)
	}
	p := b.KeyList().FindPartner(Name, pass.Issuer)
	if p == nil {
		return verifier.RefuseForeign(verifier.ReasonRegionUnknown)
	}
	if reason := verifier.CheckForeignKey(p, pass.Message.KeyID, 0, pass.NotBefore, at, pass.Verify); reason != "" {
		return verifier.RefuseForeign(reason)
	}
	name, somebody := verifier.ForeignName(pass.Name(), f.FullName)
	if !somebody {
		return verifier.RefuseForeign(verifier.ReasonClaims)
	}
	return verifier.JudgeForeign(p, verifier.Foreign{
		Region: pass.Issuer, Finding: verifier.Healthy, Proves: proves, Name: name, Issued: pass.NotBefore, Expires: pass.Expires,
	}, at)
}
