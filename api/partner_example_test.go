package api_test

// What a partner writes who has our JWK Set and no line of our code: go-cose for the envelope with the CBOR library that it brings, jwx for the
// keys, the standard library for the rest. docs/partners.md walks through it; TestThePartnersOwnVerifierAgreesWithTheVectors holds it to every
// published vector. It looks up no revocation, since a key set knows none: bound what you accept by age, or read bundles or status lists.

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/fxamacker/cbor/v2"
	"github.com/lestrrat-go/jwx/v3/jwk"
	gocose "github.com/veraison/go-cose"
)

// pass is what the partner learns of one person.
type pass struct {
	Name, Kind, Colour string
	Issued             time.Time
	Revoked            string // always "unknown"
}

// partner is a gate of another region.
type partner struct {
	region string
	keys   jwk.Set
	maxAge time.Duration // how old a code may be whose revocation nobody can look up
}

// verify checks a scanned text: the issuer's signature, and for a phone the holder's signature over the time.
func (p *partner) verify(text string, at time.Time) ([]pass, error) {
	body, ok := strings.CutPrefix(text, "YK1:")
	if !ok {
		return nil, errors.New("not a health code")
	}
	raw, err := base45(body)
	if err != nil {
		return nil, err
	}
	if tagged, ok := bytes.CutPrefix(raw, []byte{0xd8, 61, 0xd2}); ok { // CWT tag 61 around COSE_Sign1 tag 18
		raw = tagged
	} else if tagged, ok := bytes.CutPrefix(raw, []byte{0xd2}); ok {
		raw = tagged
	}
	outer, err := open(raw)
	if err != nil {
		return nil, err
	}
	if typ(outer) == "yk/code" {
		return p.code(outer, nil, at) // paper
	}
	if _, named := outer.Headers.Protected[gocose.HeaderLabelKeyID]; named || typ(outer) != "yk/show" {
		return nil, errors.New("another object of the health code")
	}
	var shown struct {
		At        int64                     `cbor:"1,keyasint"`
		Codes     [][]byte                  `cbor:"2,keyasint"`
		Challenge cbor.RawMessage           `cbor:"3,keyasint"` // this gate asks none, so an answer is meant for another
		Salts     map[int64]cbor.RawMessage `cbor:"4,keyasint"`
	}
	if err := strict(outer.Payload, &shown); err != nil {
		return nil, err
	}
	if shown.Challenge != nil || shown.Salts != nil || len(shown.Codes) == 0 || len(shown.Codes) > 10 {
		return nil, errors.New("not a presentation for this gate")
	}
	if age := at.Sub(time.Unix(shown.At, 0)); age > 60*time.Second || age < -30*time.Second {
		return nil, fmt.Errorf("the holder's clock and ours differ by %v: a screenshot, or a clock that is wrong", age)
	}
	var all []pass
	for _, b := range shown.Codes {
		code, err := open(b)
		if err != nil {
			return nil, err
		}
		if typ(code) != "yk/code" {
			return nil, errors.New("no code in the presentation")
		}
		members, err := p.code(code, outer, at)
		if err != nil {
			return nil, err
		}
		all = append(all, members...)
	}
	return all, nil
}

// claims are those of a code (RFC 8392), with the health claim of ours.
type claims struct {
	Issuer   string `cbor:"1,keyasint"`
	Expires  int64  `cbor:"4,keyasint"`
	IssuedAt int64  `cbor:"6,keyasint"`
	Holder   *struct {
		Key struct {
			Type  int64  `cbor:"1,keyasint"`
			Curve int64  `cbor:"-1,keyasint"`
			X     []byte `cbor:"-2,keyasint"`
			Odd   bool   `cbor:"-3,keyasint"` // compressed point: the low bit of y
		} `cbor:"1,keyasint"`
	} `cbor:"8,keyasint"`
	Health struct {
		member
		Kind    int64    `cbor:"3,keyasint"`
		Members []member `cbor:"10,keyasint"`
	} `cbor:"-65537,keyasint"`
}

