package api

import "time"

// Family is the caller, first, with everybody under a guardianship of theirs in force.
type Family struct {
	Members []FamilyMember `json:"members"`
}

// FamilyMember is one person with the decision in force. Texts are by language: zh-Hans, zh-Hant, en.
type FamilyMember struct {
	Member   string            `json:"member"`             // identifier for the paper routes; it is in no code
	Name     string            `json:"name"`               // in full: it is the caller's own family
	Relation string            `json:"relation,omitempty"` // what the member is to the caller; absent for the caller
	Colour   string            `json:"colour"`
	Reason   string            `json:"reason"`
	Text     map[string]string `json:"text"`
	Release  map[string]string `json:"release,omitempty"` // what to do to become green again
	Until    *time.Time        `json:"until,omitempty"`   // when the guardianship ends by itself: the member's majority
}

// CodesRequest asks for fresh codes of the whole family, all bound to Key.
type CodesRequest struct {
	Key      *JWK `json:"key"`                // a P-256 public key that the wallet made for this refresh only
	Document bool `json:"document,omitempty"` // add document digests; the salts come back to the holder only
}

// CodesResponse has a code for each member, the caller first.
type CodesResponse struct {
	IssuedAt time.Time    `json:"issued_at"`
	Codes    []WalletCode `json:"codes"`
}

// WalletCode is a fresh code of one member.
type WalletCode struct {
	Member    string            `json:"member"`
	Name      string            `json:"name"` // masked, as in the code
	Relation  string            `json:"relation,omitempty"`
	Colour    string            `json:"colour"`
	Reason    string            `json:"reason"`
	Text      map[string]string `json:"text"`
	Release   map[string]string `json:"release,omitempty"`
	Code      string            `json:"code"` // YK1:… good only inside a presentation
	ExpiresAt time.Time         `json:"expires_at"`
	Salt      string            `json:"salt,omitempty"` // hexadecimal, 16 bytes: whoever has it and the code can find the number
}

// Print is a paper code.
type Print struct {
	Member    string    `json:"member"`
	Code      string    `json:"code"` // YK1:… good as it is, together with the identity document
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
	PNG       string    `json:"png"` // addresses that draw it
	SVG       string    `json:"svg"`
}
