package partner

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"healthcode.example/crypto/strictjson"
	"healthcode.example/trust"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/nzcp"
	"healthcode.example/verifier/shc"
)

// MaxList bounds a file of keys in bytes. What a format allows may be less.
const MaxList = 16 << 20

// Source is a list of keys as somebody else publishes it, and what the operator says of it.
type Source struct {
	File    []byte
	Format  string    // of the registry; empty: told by Recognise
	Issuers []string  // who speaks under the keys. Of a list that says so itself, those that are meant; empty: all
	ListKey []byte    // PEM of the key that signs the list of EU signers, which the operator has by another way
	Until   int64     // Unix seconds: no key is good at or after it; zero: as the list says
	At      time.Time // keys that have ended are left out
}

// Group are the keys under which some issuers speak: one entry of our key list.
type Group struct {
	Issuers []string
	Keys    []trust.PartnerKey
}

// Skipped is an element of a list that is left out, and why. The others are kept: one broken certificate must not lock out a continent.
type Skipped struct {
	Name string
	Why  string
}

// Later is a key that is taken over and is good only from a time on.
type Later struct {
	Name string
	From int64 // Unix seconds
}

// List is what a file gave.
type List struct {
	Format  string
	Groups  []Group // of different issuers
	Skipped []Skipped
	Later   []Later
}

// Recognise tells by their content the lists that can be nothing else, and gives the format of the registry, or nothing: a JWK Set may be anybody's.
// For a JWK Set of SMART Health Cards it looks at the issuers, which are addresses there.
func Recognise(file []byte, issuers []string) string {
	head := bytes.TrimLeft(file, " \t\r\n")
	addresses := len(issuers) > 0 && !slices.ContainsFunc(issuers, func(s string) bool { return !strings.Contains(s, "://") })
	switch {
	case addresses && bytes.HasPrefix(head, []byte("[")):
		return shc.Name // a set without its object, which its reader refuses and says what to give
	case bytes.HasPrefix(head, []byte("-----BEGIN ")):
		return claim169.Name
	case !bytes.HasPrefix(head, []byte("{")):
		if _, body, ok := bytes.Cut(file, []byte("\n")); ok && has(body, "certificates") {
			return dcc.Name
		}
		return ""
	case has(head, "verificationMethod"):
		return nzcp.Name
	case addresses && has(head, "keys"):
		return shc.Name
	}
	return ""
}

// has says whether the text is a JSON object with the member.
func has(text []byte, member string) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(text, &object) == nil && object[member] != nil
}

// Import reads the list. The signature of a signed list is checked; of every other list the caller has compared the fingerprint.
func Import(s Source) (*List, error) {
	if len(s.File) > MaxList {
		return nil, fmt.Errorf("list of keys: %d bytes, at most %d", len(s.File), MaxList)
	}
	if s.Format == "" {
		s.Format = Recognise(s.File, s.Issuers)
	}
	l := &List{Format: s.Format}
	var err error
	switch s.Format {
	case dcc.Name:
		err = l.readSigners(&s)
	case shc.Name:
		err = l.readCards(&s)
	case nzcp.Name:
		err = l.readDocument(&s)
	case claim169.Name:
		err = l.readIdentities(&s)
	default:
		return nil, fmt.Errorf("list of keys: format %q has no list of its own; give one of %s, %s, %s, %s", s.Format, dcc.Name, shc.Name, nzcp.Name, claim169.Name)
	}
	if err != nil {
		return nil, err
	}
	return l, l.end(&s)
}

// plain keeps what a list writes from more than a place in a line.
func plain(s string) string {
	if len(s) > 64 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%.64q", s)
	}
	return s
}

func (l *List) skip(name string, err error) {
	l.Skipped = append(l.Skipped, Skipped{name, err.Error()})
}

// readSigners takes the signed list of EU signers: each country is a group, since a key of one never vouches for another.
func (l *List) readSigners(s *Source) error {
	if s.ListKey == nil {
		return fmt.Errorf("list of signers: the key that signs it is missing: give it as PEM")
	}
	in, err := dcc.ImportList(s.File, s.ListKey)
	if err != nil {
		return err
	}
	for _, k := range in.Skipped {
		name := fmt.Sprintf("entry %d", k.Index+1)
		if k.Country != "" || k.KeyID != "" {
			name = plain(k.Country) + " " + plain(k.KeyID)
		}
		l.skip(name, k.Err)
	}
	countries := s.Issuers
	if len(countries) == 0 {
		countries = slices.Sorted(maps.Keys(in.Keys))
	}
	for _, c := range countries {
		if in.Keys[c] == nil {
			return fmt.Errorf("list of signers: it has no key of %.8q", c)
		}
		l.Groups = append(l.Groups, Group{[]string{c}, in.Keys[c]})
	}
	return nil
}

