package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/partner"
	"healthcode.example/trust"
)

type partnerAddCommand struct {
	partnerFlags
	Name            string         `required:"" help:"What the entry is called, for people."`
	Issuer          []string       `placeholder:"CODE" help:"The issuer (iss) that it may speak for, as in CN-MO; once for each. Never our own region. A list of EU signers and a DID document name theirs."`
	Format          []string       `placeholder:"NAME" help:"The format in which it may; once for each. YK1 is ours, and what is meant unless the keys tell otherwise; HC1 EU certificates, SHC SMART Health Cards, NZCP the New Zealand pass, C169 MOSIP Claim 169."`
	PartnerRoot     given          `placeholder:"FILE" help:"The partner's first root, or a bundle of it. Its bundles then tell the status of its codes."`
	RootFingerprint given          `placeholder:"HEX" help:"The fingerprint of that root as the partner read it to you."`
	PartnerKeys     given          `placeholder:"FILE" help:"The partner's JWK Set, COSE Key Set or signed list of keys (keys.jws), for gates without its bundle; or the signed German list of EU signers, the JWK Set of an issuer of SMART Health Cards, a DID document of the New Zealand pass, a key of a Claim 169 issuer as PEM or JWK."`
	KeysFingerprint given          `placeholder:"HEX" help:"The SHA-256 of that file as the partner read it to you (sha256sum FILE); of a signed list of keys the thumbprint of the key that signs it, and with --list-key the SHA-256 of the key's file, since such a list is a new one each day."`
	ListKey         given          `placeholder:"FILE" help:"The key that signs the list of EU signers, as PEM."`
	Use             []string       `default:"phone,paper" enum:"phone,paper" help:"What the keys of the set may sign: ${enum}."`
	Until           given          `placeholder:"RFC3339" help:"Nothing under the keys of the set is good from then on."`
	Kind            []string       `default:"phone,paper,household" enum:"phone,paper,household" help:"Kinds of codes that count: ${enum}."`
	Colours         []string       `default:"green,yellow,red" placeholder:"GREEN,YELLOW,RED" help:"What the partner's green, yellow and red are here. A worse one never becomes a better one, nor red green."`
	UnknownAge      *time.Duration `placeholder:"DURATION" help:"Up to which age a code counts whose revocation cannot be looked up; without it none does."`
	RefreshAge      *time.Duration `placeholder:"DURATION" help:"Up to which age any code of the partner counts."`
	TestAge         *time.Duration `placeholder:"DURATION" help:"Ask for a negative test whose sample is at most so old, in whole hours."`
	EndOfDay        bool           `help:"Let each code end at 23:59:59 (UTC+8) of its day."`
	Gate            []string       `placeholder:"SORT" help:"The sort of gates at which its codes count, as in border; once for each. Without it, all."`
	Replace         bool           `help:"Put it in the place of the entry of the same name."`
}

// Help gives the examples.
func (*partnerAddCommand) Help() string {
	return `Only files: whatever a code, a set or a partner names by an address is not fetched. Compare each fingerprint by voice with a person whom
you know; without one given here nothing is believed. A key set alone knows no revocation: give --unknown-age as short as you can live with.

Examples:

    healthcode partner add --name Macao --issuer CN-MO --partner-root mo.root --root-fingerprint 5f2c…90 --yes
    healthcode partner add --name Macao --issuer CN-MO --partner-keys mo-jwks.json --keys-fingerprint 91ab…07 --unknown-age 6h \
        --colours green,red,red --refresh-age 6h --test-age 48h --end-of-day --bundle bundle.ykb --root root.cose --out keys-4.proposal
    healthcode partner add --name Macao --issuer CN-MO --partner-keys mo-keys.jws --keys-fingerprint 0b6e…d4 --unknown-age 6h --yes
    healthcode partner add --name EU --partner-keys dsc-list.json --list-key dsc-list.pem --keys-fingerprint 4c01…e2 --unknown-age 8784h --gate border
    healthcode partner add --name NZ --partner-keys did.json --keys-fingerprint 77d0…1b --unknown-age 4400h
    healthcode partner add --name Utah --issuer https://card.example --partner-keys jwks.json --keys-fingerprint 02fe…9c --unknown-age 8784h`
}

