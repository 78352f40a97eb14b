package server

import "healthcode.example/api"

// readDeviceRequest reads { "key": JWK }.
func readDeviceRequest(body []byte) (q api.DeviceRequest, err error) {
	var key bool
	err = readJSON(body, func(r *jsonReader) error {
		return r.object("", func(name []byte) (err error) {
			if string(name) != "key" {
				return r.unknown(name, "key")
			}
			if err := r.once("key", &key); err != nil {
				return err
			}
			q.Key, err = readJWK(r)
			return err
		})
	})
	if err == nil && q.Key == nil {
		err = api.NewProblem(api.CodeInvalidRequest, "key is missing: give the P-256 public key of the device as a JWK")
	}
	return q, err
}

// readJWK reads a public key as WebCrypto exports it. Of what may stand in a JWK beside the key (RFC 7517 §4) nothing
// matters here; a private half is refused, since it must not leave the phone.
func readJWK(r *jsonReader) (*api.JWK, error) {
	var key api.JWK
	seen := make(map[string]bool, 8)
	err := r.object("key", func(name []byte) error {
		field := string(name)
		twice := seen[field]
		if err := r.once("key", &twice); err != nil {
			return err
		}
		seen[field] = true
		to := map[string]*string{"kty": &key.Type, "crv": &key.Curve, "x": &key.X, "y": &key.Y}[field]
		switch field {
		case "kty", "crv", "x", "y":
			text, err := r.text("key." + field)
			*to = string(text)
			return err
		case "ext", "key_ops", "kid", "use", "alg":
			return r.skip("key."+field, 1)
		case "d":
			return r.fault("key", "the private half d is in it: keep it in the phone, make a new key and send x and y only")
		}
		return r.unknown(name, "kty, crv, x, y, ext, key_ops, kid, use and alg")
	})
	return &key, err
}
