package server

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// fingerprintHeader carries the root's fingerprint, to be compared with what the authority prints or says.
const fingerprintHeader = "Healthcode-Root-Fingerprint"

// publication is everything that follows from one bundle. It never changes but for the key sets, which follow the time, and what is
// made for partners when it is asked for.
type publication struct {
	bundle      *trust.Bundle // nil before the first
	verifier    *verifier.Verifier
	bytes       document
	root        document
	fingerprint string
	every       string // Cache-Control of what the publication interval bounds
	soft        time.Duration
	keys        atomic.Pointer[keySets]
	lists       partnerLists
}

// document is a body with the strong entity tag (RFC 9110 §8.8.3) of its bytes.
type document struct {
	body []byte
	tag  string
}

func newDocument(body []byte) document { return document{body, tagOf(body)} }

func tagOf(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return `"` + hex.EncodeToString(h.Sum(nil)[:16]) + `"`
}

func newPublication(b *trust.Bundle, v *verifier.Verifier) (*publication, error) {
	if b == nil {
		return nil, fmt.Errorf("there is none: publish first")
	}
	raw, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	root, err := trust.FindRoot(raw, b.Fingerprint())
	if err != nil {
		return nil, err
	}
	policy := b.KeyList().Policy
	return &publication{
		bundle: b, verifier: v, bytes: newDocument(raw), root: newDocument(root), fingerprint: b.Fingerprint(),
		every: "public, max-age=" + strconv.Itoa(int(policy.PublishEvery/time.Second)), soft: policy.SoftAge,
	}, nil
}

// notReady says why the publication is not one to serve with, or is empty.
func (p *publication) notReady(at time.Time) string {
	switch {
	case p.bundle == nil:
		return "no bundle has been published yet: publish one"
	case p.bundle.Expired(at) != "":
		return "the " + p.bundle.Expired(at) + " of the bundle has expired: publish, or hold a ceremony for a new one"
	case p.bundle.Behind(at) > 0:
		return "this server's clock is before the time of its own bundle: set the clock"
	case p.age(at) > p.soft:
		return "the bundle is past its soft age: publish a snapshot"
	}
	return ""
}

func (p *publication) age(at time.Time) time.Duration {
	if p.bundle == nil {
		return 0
	}
	return at.Sub(time.Unix(p.bundle.Snapshot().IssuedAt, 0))
}

// keySets are the keys of codes, good for the minute that they were made for: with time keys come into use and end.
type keySets struct {
	minute    int64
	jwk, cose document
}

func (p *publication) keySets(at time.Time) (*keySets, error) {
	minute := at.Unix() / 60
	if k := p.keys.Load(); k != nil && k.minute == minute {
		return k, nil
	}
	jwks, err := api.JWKSet(p.bundle, at)
	if err != nil {
		return nil, err
	}
	coseKeys, err := api.COSEKeySet(p.bundle, at)
	if err != nil {
		return nil, err
	}
	k := &keySets{minute, newDocument(jwks), newDocument(coseKeys)}
	p.keys.Store(k)
	return k, nil
}

var errNoBundle = api.NewProblem(api.CodeNotReady, "no bundle has been published yet: try again in a minute")

func (s *Server) getBundle(c *echo.Context) error {
	p := s.published.Load()
	if p.bundle == nil {
		return errNoBundle
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="bundle.ykb"`)
	s.allowSlow(c, len(p.bytes.body))
	return sendDocument(c, p.bytes, echo.MIMEOctetStream, p.every)
}

// allowSlow gives a large body the time that a thin line takes.
func (s *Server) allowSlow(c *echo.Context, size int) {
	until := time.Now().Add(s.config.WriteTimeout + time.Duration(size/bundleRate)*time.Second)
	// A response writer without deadlines, as in tests, has no timeout to extend.
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(until)
}

func (s *Server) getRoot(c *echo.Context) error {
	p := s.published.Load()
	if p.bundle == nil {
		return errNoBundle
	}
	c.Response().Header().Set(fingerprintHeader, p.fingerprint)
	c.Response().Header().Set("Content-Disposition", `attachment; filename="root.cose"`)
	return sendDocument(c, p.root, `application/cose; cose-type="cose-sign"`, p.every)
}

func (s *Server) getJWKS(c *echo.Context) error {
	return s.sendKeys(c, api.JWKSetType, func(k *keySets) document { return k.jwk })
}

func (s *Server) getCOSEKeys(c *echo.Context) error {
	return s.sendKeys(c, api.COSEKeySetType, func(k *keySets) document { return k.cose })
}

func (s *Server) sendKeys(c *echo.Context, mediaType string, pick func(*keySets) document) error {
	p := s.published.Load()
	if p.bundle == nil {
		return errNoBundle
	}
	k, err := p.keySets(s.now())
	if err != nil {
		return err
	}
	return sendDocument(c, pick(k), mediaType, p.every)
}
