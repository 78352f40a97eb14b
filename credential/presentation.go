package credential

import (
	"fmt"
	"slices"

	"healthcode.example/crypto/cose"
)

// Keys of a presentation.
const (
	showIssued    = 1
	showCodes     = 2
	showChallenge = 3
	showSalts     = 4
)

// Presentation is what a phone shows: codes under the holder's signature over the time.
//
//	presentation = { 1: iat, 2: [ 1*10 code: bstr ], ? 3: challenge: bstr .size (16..32), ? 4: { 1*10 (member: uint => revealed) } }
//
// A member is counted from 0 over all members of all codes in their order. Salts stand only beside a challenge.
type Presentation struct {
	At        int64    // Unix seconds on the holder's clock
	Codes     [][]byte // COSE_Sign1 of each code, all bound to the one key that signs
	Challenge []byte   // the gate's, or nil
	Salts     map[int]Revealed
}

func (p *Presentation) validate() error {
	switch {
	case p.At <= 0 || p.At > maxTime:
		return fmt.Errorf("iat is before 1970 or after the year 9999")
	case len(p.Codes) == 0 || len(p.Codes) > MaxCodes:
		return fmt.Errorf("%d codes, want 1 to %d", len(p.Codes), MaxCodes)
	case p.Challenge != nil && (len(p.Challenge) < minNonce || len(p.Challenge) > maxNonce):
		return fmt.Errorf("challenge of %d bytes, want %d to %d", len(p.Challenge), minNonce, maxNonce)
	case len(p.Salts) > 0 && p.Challenge == nil:
		return fmt.Errorf("salts are shown only in answer to a challenge")
	}
	return nil
}

// Sign writes the presentation as an untagged COSE_Sign1 with typ yk/show under the holder's key, which every code must be bound to.
func (p *Presentation) Sign(holder cose.Signer) ([]byte, error) {
	if err := p.validate(); err != nil {
		return nil, fault(FaultClaims, "sign presentation: %w", err)
	}
	message, err := cose.SignSign1(TypePresentation, p.append(make([]byte, 0, 512)), holder, false)
	if err != nil {
		return nil, err
	}
	u, err := parseMessage(message)
	if err != nil {
		return nil, fmt.Errorf("sign presentation: %w", err)
	}
	if !u.Codes[0].Claims.Holder.Equal(holder.Public()) {
		return nil, fault(FaultClaims, "sign presentation: the codes are bound to another key")
	}
	return message, nil
}

func (p *Presentation) append(dst []byte) []byte {
	n := 2
	if p.Challenge != nil {
		n++
	}
	if len(p.Salts) > 0 {
		n++
	}
	dst = cose.AppendInt(cose.AppendInt(cose.AppendMap(dst, n), showIssued), p.At)
	dst = cose.AppendArray(cose.AppendInt(dst, showCodes), len(p.Codes))
	for _, code := range p.Codes {
		dst = cose.AppendBytes(dst, code)
	}
	if p.Challenge != nil {
		dst = cose.AppendBytes(cose.AppendInt(dst, showChallenge), p.Challenge)
	}
	if len(p.Salts) == 0 {
		return dst
	}
	members := make([]int, 0, len(p.Salts))
	for member := range p.Salts {
		members = append(members, member)
	}
	slices.Sort(members)
	dst = cose.AppendMap(cose.AppendInt(dst, showSalts), len(members))
	for _, member := range members {
		dst = cose.AppendBytes(cose.AppendInt(dst, int64(member)), p.Salts[member].bytes())
	}
	return dst
}