type member struct {
	Colour   int64           `cbor:"1,keyasint"`
	Name     string          `cbor:"2,keyasint"`
	Relation int64           `cbor:"4,keyasint"`
	Status   []uint64        `cbor:"5,keyasint"` // list and index, for whoever reads status lists
	Tested   int64           `cbor:"6,keyasint"`
	Hint     int64           `cbor:"7,keyasint"`
	Digest   cbor.RawMessage `cbor:"8,keyasint"`
	Guardian string          `cbor:"9,keyasint"`
}

var (
	kinds   = map[int64]string{1: "phone", 2: "paper", 3: "household"}
	colours = map[int64]string{1: "green", 2: "yellow", 3: "red"}           // zero, or none, is not green: it is nothing
	longest = map[string]int64{"phone": 24 * 3600, "paper": 14 * 24 * 3600} // seconds, as the region's policy says
)

// code checks one code. shown is the presentation it came in, nil for paper: a phone's code without one is a copy.
func (p *partner) code(m, shown *gocose.UntaggedSign1Message, at time.Time) ([]pass, error) {
	var c claims
	if err := strict(m.Payload, &c); err != nil {
		return nil, err
	}
	kind := kinds[c.Health.Kind]
	purpose := map[string]string{"phone": "phone", "paper": "paper", "household": "phone"}[kind]
	if c.Issuer != p.region || purpose == "" {
		return nil, errors.New("of another region, or of no kind that is known")
	}
	if err := p.signed(m, purpose, c.IssuedAt, at); err != nil {
		return nil, err
	}
	issued := time.Unix(c.IssuedAt, 0)
	switch {
	case at.Before(issued.Add(-time.Minute)) || !at.Before(time.Unix(c.Expires, 0)):
		return nil, errors.New("not yet valid, or expired")
	case c.Expires <= c.IssuedAt || c.Expires-c.IssuedAt > longest[purpose]:
		return nil, errors.New("claims a longer life than its kind may have")
	case at.Sub(issued) > p.maxAge:
		return nil, errors.New("older than counts here without knowing its status")
	case (c.Holder == nil) != (kind == "paper") || (shown == nil) != (kind == "paper"):
		return nil, errors.New("a phone's code is good only in its phone's presentation, and paper only without")
	}
	if shown != nil {
		k := c.Holder.Key
		if err := holderSigned(shown, k.Type, k.Curve, k.X, k.Odd); err != nil {
			return nil, err
		}
	}
	members := c.Health.Members
	if kind != "household" {
		members = []member{c.Health.member}
	} else if len(members) < 2 || len(members) > 10 {
		return nil, errors.New("not a household")
	}
	var out []pass
	for _, who := range members {
		invisible := func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) }
		if colours[who.Colour] == "" || who.Name == "" || strings.ContainsFunc(who.Name, invisible) || len(who.Status) != 2 {
			return nil, errors.New("a member without colour, status or a name that can be shown")
		}
		out = append(out, pass{who.Name, kind, colours[who.Colour], issued, "unknown"})
	}
	return out, nil
}

// signed checks the issuer's signature: the key is found by its kid, and must be for the kind of code and for its time.
func (p *partner) signed(m *gocose.UntaggedSign1Message, purpose string, iat int64, at time.Time) error {
	kid, _ := m.Headers.Protected[gocose.HeaderLabelKeyID].([]byte)
	key, ok := p.keys.LookupKeyID(hex.EncodeToString(kid))
	if !ok {
		return errors.New("no key of the set: take a newer one")
	}
	var is string
	var from, until, verify float64
	if err := errors.Join(key.Get("purpose", &is), key.Get("use_from", &from), key.Get("use_until", &until), key.Get("verify_until", &verify)); err != nil {
		return err
	}
	if is != purpose || float64(iat) < from || float64(iat) >= until || float64(at.Unix()) >= verify {
		return errors.New("the key is for another kind of code, or another time")
	}
	var public crypto.PublicKey
	if err := jwk.Export(key, &public); err != nil {
		return err
	}
	alg := gocose.AlgorithmEdDSA // the algorithm is the key's, whatever the header says; go-cose wants both to agree
	if _, ok := public.(*ecdsa.PublicKey); ok {
		alg = gocose.AlgorithmES256
	}
	v, err := gocose.NewVerifier(alg, public)
	if err != nil {
		return err
	}
	return m.Verify(nil, v)
}

