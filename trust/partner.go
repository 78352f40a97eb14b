package trust

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"

	"github.com/fxamacker/cbor/v2"
)

// Partner is another region whose codes count here, under the conditions of our own signed list.
//
//	partner = {
//	    1: tstr .size (1..64),                 ; name, printable
//	    2: [ 1*32 tstr .size (1..128) ],       ; the iss it may speak for; never our own region
//	    3: [ 1*5 format ],
//	  ? 4: bstr .size 32,                      ; fingerprint of the root that its bundle follows from; format YK1 only
//	  ? 5: [ 1*8192 partner-key ],             ; 4 or 5 must be there
//	    6: partner-policy
//	}
//
// Partners, issuers, formats, keys (by COSE_Key, then kid), kinds and purposes stand in ascending order, each once: the same content has one encoding.
// No issuer stands twice with one format, and no name or root fingerprint twice, in the whole key list, whose partners have at most 8192 keys.
type Partner struct {
	Name    string
	Issuers []string
	Formats []string     // names of Formats
	Root    []byte       // nil: the partner has no bundle, and the status of its codes stays unknown
	Keys    []PartnerKey // for a gate without the partner's bundle, and for other formats
	Policy  PartnerPolicy
}

// PartnerKey is one of a partner's keys as a ceremony of ours took it from a key set.
//
//	partner-key = {
//	    1: cose-key,               ; with other formats than YK1 also an RSA key (RFC 8230 §4)
//	    2: [ 1*2 purpose ],        ; 1 / 2
//	  ? 3: bstr .size (1..64),     ; kid
//	  ? 4: 1..253402300799,        ; until
//	  ? 5: [ 1*2 proof ]           ; 1 test, 2 vaccination, 3 recovery; absent: all
//	  ? 6: 1..253402300799         ; from; with other formats than YK1 only, and before until
//	}
type PartnerKey struct {
	Key      *cose.PublicKey
	Purposes []Purpose // Phone, Paper: what it may serve
	KeyID    []byte    // the kid by which another format names it; nil: our own, from the thumbprint
	Until    int64     // Unix seconds: nothing under the key is good at or after this; zero: as long as it stands here
	Proofs   []Proof   // what it may vouch for in another format; empty: everything
	From     int64     // Unix seconds: nothing under the key is good before this, or was if it was issued before; zero: it always was
}

// Called is the kid of another format as its own lists write it: a text as it is, and bytes, as EU certificates have them, in base64. It is empty
// where the thumbprint is the kid.
func (k *PartnerKey) Called() string {
	for _, b := range k.KeyID {
		if b < '!' || b > '~' {
			return base64.StdEncoding.EncodeToString(k.KeyID)
		}
	}
	return string(k.KeyID)
}

type wirePartner struct {
	Name    string            `cbor:"1,keyasint"`
	Issuers []string          `cbor:"2,keyasint"`
	Formats []string          `cbor:"3,keyasint"`
	Root    []byte            `cbor:"4,keyasint,omitempty"`
	Keys    []wirePartnerKey  `cbor:"5,keyasint,omitempty"`
	Policy  wirePartnerPolicy `cbor:"6,keyasint"`
}

type wirePartnerKey struct {
	Key      cbor.RawMessage `cbor:"1,keyasint"`
	Purposes []uint64        `cbor:"2,keyasint"`
	KeyID    []byte          `cbor:"3,keyasint,omitempty"`
	Until    int64           `cbor:"4,keyasint,omitempty"`
	Proofs   []uint64        `cbor:"5,keyasint,omitempty"`
	From     int64           `cbor:"6,keyasint,omitempty"`
}

// FormatYK1 is the format of our own codes.
const FormatYK1 = "YK1"

// Formats lists the formats that the registry knows, in the order in which they stand in an entry.
func Formats() []string { return []string{"C169", "HC1", "NZCP", "SHC", FormatYK1} }

// Fingerprint gives 64 hexadecimal digits of the pinned root, for FindRoot, or nothing if the partner has no bundle.
func (p *Partner) Fingerprint() string { return hex.EncodeToString(p.Root) }

