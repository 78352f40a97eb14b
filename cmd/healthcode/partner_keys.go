package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"healthcode.example/api"
	"healthcode.example/trust"
)

// comparedKeys wants a file of keys to be the one that was read out by voice.
func (a *partnerAddCommand) comparedKeys(path given, raw []byte) error {
	sum := sha256.Sum256(raw)
	return compareFingerprint("--keys-fingerprint", string(path), string(a.KeysFingerprint), hex.EncodeToString(sum[:]))
}

// keys reads the partner's key set. What of it cannot be used is named on standard error and left out.
func (a *partnerAddCommand) keys(c *console, raw []byte, formats []string) ([]trust.PartnerKey, error) {
	if err := a.comparedKeys(a.PartnerKeys, raw); err != nil {
		return nil, err
	}
	read, kind := api.ReadCOSEKeySet, "COSE Key Set"
	if bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) {
		read, kind = api.ReadJWKSet, "JWK Set"
	}
	set, skipped, err := read(raw)
	if err != nil {
		return nil, badBundle("--partner-keys %s: %w", a.PartnerKeys, err)
	}
	for _, s := range skipped {
		c.notef("%s: key %d %q of the %s is left out: %s\n", a.PartnerKeys, s.Index, s.Name, kind, s.Why)
	}
	until, err := c.at(string(a.Until))
	if err != nil {
		return nil, err
	}
	most := int64(0)
	if a.Until != "" {
		most = until.Unix()
	}
	var keys []trust.PartnerKey
	for _, k := range set {
		key, why := a.narrow(k, formats, most, c.now().Unix())
		if why != "" {
			c.notef("%s: key %s of the %s is left out: %s\n", a.PartnerKeys, k.Key.ID(), kind, why)
			continue
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, badBundle("--partner-keys %s: no key of the %s can be used", a.PartnerKeys, kind)
	}
	return keys, nil
}

// narrow makes the entry of one key: both what the set says of its use and what the flags say must allow it. why is set if nothing remains.
func (a *partnerAddCommand) narrow(k api.SetKey, formats []string, most, now int64) (key trust.PartnerKey, why string) {
	key = trust.PartnerKey{Key: k.Key, Until: k.Until}
	if most != 0 && (key.Until == 0 || most < key.Until) {
		key.Until = most
	}
	if key.Until != 0 && key.Until <= now {
		return key, "it has ended at " + stamp(utc(key.Until))
	}
	for _, p := range []trust.Purpose{trust.Phone, trust.Paper} {
		if slices.Contains(a.Use, p.String()) && (k.Purpose == 0 || k.Purpose == p) {
			key.Purposes = append(key.Purposes, p)
		}
	}
	if len(key.Purposes) == 0 {
		return key, fmt.Sprintf("its purpose is %s, and --use allows %v", k.Purpose, a.Use)
	}
	if !slices.Contains(formats, trust.FormatYK1) { // codes of ours name a key by its thumbprint, whatever a set calls it
		key.KeyID = k.KeyID
	}
	return key, ""
}
