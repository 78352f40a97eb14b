package server_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"

	"healthcode.example/api"
	"healthcode.example/api/server"
	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
)

// A partner who fetches the signed list and a status list, and has a JOSE library and nothing of ours, sees which code has ended.
func TestAPartnerLooksUpAStatusOverHTTP(t *testing.T) {
	w := newWorld(t)
	first, second := w.paper(w.guardian), w.paper(w.guardian) // a reprint ends the first
	w.publish()
	_, _, compact := w.call("GET", "/.well-known/healthcode/keys.jws", "", "")
	message, err := jws.Parse(compact)
	w.must(err)
	var list api.SignedKeys
	w.must(json.Unmarshal(message.Payload(), &list))
	signers, err := jwk.Parse([]byte(`{"keys":` + string(list.Signers) + `}`)) // pinned by a partner, here taken from the list
	w.must(err)
	verify := func(compact []byte) []byte {
		t.Helper()
		key, ok := signers.Key(0)
		if !ok {
			t.Fatal("nobody signs")
		}
		payload, err := jws.Verify(compact, jws.WithKey(jwa.EdDSA(), key))
		w.must(err)
		return payload
	}
	verify(compact)
	for text, revoked := range map[string]bool{first: true, second: false} {
		status := statusOf(t, text)
		code, _, token := w.call("GET", "/.well-known/healthcode/status/paper-"+itoa(status.List)+".jwt", "", "")
		if code != http.StatusOK {
			t.Fatalf("the list of day %d: %d", status.List, code)
		}
		var claims struct {
			Subject string `json:"sub"`
			Expires int64  `json:"exp"`
			List    struct {
				Text string `json:"lst"`
			} `json:"status_list"`
		}
		w.must(json.Unmarshal(verify(token), &claims))
		if claims.Expires != list.ExpiresAt || !named(list.Lists, claims.Subject) {
			t.Errorf("the token is %s until %d, and the signed list has %+v until %d", claims.Subject, claims.Expires, list.Lists, list.ExpiresAt)
		}
		bits := inflated(t, claims.List.Text)
		if got := bits[status.Index/8]>>(status.Index%8)&1 == 1; got != revoked {
			t.Errorf("the code at %d is revoked: %v, want %v", status.Index, got, revoked)
		}
	}
}

func statusOf(t *testing.T, text string) credential.Status {
	t.Helper()
	u, err := credential.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u.Codes[0].Claims.Members[0].Status
}

func itoa(n uint32) string { b, _ := json.Marshal(n); return string(b) }

func named(lists []api.StatusListRef, subject string) bool {
	for _, l := range lists {
		if l.Subject == subject {
			return true
		}
	}
	return false
}

func inflated(t *testing.T, lst string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(lst)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	bits, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return bits
}

// Without a notice key there is nobody to sign for partners, and everything else is served.
func TestWithoutANoticeKeyPartnersAreToldSo(t *testing.T) {
	none := func(time.Time) (cose.Signer, error) { return nil, errors.New("no notice key") }
	for name, change := range map[string]func(*server.Config){
		"no key":    func(c *server.Config) { c.Notice = none },
		"no signer": func(c *server.Config) { c.Notice = nil },
	} {
		w := newWorldWith(t, change)
		for _, path := range []string{"/.well-known/healthcode/keys.jws", "/.well-known/healthcode/status/phone-20514.cwt"} {
			code, _, body := w.call("GET", path, "", "")
			if code != http.StatusServiceUnavailable || !strings.Contains(string(body), "no notice key signs lists for partners") {
				t.Errorf("%s: %s: %d %s", name, path, code, body)
			}
		}
		if code, _, _ := w.call("GET", "/.well-known/healthcode/bundle", "", ""); code != http.StatusOK {
			t.Errorf("%s: the bundle: %d", name, code)
		}
	}
}

// However many ask, a list is signed once a publication.
func TestAStatusListIsSignedOnceAPublication(t *testing.T) {
	var signed atomic.Int32
	w := newWorldWith(t, func(c *server.Config) {
		ask := c.Notice
		c.Notice = func(at time.Time) (cose.Signer, error) { signed.Add(1); return ask(at) }
	})
	for range 5 {
		w.call("GET", "/.well-known/healthcode/status/phone-20514.jwt", "", "")
		w.call("GET", "/.well-known/healthcode/keys.jws", "", "")
	}
	if signed.Load() != 2 {
		t.Errorf("the notice key was asked for %d times, want 2", signed.Load())
	}
}