// Speaks says whether the partner may speak for the issuer in the format.
func (p *Partner) Speaks(format, issuer string) bool {
	return slices.Contains(p.Formats, format) && slices.Contains(p.Issuers, issuer)
}

// FindPartner gives the partner that may speak for the issuer in the format, or nil.
func (l *KeyList) FindPartner(format, issuer string) *Partner {
	for i := range l.Partners {
		if l.Partners[i].Speaks(format, issuer) {
			return &l.Partners[i]
		}
	}
	return nil
}

// Check says what a key list of the region would refuse in the entry, whatever else stands in the list.
func (p *Partner) Check(region string) error { return p.validate(region, nil) }

// validate looks at the entry alone. Neither our region nor one of our issuer keys (ours) may stand in it.
func (p *Partner) validate(region string, ours map[cose.KeyID]bool) error {
	if p.Name == "" || len(p.Name) > maxTextLength || !printable(p.Name) {
		return fmt.Errorf("partner's name must be 1 to %d bytes of printable text", maxTextLength)
	}
	if err := p.validateScope(region); err != nil {
		return fmt.Errorf("partner %s: %w", p.Name, err)
	}
	if err := p.validateKeys(ours); err != nil {
		return fmt.Errorf("partner %s: %w", p.Name, err)
	}
	if err := p.Policy.validate(); err != nil {
		return fmt.Errorf("partner %s: %w", p.Name, err)
	}
	if len(p.Keys) > 0 && p.Root == nil && p.Policy.UnknownAge == 0 {
		return fmt.Errorf("partner %s: it has no bundle and no age up to which a code of unknown status counts, so none would", p.Name)
	}
	return nil
}

func (p *Partner) validateScope(region string) error {
	if n := len(p.Issuers); n == 0 || n > maxPartnerIssuers || repeats(p.Issuers) {
		return fmt.Errorf("names %d issuers, want 1 to %d, each once", n, maxPartnerIssuers)
	}
	if len(p.Formats) == 0 || repeats(p.Formats) {
		return fmt.Errorf("names no format, or one twice")
	}
	for _, f := range p.Formats {
		if !slices.Contains(Formats(), f) {
			return fmt.Errorf("format %.8q is not one of %q", f, Formats())
		}
	}
	ours := slices.Contains(p.Formats, FormatYK1)
	for _, iss := range p.Issuers {
		switch {
		case iss == "" || len(iss) > maxIssuerLength || !printable(iss):
			return fmt.Errorf("issuer %.8q must be 1 to %d bytes of printable text", iss, maxIssuerLength)
		case skeleton(iss) == skeleton(region):
			return fmt.Errorf("may not speak for our own region %s, nor for a name that looks like it", region)
		case ours && !credential.ValidIssuer(iss):
			return fmt.Errorf("issuer %.8q of %s is not an ISO 3166-2 code; put other formats into an entry of their own", iss, FormatYK1)
		}
	}
	if p.Root != nil && (len(p.Root) != sha256.Size || !ours) {
		return fmt.Errorf("a root fingerprint has %d bytes and belongs to format %s", sha256.Size, FormatYK1)
	}
	if p.Root == nil && len(p.Keys) == 0 {
		return fmt.Errorf("has neither a root nor keys")
	}
	return nil
}

