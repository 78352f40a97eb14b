package main

import (
	"bytes"
	"slices"

	"healthcode.example/partner"
	"healthcode.example/trust"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/shc"
)

// maxListKey bounds a PEM file of one public key.
const maxListKey = 64 << 10

// foreign names the format of codes to which the file of keys belongs, or nothing if it is a plain key set, whose format the flags say.
func (a *partnerAddCommand) foreign(keys []byte) string {
	switch {
	case len(a.Format) > 1 || len(a.Format) == 1 && a.Format[0] == trust.FormatYK1:
		return ""
	case len(a.Format) == 0:
		return partner.Recognise(keys, a.Issuer)
	case a.Format[0] == claim169.Name && !bytes.HasPrefix(keys, []byte("-----BEGIN ")) && !bytes.HasPrefix(bytes.TrimLeft(keys, " \t\r\n"), []byte("{")):
		return "" // a COSE Key Set
	}
	return a.Format[0]
}

// foreignEntries takes in a list of another format as the world publishes it. What of it cannot be used is named on standard error and left out.
func (a *partnerAddCommand) foreignEntries(c *console, format string, file []byte, policy trust.PartnerPolicy) ([]trust.Partner, error) {
	switch {
	case a.PartnerRoot != "":
		return nil, usage("--partner-root belongs to codes of our own format, and these keys to %s: make two entries", format)
	case format == dcc.Name && a.ListKey == "":
		return nil, usage("this is a list of EU signers: give the key that signs it with --list-key FILE")
	case format != dcc.Name && a.ListKey != "":
		return nil, usage("--list-key is the key of a signed list of EU signers, and --partner-keys is none")
	case !slices.Contains(a.Use, trust.Paper.String()):
		return nil, usage("--use %v: codes of format %s are taken as paper", a.Use, format)
	}
	source := partner.Source{File: file, Format: format, Issuers: a.Issuer, At: c.now()}
	pinned, path := file, a.PartnerKeys
	if a.ListKey != "" {
		key, err := readPartnerFile(c, "--list-key", string(a.ListKey), maxListKey)
		if err != nil {
			return nil, err
		}
		source.ListKey, pinned, path = key, key, a.ListKey
	}
	if err := a.comparedKeys(path, pinned); err != nil {
		return nil, err
	}
	if a.Until != "" {
		until, err := c.at(string(a.Until))
		if err != nil {
			return nil, err
		}
		source.Until = until.Unix()
	}
	list, err := partner.Import(source)
	switch {
	case err != nil && len(a.Format) == 0 && format == shc.Name:
		return nil, badBundle("--partner-keys %s: %w (its issuer is an address, so it was read as one of SMART Health Cards: for another format give --format)", a.PartnerKeys, err)
	case err != nil:
		return nil, badBundle("--partner-keys %s: %w", a.PartnerKeys, err)
	}
	a.note(c, list)
	return list.Entries(a.Name, policy), nil
}

// note says what of the list is left out, what is good only later, and how much there is.
func (a *partnerAddCommand) note(c *console, list *partner.List) {
	for _, s := range list.Skipped {
		c.notef("%s: %s is left out: %s\n", a.PartnerKeys, s.Name, s.Why)
	}
	for _, l := range list.Later {
		c.notef("%s: %s is kept, and good only from %s on\n", a.PartnerKeys, l.Name, stamp(utc(l.From)))
	}
	keys := 0
	for _, g := range list.Groups {
		keys += len(g.Keys)
	}
	c.notef("%s: %d keys of %d issuers for format %s\n", a.PartnerKeys, keys, len(list.Groups), list.Format)
}
