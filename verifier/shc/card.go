// Package shc verifies SMART Health Cards (shc:/, "SMART Health Cards Framework" 1.4): digits, JWS with ES256, raw deflate, a FHIR bundle. The
// caller registers a Format with verifier.New; trust comes from the partners of our own signed key list, into which ImportKeys reads the JWK
// Set of an issuer.
//
// The package touches no network, file or clock, and all of it is safe for concurrent use.
package shc

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/inflate"
	"healthcode.example/crypto/strictjson"
	"healthcode.example/verifier"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// Card is a card that has the right form. Nothing in it may be shown or believed before its signature verified.
type Card struct {
	jws     []byte
	content []byte // the inflated payload
	KeyID   string
	Issuer  string // a URL
	Issued  int64  // Unix seconds, rounded down: nbf
	Expires int64  // Unix seconds, rounded down; zero: never
	from    int64  // Unix seconds: the latest of the other times since when it is said to be; zero: none
	version string // of FHIR
	bundle  bundle
}

const (
	healthCard   = "https://smarthealth.cards#health-card"
	maxKeyID     = 64
	maxTime      = 253402300799
	maxHeader    = 1 << 10 // characters
	signatureLen = 64
)

// header is the JOSE header; more in it is passed over, but "crit" is not.
type header struct {
	Algorithm string          `json:"alg"`
	Zip       string          `json:"zip"`
	KeyID     string          `json:"kid"`
	Critical  json.RawMessage `json:"crit"`
}

// claims is the payload.
type claims struct {
	Issuer    string   `json:"iss"`
	NotBefore float64  `json:"nbf"`
	Issued    *float64 `json:"iat"`
	Expires   *float64 `json:"exp"`
	VC        struct {
		Type    []string `json:"type"`
		From    *string  `json:"issuanceDate"`   // written as nbf, and perhaps again here
		Until   *string  `json:"expirationDate"` // written as exp, and perhaps again here
		Subject struct {
			Version string `json:"fhirVersion"`
			Bundle  bundle `json:"fhirBundle"`
		} `json:"credentialSubject"`
	} `json:"vc"`
}

// Read takes the texts of all symbols of a card. Every failure is a *verifier.ForeignError.
func Read(texts ...string) (*Card, error) {
	jws, err := Join(texts...)
	if err != nil {
		return nil, err
	}
	return Decode(jws)
}

// Decode takes the JWS in its compact form. Every failure is a *verifier.ForeignError.
func Decode(compact string) (*Card, error) {
	c, err := open(compact)
	if err != nil {
		return nil, err
	}
	if err := c.readClaims(); err != nil {
		return nil, err
	}
	return c, nil
}

// open reads what says whose key to try, the kid and the issuer, and no more: a stranger's card costs a gate its length, whatever is in it. Every
// failure is a *verifier.ForeignError. The issuer is not to be believed before readClaims, which refuses a payload that names two.
func open(compact string) (*Card, error) {
	if len(compact) > MaxText {
		return nil, fault(verifier.ReasonTooLong, "JWS of %d characters, at most %d", len(compact), MaxText)
	}
	parts := strings.SplitN(compact, ".", 4)
	if len(parts) != 3 || len(parts[0]) > maxHeader {
		return nil, fault(verifier.ReasonEnvelope, "not the three parts of a JWS")
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil || strings.ContainsAny(part, "\r\n") {
			return nil, fault(verifier.ReasonEnvelope, "part %d of the JWS is not base64url", i+1)
		}
	}
	c := &Card{jws: []byte(compact)}
	if err := c.readHeader(raw[0]); err != nil {
		return nil, err
	}
	if len(raw[2]) != signatureLen {
		return nil, fault(verifier.ReasonEnvelope, "signature of %d bytes, want %d", len(raw[2]), signatureLen)
	}
	var err error
	if c.content, err = inflate.Raw(raw[1], MaxContent); err != nil {
		return nil, &verifier.ForeignError{Reason: verifier.ReasonEnvelope, Err: err}
	}
	if err := c.readIssuer(); err != nil {
		return nil, err
	}
	return c, nil
}