func (p *Partner) validateKeys(ours map[cose.KeyID]bool) error {
	yk1 := slices.Contains(p.Formats, FormatYK1)
	seen := make(map[string]bool, len(p.Keys)) // other formats give one key a new kid with each new certificate
	for i := range p.Keys {
		k := &p.Keys[i]
		if k.Key == nil {
			return fmt.Errorf("a key is missing")
		}
		id := k.Key.ID()
		switch {
		case ours[id]:
			return fmt.Errorf("key %v is one of ours", id)
		case seen[id.String()+string(k.KeyID)]:
			return fmt.Errorf("key %v stands twice", id)
		case len(k.KeyID) > maxForeignKeyID || yk1 && k.KeyID != nil || k.KeyID != nil && len(k.KeyID) == 0:
			return fmt.Errorf("key %v: a kid of its own has 1 to %d bytes and belongs to other formats than %s", id, maxForeignKeyID, FormatYK1)
		case k.Until < 0 || k.Until > maxTime:
			return fmt.Errorf("key %v: its end is out of range", id)
		case k.From < 0 || k.From > maxTime || k.Until != 0 && k.From >= k.Until:
			return fmt.Errorf("key %v: its beginning is out of range or not before its end", id)
		case yk1 && (k.Key.Algorithm() == cose.PS256 || len(k.Proofs) > 0 || k.From != 0):
			return fmt.Errorf("key %v: an RSA key, proofs or a beginning belong to other formats than %s", id, FormatYK1)
		}
		if err := validProofs(k.Proofs); err != nil {
			return fmt.Errorf("key %v: %w", id, err)
		}
		if err := validUses(k.Purposes); err != nil {
			return fmt.Errorf("key %v: %w", id, err)
		}
		seen[id.String()+string(k.KeyID)] = true
	}
	return nil
}

func validUses(purposes []Purpose) error {
	if len(purposes) == 0 || repeats(purposes) {
		return fmt.Errorf("names no purpose, or one twice")
	}
	for _, u := range purposes {
		if u != Phone && u != Paper {
			return fmt.Errorf("a partner's key may serve phone and paper, not %v", u)
		}
	}
	return nil
}

// validatePartners looks at each entry and at what no two of them may share: else it would depend on their order whose rule counts.
func (l *KeyList) validatePartners(ours map[cose.KeyID]bool) error {
	owner := make(map[string]string)
	left := maxKeys
	for i := range l.Partners {
		p := &l.Partners[i]
		if left -= len(p.Keys); left < 0 {
			return fmt.Errorf("partners have more than %d keys", maxKeys)
		}
		if err := p.validate(l.Region, ours); err != nil {
			return err
		}
		claims := []string{"name " + p.Name}
		if p.Root != nil {
			claims = append(claims, "root "+p.Fingerprint())
		}
		for _, f := range p.Formats {
			for _, iss := range p.Issuers {
				claims = append(claims, f+" issuer "+iss)
			}
		}
		for _, claim := range claims {
			if other, taken := owner[claim]; taken {
				return fmt.Errorf("partner %s: the %s is also that of partner %s", p.Name, claim, other)
			}
			owner[claim] = p.Name
		}
	}
	return nil
}

// CheckPartners keeps our own root and the keys of its roles out of the entries of a key list that follows, or shall follow, under the roots of
// b; reading and signing a list look at the issuer keys. ErrRegion.
func (b *Bundle) CheckPartners(list *KeyList) error {
	root := b.root.root
	for i := range list.Partners {
		p := &list.Partners[i]
		if p.Root != nil && b.Follows(p.Root) {
			return fmt.Errorf("%w: partner %s is pinned to our own root", ErrRegion, p.Name)
		}
		for j := range p.Keys {
			same := func(k *cose.PublicKey) bool { return k.ID() == p.Keys[j].Key.ID() }
			if slices.ContainsFunc(root.RootKeys, same) || slices.ContainsFunc(root.ListKeys, same) {
				return fmt.Errorf("%w: partner %s holds key %v of our root", ErrRegion, p.Name, p.Keys[j].Key.ID())
			}
		}
	}
	return nil
}

func repeats[T cmp.Ordered](s []T) bool {
	sorted := slices.Sorted(slices.Values(s))
	return len(slices.Compact(sorted)) < len(s)
}

// ascending says whether each element is above the one before it, so that none stands twice.
func ascending[T any](s []T, compare func(a, b T) int) bool {
	for i := 1; i < len(s); i++ {
		if compare(s[i-1], s[i]) >= 0 {
			return false
		}
	}
	return true
}

func printable(s string) bool {
	return !slices.ContainsFunc([]rune(s), func(r rune) bool { return !unicode.IsPrint(r) })
}

func comparePartners(a, b wirePartner) int { return strings.Compare(a.Name, b.Name) }

func comparePartnerKeys(a, b wirePartnerKey) int {
	return cmp.Or(bytes.Compare(a.Key, b.Key), bytes.Compare(a.KeyID, b.KeyID))
}

