package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"healthcode.example/api"
	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// partnerFiles are what bundle export writes for partners whose software does not read our bundle.
type partnerFiles struct {
	JWKS        given `name:"jwks" placeholder:"FILE" help:"Write the keys of codes as a JWK Set too. It knows no revocation."`
	COSEKeys    given `name:"cose-keys" placeholder:"FILE" help:"Write the same keys as a COSE Key Set. It knows no revocation."`
	SignedKeys  given `placeholder:"FILE" help:"Write the same keys as a list signed by the notice key (JWS), which names the status lists and ends with the publication."`
	StatusLists given `placeholder:"DIR" help:"Write each status list as an IETF Token Status List into the directory, which is made if it is not there: PURPOSE-LIST.cwt and .jwt, signed by the notice key."`
	StatusURI   given `name:"status-uri" placeholder:"URI" help:"What stands before PURPOSE-LIST in the subject of each token, where partners find it; without it urn:healthcode:REGION:."`
}

// write writes the files that were asked for, each whole or not at all. Of what is signed it gives the thumbprint of the signing key.
func (f *partnerFiles) write(c *console, i *issuer.Issuer, at time.Time) (signer string, err error) {
	b := i.Bundle()
	for _, set := range []struct {
		path given
		make func(*trust.Bundle, time.Time) ([]byte, error)
	}{{f.JWKS, api.JWKSet}, {f.COSEKeys, api.COSEKeySet}} {
		if set.path == "" {
			continue
		}
		raw, err := set.make(b, at)
		if err == nil {
			err = c.files.Save(string(set.path), raw)
		}
		if err != nil {
			return "", err
		}
	}
	if f.SignedKeys == "" && f.StatusLists == "" {
		return "", nil
	}
	key, err := i.Signer(trust.Notice, 0, at)
	if err != nil {
		return "", fmt.Errorf("lists for partners are signed by the notice key: %w", err)
	}
	if err := f.sign(c, b, key, at); err != nil {
		return "", err
	}
	return api.KeyThumbprint(key.Public())
}

func (f *partnerFiles) sign(c *console, b *trust.Bundle, signer cose.Signer, at time.Time) error {
	base := string(f.StatusURI)
	if base == "" {
		base = api.StatusBase(b)
	}
	if f.StatusLists != "" {
		for _, l := range b.Lists() {
			if err := f.signList(c, b, l, base, signer); err != nil {
				return err
			}
		}
	} else if f.StatusURI == "" {
		base = "" // nobody is sent to lists that are not handed out
	}
	if f.SignedKeys == "" {
		return nil
	}
	text, err := api.SignKeys(b, base, signer, at)
	if err != nil {
		return err
	}
	return c.files.Save(string(f.SignedKeys), []byte(text+"\n"))
}

// signList writes one list in both forms.
func (f *partnerFiles) signList(c *console, b *trust.Bundle, l *trust.StatusList, base string, signer cose.Signer) error {
	token, err := api.StatusToken(b, l, base, signer)
	if err != nil {
		return err
	}
	cwt, err := token.CWT(signer)
	if err != nil {
		return err
	}
	jwt, err := token.JWT(signer)
	if err != nil {
		return err
	}
	name := filepath.Join(string(f.StatusLists), api.StatusSubject("", l))
	return errors.Join(c.files.Save(name+".cwt", cwt), c.files.Save(name+".jwt", bytes.TrimSpace([]byte(jwt))))
}
