package claim169

import (
	"errors"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// Name is the format's name in the registry of partners.
const Name = "C169"

// Format verifies Claim 169 codes by the partners of our key list. The zero value masks names.
type Format struct {
	FullName bool // this gate's policy asks for the full name; whoever shows it must not store it
}

var _ verifier.Format = Format{}

// Detect says whether the text begins as base45 of a zlib stream does. Register the format last.
func (Format) Detect(text string) bool {
	if len(text) < 3 {
		return false
	}
	head, err := base45.Decode(text[:3])
	return err == nil && head[0] == zlibMethod && (uint(head[0])<<8|uint(head[1]))%31 == 0 // the check of RFC 1950 §2.2
}

// proves is all that an identity says at a gate.
var proves = verifier.Line{Hans: "身份，与健康无关", Hant: "身份，與健康無關", En: "identity, nothing about health"}

// Verify gives the verdict on the text of a symbol.
func (f Format) Verify(text string, b *trust.Bundle, at time.Time) verifier.Result {
	id, err := Read(text)
	if errors.Is(err, ErrEncrypted) {
		return verifier.SeenForeign("encrypted Claim 169 identity")
	}
	if err != nil {
		return verifier.RefuseForeignError(err)
	}
	p := b.KeyList().FindPartner(Name, id.Issuer)
	if p == nil {
		return verifier.RefuseForeign(verifier.ReasonRegionUnknown)
	}
	if reason := verifier.CheckForeignKey(p, id.Message.KeyID, 0, at, id.Verify); reason != "" {
		return verifier.RefuseForeign(reason)
	}
	name := credential.MaskName(id.Name())
	if f.FullName {
		name = id.Name()
	}
	return verifier.JudgeForeign(p, verifier.Foreign{
		Region: id.Issuer, Finding: verifier.NoColour, Proves: proves, Name: name, Issued: id.Issued, Expires: id.Expires,
	}, at)
}