// wire writes the entry in its one order, whatever the order in p.
func (p *Partner) wire() wirePartner {
	w := wirePartner{
		Name: p.Name, Issuers: slices.Sorted(slices.Values(p.Issuers)), Formats: slices.Sorted(slices.Values(p.Formats)), Root: p.Root,
		Policy: p.Policy.wire(),
	}
	for i := range p.Keys {
		k := wirePartnerKey{Key: p.Keys[i].Key.Bytes(), KeyID: p.Keys[i].KeyID, Until: p.Keys[i].Until, From: p.Keys[i].From}
		for _, u := range slices.Sorted(slices.Values(p.Keys[i].Purposes)) {
			k.Purposes = append(k.Purposes, uint64(u))
		}
		for _, proof := range slices.Sorted(slices.Values(p.Keys[i].Proofs)) {
			k.Proofs = append(k.Proofs, uint64(proof))
		}
		w.Keys = append(w.Keys, k)
	}
	slices.SortFunc(w.Keys, comparePartnerKeys)
	return w
}

// read refuses every other order than that of wire; validate looks at the content.
func (w *wirePartner) read() (p Partner, err error) {
	p = Partner{Name: w.Name, Issuers: w.Issuers, Formats: w.Formats, Root: w.Root}
	if !ascending(w.Issuers, strings.Compare) || !ascending(w.Formats, strings.Compare) || !ascending(w.Keys, comparePartnerKeys) {
		return p, fmt.Errorf("partner's issuers, formats or keys are not in ascending order, each once")
	}
	for i := range w.Keys {
		k, err := w.Keys[i].read()
		if err != nil {
			return p, err
		}
		p.Keys = append(p.Keys, k)
	}
	p.Policy, err = w.Policy.read()
	return p, err
}

func (w *wirePartnerKey) read() (k PartnerKey, err error) {
	k = PartnerKey{KeyID: w.KeyID, Until: w.Until, From: w.From}
	if !ascending(w.Purposes, cmp.Compare) {
		return k, fmt.Errorf("purposes of a partner's key are not in ascending order, each once")
	}
	for _, u := range w.Purposes {
		if u > 255 {
			return k, fmt.Errorf("purpose %d of a partner's key is not in the registry", u)
		}
		k.Purposes = append(k.Purposes, Purpose(u))
	}
	if k.Proofs, err = readProofs(w.Proofs); err != nil {
		return k, err
	}
	k.Key, err = cose.ParseForeignKey(w.Key)
	return k, err
}

// Good says whether the key may have signed codes of the purpose that were issued then and are shown at the time.
func (k *PartnerKey) Good(purpose Purpose, issued int64, at time.Time) bool {
	begun := issued >= k.From && at.Unix() >= k.From
	ended := k.Until != 0 && (issued >= k.Until || at.Unix() >= k.Until)
	return slices.Contains(k.Purposes, purpose) && begun && !ended
}

// PartnerOf gives the entry of the key list in force for which theirs is the bundle: one whose pinned root theirs follows from, and whose
// region the entry may speak for. Each refusal says what does not fit.
func (b *Bundle) PartnerOf(theirs *Bundle) (*Partner, error) {
	if b.keys == nil || theirs == nil || theirs.snapshot == nil {
		return nil, fmt.Errorf("%w: a partner's bundle needs a snapshot, and so does ours", ErrRegion)
	}
	region := theirs.root.root.Region
	for i := range b.keys.list.Partners {
		p := &b.keys.list.Partners[i]
		switch {
		case p.Root == nil || !theirs.Follows(p.Root):
			continue
		case !p.Speaks(FormatYK1, region):
			return nil, fmt.Errorf("%w: the bundle is of region %s, for which partner %s may not speak", ErrRegion, region, p.Name)
		}
		return p, nil
	}
	if p := b.keys.list.FindPartner(FormatYK1, region); p != nil {
		return nil, fmt.Errorf("%w: the bundle of %s does not follow from the root to which our key list pins partner %s", ErrRegion, region, p.Name)
	}
	return nil, fmt.Errorf("%w: our key list names no partner for region %s", ErrRegion, region)
}