// colours are those of the registry in the order of a colour map.
var colours = [3]credential.Colour{credential.Green, credential.Yellow, credential.Red}

// Run makes the entry and proposes it.
func (a *partnerAddCommand) Run(ctx context.Context, c *console) error {
	entries, err := a.entries(c)
	if err != nil {
		return err
	}
	return a.change(ctx, c, func(list *trust.KeyList) ([]trust.Partner, error) {
		if err := checkTerms(list.Region, entries); err != nil {
			return nil, err
		}
		partners, err := partner.Merge(list.Partners, entries, a.Name, a.Replace)
		if err != nil {
			return nil, usage("%w", err)
		}
		return partners, nil
	})
}

// checkTerms refuses as wrong usage what no key list may hold, and what would never count.
func checkTerms(region string, entries []trust.Partner) error {
	for i := range entries {
		p := &entries[i]
		if err := p.Check(region); err != nil {
			return usage("%w", err)
		}
		if !slices.Contains(p.Formats, trust.FormatYK1) && !p.Policy.Admits(credential.Paper) {
			return usage("--kind %s: codes of %s are taken as paper, so none would ever count: give --kind paper", kindNames(p.Policy.Kinds), strings.Join(p.Formats, " and "))
		}
		paper := func(k trust.PartnerKey) bool { return slices.Contains(k.Purposes, trust.Paper) }
		if !slices.Contains(p.Formats, trust.FormatYK1) && !slices.ContainsFunc(p.Keys, paper) {
			return usage("--use: codes of %s are taken as paper, and no key would be for it: give --use paper", strings.Join(p.Formats, " and "))
		}
	}
	return nil
}

func kindNames(kinds []credential.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return strings.Join(names, ",")
}

// entries are the partner as the flags and files describe it. That it does not speak for us is seen to where key lists are made.
func (a *partnerAddCommand) entries(c *console) ([]trust.Partner, error) {
	if a.PartnerRoot == "" && a.PartnerKeys == "" {
		return nil, usage("give the partner's root (--partner-root FILE), its key set (--partner-keys FILE), or both")
	}
	p := trust.Partner{Name: a.Name}
	var err error
	if p.Policy, err = a.policy(); err != nil {
		return nil, err
	}
	var keys []byte
	if a.PartnerKeys != "" {
		if keys, err = readPartnerFile(c, "--partner-keys", string(a.PartnerKeys), partner.MaxList); err != nil {
			return nil, err
		}
		if format := a.foreign(keys); format != "" {
			return a.foreignEntries(c, format, keys, p.Policy)
		}
	}
	if a.ListKey != "" {
		return nil, usage("--list-key is the key of a signed list of EU signers, and --partner-keys is none")
	}
	if len(a.Issuer) == 0 {
		return nil, usage("--issuer: name the issuer (iss) for which the partner may speak, as in CN-MO")
	}
	if p.Issuers, p.Formats = a.Issuer, a.Format; len(p.Formats) == 0 {
		p.Formats = []string{trust.FormatYK1}
	}
	if a.PartnerRoot != "" {
		if p.Root, err = a.root(c); err != nil {
			return nil, err
		}
	}
	if keys != nil {
		if p.Keys, err = a.keys(c, keys, p.Formats); err != nil {
			return nil, err
		}
	}
	return []trust.Partner{p}, nil
}