// readIssuer has all other members passed over.
func (c *Card) readIssuer() error {
	if err := strictjson.Bounded(c.content); err != nil {
		return fault(verifier.ReasonClaims, "the payload: %w", err)
	}
	var w struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(c.content, &w) != nil || w.Issuer == "" {
		return fault(verifier.ReasonClaims, "the payload is no JSON object with an iss")
	}
	c.Issuer = w.Issuer
	return nil
}

func (c *Card) readHeader(raw []byte) error {
	var h header
	if err := strictjson.Unmarshal(raw, &h); err != nil {
		return fault(verifier.ReasonEnvelope, "JWS header: %w", err)
	}
	switch {
	case h.Algorithm != "ES256":
		return fault(verifier.ReasonAlgorithm, "JWS header: alg must be ES256")
	case h.Zip != "DEF":
		return fault(verifier.ReasonEnvelope, "JWS header: zip must be DEF")
	case h.Critical != nil:
		return fault(verifier.ReasonEnvelope, "JWS header: critical parameters are not understood")
	case h.KeyID == "" || len(h.KeyID) > maxKeyID:
		return fault(verifier.ReasonEnvelope, "JWS header: kid of %d bytes, want 1 to %d", len(h.KeyID), maxKeyID)
	}
	c.KeyID = h.KeyID
	return nil
}

// readClaims reads what open left. Every failure is a *verifier.ForeignError.
func (c *Card) readClaims() error {
	var w claims
	if err := strictjson.Unmarshal(c.content, &w); err != nil {
		return fault(verifier.ReasonClaims, "the payload: %w", err)
	}
	switch {
	case w.Issuer != c.Issuer:
		return fault(verifier.ReasonClaims, "iss can be read in two ways")
	case !inRange(w.NotBefore) || w.Expires != nil && !inRange(*w.Expires):
		return fault(verifier.ReasonClaims, "nbf or exp is missing or out of range")
	case !slices.Contains(w.VC.Type, healthCard):
		return fault(verifier.ReasonClaims, "the credential is no health card")
	}
	c.Issuer, c.Issued = w.Issuer, int64(math.Floor(w.NotBefore))
	if w.Expires != nil { // an end of 0 is one
		c.Expires = int64(math.Floor(*w.Expires))
	}
	c.version, c.bundle = w.VC.Subject.Version, w.VC.Subject.Bundle
	return c.readOtherTimes(&w)
}

// readOtherTimes takes in what says the same as nbf and exp by other names (RFC 7519 §4.1.6; W3C Verifiable Credentials 1.1 §4.6, §6.3.1): a card
// that is not yet issued by one of them is not, nor is one that has ended by one of them good.
func (c *Card) readOtherTimes(w *claims) error {
	if at := w.Issued; at != nil {
		if !inRange(*at) {
			return fault(verifier.ReasonClaims, "iat is out of range")
		}
		c.from = int64(math.Floor(*at))
	}
	if from := w.VC.From; from != nil {
		at, ok := verifier.ForeignTime(short(*from))
		if !ok {
			return fault(verifier.ReasonClaims, "issuanceDate is no time")
		}
		c.from = max(c.from, at.Unix())
	}
	if until := w.VC.Until; until != nil {
		at, ok := verifier.ForeignTime(short(*until))
		if !ok {
			return fault(verifier.ReasonClaims, "expirationDate is no time")
		}
		if c.Expires == 0 || at.Unix() < c.Expires {
			c.Expires = at.Unix()
		}
	}
	return nil
}

// inRange says whether a NumericDate lies between 1970 and 9999; fractions are allowed (RFC 7519 §2).
func inRange(at float64) bool { return at >= 1 && at <= maxTime }

// Verify checks the signature under k, which must be of P-256.
func (c *Card) Verify(k *cose.PublicKey) error {
	public, ok := k.ECDSA()
	if !ok {
		return fmt.Errorf("%w: the header says ES256, the key is for %v", cose.ErrAlgorithm, k.Algorithm())
	}
	if _, err := jws.Verify(c.jws, jws.WithKey(jwa.ES256(), public)); err != nil {
		return cose.ErrSignature
	}
	return nil
}
