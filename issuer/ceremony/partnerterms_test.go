package ceremony_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

// macao is an entry in which every field says something.
func (r *room) macao() trust.Partner {
	return trust.Partner{
		Name: "Macao", Issuers: []string{"CN-MO"}, Formats: []string{trust.FormatYK1}, Root: bytes.Repeat([]byte{0xab}, 32),
		Keys: []trust.PartnerKey{{Key: r.people(1)[0].Public(), Purposes: []trust.Purpose{trust.Phone}, Until: noon.AddDate(1, 0, 0).Unix()}},
		Policy: trust.PartnerPolicy{
			Kinds: []credential.Kind{credential.Phone, credential.Paper}, Colours: trust.ColourMap{credential.Green, credential.Red, credential.Red},
			UnknownAge: 6 * time.Hour, RefreshAge: 90 * time.Minute, TestAge: 48 * time.Hour, EndOfDay: true,
		},
	}
}

// with proposes a key list with the partners after one with others.
func (r *room) with(before, after []trust.Partner) ([]string, error) {
	r.t.Helper()
	list := r.firstKeyList().KeyList()
	list.Partners = before
	signed, err := trust.SignKeyList(list, r.list[0], r.list[1])
	r.must(err)
	p, err := ceremony.ProposeKeys(r.roots, signed, issuer.Change{Partners: &after, Expires: noon.AddDate(0, 6, 0)}, noon.Add(time.Hour))
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, line := range r.carry(p).Changes() {
		if strings.HasPrefix(line, "partner ") {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func TestTheSignerReadsAPartnersTermsInWords(t *testing.T) {
	r := newRoom(t)
	p := r.macao()
	lines, err := r.with(nil, []trust.Partner{p})
	r.must(err)
	want := []string{
		"partner Macao: NEW",
		"partner Macao: speaks for CN-MO",
		"partner Macao: in the format YK1",
		"partner Macao: its bundles follow from the root " + strings.TrimSpace(strings.Repeat("abab ", 16)),
		"partner Macao: key " + p.Keys[0].Key.ID().String() + " Ed25519 for phone, until 2027-03-02T04:00:00Z",
		"partner Macao: codes that count: phone, paper",
		"partner Macao: its green is green here",
		"partner Macao: its yellow is red here",
		"partner Macao: its red is red here",
		"partner Macao: its codes count at every sort of gate",
		"partner Macao: a code whose revocation cannot be looked up counts up to an age of 6 hours",
		"partner Macao: a code counts up to an age of 90 minutes",
		"partner Macao: a negative test is asked for, sampled within 48 hours",
		"partner Macao: a code ends at 23:59:59 (UTC+8) of its day",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("the signer reads\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	for _, line := range lines {
		if strings.ContainsAny(line, "[]{}\"") {
			t.Errorf("a form of Go's stands in %q", line)
		}
	}
}

func TestTheSignerReadsFromWhenOnAForeignKeyIsGood(t *testing.T) {
	r := newRoom(t)
	p := r.macao()
	p.Issuers, p.Formats, p.Root = []string{"XX"}, []string{"HC1"}, nil
	p.Keys[0].From = noon.AddDate(0, 1, 0).Unix()
	lines, err := r.with(nil, []trust.Partner{p})
	r.must(err)
	if want := "partner Macao: key " + p.Keys[0].Key.ID().String() + " Ed25519 for phone, from 2026-04-02T04:00:00Z, until 2027-03-02T04:00:00Z"; !slices.Contains(lines, want) {
		t.Errorf("%q does not stand in %q", want, lines)
	}
}

func TestTheSignerReadsEachChangeOfAPartner(t *testing.T) {
	r := newRoom(t)
	before := r.macao()
	for want, change := range map[string]func(*trust.Partner){
		"speaks for CN-MO, CN-TW (before: speaks for CN-MO)": func(p *trust.Partner) { p.Issuers = []string{"CN-MO", "CN-TW"} },
		"no bundle: whether": func(p *trust.Partner) { p.Root = nil },
		"for paper, until": func(p *trust.Partner) {
			p.Keys = edited(p.Keys, func(k *trust.PartnerKey) { k.Purposes = []trust.Purpose{trust.Paper} })
		},
		"for phone (before": func(p *trust.Partner) { p.Keys = edited(p.Keys, func(k *trust.PartnerKey) { k.Until = 0 }) },
		"GONE key":          func(p *trust.Partner) { p.Keys = nil },
		"NEW key": func(p *trust.Partner) {
			p.Keys = append(slices.Clone(p.Keys), trust.PartnerKey{Key: r.people(1)[0].Public(), Purposes: []trust.Purpose{trust.Paper}})
		},
		"codes that count: phone (before":             func(p *trust.Partner) { p.Policy.Kinds = []credential.Kind{credential.Phone} },
		"its yellow is yellow here":                   func(p *trust.Partner) { p.Policy.Colours = trust.ColourMap{} },
		"does not count (before":                      func(p *trust.Partner) { p.Policy.UnknownAge = 0 },
		"no code is too old":                          func(p *trust.Partner) { p.Policy.RefreshAge = 0 },
		"no negative test":                            func(p *trust.Partner) { p.Policy.TestAge = 0 },
		"only at gates of the sort airport (before: ": func(p *trust.Partner) { p.Policy.Gates = []string{"airport"} },
		"may count over midnight":                     func(p *trust.Partner) { p.Policy.EndOfDay = false },
	} {
		after := before
		change(&after)
		lines, err := r.with([]trust.Partner{before}, []trust.Partner{after})
		r.must(err)
		if len(lines) != 2 || lines[0] != "partner Macao: CHANGES" || !strings.Contains(lines[1], want) {
			t.Errorf("the signer reads\n%s\nwant one line with %q", strings.Join(lines, "\n"), want)
		}
	}
	if lines, err := r.with([]trust.Partner{before}, []trust.Partner{before}); err != nil || len(lines) != 0 {
		t.Errorf("nothing changes, and the signer reads %q, %v", lines, err)
	}
}

func edited(keys []trust.PartnerKey, edit func(*trust.PartnerKey)) []trust.PartnerKey {
	keys = slices.Clone(keys)
	for n := range keys {
		edit(&keys[n])
	}
	return keys
}

// What no gate would take is refused before anybody signs it.
func TestAPartnerWhoCouldSpeakForUsIsNotProposed(t *testing.T) {
	r := newRoom(t)
	fingerprint, err := trust.Pin(r.roots[0])
	r.must(err)
	for want, change := range map[string]func(*trust.Partner){
		"pinned to our own root": func(p *trust.Partner) {
			p.Root, p.Keys = nil, nil
			p.Root = mustHex(t, fingerprint.Fingerprint())
		},
		"of our root": func(p *trust.Partner) {
			p.Keys = edited(p.Keys, func(k *trust.PartnerKey) { k.Key = r.root[4].Public() })
		},
		"not speak for our own region": func(p *trust.Partner) { p.Issuers = []string{"CN-GD"} },
	} {
		p := r.macao()
		change(&p)
		if _, err := r.with(nil, []trust.Partner{p}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func mustHex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
