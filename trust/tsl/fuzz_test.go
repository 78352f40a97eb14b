package tsl_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	gocose "github.com/veraison/go-cose"

	"healthcode.example/trust"
	"healthcode.example/trust/tsl"
)

// FuzzToken: what can be signed can be read by others, with the same subject and the same bits.
func FuzzToken(f *testing.F) {
	keys := signers(f)
	f.Add("https://codes.example/status/CN-GD/phone/20718", int64(1_790_049_600), int64(1_790_136_000), int64(300), []byte{0, 0, 0, 1, 0, 0, 0, 200})
	f.Add("\xff\x00\"\\</script>", int64(1), int64(2), int64(1), []byte{})
	f.Fuzz(func(t *testing.T, subject string, issued, expires, ttl int64, indices []byte) {
		var set []uint64
		for ; len(indices) >= 4; indices = indices[4:] {
			set = append(set, uint64(binary.BigEndian.Uint32(indices))%(1<<20))
		}
		l, err := trust.NewStatusList(trust.Phone, 20718, 20, set)
		if err != nil {
			t.Fatal(err)
		}
		token := tsl.Token{Subject: subject, IssuedAt: issued, ExpiresAt: expires, TTL: time.Duration(ttl%1e9) * time.Second, List: l}
		for _, k := range keys {
			cwt, err := token.CWT(k)
			if err != nil {
				continue
			}
			public, alg := public(k)
			v, err := gocose.NewVerifier(alg, public)
			if err != nil {
				t.Fatal(err)
			}
			var m gocose.Sign1Message
			if err := m.UnmarshalCBOR(cwt); err != nil || m.Verify(nil, v) != nil {
				t.Errorf("the CWT of %q does not verify: %v", subject, err)
			}
			jwt, err := token.JWT(k)
			if err != nil {
				t.Errorf("a CWT and no JWT: %v", err)
				continue
			}
			_, payload := verifyJWS(t, jwt, k)
			var claims struct {
				Subject string `json:"sub"`
			}
			if err := json.Unmarshal(payload, &claims); err != nil || claims.Subject != subject {
				t.Errorf("the subject %q is read as %q, %v", subject, claims.Subject, err)
			}
			if !utf8.ValidString(subject) {
				t.Errorf("the subject %q is no text, and was signed", subject)
			}
		}
		var b bytes.Buffer
		if err := tsl.Compress(&b, l); err != nil {
			t.Fatal(err)
		}
		bits := inflate(t, b.Bytes())
		n := 0
		for i, octet := range bits {
			for k := range 8 {
				if octet>>k&1 == 1 {
					n++
					if !l.Contains(uint64(i*8 + k)) {
						t.Errorf("bit %d is set and not revoked", i*8+k)
					}
				}
			}
		}
		if n != l.Len() || len(bits) != 1<<17 {
			t.Errorf("%d bits for %d indices in %d bytes", n, l.Len(), len(bits))
		}
	})
}
