package server

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/issuer"
	"healthcode.example/wallet"
	"healthcode.example/wallet/refresh"
)

// getFamily answers GET /v1/wallet/family.
func (s *Server) getFamily(c *echo.Context, who wallet.Session) error {
	members, err := s.config.Wallet.Family(c.Request().Context(), who.Person, s.now())
	if err != nil {
		return walletProblem(err)
	}
	family := api.Family{Members: make([]api.FamilyMember, 0, len(members))}
	for i := range members {
		family.Members = append(family.Members, familyMember(&members[i]))
	}
	return sendPrivate(c, http.StatusOK, family)
}

func familyMember(m *wallet.Member) api.FamilyMember {
	out := api.FamilyMember{
		Member: m.Person.ID.String(), Name: m.Person.Name, Relation: relation(m),
		Colour: m.Decision.Colour.String(), Reason: m.Decision.Reason, Text: m.Decision.Text, Release: m.Decision.Release,
	}
	if g := m.Guardianship; g != nil && g.NotAfter != 0 {
		until := time.Unix(g.NotAfter, 0).UTC()
		out.Until = &until
	}
	return out
}

// makeCodes answers POST /v1/wallet/codes: one request, all members, no write.
func (s *Server) makeCodes(c *echo.Context, who wallet.Session) error {
	body := takeBuffer()
	defer giveBuffer(body)
	if err := s.readBody(c, body, "application/cose"); err != nil {
		return err
	}
	at := s.now()
	got, err := s.config.Wallet.RefreshSigned(c.Request().Context(), who.Person, body.Bytes(), at)
	if err != nil {
		return walletProblem(err)
	}
	out := api.CodesResponse{IssuedAt: at.UTC().Truncate(time.Minute), Codes: make([]api.WalletCode, 0, len(got.Codes))}
	for i := range got.Codes {
		if got.Codes[i].Err != nil {
			out.Problems = append(out.Problems, s.memberProblem(c, &got.Codes[i]))
			continue
		}
		code, err := walletCode(&got.Codes[i])
		if err != nil {
			return err
		}
		out.Codes = append(out.Codes, code)
	}
	for i := range got.Households {
		code, err := s.householdCode(c, &got.Households[i])
		if err != nil {
			return err
		}
		out.Households = append(out.Households, code)
	}
	return sendPrivate(c, http.StatusOK, out)
}

// memberProblem is what the caller learns of a failure that concerns one member.
func (s *Server) memberProblem(c *echo.Context, m *wallet.MemberCode) api.MemberProblem {
	return api.MemberProblem{Member: m.Person.ID.String(), Relation: relation(&m.Member), Problem: s.partProblem(c, m.Err)}
}

// partProblem is the problem of a part of the answer; what is the service's own goes to the log.
func (s *Server) partProblem(c *echo.Context, err error) *api.Problem {
	problem := api.ProblemOf(walletProblem(err))
	if problem == nil {
		s.config.Log.LogAttrs(c.Request().Context(), slog.LevelError, "no code for a member", slog.String("error", anonymous(err.Error())))
		problem = api.NewProblem(api.CodeInternal, "no code could be made for this member: ask the authority to check the record")
	}
	return problem
}

// householdCode is one household of the answer.
func (s *Server) householdCode(c *echo.Context, h *wallet.HouseholdCode) (out api.HouseholdCode, err error) {
	for _, id := range h.People {
		out.Members = append(out.Members, id.String())
	}
	switch {
	case errors.Is(h.Err, wallet.ErrNoMember):
		out.Problem = errNotOfHousehold
		return out, nil
	case h.Err != nil:
		out.Problem = s.partProblem(c, h.Err)
		return out, nil
	}
	out.Code = credential.Text(h.Code)
	claims, err := claimsOf(out.Code)
	if err != nil {
		return out, err
	}
	expires := time.Unix(claims.ExpiresAt, 0).UTC()
	out.ExpiresAt = &expires
	for i, salt := range h.Salts {
		if salt != nil {
			out.Salts, out.Documents = append(out.Salts, hex.EncodeToString(salt[:])), append(out.Documents, string(h.Documents[i]))
		}
	}
	return out, nil
}

