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

// keys reads the partner's keys. What of them cannot be used is named on standard error and left out.
func (a *partnerAddCommand) keys(c *console, raw []byte, formats []string) ([]trust.PartnerKey, error) {
	set, err := a.offered(c, raw)
	if err != nil {
		return nil, err
	}
	for _, s := range set.skipped {
		c.notef("%s: key %d %q of the %s is left out: %s\n", a.PartnerKeys, s.Index, s.Name, set.kind, s.Why)
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
	for _, k := range set.keys {
		key, why := a.narrow(k, formats, most, c.now().Unix())
		if why != "" {
			c.notef("%s: key %s of the %s is left out: %s\n", a.PartnerKeys, k.Key.ID(), set.kind, why)
			continue
		}
		if id := k.Key.ID(); key.KeyID == nil && k.KeyID != nil && string(k.KeyID) != id.String() && !bytes.Equal(k.KeyID, id[:]) {
			c.notef("%s: the %s calls a key %q; codes name it by its thumbprint, and so it is taken as %s: ask the partner whether its codes say that\n", a.PartnerKeys, set.kind, k.KeyID, id)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, badBundle("--partner-keys %s: no key of the %s can be used", a.PartnerKeys, set.kind)
	}
	return keys, nil
}

// keySet is a file of keys that was compared with its fingerprint.
type keySet struct {
	kind    string
	keys    []api.SetKey
	skipped []api.Skipped
}

// offered tells by the content what the file is. A set is compared by its own bytes, a signed list by the key that signs it.
func (a *partnerAddCommand) offered(c *console, raw []byte) (set keySet, err error) {
	if api.IsSignedKeys(raw) {
		return a.signedList(c, raw)
	}
	head := bytes.TrimLeft(raw, " \t\r\n")
	if what := otherFile(head); what != "" {
		return set, usage("--partner-keys %s: %s", a.PartnerKeys, what)
	}
	if err := a.comparedKeys(a.PartnerKeys, raw); err != nil {
		return set, err
	}
	if bytes.HasPrefix(head, []byte("{")) {
		set.kind = "JWK Set"
		set.keys, set.skipped, err = api.ReadJWKSet(raw)
	} else {
		set.kind = "COSE Key Set"
		set.keys, set.skipped, err = api.ReadCOSEKeySet(raw)
	}
	if err != nil {
		return set, badBundle("--partner-keys %s: %w", a.PartnerKeys, err)
	}
	return set, nil
}

// otherFile says of a file that is no set of keys what it is, and what to give in its place, as far as that can be told.
func otherFile(head []byte) string {
	const set = "its JWK Set (jwks.json), its COSE Key Set (cose-keys) or its signed list of keys (keys.jws)"
	_, _, notBundle := trust.LastRoot(head)
	_, notRoot := trust.ReadRoot(head)
	switch {
	case len(head) == 0:
		return "the file is empty: ask the partner for " + set
	case notBundle == nil, notRoot == nil:
		return "this is a bundle or a root, which tells more than keys: give it with --partner-root, and the root's fingerprint with --root-fingerprint"
	case head[0] == '[':
		return `this is a bare JSON array, and a JWK Set is an object {"keys":[…]}: ask the partner for ` + set
	case bytes.Count(head, []byte(".")) == 2 && bytes.HasPrefix(head, []byte("eyJ")):
		return "this is a signed text (JWS), but no list of keys (typ " + api.TypeSignedKeys + "): ask the partner for " + set
	}
	return ""
}

// signedList takes a region's signed list of keys, whose signature is the partner's if the key of it is.
func (a *partnerAddCommand) signedList(c *console, raw []byte) (set keySet, err error) {
	list, err := api.ReadSignedKeys(raw)
	if err != nil {
		return set, badBundle("--partner-keys %s: %w", a.PartnerKeys, err)
	}
	if err := compareFingerprint("--keys-fingerprint", string(a.PartnerKeys)+": the key that signs the list", string(a.KeysFingerprint), list.Signer); err != nil {
		return set, err
	}
	switch end := utc(list.ExpiresAt); {
	case !slices.Equal(a.Issuer, []string{list.Issuer}):
		return set, usage("--partner-keys %s: the list is of %s and speaks for nobody else: give --issuer %s", a.PartnerKeys, list.Issuer, list.Issuer)
	case c.now().Unix() >= list.ExpiresAt:
		return set, badBundle("--partner-keys %s: the list has ended at %s: bring the newest", a.PartnerKeys, stamp(end))
	case list.Demo:
		c.notef("%s: the list is of a demonstration: anybody may hold its keys\n", a.PartnerKeys)
	}
	return keySet{"signed list of keys", list.Keys, list.Skipped}, nil
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