func (a *partnerAddCommand) policy() (trust.PartnerPolicy, error) {
	policy := trust.PartnerPolicy{EndOfDay: a.EndOfDay, Gates: a.Gate}
	for _, age := range []struct {
		flag  string
		given *time.Duration
		to    *time.Duration
	}{{"--unknown-age", a.UnknownAge, &policy.UnknownAge}, {"--refresh-age", a.RefreshAge, &policy.RefreshAge}, {"--test-age", a.TestAge, &policy.TestAge}} {
		if age.given == nil {
			continue
		}
		if *age.to = *age.given; *age.to <= 0 {
			return trust.PartnerPolicy{}, usage("%s %s: give an age above zero, or leave it out where there is no limit of that sort", age.flag, age.given)
		}
	}
	for _, name := range a.Kind {
		kind, err := credential.ParseKind(name)
		if err != nil {
			return policy, usage("--kind: %w", err)
		}
		policy.Kinds = append(policy.Kinds, kind)
	}
	if len(a.Colours) != len(policy.Colours) {
		return policy, usage("--colours wants three, for their green, yellow and red, as in green,red,red")
	}
	for i, name := range a.Colours {
		colour, err := credential.ParseColour(name)
		if err != nil {
			return policy, usage("--colours: %w", err)
		}
		policy.Colours[i] = colour
	}
	if policy.Colours == trust.ColourMap(colours) {
		policy.Colours = trust.ColourMap{}
	}
	return policy, nil
}

// root gives the fingerprint of the partner's root, if the file and the voice agree on it.
func (a *partnerAddCommand) root(c *console) ([]byte, error) {
	raw, err := readPartnerFile(c, "--partner-root", string(a.PartnerRoot), trust.MaxBundle)
	if err != nil {
		return nil, err
	}
	if head := bytes.TrimSpace(raw); bytes.HasPrefix(head, []byte("{")) || api.IsSignedKeys(head) {
		return nil, usage("--partner-root %s: this is a set of keys, and no root: give it with --partner-keys, and its fingerprint with --keys-fingerprint", a.PartnerRoot)
	}
	root := raw
	if _, err := trust.Pin(raw); err != nil {
		if a.RootFingerprint == "" {
			return nil, badBundle("--partner-root %s is no root (%w); for a bundle give --root-fingerprint, which tells its root", a.PartnerRoot, err)
		}
		if root, err = trust.FindRoot(raw, string(a.RootFingerprint)); err != nil {
			return nil, badBundle("--partner-root %s: %w", a.PartnerRoot, err)
		}
	}
	got, err := trust.RootFingerprint(root)
	if err != nil {
		return nil, badBundle("--partner-root %s: %w", a.PartnerRoot, err)
	}
	if err := compareFingerprint("--root-fingerprint", string(a.PartnerRoot), string(a.RootFingerprint), got); err != nil {
		return nil, err
	}
	b, err := pin(root)
	if err != nil {
		return nil, err
	}
	if region := b.Root().Region; !slices.Contains(a.Issuer, region) {
		return nil, usage("--partner-root %s: the root is of %s, and --issuer %s leaves that out, so that no bundle of it would count", a.PartnerRoot, region, strings.Join(a.Issuer, ", "))
	}
	if b.Root().Demo {
		c.notef("the root of %s is marked DEMO: anybody may hold its keys; every production gate refuses its bundles, and only those of a demonstration take them\n", b.Root().Region)
	}
	return hex.DecodeString(got)
}

// compareFingerprint wants what came with the file to be what came by voice.
func compareFingerprint(flag, path, said, got string) error {
	if said == "" {
		return usage("%s has the fingerprint\n    %s\ncompare it by voice with somebody of the partner whom you know, and give it with %s", path, ceremony.Spaced(got), flag)
	}
	want, ok := trust.NormalFingerprint(said)
	if !ok {
		return usage("%s is not a fingerprint of 64 hexadecimal digits", flag)
	}
	if want != got {
		return badBundle("%s has the fingerprint\n    %s\nand %s says\n    %s\nsomebody has changed one of them: trust neither, and ask the partner by another way",
			path, ceremony.Spaced(got), flag, ceremony.Spaced(want))
	}
	return nil
}

// readPartnerFile reads a file, and refuses an address.
func readPartnerFile(c *console, flag, path string, most int64) ([]byte, error) {
	if strings.Contains(path, "://") {
		return nil, usage("%s %s is an address, and nothing is fetched that a partner or its set names: whoever answers there would be believed; bring the file, and its fingerprint by voice", flag, path)
	}
	f, err := c.files.Open(path)
	if err != nil {
		return nil, usage("%s: %w", flag, err)
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, usage("%s: %w", flag, err)
	}
	if int64(len(b)) > most {
		return nil, usage("%s %s is larger than %d bytes: this is not the file", flag, path, most)
	}
	return b, nil
}