func walletCode(m *wallet.MemberCode) (api.WalletCode, error) {
	text := credential.Text(m.Code)
	claims, err := claimsOf(text)
	if err != nil {
		return api.WalletCode{}, err
	}
	out := api.WalletCode{
		Member: m.Person.ID.String(), Name: claims.Members[0].Name, Relation: relation(&m.Member),
		Colour: claims.Members[0].Colour.String(), Reason: m.Decision.Reason, Text: m.Decision.Text, Release: m.Decision.Release,
		Code: text, ExpiresAt: time.Unix(claims.ExpiresAt, 0).UTC(),
	}
	if m.Salt != nil {
		out.Salt, out.Document = hex.EncodeToString(m.Salt[:]), string(m.Document)
	}
	return out, nil
}

// claimsOf reads back what was issued: what the answer says of a code is what the code says.
func claimsOf(text string) (*credential.Claims, error) {
	u, err := credential.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read back an issued code: %w", err)
	}
	return &u.Codes[0].Claims, nil
}

func relation(m *wallet.Member) string {
	if m.Guardianship == nil {
		return ""
	}
	return m.Guardianship.Relation.String()
}

// walletProblem gives the errors of the wallet and of the issuer that a caller can do something about their problems. A
// member of another family is told from nobody by nothing.
func walletProblem(err error) error {
	switch {
	case errors.Is(err, wallet.ErrNoDevice):
		return api.NewProblem(api.CodeDeviceEnded, "register this device again: it was ended, or it is another person's")
	case errors.Is(err, wallet.ErrDeviceExists):
		return api.NewProblem(api.CodeDeviceExists, wallet.ErrDeviceExists.Error())
	case errors.Is(err, refresh.ErrForm):
		return api.NewProblem(api.CodeInvalidRequest, "the body is no request for codes that this service knows: send the yk/refresh object of docs/protocol.md, or update the wallet")
	case errors.Is(err, refresh.ErrRegion):
		return api.NewProblem(api.CodeInvalidRequest, "the request is meant for another region: send it to the service at which the device is registered")
	case errors.Is(err, refresh.ErrSignature):
		return api.NewProblem(api.CodeDeviceProof, "sign the request with the key of the device that it names, or register this device")
	case errors.Is(err, refresh.ErrClock):
		return api.NewProblem(api.CodeClock, "the request's time is more than 5 minutes from the service's: set the clock of the device and refresh again")
	case errors.Is(err, wallet.ErrTooMany):
		return api.NewProblem(api.CodeTooMany, "end a device, or a guardianship, that is no longer needed first")
	case errors.Is(err, wallet.ErrNoMember), errors.Is(err, wallet.ErrNoPerson), errors.Is(err, wallet.ErrNoGuardian):
		return errNoMember
	case errors.Is(err, wallet.ErrNoPrint):
		return api.NewProblem(api.CodeNoPrint, "make a print first: POST to the same address without .png or .svg")
	case errors.Is(err, wallet.ErrPaper):
		return api.NewProblem(api.CodePaperPolicy, wallet.ErrPaper.Error())
	case errors.Is(err, wallet.ErrDeceased):
		return api.NewProblem(api.CodeDeceased, wallet.ErrDeceased.Error())
	case errors.Is(err, wallet.ErrEnded):
		return errPrintOver
	case errors.Is(err, issuer.ErrCeiling), errors.Is(err, issuer.ErrNotReady), errors.Is(err, issuer.ErrNoKey),
		errors.Is(err, issuer.ErrNoList), errors.Is(err, issuer.ErrWidth):
		return api.NewProblem(api.CodeIssuerNotReady, "the service has to publish first, which it does by itself: try again in half a minute")
	}
	return err
}

var (
	errNotOfHousehold = api.NewProblem(api.CodeMemberNotFound, "somebody of this household is no longer of the family, or has no code on this device: choose its people anew")

	errNoMember  = api.NewProblem(api.CodeMemberNotFound, "GET /v1/wallet/family lists the members")
	errPrintOver = api.NewProblem(api.CodePrintOver, "the status has changed since, the paper was ended or its time is over: make a new print with POST to the same address without .png or .svg, and destroy the old one")
)
