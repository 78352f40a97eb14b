package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/wallet"
)

// showAgreement answers GET /v1/login/agreement: what somebody who has proved who they are must accept before anything else.
func (s *Server) showAgreement(c *echo.Context) error {
	p, ok := s.proofs.Peek(cookie(c, loginCookie), s.now())
	if !ok {
		return errLoginOver
	}
	if p.purpose.Check == "" {
		return s.sendPage(c, agreementPage, s.config.Agreement)
	}
	if _, ok := s.visits.Peek(p.purpose.Check, s.now()); ok {
		return s.sendPage(c, visitPage, nil)
	}
	claim, ok := s.tickets.Peek(p.purpose.Check, s.now())
	if !ok {
		return errLoginOver
	}
	family, err := s.config.Wallet.Family(c.Request().Context(), claim.Guardian, s.now())
	if err != nil {
		return walletProblem(err)
	}
	return s.sendPage(c, checkPage, struct{ Guardian, Relation string }{credential.MaskName(family[0].Person.Name), claim.Relation.String()})
}

// acceptAgreement answers POST /v1/login/agreement, the form of either page.
func (s *Server) acceptAgreement(c *echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, 4096)
	accepted := c.Request().PostFormValue("accept")
	p, ok := s.proofs.Take(cookie(c, loginCookie), s.now())
	setCookie(c, loginCookie, "", -1)
	if !ok {
		return errLoginOver
	}
	if _, ok := s.visits.Peek(p.purpose.Check, s.now()); ok {
		return s.acceptVisit(c, p, accepted)
	}
	if p.purpose.Check != "" {
		return s.acceptGuardian(c, p, accepted)
	}
	err := s.logIn(c, p, accepted)
	if err == wallet.ErrAgreement {
		return api.NewProblem(api.CodeConsent, "the agreement was not accepted, or it has changed since: log in again and read it")
	}
	return err
}

// acceptGuardian is the member's own answer to a claim. It makes no session: the telephone may be the guardian's.
func (s *Server) acceptGuardian(c *echo.Context, p proof, accepted string) error {
	claim, ok := s.tickets.Take(p.purpose.Check, s.now())
	if !ok {
		return errLoginOver
	}
	if accepted != acceptedGuardian {
		return api.NewProblem(api.CodeConsent, "the guardian was not accepted: nothing was recorded")
	}
	claim.Proof = &p.identity
	if _, err := s.claim(c, claim); err != nil {
		return err
	}
	return s.sendPage(c, donePage, nil)
}

const acceptedGuardian = "guardian"

var errLoginOver = api.NewProblem(api.CodeLoginOver, "this log-in was finished already, took too long, or began in another browser: begin again at /v1/login")

// wantsPage says whether it is a person who reads the answer.
func wantsPage(c *echo.Context) bool {
	return strings.Contains(c.Request().Header.Get("Accept"), "text/html")
}
