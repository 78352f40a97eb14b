package server

import (
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/trust/tsl"
)

// partnerLists are what a publication says to partners without a reader of bundles: the keys and the status lists, signed by the notice key.
// Each is made when it is first asked for and kept, so that however many ask, each is signed once a publication (the keys: once a minute).
type partnerLists struct {
	mu     sync.Mutex
	minute int64
	keys   document
	tokens map[string]document // by name, as in phone-20514.jwt
}

var (
	errNoNotice = api.NewProblem(api.CodeNotReady, "no notice key signs lists for partners here: take the bundle, or ask for a notice key")
	errNoList   = api.NewProblem(api.CodeNotFound, "no such list is published: status_lists of /.well-known/healthcode/keys.jws names them; .jwt and .cwt are the forms")
)

// notice is the key that signs lists for partners.
func (s *Server) notice(at time.Time) (cose.Signer, error) {
	if s.config.Notice == nil {
		return nil, errNoNotice
	}
	signer, err := s.config.Notice(at)
	if err != nil {
		return nil, errNoNotice // a region need not have one
	}
	return signer, nil
}

func (s *Server) statusBase(b *trust.Bundle) string {
	if s.config.StatusBase != "" {
		return s.config.StatusBase
	}
	return api.StatusBase(b)
}

func (s *Server) getSignedKeys(c *echo.Context) error {
	p := s.published.Load()
	if p.bundle == nil {
		return errNoBundle
	}
	d, err := s.signedKeys(p, s.now())
	if err != nil {
		return err
	}
	return sendDocument(c, d, api.SignedKeysType, p.every)
}

func (s *Server) signedKeys(p *publication, at time.Time) (document, error) {
	p.lists.mu.Lock()
	defer p.lists.mu.Unlock()
	minute := at.Unix() / 60
	if p.lists.minute == minute {
		return p.lists.keys, nil
	}
	signer, err := s.notice(at)
	if err != nil {
		return document{}, err
	}
	text, err := api.SignKeys(p.bundle, s.statusBase(p.bundle), signer, at)
	if err != nil {
		return document{}, err
	}
	p.lists.minute, p.lists.keys = minute, newDocument([]byte(text))
	return p.lists.keys, nil
}

func (s *Server) getStatusList(c *echo.Context) error {
	p := s.published.Load()
	if p.bundle == nil {
		return errNoBundle
	}
	name, form, _ := strings.Cut(c.Param("list"), ".")
	mediaType := map[string]string{"jwt": tsl.MediaTypeJWT, "cwt": tsl.MediaTypeCWT}[form]
	for _, l := range p.bundle.Lists() {
		if mediaType == "" || api.StatusSubject("", l) != name {
			continue
		}
		d, err := s.statusToken(p, l, form, s.now())
		if err != nil {
			return err
		}
		s.allowSlow(c, len(d.body))
		return sendDocument(c, d, mediaType, p.every)
	}
	return errNoList
}

func (s *Server) statusToken(p *publication, l *trust.StatusList, form string, at time.Time) (document, error) {
	p.lists.mu.Lock()
	defer p.lists.mu.Unlock()
	name := api.StatusSubject("", l) + "." + form
	if d, ok := p.lists.tokens[name]; ok {
		return d, nil
	}
	signer, err := s.notice(at)
	if err != nil {
		return document{}, err
	}
	token, err := api.StatusToken(p.bundle, l, s.statusBase(p.bundle), signer)
	if err != nil {
		return document{}, err
	}
	body, err := signToken(token, form, signer)
	if err != nil {
		return document{}, err
	}
	if p.lists.tokens == nil {
		p.lists.tokens = make(map[string]document)
	}
	p.lists.tokens[name] = newDocument(body)
	return p.lists.tokens[name], nil
}

func signToken(token *tsl.Token, form string, signer cose.Signer) ([]byte, error) {
	if form == "cwt" {
		return token.CWT(signer)
	}
	text, err := token.JWT(signer)
	return []byte(text), err
}