// cardIssuer refuses what stands in no card: the specification ("Determining keys associated with an issuer") wants an address without a stroke at its
// end, and a code counts only if its issuer is letter for letter the one of the entry.
func cardIssuer(issuer string) error {
	const keys = "/.well-known/jwks.json"
	switch bare := strings.TrimRight(strings.TrimSuffix(issuer, keys), "/"); {
	case !strings.HasPrefix(issuer, "https://"):
		return fmt.Errorf("issuer %.80q: that of SMART Health Cards begins with https://, as in the cards", issuer)
	case strings.ContainsFunc(issuer, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("issuer %+.80q: an address has letters, digits and signs of ASCII only; a host of other letters is written as xn--…", issuer)
	case strings.ContainsAny(issuer, "?#"):
		return fmt.Errorf("issuer %.80q: that of SMART Health Cards has neither a question mark nor a fragment", issuer)
	case strings.HasSuffix(issuer, keys):
		return fmt.Errorf("issuer %.160q: this is where its keys are; give %s", issuer, bare)
	case bare != issuer:
		return fmt.Errorf("issuer %.80q: that of SMART Health Cards has no stroke at its end, so that no card would count; give %s", issuer, bare)
	}
	return nil
}

func (l *List) readCards(s *Source) error {
	for _, issuer := range s.Issuers {
		if err := cardIssuer(issuer); err != nil {
			return err
		}
	}
	keys, skipped, err := shc.ImportKeys(s.File)
	for _, k := range skipped {
		l.skip(fmt.Sprintf("key %d %q", k.Index+1, k.KeyID), k.Err)
	}
	return l.of(s, keys, err)
}

func (l *List) readIdentities(s *Source) error {
	keys, skipped, err := claim169.ImportKeys(s.File)
	for _, k := range skipped {
		l.skip(fmt.Sprintf("key %d %q", k.Index+1, k.KeyID), k.Err)
	}
	return l.of(s, keys, err)
}

// of makes one group of all keys. The list does not say whose it is.
func (l *List) of(s *Source, keys []trust.PartnerKey, err error) error {
	switch {
	case err != nil:
		return err
	case len(s.Issuers) == 0:
		return fmt.Errorf("list of keys: it does not say whose it is: name the issuer as it stands in the codes")
	}
	l.Groups = []Group{{s.Issuers, keys}}
	return nil
}

// readDocument takes a DID document, which says whose it is; an issuer that is named beside it must be that one.
func (l *List) readDocument(s *Source) error {
	members, err := strictjson.Members(s.File)
	if err != nil {
		return fmt.Errorf("DID document: %w", err)
	}
	var id string
	if json.Unmarshal(members["id"], &id) != nil {
		return fmt.Errorf("DID document: its id is missing or no text")
	}
	if len(s.Issuers) > 1 || len(s.Issuers) == 1 && s.Issuers[0] != id {
		return fmt.Errorf("DID document: it is of %.80q, and speaks for nobody else", id)
	}
	d, err := nzcp.ImportDocument(s.File, id)
	if err != nil {
		return err
	}
	for _, k := range d.Skipped {
		name := fmt.Sprintf("%.160q", k.ID)
		if k.ID == "" {
			name = fmt.Sprintf("%s %d", k.List, k.Index+1)
		}
		l.skip(name, k.Err)
	}
	l.Groups = []Group{{[]string{d.Issuer}, d.Keys}}
	return nil
}

// end bounds the keys by the operator's end, and leaves out what has ended, and then groups without keys. What has not begun is kept and named.
func (l *List) end(s *Source) error {
	var left []Group
	for _, g := range l.Groups {
		var keys []trust.PartnerKey
		for _, k := range g.Keys {
			if s.Until != 0 && (k.Until == 0 || s.Until < k.Until) {
				k.Until = s.Until
			}
			if k.Until != 0 && (s.At.Unix() >= k.Until || k.From >= k.Until) {
				continue
			}
			if keys = append(keys, k); s.At.Unix() < k.From {
				l.Later = append(l.Later, Later{strings.Join(g.Issuers, ", ") + " " + k.Called(), k.From})
			}
		}
		if ended := len(g.Keys) - len(keys); ended > 0 {
			l.skip(strings.Join(g.Issuers, ", "), fmt.Errorf("%d of %d keys have ended", ended, len(g.Keys)))
		}
		if len(keys) > 0 {
			left = append(left, Group{g.Issuers, keys})
		}
	}
	if l.Groups = left; len(left) == 0 {
		return fmt.Errorf("list of keys: every key in it has ended")
	}
	return nil
}
