package tsl

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// Media types of the two forms (draft §14.7); the typ of a JWT leaves "application/" out.
const (
	MediaTypeCWT = "application/statuslist+cwt"
	MediaTypeJWT = "application/statuslist+jwt"
	typeJWT      = "statuslist+jwt"
)

// Token says of one list where it is found and how long it holds.
//
//	cwt = 18([ bstr .cbor { 1: alg, 4: kid, 16: "application/statuslist+cwt" }, {}, bstr .cbor claims, bstr .size 64 ])
//	claims = { 2: subject, 4: expires, 6: issued, 65533: { "bits": 1, "lst": bstr }, 65534: ttl }
type Token struct {
	Subject   string        // URI of the token; partners map (purpose, list day) to it, since our codes carry no URI
	IssuedAt  int64         // Unix seconds: that of the snapshot from which the list was taken
	ExpiresAt int64         // Unix seconds
	TTL       time.Duration // whole seconds: how long a copy may be used before a fresh one is fetched
	List      *trust.StatusList
}

// Claim keys (RFC 8392 §3.1, draft §14.3) and header labels (RFC 9052 §3.1, RFC 9596).
const (
	claimSubject    = 2
	claimExpires    = 4
	claimIssued     = 6
	claimStatusList = 65533
	claimTTL        = 65534
	headerAlg       = 1
	headerKid       = 4
	headerType      = 16
	tagSign1        = 18 // the draft asks for it, and forbids the CWT tag 61
)

func (t *Token) validate() error {
	switch {
	case t.Subject == "" || t.List == nil:
		return fmt.Errorf("token status list: the subject or the list is missing")
	case !utf8.ValidString(t.Subject):
		return fmt.Errorf("token status list: the subject is not valid UTF-8, as CBOR and JSON texts must be")
	case t.IssuedAt <= 0 || t.ExpiresAt <= t.IssuedAt:
		return fmt.Errorf("token status list: expiry %d is not after issue %d", t.ExpiresAt, t.IssuedAt)
	case t.TTL < time.Second || t.TTL%time.Second != 0:
		return fmt.Errorf("token status list: ttl %v is not a positive number of whole seconds", t.TTL)
	}
	return nil
}

// CWT signs the token as a tagged COSE_Sign1.
func (t *Token) CWT(s cose.Signer) ([]byte, error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	var lst bytes.Buffer
	if err := Compress(&lst, t.List); err != nil {
		return nil, err
	}
	key := s.Public()
	kid := key.ID()
	protected := cose.AppendInt(cose.AppendInt(cose.AppendMap(nil, 3), headerAlg), int64(key.Algorithm()))
	protected = cose.AppendBytes(cose.AppendInt(protected, headerKid), kid[:])
	protected = cose.AppendText(cose.AppendInt(protected, headerType), MediaTypeCWT)

	payload := cose.AppendText(cose.AppendInt(cose.AppendMap(make([]byte, 0, lst.Len()+len(t.Subject)+64), 5), claimSubject), t.Subject)
	payload = cose.AppendInt(cose.AppendInt(payload, claimExpires), t.ExpiresAt)
	payload = cose.AppendInt(cose.AppendInt(payload, claimIssued), t.IssuedAt)
	payload = cose.AppendMap(cose.AppendInt(payload, claimStatusList), 2)
	payload = cose.AppendBytes(cose.AppendText(payload, "lst"), lst.Bytes())
	payload = cose.AppendInt(cose.AppendText(payload, "bits"), 1)
	payload = cose.AppendInt(cose.AppendInt(payload, claimTTL), int64(t.TTL/time.Second))

	signed := cose.AppendText(cose.AppendArray(make([]byte, 0, len(payload)+len(protected)+32), 4), "Signature1") // RFC 9052 §4.4
	signed = cose.AppendBytes(cose.AppendBytes(cose.AppendBytes(signed, protected), nil), payload)
	signature, err := s.Sign(signed)
	if err != nil {
		return nil, fmt.Errorf("token status list: %w", err)
	}
	out := append(make([]byte, 0, len(payload)+len(protected)+96), 6<<5|tagSign1)
	out = cose.AppendMap(cose.AppendBytes(cose.AppendArray(out, 4), protected), 0)
	return cose.AppendBytes(cose.AppendBytes(out, payload), signature), nil
}

// JWT signs the token in the compact form. The kid is that of our COSE keys in hexadecimal digits.
func (t *Token) JWT(s cose.Signer) (string, error) {
	if err := t.validate(); err != nil {
		return "", err
	}
	key := s.Public()
	alg := "ES256"
	if key.Algorithm() == cose.Ed25519 {
		alg = "EdDSA" // RFC 8037: readers know it, and not yet all of them the name Ed25519 of RFC 9864
	}
	header, err := json.Marshal(map[string]string{"alg": alg, "kid": key.ID().String(), "typ": typeJWT})
	if err != nil {
		return "", fmt.Errorf("token status list: %w", err)
	}
	subject, err := json.Marshal(t.Subject)
	if err != nil {
		return "", fmt.Errorf("token status list: %w", err)
	}
	var out bytes.Buffer
	out.WriteString(base64.RawURLEncoding.EncodeToString(header) + ".")
	payload := base64.NewEncoder(base64.RawURLEncoding, &out)
	// Writes into memory do not fail, and both encoders only pass on what their writer says: one check at the end of the list is enough.
	_, _ = fmt.Fprintf(payload, `{"exp":%d,"iat":%d,"status_list":{"bits":1,"lst":"`, t.ExpiresAt, t.IssuedAt)
	lst := base64.NewEncoder(base64.RawURLEncoding, payload)
	if err := Compress(lst, t.List); err != nil {
		return "", err
	}
	if err := lst.Close(); err != nil {
		return "", fmt.Errorf("token status list: %w", err)
	}
	_, _ = fmt.Fprintf(payload, `"},"sub":%s,"ttl":%d}`, subject, t.TTL/time.Second)
	if err := payload.Close(); err != nil {
		return "", fmt.Errorf("token status list: %w", err)
	}
	signature, err := s.Sign(out.Bytes())
	if err != nil {
		return "", fmt.Errorf("token status list: %w", err)
	}
	out.WriteString("." + base64.RawURLEncoding.EncodeToString(signature))
	return out.String(), nil
}
