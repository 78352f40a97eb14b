package main

import (
	"time"

	"healthcode.example/api"
	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
)

// partnerFiles are what bundle export writes for partners whose software does not read our bundle.
type partnerFiles struct {
	JWKS     string `name:"jwks" placeholder:"FILE" help:"Write the keys of codes as a JWK Set too. It knows no revocation."`
	COSEKeys string `name:"cose-keys" placeholder:"FILE" help:"Write the same keys as a COSE Key Set. It knows no revocation."`
}

// write writes the files that were asked for, each whole or not at all.
func (f *partnerFiles) write(o *office, at time.Time) error {
	b := o.issuer.Bundle()
	for _, set := range []struct {
		path string
		make func(*trust.Bundle, time.Time) ([]byte, error)
	}{{f.JWKS, api.JWKSet}, {f.COSEKeys, api.COSEKeySet}} {
		if set.path == "" {
			continue
		}
		raw, err := set.make(b, at)
		if err == nil {
			err = bundlefile.Save(set.path, raw)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
