package demoidp

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"healthcode.example/api/login"
)

// storage is what the library asks for. What serves other flows than the authorisation code is refused.
type storage struct {
	provider *Provider
	client   *client
	key      signingKey
}

var errNotOffered = errors.New("the demo identity provider does not offer this")

// CreateAuthRequest keeps a request that the library has checked against the client.
func (s *storage) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if r.CodeChallenge == "" || r.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("a code_challenge by S256 is wanted")
	}
	return s.provider.open.add(request{
		client: r.ClientID, callback: r.RedirectURI, state: r.State, nonce: r.Nonce, scopes: r.Scopes,
		challenge: &oidc.CodeChallenge{Challenge: r.CodeChallenge, Method: r.CodeChallengeMethod},
	})
}

// AuthRequestByID returns what is under way.
func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	return s.provider.open.get(id)
}

// AuthRequestByCode returns what the code stands for, once.
func (s *storage) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	return s.provider.open.byCode(code)
}

// SaveAuthCode lets the code stand for the request.
func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.provider.open.saveCode(id, code)
	return nil
}

// DeleteAuthRequest forgets it.
func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.provider.open.remove(id)
	return nil
}

// CreateAccessToken makes one that opens nothing: there is no userinfo.
func (s *storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return "none", s.provider.now().Add(time.Minute), nil
}

// SigningKey signs ID tokens.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

// SignatureAlgorithms is ES256.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

// KeySet is the one key.
func (s *storage) KeySet(context.Context) ([]op.Key, error) { return []op.Key{publicKey{s.key}}, nil }

// GetClientByClientID knows the service only.
func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != clientID {
		return nil, errors.New("no such client")
	}
	return s.client, nil
}

// SetUserinfoFromRequest puts into the ID token who it is, and that it is a demonstration.
func (s *storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, _ []string) error {
	chosen, ok := r.(request)
	if !ok || !chosen.done {
		return errNoRequest
	}
	p := s.provider.people[chosen.person]
	info.Subject = chosen.subject
	info.AppendClaims("name", p.Name)
	info.AppendClaims("birthdate", p.Birth.String())
	info.AppendClaims("document_type", string(p.Document.Type))
	info.AppendClaims("document_number", p.Document.Number)
	info.AppendClaims("region", strconv.FormatUint(uint64(p.Region), 10))
	info.AppendClaims(login.DemoClaim, true)
	if len(p.Roles) > 0 {
		info.AppendClaims("roles", slices.Clone(p.Roles))
	}
	return nil
}

// What follows serves other flows.

func (s *storage) AuthorizeClientIDSecret(context.Context, string, string) error {
	return errNotOffered // the client is public
}

func (s *storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errNotOffered
}

func (s *storage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, errNotOffered
}

func (s *storage) TerminateSession(context.Context, string, string) error { return errNotOffered }

func (s *storage) RevokeToken(context.Context, string, string, string) *oidc.Error {
	return oidc.ErrServerError().WithDescription("not offered")
}

func (s *storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil // SetUserinfoFromRequest does it
}

func (s *storage) SetUserinfoFromToken(context.Context, *oidc.UserInfo, string, string, string) error {
	return errNotOffered
}

func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errNotOffered
}

func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errNotOffered
}

func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errNotOffered
}

// signingKey is a key that lives as long as the process.
type signingKey struct{ key *ecdsa.PrivateKey }

func (k signingKey) ID() string                                  { return "demo" }
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k signingKey) Key() any                                    { return k.key }

// publicKey is its public half.
type publicKey struct{ of signingKey }

func (k publicKey) ID() string                         { return k.of.ID() }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.of.key.PublicKey }