// holderSigned checks the presentation under the key that the issuer has put into the code.
func holderSigned(m *gocose.UntaggedSign1Message, kty, crv int64, x []byte, odd bool) error {
	if kty != 2 || crv != 1 || len(x) != 32 {
		return errors.New("the holder's key is not P-256")
	}
	sign := byte(2)
	if odd {
		sign = 3
	}
	px, py := elliptic.UnmarshalCompressed(elliptic.P256(), append([]byte{sign}, x...))
	if px == nil {
		return errors.New("the holder's key is no point")
	}
	point := make([]byte, 65)
	point[0] = 4
	px.FillBytes(point[1:33])
	py.FillBytes(point[33:])
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return err
	}
	v, err := gocose.NewVerifier(gocose.AlgorithmES256, public)
	if err != nil {
		return err
	}
	return m.Verify(nil, v)
}

// open reads an envelope. Nothing stands outside the signature, and only deterministic CBOR is read: else one code has many forms.
func open(b []byte) (*gocose.UntaggedSign1Message, error) {
	var whole any
	if err := strict(b, &whole); err != nil {
		return nil, err
	}
	var m gocose.UntaggedSign1Message
	if err := m.UnmarshalCBOR(b); err != nil {
		return nil, err
	}
	var protected []byte
	if err := decoding.Unmarshal(m.Headers.RawProtected, &protected); err != nil {
		return nil, err
	}
	var header struct {
		Algorithm int64  `cbor:"1,keyasint"`
		KeyID     []byte `cbor:"4,keyasint"`
		Type      string `cbor:"16,keyasint"`
	}
	if err := strict(protected, &header); err != nil { // any other header is refused as unknown
		return nil, err
	}
	if len(m.Headers.Unprotected) != 0 {
		return nil, errors.New("a header outside the signature")
	}
	return &m, nil
}

func typ(m *gocose.UntaggedSign1Message) string {
	text, _ := m.Headers.Protected[int64(16)].(string) // RFC 9596
	return text
}

var (
	decoding, _ = cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField, MaxNestedLevels: 8, MaxArrayElements: 16, MaxMapPairs: 16}.DecMode()
	encoding, _ = cbor.CoreDetEncOptions().EncMode()
)

// strict decodes, and refuses what encoding again would write otherwise.
func strict(b []byte, v any) error {
	var whole any
	if err := decoding.Unmarshal(b, &whole); err != nil {
		return err
	}
	again, err := encoding.Marshal(whole)
	if err != nil {
		return err
	}
	if !bytes.Equal(b, again) {
		return errors.New("not deterministic CBOR")
	}
	return decoding.Unmarshal(b, v)
}

// base45 is RFC 9285.
func base45(text string) ([]byte, error) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	if len(text) > 4096 {
		return nil, errors.New("longer than any code")
	}
	var out []byte
	for len(text) > 0 {
		n := min(3, len(text))
		group, scale := 0, 1
		for i := range n {
			digit := strings.IndexByte(alphabet, text[i])
			if digit < 0 {
				return nil, errors.New("not base45")
			}
			group, scale = group+digit*scale, scale*45
		}
		switch { // three characters are two octets, two are one
		case n == 3 && group <= 0xffff:
			out = append(out, byte(group>>8), byte(group))
		case n == 2 && group <= 0xff:
			out = append(out, byte(group))
		default:
			return nil, errors.New("not base45")
		}
		text = text[n:]
	}
	return out, nil
}
