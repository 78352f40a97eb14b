package trust

import (
	"fmt"
	"slices"
	"time"
	"unicode"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"

	"github.com/fxamacker/cbor/v2"
)

// Partner is another region whose codes count here, under the conditions of our own signed list.
//
//	partner = { 1: name, 2: [ 1* iss ], 3: [ 1* format ], ? 4: root fingerprint (bstr .size 32), 5: [ * COSE_Key ], 6: maximum age in seconds, ? 7: [ 1* kind ], ? 8: test age in hours, ? 9: end of day (true) }
type Partner struct {
	Name      string
	Issuers   []string // the iss that the partner may speak for; never our own region
	Formats   []string // names of the registry: "YK1", "HC1", "SHC", "C169", "NZCP"
	Root      []byte   // fingerprint of the partner's root, if it has a bundle; nil otherwise
	Keys      []*cose.PublicKey
	MaxAge    time.Duration     // of a code whose status is unknown
	Kinds     []credential.Kind // admitted; empty: phone only
	TestHours uint32            // a negative sample at most this old; zero: not asked
	EndOfDay  bool              // codes end at 23:59:59 UTC+8 of the day of their iat
}

type wirePartner struct {
	Name      string            `cbor:"1,keyasint"`
	Issuers   []string          `cbor:"2,keyasint"`
	Formats   []string          `cbor:"3,keyasint"`
	Root      []byte            `cbor:"4,keyasint,omitempty"`
	Keys      []cbor.RawMessage `cbor:"5,keyasint"`
	MaxAge    int64             `cbor:"6,keyasint"`
	Kinds     []uint64          `cbor:"7,keyasint,omitempty"`
	TestHours uint32            `cbor:"8,keyasint,omitempty"`
	EndOfDay  bool              `cbor:"9,keyasint,omitempty"`
}

var formats = []string{"YK1", "HC1", "SHC", "C169", "NZCP"}

// validate keeps a partner from speaking for us: neither our region nor one of our keys may stand in its entry. ours holds our key ids.
func (p *Partner) validate(region string, ours map[cose.KeyID]bool) error {
	if p.Name == "" || len(p.Name) > maxTextLength || !printable(p.Name) {
		return fmt.Errorf("partner's name must be 1 to %d bytes of printable text", maxTextLength)
	}
	if len(p.Issuers) == 0 || len(p.Formats) == 0 || len(p.Keys) > maxKeys || p.Root != nil && len(p.Root) != 32 {
		return fmt.Errorf("partner %s: issuers, formats, keys or root fingerprint out of range", p.Name)
	}
	for _, iss := range p.Issuers {
		if iss == region || iss == "" || len(iss) > maxTextLength {
			return fmt.Errorf("partner %s may not speak for issuer %.8q", p.Name, iss)
		}
	}
	for _, f := range p.Formats {
		if !slices.Contains(formats, f) {
			return fmt.Errorf("partner %s: format %.8q is not one of %q", p.Name, f, formats)
		}
	}
	for _, k := range p.Keys {
		if ours[k.ID()] {
			return fmt.Errorf("partner %s: key %v is one of ours", p.Name, k.ID())
		}
	}
	for _, k := range p.Kinds {
		if !k.Valid() {
			return fmt.Errorf("partner %s: kind %d is not in the registry", p.Name, k)
		}
	}
	if p.MaxAge <= 0 || p.MaxAge > credential.MaxPaperLifetime || p.MaxAge%time.Second != 0 {
		return fmt.Errorf("partner %s: maximum age %v out of range", p.Name, p.MaxAge)
	}
	return nil
}

func printable(s string) bool {
	return !slices.ContainsFunc([]rune(s), func(r rune) bool { return !unicode.IsPrint(r) })
}

func (p *Partner) wire() wirePartner {
	w := wirePartner{
		Name: p.Name, Issuers: p.Issuers, Formats: p.Formats, Root: p.Root, MaxAge: int64(p.MaxAge / time.Second), TestHours: p.TestHours, EndOfDay: p.EndOfDay,
	}
	for _, k := range p.Keys {
		w.Keys = append(w.Keys, k.Bytes())
	}
	for _, k := range p.Kinds {
		w.Kinds = append(w.Kinds, uint64(k))
	}
	return w
}

func (w *wirePartner) read() (Partner, error) {
	p := Partner{Name: w.Name, Issuers: w.Issuers, Formats: w.Formats, Root: w.Root, TestHours: w.TestHours, EndOfDay: w.EndOfDay}
	if w.MaxAge < 0 || w.MaxAge > int64(credential.MaxPaperLifetime/time.Second) {
		return p, fmt.Errorf("partner's maximum age of %d seconds out of range", w.MaxAge)
	}
	p.MaxAge = time.Duration(w.MaxAge) * time.Second
	for _, raw := range w.Keys {
		k, err := cose.ParseKey(raw)
		if err != nil {
			return p, err
		}
		p.Keys = append(p.Keys, k)
	}
	for _, k := range w.Kinds {
		if k > 255 {
			return p, fmt.Errorf("partner's kind %d is not in the registry", k)
		}
		p.Kinds = append(p.Kinds, credential.Kind(k))
	}
	return p, nil
}
