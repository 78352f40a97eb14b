package claim169

import (
	"bytes"
	"errors"
	"time"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/inflate"
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

// Detect says whether the text is base45 of a zlib stream in which a COSE message begins. Its first three characters are words of other texts too
// (6BF, V7F, Y9F, NCF), so it looks inside, as far as a header goes: what is damaged further on is a damaged identity. Register the format last.
func (Format) Detect(text string) bool {
	if len(text) < 3 {
		return false
	}
	head, err := base45.Decode(text[:3])
	if err != nil || head[0] != zlibMethod || (uint(head[0])<<8|uint(head[1]))%31 != 0 { // the check of RFC 1950 §2.2
		return false
	}
	return isCOSE(inflate.ZlibHead(decodable(text[:min(len(text), maxHead)]), headSize))
}

// decodable is what the text says before the first group that is no base45.
func decodable(text string) []byte {
	text = text[:len(text)-len(text)%3]
	b, err := base45.Decode(text)
	var e *base45.SyntaxError
	if errors.As(err, &e) {
		b, _ = base45.Decode(text[:e.Offset-e.Offset%3])
	}
	return b
}

// isCOSE says whether the bytes begin as a message does (RFC 9052 §2, RFC 8392 §6): tags of COSE and CWT, and an array whose first element is the
// byte string of the protected header.
func isCOSE(head []byte) bool {
	for _, tag := range [][]byte{{0xd8, 61}, {0xd0}, {0xd1}, {0xd2}, {0xd8, 96}, {0xd8, 97}, {0xd8, 98}, {0xd2}} {
		head = bytes.TrimPrefix(head, tag)
	}
	if len(head) < 2 {
		return false
	}
	array := head[0] >= 0x83 && head[0] <= 0x85 || head[0] == 0x9f
	return array && head[1]>>5 == 2
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
	if reason := verifier.CheckForeignKey(p, id.Message.KeyID, 0, id.Issued, at, id.Verify); reason != "" {
		return verifier.RefuseForeign(reason)
	}
	name, named := verifier.ForeignName(id.Name(), f.FullName)
	if !named && (id.Name() != "" || !id.numbered) { // a name that nobody can read, or an identity of nobody
		return verifier.RefuseForeign(verifier.ReasonClaims)
	}
	return verifier.JudgeForeign(p, verifier.Foreign{
		Region: id.Issuer, Finding: verifier.NoColour, Proves: proves, Name: name, Issued: id.Issued, From: id.From, Expires: id.Expires,
	}, at)
}
